"""The Report client: pages, open days, the feed's end, and answers that are none."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from tests.doubles.office import NOON, at_noon, calls_of, control, scripted_calls, sell, set_clock
from tests.doubles.transport import BASE, Scripted, reply
from till.domain.money import Currency, Money
from till.vipps.errors import InvalidRequest, KeysRefused, NotFound, Unanswered
from till.vipps.report import DAY_PAUSE_S, FEED_PAUSE_S, ReportApi, Topic

DAY = date(2026, 11, 21)
REF = "test-kasse1-261121-000{}-1"


def entry(**changes: object) -> Mapping[str, object]:
    return {
        "pspReference": "3343121302",
        "time": "2026-11-21T11:00:00.0000000Z",
        "ledgerDate": "2026-11-21",
        "entryType": "capture",
        "reference": REF,
        "currency": "NOK",
        "amount": 49900,
        "balanceBefore": 0,
        "balanceAfter": 49900,
        "recipientHandle": None,
        **changes,
    }


def test_a_day_is_read_to_its_last_page() -> None:
    transport = at_noon()
    control(transport, "report-page-size", size=2)
    for number in range(1, 6):
        sell(transport, REF.format(number), 10000)
    set_clock(transport, NOON + timedelta(days=1))
    report = ReportApi(calls_of(transport))
    (ledger,) = report.ledgers("900001")
    assert ledger.currency is Currency.NOK
    funds = report.day(ledger.ledger_id, Topic.FUNDS, DAY)
    assert funds.ask_again_s is None
    assert [one.kind for one in funds.entries] == ["capture"] * 5 + ["fees-retained", "payout-scheduled"]
    assert sum(one.amount.minor for one in funds.entries) == 0
    fees = report.day(ledger.ledger_id, Topic.FEES, DAY)
    assert {one.psp_reference for one in fees.entries[:5]} == {one.psp_reference for one in funds.entries[:5]}
    asked = [one.request.url for one in transport.exchanges if "/dates/" in one.request.url]
    assert [("cursor=" in url) for url in asked] == [False, True, True, True, False, True, True]


def test_an_open_day_says_when_to_ask_again() -> None:
    """Ask again in half an hour (description, `tryLater`)."""
    transport = at_noon()
    sell(transport, REF.format(1), 10000)
    report = ReportApi(calls_of(transport))
    (ledger,) = report.ledgers()
    day = report.day(ledger.ledger_id, Topic.FUNDS, DAY)
    assert day.ask_again_s == DAY_PAUSE_S == 1800
    assert len(day.entries) == 1
    assert report.day(ledger.ledger_id, Topic.FUNDS, DAY + timedelta(days=1)).ask_again_s is not None


def test_the_feed_goes_on_where_it_stopped() -> None:
    """At the end of the feed: a pause of a second, and the same cursor (description, `tryLater`)."""
    transport = at_noon()
    control(transport, "report-page-size", size=2)
    report = ReportApi(calls_of(transport))
    (ledger,) = report.ledgers()
    end = report.feed(ledger.ledger_id, Topic.FUNDS)
    assert (end.entries, end.ask_again_s) == ((), FEED_PAUSE_S)
    for number in range(1, 4):
        sell(transport, REF.format(number), 10000)
    first = report.feed(ledger.ledger_id, Topic.FUNDS, end.cursor)
    assert first.ask_again_s is None
    second = report.feed(ledger.ledger_id, Topic.FUNDS, first.cursor)
    assert [len(first.entries), len(second.entries), second.ask_again_s] == [2, 1, FEED_PAUSE_S]
    set_clock(transport, NOON + timedelta(days=1))
    third = report.feed(ledger.ledger_id, Topic.FUNDS, second.cursor)
    assert [one.kind for one in third.entries] == ["fees-retained", "payout-scheduled"]


def test_a_ledger_of_somebody_else_is_not_found_and_an_odd_one_is_never_asked_for() -> None:
    transport = at_noon()
    report = ReportApi(calls_of(transport))
    assert report.ledgers("900002") == ()
    with pytest.raises(NotFound):
        report.day("300002", Topic.FUNDS, DAY)
    with pytest.raises(InvalidRequest):
        report.day("../x", Topic.FUNDS, DAY)
    with pytest.raises(InvalidRequest):
        report.feed("300001", Topic.FUNDS, "")


WRONG: list[Mapping[str, object]] = [
    {},
    {"items": [entry()], "hasMore": True},
    {"items": [entry()], "hasMore": True, "cursor": "same"},
    {"items": [entry()], "tryLater": "yes"},
    {"items": ["no entry"]},
    {"items": [entry(amount=499.0)]},
    {"items": [entry(amount=True)]},
    {"items": [entry(amount="49900")]},
    {"items": [entry(currency="SEK")]},
    {"items": [entry(time="noon")]},
    {"items": [entry(pspReference="")]},
    {"items": [entry(ledgerDate="2026-11-20")]},
    {"items": [entry(reference=7)]},
]


@pytest.mark.parametrize("body", WRONG, ids=str)
def test_books_that_do_not_make_sense_are_no_answer(body: Mapping[str, object]) -> None:
    with pytest.raises(Unanswered):
        ReportApi(scripted_calls(Scripted([reply(200, body)]))).day("300001", Topic.FUNDS, DAY)


def test_new_words_and_what_a_payout_lacks_are_read() -> None:
    """New entry types may come at any time (guide, "Entry types")."""
    odd = entry(entryType="moon-tax", reference=None, amount=-5)
    day = ReportApi(scripted_calls(Scripted([reply(200, {"items": [odd]})]))).day("300001", Topic.FEES, DAY)
    (read,) = day.entries
    assert (read.kind, read.reference, read.amount) == ("moon-tax", "", Money(-5, Currency.NOK))


def test_the_other_shapes_of_a_refusal_are_read_by_their_status() -> None:
    refused = Scripted([reply(401, {"code": "Unauthorized", "message": "Please check your API keys"})])
    with pytest.raises(KeysRefused):
        ReportApi(scripted_calls(refused)).ledgers()
    broken = Scripted([reply(500, {"errorCode": 100001, "errorMessage": "x", "contextId": "y"})])
    with pytest.raises(Unanswered):
        ReportApi(scripted_calls(broken)).ledgers()
    assert broken.asked[0].url == f"{BASE}/settlement/v1/ledgers"
