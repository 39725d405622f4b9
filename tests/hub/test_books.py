"""The books: a till's history is kept as it is, grows, is never another, and is folded as the till itself judges."""

import json
from datetime import timedelta

import httpx
import pytest
from msgspec.structs import replace

from tests.doubles.chain import OTHER_MSN, Chain
from tests.doubles.told import (
    AT,
    ToldJournal,
    in_batches,
    paid_sale,
    reference_of,
    refund,
    reported,
    requested,
)
from till.domain.facts import SaleCompleted, SaleOpened, TillStarted
from till.domain.faults import Fault, FaultCode
from till.domain.payment import Created, Operation, Refused, Unanswered, Verdict
from till.hub import stores
from till.hub.alarms import standing_alarms
from till.hub.database import Row
from till.hub.sale_log import Wanted, search
from till.journal.chain import FIRST_LINK

JOURNAL = "/till/v1/journal"


@pytest.fixture
def journal() -> ToldJournal:
    return ToldJournal()


class Speaker:
    """A till that speaks to the hub."""

    def __init__(self, client: httpx.Client, chain: Chain, till: str = "kasse1") -> None:
        self._client = client
        self._headers = chain.token(till)

    def send(self, records: object) -> httpx.Response:
        return self._client.post(JOURNAL, json={"records": records}, headers=self._headers)

    def get(self, path: str = JOURNAL) -> httpx.Response:
        return self._client.get(path, headers=self._headers)


@pytest.fixture
def kasse1(client: httpx.Client, chain: Chain) -> Speaker:
    return Speaker(client, chain)


def rows(chain: Chain, sql: str) -> list[Row]:
    return chain.database.read(lambda transaction: transaction.run(sql))


def test_records_are_kept_as_they_are_and_given_back(kasse1: Speaker, journal: ToldJournal) -> None:
    journal.tell(*paid_sale(1), *paid_sale(2))
    for batch in in_batches(journal.records, 5):
        assert kasse1.send(batch).json() == {"last": batch[-1]["number"]}
    assert kasse1.get(f"{JOURNAL}/last").json() == {"last": 14, "hash": journal.head.hex()}
    assert kasse1.get().json() == {"records": journal.records, "last": 14}
    assert kasse1.get(f"{JOURNAL}?after=12").json() == {"records": journal.records[12:], "last": 14}
    assert kasse1.get(f"{JOURNAL}?after=99").json() == {"records": [], "last": 14}


def test_an_empty_book_begins_with_the_first_link(kasse1: Speaker) -> None:
    assert kasse1.get(f"{JOURNAL}/last").json() == {"last": 0, "hash": FIRST_LINK.hex()}
    assert kasse1.get().json() == {"records": [], "last": 0}


def test_the_same_records_twice_are_harmless(chain: Chain, kasse1: Speaker, journal: ToldJournal) -> None:
    journal.tell(*paid_sale(1))
    kasse1.send(journal.records[:4])
    before = rows(chain, "select * from payment")
    assert kasse1.send(journal.records[:4]).json() == {"last": 4}
    assert kasse1.send(journal.records[1:3]).json() == {"last": 4}
    assert rows(chain, "select * from payment") == before
    assert kasse1.send(journal.records[2:]).json() == {"last": 7}
    assert kasse1.get().json()["records"] == journal.records


def test_a_gap_waits_and_says_from_where(kasse1: Speaker, journal: ToldJournal) -> None:
    journal.tell(*paid_sale(1))
    kasse1.send(journal.records[:2])
    answer = kasse1.send(journal.records[4:])
    assert (answer.status_code, answer.json()) == (409, {"reason": "gap", "last": 2})
    assert kasse1.send(journal.records[2:]).json() == {"last": 7}


def test_another_history_is_an_alarm_that_is_raised_once(chain: Chain, kasse1: Speaker, journal: ToldJournal) -> None:
    journal.tell(*paid_sale(1))
    kasse1.send(journal.records)
    other = ToldJournal()
    other.tell(*paid_sale(1)[:3], *paid_sale(2))
    for _ in range(2):
        answer = kasse1.send(other.records)
        assert answer.status_code == 409
        assert answer.json() == {"reason": "fork", "last": 7, "hash": journal.head.hex()}
    (alarm,) = chain.database.read(standing_alarms)
    assert (alarm.till, alarm.store, alarm.number) == ("kasse1", "gronland", 4)
    assert kasse1.get().json()["records"] == journal.records


def test_a_journal_that_was_shortened_and_went_on_is_an_alarm(
    chain: Chain, kasse1: Speaker, journal: ToldJournal
) -> None:
    """A till whose older copy was put back writes other records under numbers that are taken."""
    journal.tell(*paid_sale(1))
    kasse1.send(journal.records)
    shortened = ToldJournal(journal.records[:3], bytes.fromhex(str(journal.records[2]["hash"])))
    shortened.tell(*paid_sale(2), *paid_sale(3))
    assert kasse1.send(shortened.records[3:6]).json()["reason"] == "fork"
    assert kasse1.send(shortened.records[7:]).json()["reason"] == "fork"
    assert {alarm.number for alarm in chain.database.read(standing_alarms)} == {4, 8}


def test_a_record_that_is_not_what_its_hash_says_is_refused(kasse1: Speaker, journal: ToldJournal) -> None:
    journal.tell(*paid_sale(1))
    for change in (
        {"body": "{}"},
        {"at": "2026-11-21T10:00:01.000000+00:00"},
        {"kind": "sale-voided"},
        {"version": 2},
        {"hash": "x"},
    ):
        answer = kasse1.send([*journal.records[:2], {**journal.records[2], **change}])
        assert (answer.status_code, answer.json()) == (409, {"reason": "broken"})
    assert kasse1.get(f"{JOURNAL}/last").json()["last"] == 0


def test_records_that_do_not_follow_each_other_are_refused(kasse1: Speaker, journal: ToldJournal) -> None:
    other = ToldJournal()
    journal.tell(*paid_sale(1))
    other.tell(*paid_sale(2))
    assert kasse1.send([journal.records[0], other.records[1]]).json() == {"reason": "broken"}
    assert kasse1.send([journal.records[0], journal.records[2]]).json() == {"reason": "malformed"}


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0},
        {"number": -1},
        {"number": 2**70},
        {"number": 1.5},
        {"number": "1"},
        {"version": -1},
        {"stream": ""},
        {"stream": "sale/\0"},
        {"kind": "x" * 300},
        {"body": "\0"},
        {"body": None},
        {"before": "00"},
    ],
    ids=str,
)
def test_what_is_no_record_is_refused(kasse1: Speaker, journal: ToldJournal, change: dict[str, object]) -> None:
    journal.tell(*paid_sale(1))
    answer = kasse1.send([{**journal.records[0], **change}])
    assert (answer.status_code, answer.json()) == (400, {"reason": "malformed"})


def test_what_is_no_request_is_refused(client: httpx.Client, chain: Chain, kasse1: Speaker) -> None:
    for body in (b"", b"[]", b"{", b'{"records": []}', b"[" * 90_000, b"\xff", b'{"records": [{"body": "\\ud800"}]}'):
        assert client.post(JOURNAL, content=body, headers=chain.token("kasse1")).status_code == 400
    assert client.post(JOURNAL, content=b" " * 1_100_000, headers=chain.token("kasse1")).status_code == 413
    assert kasse1.get(f"{JOURNAL}?after=-1").status_code == 400
    assert kasse1.get(f"{JOURNAL}?after=9999999999999999999999").status_code == 400


def test_more_records_than_a_request_holds_are_refused_and_an_answer_holds_no_more(
    kasse1: Speaker, journal: ToldJournal
) -> None:
    for sale in range(1, 502):
        journal.tell(SaleOpened(sale, AT))
    assert kasse1.send(journal.records).status_code == 400
    for batch in in_batches(journal.records, 500):
        kasse1.send(batch)
    assert [one["number"] for one in kasse1.get().json()["records"]] == list(range(1, 501))


def test_an_answer_stays_under_a_megabyte(kasse1: Speaker, journal: ToldJournal) -> None:
    for _ in range(4):
        journal.add("till", "picture-taken", 1, json.dumps("x" * 400_000))
    for record in journal.records:
        kasse1.send([record])
    numbers = [one["number"] for one in kasse1.get().json()["records"]]
    assert numbers == [1]
    assert len(kasse1.get(f"{JOURNAL}?after=1").content) < 1024 * 1024


def test_each_till_has_its_own_book(client: httpx.Client, chain: Chain, kasse1: Speaker, journal: ToldJournal) -> None:
    journal.tell(*paid_sale(1))
    kasse1.send(journal.records)
    kasse2 = Speaker(client, chain, "kasse2")
    assert kasse2.get().json() == {"records": [], "last": 0}
    other = ToldJournal()
    other.tell(*paid_sale(7, till="kasse2"))
    assert kasse2.send(other.records).json() == {"last": 7}
    assert kasse1.get().json()["records"] == journal.records


def test_without_a_token_that_holds_nothing_is_taken_or_given(
    client: httpx.Client, chain: Chain, journal: ToldJournal
) -> None:
    journal.tell(*paid_sale(1))
    chain.database.write(lambda transaction: stores.revoke_token(transaction, "kasse1"))
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer guess"}, chain.token("kasse1")):
        assert client.post(JOURNAL, json={"records": journal.records}, headers=headers).status_code == 401
        assert client.get(JOURNAL, headers=headers).status_code == 401
        assert client.get(f"{JOURNAL}/last", headers=headers).status_code == 401
    assert rows(chain, "select count(*) from record") == [(0,)]


# ---------------------------------------------------------------------------------------------- folding


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_a_paid_sale_is_folded_alike_however_its_records_come(
    chain: Chain, kasse1: Speaker, journal: ToldJournal, size: int
) -> None:
    journal.tell(*paid_sale(41, receipt=7), *refund(41, 2550))
    for batch in in_batches(journal.records, size):
        assert kasse1.send(batch).status_code == 200
    assert rows(chain, "select * from sale") == [
        ("kasse1", 41, "gronland", reference_of(41), 7, "2026-11-21T10:00:05.000000Z", 12550, "NOK", None)
    ]
    at = "2026-11-21T10:00:00.000000Z"
    assert rows(chain, "select * from payment") == [
        (reference_of(41), "kasse1", "gronland", 41, 12550, "NOK", 12550, 2550, "captured", None, 0, at)
    ]
    (given_back,) = rows(chain, "select number, amount, state, is_open, done_at from refund")
    assert given_back == (1, 2550, "refund_done", 0, at)


def test_a_sale_s_total_is_what_its_last_attempt_took(chain: Chain, kasse1: Speaker, journal: ToldJournal) -> None:
    first = reference_of(1)
    second_reference = first.removesuffix("1") + "2"
    journal.tell(SaleOpened(1, AT), requested(1), Created(first, AT), reported(first, verdict=Verdict.ABORTED))
    body = _body(requested(1, amount=9900)).replace(first, second_reference)
    journal.add(f"payment/{second_reference}", "payment-requested", 1, body)
    journal.tell(
        Created(second_reference, AT),
        reported(second_reference, amount=9900),
        reported(second_reference, amount=9900, captured=9900),
        SaleCompleted(1, AT, 1),
    )
    kasse1.send(journal.records)
    assert rows(chain, "select total from sale") == [(9900,)]
    states = rows(chain, "select state, reason from payment order by reference")
    assert states == [("ended", "aborted"), ("captured", None)]


@pytest.mark.parametrize("size", [1, 500])
def test_what_is_open_is_open_until_the_till_heard_its_end(
    chain: Chain, kasse1: Speaker, journal: ToldJournal, size: int
) -> None:
    reference = reference_of(1)
    journal.tell(requested(1))
    kasse1.send(journal.records)
    assert rows(chain, "select state, is_open from payment") == [("requested", 1)]
    at = AT + timedelta(minutes=1)
    # After a start nobody knows whether the create left, so a refusal without the wallet's own code ends nothing.
    journal.tell(
        TillStarted(at, "kasse1", "1.0", "test"),
        Refused(reference, at, Operation.CREATE, Fault(FaultCode.REQUEST_NOT_ACCEPTED)),
    )
    for batch in in_batches(journal.records[1:], size):
        kasse1.send(batch)
    assert rows(chain, "select state, is_open from payment") == [("requested", 1)]
    kasse1.send(journal.tell(reported(reference, verdict=Verdict.EXPIRED)))
    assert rows(chain, "select state, reason, is_open from payment") == [("ended", "expired", 0)]


def test_a_sale_for_another_store_is_that_store_s(chain: Chain, kasse1: Speaker, journal: ToldJournal) -> None:
    facts = paid_sale(1)
    ours = requested(1)
    facts[1] = replace(ours, terms=replace(ours.terms, msn=OTHER_MSN))
    journal.tell(*facts)
    kasse1.send(journal.records)
    assert rows(chain, "select store from payment") == rows(chain, "select store from sale") == [("majorstua",)]


@pytest.mark.parametrize("size", [1, 500])
def test_a_sale_that_was_paid_twice_counts_once(chain: Chain, kasse1: Speaker, journal: ToldJournal, size: int) -> None:
    first = reference_of(1)
    double = first.removesuffix("1") + "2"
    journal.tell(SaleOpened(1, AT), requested(1))
    journal.add(f"payment/{double}", "payment-requested", 1, _body(requested(1)).replace(first, double))
    journal.tell(reported(double), reported(double, captured=12550))
    journal.tell(*paid_sale(1)[2:])
    for batch in in_batches(journal.records, size):
        kasse1.send(batch)
    assert rows(chain, "select paid_by, total from sale") == [(first, 12550)]
    found = chain.database.read(lambda transaction: search(transaction, Wanted(text="1")))
    assert {(one.reference, one.state) for one in found} == {(first, "captured"), (double, "double")}


def test_what_needs_a_person_says_why(chain: Chain, kasse1: Speaker, journal: ToldJournal) -> None:
    reference = reference_of(1)
    journal.tell(requested(1), Created(reference, AT), reported(reference, amount=1))
    kasse1.send(journal.records)
    assert rows(chain, "select state, reason, is_open, captured from payment") == [("needs_person", "P2", 1, 0)]


def test_a_refund_of_another_till_s_sale_is_told_by_the_refunding_till_for_the_store_whose_money_it_is(
    client: httpx.Client, chain: Chain, kasse1: Speaker, journal: ToldJournal
) -> None:
    journal.tell(*paid_sale(1))
    kasse1.send(journal.records)
    other = ToldJournal()
    other.tell(refund(1, 500)[0])
    Speaker(client, chain, "kasse3").send(other.records)
    assert rows(chain, "select till, store, state, is_open from refund") == [("kasse3", "gronland", "refunding", 1)]
    assert rows(chain, "select till from payment") == [("kasse1",)]


def test_records_of_a_newer_till_are_kept_and_not_folded(chain: Chain, kasse1: Speaker, journal: ToldJournal) -> None:
    journal.tell(*paid_sale(1)[:2])
    journal.add(f"payment/{reference_of(1)}", "payment-praised", 1, '{"stars":5}')
    journal.add(f"payment/{reference_of(1)}", "payment-reported", 9, '{"amount":"?"}')
    journal.add(f"payment/{reference_of(2)}", "payment-requested", 2, '{"terms":[]}')
    journal.add("sale/1", "sale-completed", 1, "not even JSON")
    journal.tell(*paid_sale(1)[2:])
    for batch in in_batches(journal.records, 3):
        assert kasse1.send(batch).status_code == 200
    assert kasse1.get().json()["records"] == journal.records
    assert rows(chain, "select sale, state from payment") == [(1, "captured")]
    assert rows(chain, "select number from sale") == [(1,)]


def test_facts_that_fit_no_table_or_stand_in_a_foreign_stream_are_kept_and_not_folded(
    chain: Chain, kasse1: Speaker, journal: ToldJournal
) -> None:
    body = _body(requested(1))
    reference = reference_of(1)
    journal.add("payment/other-payment", "payment-requested", 1, body)
    for text in (body.replace("12550", str(2**80)), body.replace("12550", "-1"), body.replace('"sale":1', '"sale":-1')):
        journal.add(f"payment/{reference}", "payment-requested", 1, text)
    odd = "payment/<b>'; drop table payment; --"
    journal.add(odd, "payment-requested", 1, body.replace(reference, odd.removeprefix("payment/")))
    journal.tell(Unanswered(reference, AT, Operation.ASK, Fault(FaultCode.NO_ANSWER), is_sent=True))
    journal.tell(SaleCompleted(2**65, AT, 1))
    assert kasse1.send(journal.records).status_code == 200
    assert rows(chain, "select * from payment") == []
    assert rows(chain, "select * from sale") == []


def _body(fact: object) -> str:
    return str(ToldJournal().tell(fact)[0]["body"])  # type: ignore[arg-type]
