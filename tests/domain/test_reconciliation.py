"""A day's journal against the wallet's books: faultless books agree, and each fault is named with its reason."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from till.domain.facts import Fact, PaymentRequested
from till.domain.money import Currency, Money
from till.domain.payment import Flow, Reported, Terms, Verdict
from till.domain.reconciliation import (
    Books,
    Difference,
    Event,
    Kind,
    LedgerEntry,
    Movement,
    Reason,
    Reconciliation,
    movements_of,
    reconcile,
    with_events,
)

NOK = Currency.NOK
DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PREFIX = "kasse1-"
REF, OTHER = f"{PREFIX}261121-0001-1", f"{PREFIX}261121-0002-1"


def kroner(minor: int) -> Money:
    return Money(minor, NOK)


def moved(reference: str, kind: Kind, minor: int, psp: str = "", at: datetime = NOON) -> Movement:
    return Movement(reference, kind, kroner(minor), at, psp)


def booked(reference: str, kind: str, minor: int, psp: str, day: date = DAY) -> LedgerEntry:
    return LedgerEntry(psp, NOON, day, kind, reference, kroner(minor))


def compared(
    movements: list[Movement], funds: list[LedgerEntry], fees: tuple[LedgerEntry, ...] = (), *, is_open: bool = False
) -> Reconciliation:
    books = Books(tuple(funds), fees, frozenset({DAY}) if is_open else frozenset())
    return reconcile(DAY, movements=movements, books=books, prefix=PREFIX, currency=NOK, zone=UTC)


def reasons(seen: Reconciliation) -> list[Reason]:
    return [one.reason for one in seen.differences]


CAPTURE, REFUND = moved(REF, Kind.CAPTURE, 10000, "1"), moved(REF, Kind.REFUND, 2500, "2")
IN_BOOKS = [booked(REF, "capture", 10000, "1"), booked(REF, "refund", -2500, "2")]


def test_books_that_hold_what_the_journal_holds_agree() -> None:
    """Requirement 62."""
    paid_out = [booked("x", "fees-retained", -175, "f"), booked("y", "payout-scheduled", -7325, "300001-2000000")]
    fee = booked(REF, "capture-fee", -175, "1")
    seen = compared([CAPTURE, REFUND], IN_BOOKS + paid_out, (fee, booked("x", "fees-retained", 175, "f")))
    assert seen.agrees
    assert seen.differences == ()
    assert (seen.captured, seen.refunded) == (kroner(10000), kroner(2500))
    report = seen.report
    assert (report.captured, report.refunded, report.fees) == (kroner(10000), kroner(2500), kroner(-175))
    assert (report.retained, report.payout, report.other) == (kroner(-175), kroner(-7325), kroner(0))
    assert report.payout_numbers == ("2000000",)
    assert [pair.fee for pair in seen.matched] == [kroner(-175), None]


@pytest.mark.parametrize("psp", ["1", ""])
def test_what_the_books_lack_is_missing_there_or_not_booked_yet(psp: str) -> None:
    lonely = [replace(CAPTURE, psp_reference=psp)]
    seen = compared(lonely, [])
    assert seen.differences == (Difference(Reason.MISSING_IN_REPORT, Kind.CAPTURE, REF, psp, kroner(10000), None),)
    assert not seen.agrees
    still_open = compared(lonely, [], is_open=True)
    assert reasons(still_open) == [Reason.DAY_OPEN]
    assert still_open.is_open
    assert still_open.agrees


def test_what_the_journal_lacks_is_missing_there() -> None:
    seen = compared([CAPTURE], [*IN_BOOKS, booked(OTHER, "capture", 500, "9")])
    assert reasons(seen) == [Reason.MISSING_IN_JOURNAL, Reason.MISSING_IN_JOURNAL]
    refund, capture = seen.differences
    assert (refund.reference, refund.kind, refund.journal, refund.report) == (REF, Kind.REFUND, None, kroner(2500))
    assert (capture.reference, capture.report) == (OTHER, kroner(500))


def test_the_same_event_twice_is_doubled_and_another_refund_of_the_same_amount_is_not() -> None:
    assert reasons(compared([CAPTURE, REFUND], [*IN_BOOKS, IN_BOOKS[0]])) == [Reason.DOUBLED]
    third = booked(REF, "refund", -2500, "3")
    assert reasons(compared([CAPTURE, REFUND], [*IN_BOOKS, third])) == [Reason.MISSING_IN_JOURNAL]
    nameless = [replace(CAPTURE, psp_reference=""), replace(REFUND, psp_reference="")]
    assert reasons(compared(nameless, [*IN_BOOKS, third])) == [Reason.DOUBLED]


@pytest.mark.parametrize("psp", ["1", ""])
def test_another_amount_is_said_with_both(psp: str) -> None:
    seen = compared([replace(CAPTURE, psp_reference=psp)], [booked(REF, "capture", 9999, "1")])
    assert seen.differences == (Difference(Reason.OTHER_AMOUNT, Kind.CAPTURE, REF, "1", kroner(10000), kroner(9999)),)


def test_a_sale_near_midnight_may_be_booked_on_the_other_side() -> None:
    """The ledger's day may end at another hour than the shop's."""
    tomorrow = DAY + timedelta(days=1)
    assert reasons(compared([CAPTURE], [booked(REF, "capture", 10000, "1", tomorrow)])) == [Reason.OTHER_DAY]
    heard_late = replace(CAPTURE, at=NOON + timedelta(days=1))
    seen = compared([heard_late], [booked(REF, "capture", 10000, "1")])
    assert reasons(seen) == [Reason.OTHER_DAY]
    assert seen.agrees


def test_other_tills_of_the_sales_unit_are_summed_apart() -> None:
    """Several shops on one number: the prefix of the reference tells them apart."""
    seen = compared([CAPTURE, REFUND], [*IN_BOOKS, booked("kasse2-261121-0001-1", "capture", 700, "8")])
    assert seen.agrees
    assert seen.elsewhere == kroner(700)


def test_an_entry_of_a_kind_never_seen_before_is_summed_by_its_sign() -> None:
    seen = compared([CAPTURE, REFUND], [*IN_BOOKS, booked("z", "moon-tax", -42, "7"), booked("z", "top-up", 50, "6")])
    assert seen.report.other == kroner(8)
    assert seen.agrees


def report(reference: str, captured: int, refunded: int, minutes: int) -> Fact:
    at = NOON + timedelta(minutes=minutes)
    whole, nothing = kroner(10000), kroner(0)
    return Reported(reference, at, Verdict.AUTHORIZED, whole, whole, kroner(captured), nothing, kroner(refunded))


def requested(reference: str, msn: str = "900001") -> Fact:
    return PaymentRequested(Terms(reference, 1, kroner(10000), Flow.CUSTOMER_SCREEN, msn, NOON), "key", "", None)


def test_the_journal_tells_of_money_by_how_its_sums_grow() -> None:
    facts = [
        requested(REF),
        requested(OTHER, "900004"),
        report(REF, 0, 0, 0),
        report(REF, 10000, 0, 1),
        report(REF, 10000, 0, 2),
        report(OTHER, 5000, 0, 3),
        report(REF, 10000, 1000, 4),
        report(REF, 10000, 3500, 5),
    ]
    found = movements_of(facts, "900001")
    assert [(one.kind, one.amount.minor) for one in found] == [
        (Kind.CAPTURE, 10000),
        (Kind.REFUND, 1000),
        (Kind.REFUND, 2500),
    ]
    assert {one.reference for one in found} == {REF}


def test_a_movement_heard_of_as_a_sum_is_told_apart_by_its_events() -> None:
    events = {
        REF: (
            Event("1", Kind.CAPTURE, kroner(4000)),
            Event("2", Kind.CAPTURE, kroner(6000)),
            Event("3", Kind.REFUND, kroner(1)),
        )
    }
    named = with_events([moved(REF, Kind.CAPTURE, 10000), moved(REF, Kind.REFUND, 2500)], events)
    assert [(one.amount.minor, one.psp_reference) for one in named] == [(4000, "1"), (6000, "2"), (2500, "")]


SALES = st.lists(st.tuples(st.integers(100, 10**6), st.integers(0, 10**6)), min_size=1, max_size=12)


def day_of(sales: list[tuple[int, int]]) -> tuple[list[Movement], list[LedgerEntry]]:
    movements, funds = [], []
    for number, (captured, refunded) in enumerate(sales):
        reference = f"{PREFIX}261121-{number:04}-1"
        parts = [(Kind.CAPTURE, captured)] + [(Kind.REFUND, min(refunded, captured))] * (refunded > 0)
        for kind, minor in parts:
            psp = f"{number}-{kind.value}"
            movements.append(moved(reference, kind, minor, psp))
            funds.append(booked(reference, kind.value, minor if kind is Kind.CAPTURE else -minor, psp))
    return movements, funds


@given(sales=SALES, is_named=st.booleans(), data=st.data())
def test_of_any_day_exactly_the_one_fault_in_it_is_found(
    sales: list[tuple[int, int]], *, is_named: bool, data: st.DataObject
) -> None:
    movements, funds = day_of(sales)
    if not is_named:
        movements = [replace(one, psp_reference="") for one in movements]
    assert compared(movements, funds).differences == ()
    place = data.draw(st.integers(0, len(funds) - 1))
    entry, rest = funds[place], funds[:place] + funds[place + 1 :]
    changed = replace(entry, amount=entry.amount + kroner(1))
    assert reasons(compared(movements, rest)) == [Reason.MISSING_IN_REPORT]
    assert reasons(compared(movements[:place] + movements[place + 1 :], funds)) == [Reason.MISSING_IN_JOURNAL]
    assert reasons(compared(movements, [*funds, entry])) == [Reason.DOUBLED]
    assert reasons(compared(movements, [*rest, changed])) == [Reason.OTHER_AMOUNT]
