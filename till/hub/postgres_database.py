"""The hub's database in PostgreSQL: several hub processes may share it, and wake each other with NOTIFY."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from till.domain.secret import Secret
from till.hub.database import EVERYTHING, DatabaseUnavailable, Row, T, Transaction

CONNECTIONS_MOST = 8
WAIT_S = 5.0
#: A transaction that met another's is run again so many times.
TRIES = 5
#: How long the listener waits before it connects again, and how often it looks whether it is to stop.
RECONNECT_S, LISTEN_S = 1.0, 0.1
CHANNEL = "till_hub"

log = logging.getLogger("till.hub")


class PostgresDatabase:
    """One database; made by `open`."""

    def __init__(self, address: Secret) -> None:
        self._address = address
        self._pool: ConnectionPool[psycopg.Connection[Row]] = ConnectionPool(
            address.reveal(), min_size=1, max_size=CONNECTIONS_MOST, timeout=WAIT_S, open=False
        )
        self._stopping = threading.Event()
        self._listener: threading.Thread | None = None

    @classmethod
    def open(cls, address: Secret) -> "PostgresDatabase":
        """Connect; raise DatabaseUnavailable. The address may hold a password, so it is never shown."""
        database = cls(address)
        try:
            database._pool.open(wait=True, timeout=WAIT_S)
        except (psycopg.Error, PoolTimeout):
            database._pool.close()
            raise DatabaseUnavailable("the PostgreSQL database of the settings cannot be reached") from None
        return database

    def write(self, act: Callable[[Transaction], T]) -> T:
        """Run `act` in a transaction, again when it met another's; raise DatabaseUnavailable."""
        for _ in range(TRIES):
            try:
                with _translated(), self._pool.connection() as connection:
                    return act(_PostgresTransaction(connection))
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                continue
        raise DatabaseUnavailable("the database is too busy")

    def read(self, act: Callable[[Transaction], T]) -> T:
        """Run `act` over one state of the database; raise DatabaseUnavailable."""
        with _translated(), self._pool.connection() as connection:
            connection.execute("set transaction isolation level repeatable read read only")
            return act(_PostgresTransaction(connection))

    def listen(self, woken: Callable[[str], None]) -> None:
        """Call `woken` with each topic, and with EVERYTHING whenever some may have been missed."""
        self._listener = threading.Thread(target=self._listen, args=(woken,), name="hub-listen", daemon=True)
        self._listener.start()

    def back_up(self, _copy: Path) -> bool:
        """Leave it to PostgreSQL's own tools."""
        return False

    def close(self) -> None:
        """Close every connection."""
        self._stopping.set()
        if self._listener is not None:
            self._listener.join()
        self._pool.close()

    def _listen(self, woken: Callable[[str], None]) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._address.reveal(), autocommit=True) as connection:
                    connection.execute(f"listen {CHANNEL}")
                    woken(EVERYTHING)
                    while not self._stopping.is_set():
                        for notice in connection.notifies(timeout=LISTEN_S):
                            woken(notice.payload)
            except psycopg.Error:
                log.warning("database lost, its words are not heard")
                self._stopping.wait(RECONNECT_S)


class _PostgresTransaction:
    claiming = "for update skip locked"

    def __init__(self, connection: "psycopg.Connection[Row]") -> None:
        self._connection = connection

    def run(self, sql: str, *values: object) -> list[Row]:
        cursor = self._connection.execute(_in_its_words(sql), values)
        return cursor.fetchall() if cursor.description is not None else []

    def run_many(self, sql: str, rows: list[Row]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_in_its_words(sql), rows)

    def wake(self, topic: str) -> None:
        self._connection.execute("select pg_notify(%s, %s)", (CHANNEL, topic))


def _in_its_words(sql: str) -> Any:
    return sql.replace("%", "%%").replace("?", "%s")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (psycopg.OperationalError, PoolTimeout) as error:
        if isinstance(error, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected):
            raise
        raise DatabaseUnavailable("the hub's database cannot be reached now") from error
