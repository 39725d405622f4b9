"""A small judge of a till's books: the journal read as plain rows, held against what the sandbox knows. No code of the till's.

A journal is copied before it is read, write-ahead log and all, so that the next start finds what the kill left behind.
"""

import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

Payment = Mapping[str, object]
Row = tuple[int, str, str, int, str, str, bytes, bytes]


@dataclass(frozen=True)
class Request:
    """What the journal says was asked of the wallet."""

    sale: int
    amount: int
    flow: str


@dataclass
class Books:
    """What the rows say; `wrong` is what is wrong with the rows themselves."""

    hashes: list[bytes] = field(default_factory=list)
    requested: dict[str, Request] = field(default_factory=dict)
    intended: Counter[tuple[str, str]] = field(default_factory=Counter)
    sends: Counter[str] = field(default_factory=Counter)
    cancels: set[str] = field(default_factory=set)
    captured: dict[str, int] = field(default_factory=dict)
    completed: Counter[int] = field(default_factory=Counter)
    receipts: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def take(self, row: Row) -> None:
        number, stream, kind, version, body, at, before, own = row
        last = self.hashes[-1] if self.hashes else bytes(32)
        digest = hashlib.sha256(before)
        for part in (str(number), stream, kind, str(version), at, body):
            digest.update(len(part.encode()).to_bytes(4))
            digest.update(part.encode())
        if number != len(self.hashes) + 1:
            self.wrong.append(f"row {number} stands where {len(self.hashes) + 1} should")
        if before != last or digest.digest() != own:
            self.wrong.append(f"row {number} is not chained")
        self.hashes.append(own)
        self._learn(kind, json.loads(body))

    def _learn(self, kind: str, fact: Mapping[str, object]) -> None:
        match kind, fact:
            case "payment-requested", {"terms": dict(terms)}:
                asked = Request(terms["sale"], terms["amount"]["minor"], terms["flow"])
                self.requested[terms["reference"]] = asked
                self.sends[terms["reference"]] += 1
            case "operation-intended", {"reference": str(reference), "operation": str(operation)}:
                self.intended[reference, operation] += 1
                self.sends[reference] += 1
            case "operation-repeated", {"reference": str(reference)}:
                self.sends[reference] += 1
            case "cancel-asked", {"reference": str(reference)}:
                self.cancels.add(reference)
            case "payment-reported", {"reference": str(reference), "captured": {"minor": int(minor)}}:
                self.captured[reference] = minor
            case "sale-completed", {"sale": int(sale), "receipt_number": int(receipt)}:
                self.completed[sale] += 1
                self.receipts.append(receipt)


def read_books(journal: Path) -> Books:
    """Read a journal whose till is not running; one that was never begun is empty."""
    books = Books()
    with tempfile.TemporaryDirectory() as scratch:
        for name in (journal.name, journal.name + "-wal"):
            if (journal.parent / name).exists():
                shutil.copy(journal.parent / name, scratch)
        copied = Path(scratch) / journal.name
        if not copied.exists():
            return books
        with closing(sqlite3.connect(copied)) as connection:
            if connection.execute("pragma user_version").fetchone() == (0,):
                return books
            if connection.execute("pragma integrity_check").fetchone() != ("ok",):
                books.wrong.append("the file is damaged")
            for row in connection.execute("select * from journal order by number"):
                books.take(row)
    return books


def judge(books: Books, payments: Iterable[Payment]) -> list[str]:
    """Return what must never be, at whatever moment the till was stopped."""
    wrong = list(books.wrong)
    taken: dict[int, list[Payment]] = defaultdict(list)
    for payment in payments:
        reference, captured = str(payment["reference"]), _minor(payment, "captured")
        asked = books.requested.get(reference)
        if asked is None:
            wrong.append(f"{reference} is at the wallet, and no row asked for it")
            continue
        if asked.amount != payment["amount"]:
            wrong.append(f"{reference} was asked for {asked.amount}, and the wallet has {payment['amount']}")
        if captured:
            taken[asked.sale].append(payment)
            if not books.intended[reference, "capture"]:
                wrong.append(f"{reference} was captured without an intent")
        ends = books.intended[reference, "cancel"] + books.intended[reference, "release"]
        if (payment["state"] == "TERMINATED" or _minor(payment, "cancelled")) and not ends:
            wrong.append(f"{reference} was cancelled without an intent")
        if books.captured.get(reference, 0) > captured:
            wrong.append(f"{reference}: the journal believes more than the wallet's {captured}")
    wrong += [
        f"{name[1]} of {name[0]} was intended {times} times" for name, times in books.intended.items() if times > 1
    ]
    wrong += [f"sale {sale} was captured {len(them)} times" for sale, them in taken.items() if len(them) > 1]
    for sale, times in books.completed.items():
        them = taken[sale]
        if times > 1:
            wrong.append(f"sale {sale} was completed {times} times")
        if len(them) != 1 or them[0]["captured"] != them[0]["amount"]:
            wrong.append(f"sale {sale} is complete, and not captured in full")
    if books.receipts != list(range(1, len(books.receipts) + 1)):
        wrong.append("receipt numbers have gaps or come twice")
    return wrong


def judge_rest(books: Books, payments: Iterable[Payment], still_open: set[str]) -> list[str]:
    """Return what must not be once everything has come to rest, but for the payments that are known to be open."""
    wrong: list[str] = []
    for payment in payments:
        reference = str(payment["reference"])
        asked = books.requested.get(reference)
        if asked is None or reference in still_open:
            continue
        captured, authorized = _minor(payment, "captured"), _minor(payment, "authorized")
        if captured and not (books.completed[asked.sale] and books.captured.get(reference) == captured):
            wrong.append(f"{reference} was captured, and the journal does not have it")
        if payment["state"] == "CREATED":
            wrong.append(f"{reference} can still be approved, and the till has given it up")
        if authorized > captured + _minor(payment, "cancelled"):
            wrong.append(f"{reference} still holds the customer's money")
    return wrong


def _minor(payment: Payment, name: str) -> int:
    return int(str(payment[name]))
