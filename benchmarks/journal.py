"""The journal at a million records: verified, replayed, appended to; each beside the bare database and the bare hash.

Run with a number to measure another length.
"""

import hashlib
import itertools
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measure import report
from tests.doubles.articles import many_articles
from till.domain.basket import Line
from till.domain.facts import (
    Fact,
    LineAdded,
    OperationIntended,
    PaymentRequested,
    SaleCompleted,
    SaleOpened,
)
from till.domain.money import Currency, Money
from till.domain.payment import Created, Flow, Operation, Reported, Terms, Verdict
from till.domain.state import TillState
from till.engine.recovery import replay
from till.journal.codec import decode
from till.journal.sqlite import SqliteJournal

RECORDS, REPLAYED, APPENDED, ROUNDS = 1_000_000, 100_000, 500, 5
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NOTHING, AMOUNT = Money(0, Currency.NOK), Money(48712, Currency.NOK)
ARTICLES = many_articles(500)


def sales() -> Iterator[Fact]:
    """Return the facts of sale after sale, each of six lines and one payment."""
    for sale in itertools.count(1):
        at, reference = AT + timedelta(minutes=sale), f"test-kasse1-261121-{sale:06}-1"
        yield SaleOpened(sale, at)
        for number in range(1, 7):
            article = ARTICLES[(sale * 7 + number) % len(ARTICLES)]
            yield LineAdded(sale, at, Line(number, article, 1000, article.price))
        terms = Terms(reference, sale, AMOUNT, Flow.CUSTOMER_SCREEN, "900001", at)
        yield PaymentRequested(terms, f"{reference}-create", "00" * 32, "{}")
        yield Created(reference, at)
        yield Reported(reference, at, Verdict.AUTHORIZED, AMOUNT, AMOUNT, NOTHING, NOTHING, NOTHING)
        yield OperationIntended(reference, at, Operation.CAPTURE, AMOUNT, "900001", f"{reference}-capture", "00" * 32)
        yield Reported(reference, at, Verdict.AUTHORIZED, AMOUNT, AMOUNT, AMOUNT, NOTHING, NOTHING)
        yield SaleCompleted(sale, at, sale)


def fill(path: Path, records: int) -> None:
    """Write so many records."""
    journal, facts = SqliteJournal.open(path), sales()
    while journal.length < records:
        journal.append(list(itertools.islice(facts, min(10_000, records - journal.length))), AT)
    journal.close()


def verified(path: Path) -> float:
    """Return microseconds per record of `till journal verify`."""
    journal = SqliteJournal.open(path)
    began = time.perf_counter()
    count = journal.verify()
    took = time.perf_counter() - began
    journal.close()
    return took / count * 1e6


def bare_read_and_hash(path: Path) -> float:
    """Return microseconds per record to read each row and hash its body, nothing compared."""
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    began, count = time.perf_counter(), 0
    for row in connection.execute("select * from journal order by number"):
        hashlib.sha256(row[4]).digest()
        count += 1
    took = time.perf_counter() - began
    connection.close()
    return took / count * 1e6


def replayed(path: Path) -> float:
    """Return microseconds per record of the replay at the start, the chain verified."""
    journal = SqliteJournal.open(path)
    began = time.perf_counter()
    replay(journal.facts(), TillState.empty(Currency.NOK))
    took = time.perf_counter() - began
    count = journal.length
    journal.close()
    return took / count * 1e6


def replayed_unverified(path: Path) -> float:
    """Return the same without the chain: rows read, decoded and folded."""
    connection = sqlite3.connect(path)
    began = time.perf_counter()
    rows = connection.execute("select kind, version, body from journal order by number")
    replay((decode(kind, version, body.encode()) for kind, version, body in rows), TillState.empty(Currency.NOK))
    took = time.perf_counter() - began
    (count,) = connection.execute("select count(*) from journal").fetchone()
    connection.close()
    return took / count * 1e6


def appended(folder: Path) -> list[float]:
    """Return milliseconds per append of one line, the second mark written as in a shop."""
    journal, facts = SqliteJournal.open(folder / "a.db", folder / "a.mark"), sales()
    took = []
    for fact in itertools.islice(facts, APPENDED):
        began = time.perf_counter()
        journal.append([fact], AT)
        took.append((time.perf_counter() - began) * 1000)
    journal.close()
    return took


def appended_bare(folder: Path) -> list[float]:
    """Return milliseconds per synced insert of a row of the same size."""
    connection = sqlite3.connect(folder / "b.db", isolation_level=None)
    connection.executescript("pragma locking_mode=exclusive; pragma journal_mode=wal; pragma synchronous=full;")
    connection.execute("create table b (number integer primary key, body text)")
    took, text = [], "x" * 600
    for number in range(APPENDED):
        began = time.perf_counter()
        connection.execute("begin immediate")
        connection.execute("insert into b values (?, ?)", (number, text))
        connection.execute("commit")
        took.append((time.perf_counter() - began) * 1000)
    connection.close()
    return took


def peak_mib(path: Path) -> float:
    """Return the most memory that a process of its own had while it verified."""
    program = (
        "import resource, sys; from pathlib import Path; from benchmarks.journal import *; verified(Path(sys.argv[1]));"
    )
    program += " print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure ours and the floor in turn, so that a busy machine is busy for both."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        long, short = folder / "long.db", folder / "short.db"
        fill(long, records)
        fill(short, min(REPLAYED, records))
        ours, floor = zip(*((verified(long), bare_read_and_hash(long)) for _ in range(ROUNDS)), strict=True)
        report(f"verify, {records} records, each", ours, floor, unit="µs")
        print(
            f"memory while verifying   {peak_mib(long):.1f} MiB (at {min(REPLAYED, records)} records {peak_mib(short):.1f} MiB)"
        )
        ours, floor = zip(*((replayed(short), replayed_unverified(short)) for _ in range(ROUNDS)), strict=True)
        report(f"replay, {min(REPLAYED, records)} records, each (floor: no chain)", ours, floor, unit="µs")
        report("append of one line, marked", appended(folder), appended_bare(folder))


if __name__ == "__main__":
    main()
