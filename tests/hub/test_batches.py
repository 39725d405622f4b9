"""Writes that wait at once are made together, and each caller hears of its own."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from till.hub.batches import Batches
from till.hub.database import DatabaseUnavailable, T, Transaction
from till.hub.sqlite_database import SqliteDatabase


class Gated(SqliteDatabase):
    """A database that counts its transactions, waits at a gate, and can be away."""

    gate: threading.Event
    transactions = 0
    is_away = False

    def write(self, act: Callable[[Transaction], T]) -> T:
        self.gate.wait(10)
        self.transactions += 1
        if self.is_away:
            raise DatabaseUnavailable("away")
        return super().write(act)


@pytest.fixture
def database(tmp_path: Path) -> Gated:
    made = Gated.open(tmp_path / "hub.db")
    assert isinstance(made, Gated)
    made.gate = threading.Event()
    made.gate.set()
    made.write(lambda transaction: transaction.run("create table number (value bigint primary key)"))
    made.transactions = 0
    return made


def write(transaction: Transaction, value: int) -> bool:
    sql = "insert into number values (?) on conflict do nothing returning value"
    return bool(transaction.run(sql, value))


def kept(database: Gated) -> list[int]:
    return [row[0] for row in database.read(lambda transaction: transaction.run("select value from number order by 1"))]


def test_what_waits_goes_into_one_transaction_and_each_hears_of_its_own(database: Gated) -> None:
    async def play() -> list[bool]:
        batches = Batches[int](database, write)
        database.gate.clear()
        waiting = [asyncio.create_task(batches.put(value)) for value in (1, 2, 3, 2)]
        await asyncio.sleep(0)
        database.gate.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(play()) == [True, True, True, False]
    assert database.transactions <= 2
    assert kept(database) == [1, 2, 3]
    database.close()


def test_a_caller_that_goes_away_leaves_the_others_their_answer(database: Gated) -> None:
    async def play() -> bool:
        batches = Batches[int](database, write)
        database.gate.clear()
        first = asyncio.create_task(batches.put(1))
        await asyncio.sleep(0)
        second = asyncio.create_task(batches.put(2))
        await asyncio.sleep(0)
        first.cancel()
        database.gate.set()
        return await second

    assert asyncio.run(play())
    assert kept(database) == [1, 2]
    database.close()


def test_a_database_that_is_away_is_said_to_every_caller_and_the_next_write_goes_on(database: Gated) -> None:
    """A25: nothing is answered as stored that is not."""

    async def play() -> list[object]:
        batches = Batches[int](database, write)
        database.is_away = True
        answers = await asyncio.gather(*(batches.put(value) for value in (1, 2)), return_exceptions=True)
        database.is_away = False
        return [*answers, await batches.put(3)]

    first, second, third = asyncio.run(play())
    assert isinstance(first, DatabaseUnavailable)
    assert isinstance(second, DatabaseUnavailable)
    assert third is True
    assert kept(database) == [3]
    database.close()
