"""Paid sales that a till asks for: by reference, or by receipt number and store, with what the wallet says is left."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.doubles.chain import Chain
from tests.doubles.office import calls_of, sell
from tests.doubles.service import InProcess
from tests.doubles.told import AT, ToldJournal, in_batches, nok, paid_sale, reference_of, requested
from till.domain.payment import Created
from till.domain.secret import Secret
from till.hub import books, stores
from till.hub.paid import NotSaid, PaidSeen, paid_sales, read_at_wallet
from till.hub.records import read_records
from till.hub.seal import SealBroken
from till.sandbox.desk import PlantedFault
from till.vipps.access import Credentials
from till.vipps.calls import Calls
from till.vipps.errors import KeysMissing

REFERENCE = reference_of(1, "kasse1")


@pytest.fixture
def sold(chain: Chain) -> Chain:
    """Three tills that each gave receipt 7001, and a sale of kasse1 that nobody has paid."""
    for till in ("kasse1", "kasse2", "kasse3"):
        journal = ToldJournal()
        journal.tell(
            *paid_sale(1, till=till, receipt=7001), requested(3, till=till), Created(reference_of(3, till), AT)
        )
        for batch in in_batches(journal.records, 300):
            records = read_records(json.dumps({"records": batch}).encode())
            chain.database.write(
                lambda inner, name=till, some=records: books.keep(inner, name, some, chain.clock.now())
            )
    return chain


def found(chain: Chain, text: str, store: str = "") -> list[str]:
    return [sale.reference for sale in chain.database.read(lambda inner: paid_sales(inner, text, store))]


def test_a_sale_is_found_by_its_payments_reference(sold: Chain) -> None:
    (sale,) = sold.database.read(lambda inner: paid_sales(inner, REFERENCE, ""))
    assert (sale.store, sale.store_name, sale.receipt, sale.amount) == ("gronland", "Grønland", 7001, nok(12550))
    assert found(sold, REFERENCE, "gronland") == [REFERENCE]
    assert found(sold, REFERENCE, "majorstua") == []


def test_a_receipts_number_names_a_sale_of_each_till_of_the_store(sold: Chain) -> None:
    assert found(sold, "7001", "gronland") == [REFERENCE, reference_of(1, "kasse2")]
    assert found(sold, "7001", "majorstua") == [reference_of(1, "kasse3")]
    assert found(sold, "9" * 60, "gronland") == []


def test_a_sale_that_is_not_completed_is_not_found(sold: Chain) -> None:
    assert found(sold, reference_of(3, "kasse1")) == []


def ask(chain: Chain, client: httpx.Client, **query: str) -> httpx.Response:
    return client.get("/till/v1/paid", params=query, headers=chain.token("kasse3"))


def test_of_several_sales_the_till_is_told_without_asking_the_wallet(sold: Chain, client: httpx.Client) -> None:
    answer = ask(sold, client, text="7001", store="gronland")
    assert [(one["reference"], one["captured"]) for one in answer.json()["sales"]] == [
        (REFERENCE, None),
        (reference_of(1, "kasse2"), None),
    ]


def test_without_the_stores_keys_nothing_is_guessed(sold: Chain, client: httpx.Client) -> None:
    answer = ask(sold, client, text=f"till:receipt:{REFERENCE}")
    assert (answer.status_code, answer.json()) == (424, {"reason": "keys"})


def test_a_wallet_that_does_not_answer_is_said(sold: Chain, client: httpx.Client) -> None:
    keys = Credentials(Secret("id"), Secret("secret"), Secret("key"), "123456")
    sold.database.write(lambda inner: stores.keep_keys(inner, sold.sealer, "gronland", keys))
    answer = ask(sold, client, text=REFERENCE)
    assert (answer.status_code, answer.json()) == (424, {"reason": "wallet"})


def test_what_no_till_sold_is_nothing(sold: Chain, client: httpx.Client) -> None:
    assert ask(sold, client, text="kasse9-261121-0001-1").json() == {"sales": []}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"text": ""},
        {"text": "<script>alert(1)</script>"},
        {"text": "'; drop table sale; --"},
        {"text": "a" * 65},
        {"text": "7001"},
        {"text": "٧٠٠١", "store": "gronland"},
        {"text": "7001", "store": "g" * 61},
    ],
)
def test_what_is_no_reference_and_no_number_is_refused(
    sold: Chain, client: httpx.Client, query: dict[str, str]
) -> None:
    answer = ask(sold, client, **query)
    assert (answer.status_code, answer.json()) == (400, {"reason": "text"})


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}])
def test_without_a_tills_token_nothing_is_told(client: httpx.Client, header: dict[str, str]) -> None:
    answer = client.get("/till/v1/paid", params={"text": REFERENCE}, headers=header)
    assert (answer.status_code, answer.json()) == (401, {"reason": "token"})


# ---------------------------------------------------------------- at the wallet


def read(transport: InProcess, sold: Chain) -> PaidSeen:
    @contextmanager
    def with_keys(_: str) -> Iterator[Calls]:
        yield calls_of(transport)

    (sale,) = sold.database.read(lambda inner: paid_sales(inner, REFERENCE, ""))
    return read_at_wallet(with_keys, sale)


def test_what_is_captured_and_refunded_is_the_wallets_word(sold: Chain) -> None:
    transport = InProcess()
    sell(transport, REFERENCE, 12550, refunded=2550)
    sale = read(transport, sold)
    assert (sale.captured, sale.refunded) == (nok(12550), nok(2550))


def test_an_answer_that_is_lost_is_no_answer(sold: Chain) -> None:
    transport = InProcess()
    sell(transport, REFERENCE, 12550)
    transport.desk.plant(PlantedFault("get", "drop", REFERENCE, times=1))
    with pytest.raises(NotSaid, match="wallet"):
        read(transport, sold)


@pytest.mark.parametrize("error", [KeysMissing(), SealBroken("keys/gronland")])
def test_keys_that_are_missing_or_cannot_be_opened_are_said(sold: Chain, error: Exception) -> None:
    @contextmanager
    def without_keys(_: str) -> Iterator[Calls]:
        raise error
        yield

    (sale,) = sold.database.read(lambda inner: paid_sales(inner, REFERENCE, ""))
    with pytest.raises(NotSaid, match="keys"):
        read_at_wallet(without_keys, sale)
