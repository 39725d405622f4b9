"""The hub's books: records taken in beside bare inserts of the same rows, and the sale log's search over them.

Run with a number of records to measure another size; each database is measured that is there.
"""

import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.journal import ARTICLES
from benchmarks.measure import percentile
from tests.doubles.postgres import postgres, postgres_programs
from till.domain.basket import Line
from till.domain.facts import Fact, LineAdded, OperationIntended, PaymentRequested, SaleCompleted, SaleOpened
from till.domain.money import Currency, Money
from till.domain.payment import Created, Flow, Operation, Reported, Terms, Verdict
from till.hub import books, sale_log, stores
from till.hub.database import Database, Row, Transaction
from till.hub.hours import written
from till.hub.migrations import migrate
from till.hub.postgres_database import PostgresDatabase
from till.hub.records import RECORDS_MOST, BookRecord, read_records
from till.hub.sale_log import Wanted
from till.hub.sqlite_database import SqliteDatabase
from till.hub.stores import Store, Till
from till.journal.chain import FIRST_LINK, Record, link
from till.journal.codec import encode, stamp, stream_of

RECORDS, TILLS, STORES, ROUNDS = 100_000, 200, 20, 40
GROWTH = 10
FIRST_MSN = 900_000
#: So many requests are made before they are timed.
AT_ONCE = 20
DAYS, RECORDS_A_SALE = 10, 13
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_NOTHING = Money(0, Currency.NOK)


class Batch(Struct, frozen=True):
    """A request's body, and what it comes to: the records' rows, and those of payments and sales."""

    till: str
    body: bytes
    records: list[Row]
    payments: list[Row]
    sales: list[Row]


class Journal:
    """One till's journal: it makes batch after batch."""

    def __init__(self, number: int, sales_a_day: int) -> None:
        self._till = f"t{number}"
        self._store = f"store{number % STORES}"
        self._facts = _sales(self._till, str(FIRST_MSN + number % STORES), sales_a_day)
        self._number, self._head = 0, FIRST_LINK
        self._terms: dict[int, Terms] = {}

    def batch(self) -> Batch:
        """Return the next batch."""
        batch = Batch(self._till, b"", [], [], [])
        sent = []
        for at, fact in itertools.islice(self._facts, RECORDS_MOST):
            kind, version, body = encode(fact)
            self._number += 1
            record = Record(self._number, stream_of(fact), kind, version, body, stamp(at))
            before, self._head = self._head, link(self._head, record)
            columns = (self._number, record.stream, kind, version, record.at, body.decode())
            sent.append(BookRecord(*columns, before.hex(), self._head.hex()))
            batch.records.append((self._till, *columns, before.hex(), self._head.hex()))
            self._note(batch, fact)
        return replace(batch, body=msgspec.json.encode({"records": sent}))

    def _note(self, batch: Batch, fact: Fact) -> None:
        if isinstance(fact, PaymentRequested):
            self._terms[fact.terms.sale] = fact.terms
        elif isinstance(fact, SaleCompleted):
            terms = self._terms.pop(fact.sale)
            minor, currency = terms.amount.minor, terms.amount.currency.value
            place = (terms.reference, self._till, self._store)
            end = (minor, 0, "captured", None, 0, written(terms.requested_at))
            batch.payments.append((*place, fact.sale, minor, currency, *end))
            at = written(fact.at)
            batch.sales.append(
                (*(self._till, fact.sale, self._store, terms.reference), fact.receipt_number, at, minor, currency, None)
            )


def _sales(till: str, msn: str, sales_a_day: int) -> Iterator[tuple[datetime, Fact]]:
    """Return the facts of sale after sale, each of six lines and one payment, back from today."""
    chance = random.Random(till)
    for sale in itertools.count(1):
        at = NOW - timedelta(days=DAYS + 1) + timedelta(days=sale // sales_a_day, minutes=chance.randrange(600))
        amount = Money(chance.randrange(1000, 200_000), Currency.NOK)
        for fact in _sale(sale, at, f"{till}-{at:%y%m%d}-{sale:04}-1", amount, msn):
            yield at, fact


def _sale(sale: int, at: datetime, reference: str, amount: Money, msn: str) -> Iterator[Fact]:
    yield SaleOpened(sale, at)
    for number in range(1, 7):
        article = ARTICLES[(sale * 7 + number) % len(ARTICLES)]
        yield LineAdded(sale, at, Line(number, article, 1000, article.price))
    yield PaymentRequested(
        Terms(reference, sale, amount, Flow.CUSTOMER_SCREEN, msn, at), f"{reference}-create", "00" * 32, "{}"
    )
    yield Created(reference, at)
    yield Reported(reference, at, Verdict.AUTHORIZED, amount, amount, _NOTHING, _NOTHING, _NOTHING)
    yield OperationIntended(reference, at, Operation.CAPTURE, amount, msn, f"{reference}-capture", "00" * 32)
    yield Reported(reference, at, Verdict.AUTHORIZED, amount, amount, amount, _NOTHING, _NOTHING)
    yield SaleCompleted(sale, at, sale)


class Spent(Struct):
    """Seconds: ours, ours up to a tenth of the records, the records alone into a bare table, and all rows into the tables."""

    ours: float = 0.0
    tenth: float = 0.0
    bare: float = 0.0
    rows: float = 0.0


def fill(ours: Database, floor: Database, records: int) -> Spent:
    """Take so many records in, in turn with the floors, so that a busy machine is busy for all."""
    sales_a_day = max(1, records // TILLS // RECORDS_A_SALE // DAYS)
    journals = [Journal(number, sales_a_day) for number in range(TILLS)]
    turn, left = itertools.cycle(journals), records // RECORDS_MOST
    spent = Spent()
    for done in range(0, left, AT_ONCE):
        batches = [journal.batch() for journal in itertools.islice(turn, min(AT_ONCE, left - done))]
        if done * GROWTH <= left:
            spent.tenth = spent.ours
        spent.bare += _timed(batches, lambda batch: floor.write(partial(_insert_bare, rows=batch.records)))
        spent.rows += _timed(batches, lambda batch: floor.write(partial(_insert_rows, batch=batch)))
        spent.ours += _timed(batches, lambda batch: _keep(ours, batch))
    return spent


def _timed(batches: list[Batch], act: Callable[[Batch], object]) -> float:
    began = time.perf_counter()
    for batch in batches:
        act(batch)
    return time.perf_counter() - began


def _keep(database: Database, batch: Batch) -> None:
    kept = database.write(partial(books.keep, till=batch.till, records=read_records(batch.body), now=NOW))
    assert isinstance(kept, books.Head)


def _insert_rows(transaction: Transaction, batch: Batch) -> None:
    transaction.run_many("insert into record values (?, ?, ?, ?, ?, ?, ?, ?, ?)", batch.records)
    transaction.run_many("insert into payment values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", batch.payments)
    transaction.run_many("insert into sale values (?, ?, ?, ?, ?, ?, ?, ?, ?)", batch.sales)


def searched(database: Database, records: int) -> dict[str, list[float]]:
    """Return milliseconds of the sale log's own searches, of each kind as many as there are rounds."""
    chance = random.Random(1)
    took: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for kind, wanted in _searches(chance, max(1, records // TILLS // RECORDS_A_SALE)).items():
            began = time.perf_counter()
            database.read(partial(sale_log.search, wanted=wanted))
            took.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
    return took


def _searches(chance: random.Random, sales: int) -> dict[str, Wanted]:
    """Return one search of each kind, by chance."""
    till = chance.randrange(TILLS)
    sale = chance.randrange(1, sales + 1)
    day = NOW - timedelta(days=chance.randrange(DAYS))
    store, name = f"store{till % STORES}", f"t{till}"
    at = written(day)
    return {
        "newest": Wanted(),
        "receipt": Wanted(text=str(sale)),
        "receipt in a store": Wanted(text=str(sale), store=store),
        "reference": Wanted(text=f"{name}-{day:%y%m%d}-{sale:04}-1"),
        "amount": Wanted(amount_minor=chance.randrange(1000, 200_000)),
        "amount in a store": Wanted(amount_minor=chance.randrange(1000, 200_000), store=store),
        "day": Wanted(since=day, until=day + timedelta(days=1)),
        "day in a store": Wanted(since=day, until=day + timedelta(days=1), store=store),
        "till": Wanted(till=name),
        "till on a day": Wanted(since=day, until=day + timedelta(days=1), till=name, store=store),
        "a later page": Wanted(after=(at, name, "")),
        "a later page of a store": Wanted(after=(at, name, ""), store=store),
    }


def _insert_bare(transaction: Transaction, rows: list[Row]) -> None:
    transaction.run_many("insert into bare values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _set_up(transaction: Transaction) -> None:
    for number in range(STORES):
        stores.add_store(transaction, Store(f"store{number}", f"Store {number}", str(FIRST_MSN + number), Currency.NOK))
    for number in range(TILLS):
        stores.add_till(transaction, Till(f"t{number}", f"store{number % STORES}", f"Till {number}"))


def _make_bare(transaction: Transaction) -> None:
    transaction.run(
        "create table bare (till text not null, number bigint not null, stream text not null, kind text not null,"
        " version bigint not null, at text not null, body text not null, before text not null, hash text not null,"
        " primary key (till, number))"
    )


def measure(name: str, ours: Database, floor: Database, records: int) -> None:
    """Measure one kind of database."""
    for database in (ours, floor):
        migrate(database)
        database.write(_set_up)
    floor.write(_make_bare)
    spent = fill(ours, floor, records)
    each, rows, bare = (seconds / records * 1e6 for seconds in (spent.ours, spent.rows, spent.bare))
    print(
        f"{name}: {records} records of {TILLS} tills taken in, each {each:.1f} µs (bare insert of the same rows {rows:.1f},"
        f" rate x{rows / each:.2f}; of the records alone, without an index, {bare:.1f}, x{bare / each:.2f})"
    )
    print(f"{name}: {GROWTH} times the records cost {spent.ours / spent.tenth:.1f} times the time")
    took = searched(ours, records)
    every = [one for values in took.values() for one in values]
    slowest = max(took, key=lambda kind: percentile(took[kind], 0.95))
    late = percentile(took[slowest], 0.95)
    print(
        f"{name}: search p95 {percentile(every, 0.95):.1f} ms; slowest kind ({slowest}) p95 {late:.1f} ms", flush=True
    )


@contextmanager
def sqlite() -> Iterator[tuple[Database, Database]]:
    """Give two databases in files."""
    with tempfile.TemporaryDirectory() as folder:
        ours, floor = (SqliteDatabase.open(Path(folder) / name) for name in ("ours.db", "floor.db"))
        with closing(ours), closing(floor):
            yield ours, floor


@contextmanager
def postgresql() -> Iterator[tuple[Database, Database]]:
    """Give two PostgreSQL servers."""
    with postgres() as one, postgres() as other:
        ours, floor = PostgresDatabase.open(one), PostgresDatabase.open(other)
        with closing(ours), closing(floor):
            yield ours, floor


def main() -> None:
    """Measure each kind of database that is there."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    with sqlite() as (ours, floor):
        measure("SQLite", ours, floor, records)
    if postgres_programs() is not None:
        with postgresql() as (ours, floor):
            measure("PostgreSQL", ours, floor, records)


if __name__ == "__main__":
    main()
