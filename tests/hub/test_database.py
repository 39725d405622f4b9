"""What every kind of the hub's database promises."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from till.hub.database import Database, DatabaseUnavailable, Transaction
from till.hub.migrations import migrate, newest, schema_number
from till.hub.sqlite_database import SqliteDatabase


@pytest.fixture
def numbers(empty: Database) -> Database:
    empty.write(lambda transaction: transaction.run("create table number (value bigint primary key)"))
    return empty


def values(database: Database) -> list[int]:
    return [row[0] for row in database.read(lambda transaction: transaction.run("select value from number order by 1"))]


def test_a_transaction_that_fails_leaves_nothing(numbers: Database) -> None:
    def fail(transaction: Transaction) -> None:
        transaction.run("insert into number values (?)", 1)
        raise KeyError

    with pytest.raises(KeyError):
        numbers.write(fail)
    assert values(numbers) == []


def test_many_threads_write_each_their_own(numbers: Database) -> None:
    def add(value: int) -> None:
        numbers.write(lambda transaction: transaction.run("insert into number values (?)", value))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(60)))
    assert values(numbers) == list(range(60))


def test_a_long_look_holds_no_writer_up(numbers: Database) -> None:
    """Fault catalogue F16: what is written while somebody looks is written before the look has ended."""

    def look(transaction: Transaction) -> tuple[int, int]:
        before = len(transaction.run("select * from number"))
        for number in range(100, 200):
            numbers.write(lambda inner, one=number: inner.run("insert into number values (?)", one))
        return before, len(transaction.run("select * from number"))

    before, during = numbers.read(look)
    assert before == during
    assert len(numbers.read(lambda transaction: transaction.run("select * from number"))) == before + 100


def test_a_reader_cannot_write(numbers: Database) -> None:
    with pytest.raises((DatabaseUnavailable, psycopg.errors.ReadOnlySqlTransaction)):
        numbers.read(lambda transaction: transaction.run("insert into number values (1)"))
    assert values(numbers) == []


def test_a_committed_wake_is_heard_and_one_rolled_back_is_not(numbers: Database) -> None:
    heard: list[str] = []
    came = threading.Event()
    is_ready = threading.Event()

    def woken(topic: str) -> None:
        is_ready.set()
        if topic != "*":
            heard.append(topic)
            came.set()

    def fail(transaction: Transaction) -> None:
        transaction.wake("lost")
        raise KeyError

    numbers.listen(woken)
    if not isinstance(numbers, SqliteDatabase):
        assert is_ready.wait(10)
    with pytest.raises(KeyError):
        numbers.write(fail)
    numbers.write(lambda transaction: transaction.wake("kept"))
    assert came.wait(10)
    assert heard == ["kept"]


def test_the_schema_goes_up_down_and_up_again(empty: Database) -> None:
    assert migrate(empty) == newest()
    assert migrate(empty) == 0
    assert migrate(empty, 0) == newest()
    assert empty.write(schema_number) == 0
    assert migrate(empty) == newest()


def test_two_that_migrate_at_once_take_each_step_once(empty: Database) -> None:
    empty.write(schema_number)
    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(lambda _: migrate(empty), range(2)))
    assert sum(taken) == newest()
    assert empty.write(schema_number) == newest()


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    database.write(lambda transaction: transaction.run("insert into schema_step values (?)", newest() + 1))
    with pytest.raises(DatabaseUnavailable, match="newer program"):
        migrate(database)


def test_a_second_hub_on_the_same_file_is_refused(tmp_path: Path) -> None:
    first = SqliteDatabase.open(tmp_path / "hub.db")
    with pytest.raises(DatabaseUnavailable, match="another hub"):
        SqliteDatabase.open(tmp_path / "hub.db")
    first.close()
    SqliteDatabase.open(tmp_path / "hub.db").close()


def test_a_copy_holds_what_was_committed(tmp_path: Path) -> None:
    database = SqliteDatabase.open(tmp_path / "hub.db")
    migrate(database)
    database.back_up(tmp_path / "copy.db")
    database.close()
    copy = SqliteDatabase.open(tmp_path / "copy.db")
    assert copy.write(schema_number) == newest()
    copy.close()
