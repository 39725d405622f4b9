"""The tills' journals kept record by record as they are: a till's history grows, and is never another.

What the sale log searches is folded from the records in the transaction that keeps them (`folding.py`).
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import astuple

from till.hub import folding
from till.hub.alarms import AlarmKind, raise_alarm
from till.hub.database import Row, Transaction
from till.hub.records import RECORDS_MOST, BookRecord
from till.journal.chain import FIRST_LINK

#: Text of the records in one answer; a single larger one goes alone.
ANSWER_MOST_CHARACTERS = 768 * 1024


class Head(Struct, frozen=True):
    """How far a till's journal is kept: the last record's number and hash, in hex."""

    last: int
    hash: str


class Gap(Struct, frozen=True):
    """Nothing was kept: records after the head are missing."""

    head: Head


class Forked(Struct, frozen=True):
    """Nothing was kept: another history stands in the book, and there is an alarm."""

    head: Head


def keep(transaction: Transaction, till: str, records: Sequence[BookRecord], now: datetime) -> Head | Gap | Forked:
    """Keep records whose chain holds, fold them, and return how far the book reaches then; those kept before are let be."""
    head = _locked(transaction, till)
    first = records[0].number
    if first > head.last + 1:
        return Gap(head)
    parted = _first_that_differs(transaction, till, records, head)
    if parted is not None:
        raise_alarm(transaction, till, AlarmKind.FORK, parted, now)
        return Forked(head)
    new = records[head.last + 1 - first :]
    if not new:
        return head
    rows: list[Row] = [(till, *astuple(one)) for one in new]
    transaction.run_many("insert into record values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    folding.fold(transaction, till, new)
    head = Head(new[-1].number, new[-1].hash)
    transaction.run("update book set last = ?, hash = ? where till = ?", head.last, head.hash, till)
    return head


def head_of(transaction: Transaction, till: str) -> Head:
    """Return how far a till's book reaches."""
    rows = transaction.run("select last, hash from book where till = ?", till)
    return Head(*rows[0]) if rows else Head(0, FIRST_LINK.hex())


def records_after(transaction: Transaction, till: str, number: int) -> list[BookRecord]:
    """Return a till's records after one, the oldest first, as many as fit into an answer."""
    fitting: list[BookRecord] = []
    length = 0
    for record in _records(transaction, till, number + 1, number + RECORDS_MOST):
        length += len(record.body)
        if fitting and length > ANSWER_MOST_CHARACTERS:
            break
        fitting.append(record)
    return fitting


def _locked(transaction: Transaction, till: str) -> Head:
    """Return how far a book reaches, and keep other processes away from it until the commit."""
    rows = transaction.run(
        "insert into book values (?, 0, ?) on conflict (till) do update set last = book.last returning last, hash",
        till,
        FIRST_LINK.hex(),
    )
    return Head(*rows[0])


def _first_that_differs(transaction: Transaction, till: str, records: Sequence[BookRecord], head: Head) -> int | None:
    """Return the number of the first record that does not continue or repeat the book, or None."""
    first = records[0]
    if first.number == head.last + 1:
        return None if first.before == head.hash else first.number
    pairs = zip(_records(transaction, till, first.number, records[-1].number), records, strict=False)
    return next((sent.number for kept, sent in pairs if kept != sent), None)


def _records(transaction: Transaction, till: str, first: int, last: int) -> list[BookRecord]:
    rows = transaction.run(
        "select number, stream, kind, version, at, body, before, hash from record"
        " where till = ? and number between ? and ? order by number",
        till,
        first,
        last,
    )
    return [BookRecord(*row) for row in rows]
