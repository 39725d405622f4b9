"""Payments found again: by number, amount, day and hour, with all that became of them, and in older journals too."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from till.domain.facts import (
    Fact,
    OperationIntended,
    PaymentRequested,
    RefundRequested,
    SaleCompleted,
    SaleOpened,
    TillStarted,
)
from till.domain.history import ByAmount, ByName, ByTime, Newest, Wanted
from till.domain.money import Currency, Money
from till.domain.payment import Captured, Created, Ended, Ending, Flow, Operation, Reported, Terms, Verdict, Waiting
from till.domain.refund import PaidSale, RefundTerms
from till.journal import search
from till.journal.sqlite import SqliteJournal

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


def reference(sale: int, attempt: int = 1) -> str:
    return f"kasse1-261121-{sale:04}-{attempt}"


def requested(sale: int, minor: int, at: datetime, attempt: int = 1) -> PaymentRequested:
    name = reference(sale, attempt)
    return PaymentRequested(
        Terms(name, sale, nok(minor), Flow.CUSTOMER_SCREEN, "900001", at), f"{name}-create", "00" * 32, "{}"
    )


def reported(sale: int, verdict: Verdict, minor: int, captured: int, at: datetime, attempt: int = 1) -> Reported:
    authorized = nok(minor if verdict is Verdict.AUTHORIZED else 0)
    return Reported(reference(sale, attempt), at, verdict, nok(minor), authorized, nok(captured), nok(0), nok(0))


def a_day() -> list[Fact]:
    """Three sales: one declined and then paid and refunded in part, one that waits, one paid yesterday."""
    yesterday, later = NOON - timedelta(days=1), NOON + timedelta(hours=2)
    paid = PaidSale(reference(2, 2), 2, 2, nok(5000), NOON, "900001")
    return [
        TillStarted(yesterday, "kasse1", "0", "production"),
        SaleOpened(1, yesterday),
        requested(1, 12000, yesterday),
        reported(1, Verdict.AUTHORIZED, 12000, 12000, yesterday),
        SaleCompleted(1, yesterday, 1),
        SaleOpened(2, NOON),
        requested(2, 5000, NOON),
        Created(reference(2), NOON),
        reported(2, Verdict.ABORTED, 5000, 0, NOON),
        requested(2, 5000, NOON + timedelta(minutes=1), attempt=2),
        TillStarted(NOON, "kasse1", "0", "production"),
        reported(2, Verdict.AUTHORIZED, 5000, 0, NOON, attempt=2),
        OperationIntended(reference(2, 2), NOON, Operation.CAPTURE, nok(5000), "900001", "key", "00" * 32),
        reported(2, Verdict.AUTHORIZED, 5000, 5000, NOON, attempt=2),
        SaleCompleted(2, NOON, 2),
        SaleOpened(3, later),
        requested(3, 700, later),
        Created(reference(3), later),
        RefundRequested(RefundTerms(reference(2, 2), 1, nok(1234), nok(0), later, paid), "refund", "00" * 32),
    ]


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    made = SqliteJournal.open(tmp_path / "journal.db")
    for fact in a_day():
        made.append([fact], NOON)
    return made


def names(journal: SqliteJournal, wanted: Wanted, most: int = 50) -> list[str]:
    return [history.terms.reference for history in journal.find_payments(wanted, most)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ByName("1"), [reference(1)]),
        (ByName("2"), [reference(2, 2), reference(2)]),
        (ByName(reference(3)), [reference(3)]),
        (ByName("99"), []),
        (ByName("nothing-of-ours-0001"), []),
        (ByAmount(5000), [reference(2, 2), reference(2)]),
        (ByAmount(1234), [reference(2, 2)]),
        (ByAmount(1), []),
        (ByTime(NOON - timedelta(days=2), NOON), [reference(1)]),
        (ByTime(NOON, NOON + timedelta(minutes=30)), [reference(2, 2), reference(2)]),
        (Newest(), [reference(3), reference(2, 2), reference(2), reference(1)]),
    ],
)
def test_payments_are_found_by_whatever_is_known_of_them(
    journal: SqliteJournal, wanted: Wanted, found: list[str]
) -> None:
    assert names(journal, wanted) == found


def test_hits_are_bounded_and_the_newest_stay(journal: SqliteJournal) -> None:
    assert names(journal, Newest(), most=2) == [reference(3), reference(2, 2)]


def test_what_became_of_each_is_folded_from_its_own_facts(journal: SqliteJournal) -> None:
    waiting, paid, declined, _ = journal.find_payments(Newest(), 50)
    assert isinstance(waiting.payment.state, Waiting)
    assert isinstance(paid.payment.state, Captured)
    assert declined.payment.state == Ended(Ending.ABORTED)
    assert (paid.receipt_number, declined.receipt_number) == (2, None), "the receipt is of the attempt that was paid"
    assert paid.refund is not None
    assert [type(fact).__name__ for fact in paid.facts] == [
        "PaymentRequested",
        "TillStarted",
        "Reported",
        "OperationIntended",
        "Reported",
        "SaleCompleted",
        "RefundRequested",
    ]


def test_an_older_journal_is_noted_in_slices_when_it_is_opened(
    journal: SqliteJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = names(journal, Newest())
    journal.close()
    with closing(sqlite3.connect(tmp_path / "journal.db")) as older:
        older.execute("drop table payment_trace")
    monkeypatch.setattr(search, "SLICE_ROWS", 4)
    again = SqliteJournal.open(tmp_path / "journal.db")
    assert names(again, Newest()) == expected
    assert names(again, ByAmount(1234)) == [reference(2, 2)]
    again.close()


def test_what_an_older_program_has_written_since_is_noted_as_well(journal: SqliteJournal, tmp_path: Path) -> None:
    journal.close()
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as older:
        older.execute("delete from payment_trace where number > 7")
    again = SqliteJournal.open(tmp_path / "journal.db")
    assert len(names(again, Newest())) == 4
    again.close()
