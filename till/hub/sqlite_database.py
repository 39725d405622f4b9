"""The hub's database in one SQLite file, for one process: one connection that writes, and a few that only read.

The write-ahead-reset fault of SQLite 3.7.0 to 3.51.2 needs two connections that write or checkpoint: here one does, the others
cannot, and the file's own lock beside it keeps a second hub out.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue

from till.hub.database import DatabaseUnavailable, Row, T, Transaction
from till.hub.lock import FolderLock

READERS = 3
BUSY_MS = 5000
#: The log is written back when it has so many pages (32 MiB): pages that many transactions change are written back once.
CHECKPOINT_PAGES = 8192


class SqliteDatabase:
    """One file; made by `open`."""

    def __init__(self, path: Path, lock: FolderLock) -> None:
        self._lock = lock
        self._turn = threading.Lock()
        self._woken: Callable[[str], None] = lambda _: None
        self._writer = _connect(path)
        self._writer.execute("pragma journal_mode = wal")
        self._writer.execute("pragma synchronous = full")
        self._writer.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
        self._readers: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._all = [self._writer]
        for _ in range(READERS):
            reader = _connect(path)
            reader.execute("pragma query_only = on")
            reader.execute("pragma wal_autocheckpoint = 0")
            self._readers.put(reader)
            self._all.append(reader)

    @classmethod
    def open(cls, path: Path) -> "SqliteDatabase":
        """Open or create the file and take it for this process alone; raise DatabaseUnavailable."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FolderLock.take(path.with_suffix(".lock"))
        try:
            database = cls(path, lock)
            os.chmod(path, 0o600)
            return database
        except (sqlite3.Error, OSError) as error:
            lock.give_back()
            raise DatabaseUnavailable(f"{path} cannot be used as the hub's database") from error

    def write(self, act: Callable[[Transaction], T]) -> T:
        """Run `act` in a transaction; raise DatabaseUnavailable."""
        with self._turn, _translated():
            transaction = _SqliteTransaction(self._writer)
            self._writer.execute("begin immediate")
            try:
                result = act(transaction)
                self._writer.execute("commit")
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("rollback")
        for topic in transaction.topics:
            self._woken(topic)
        return result

    def read(self, act: Callable[[Transaction], T]) -> T:
        """Run `act` over one state of the file; raise DatabaseUnavailable."""
        reader = self._readers.get()
        try:
            with _translated():
                reader.execute("begin")
                try:
                    return act(_SqliteTransaction(reader))
                finally:
                    reader.execute("rollback")
        finally:
            self._readers.put(reader)

    def listen(self, woken: Callable[[str], None]) -> None:
        """Call `woken` after each transaction that wakes a topic: there is no other process."""
        self._woken = woken

    def back_up(self, copy: Path) -> bool:
        """Write a copy of everything committed into a new file; raise DatabaseUnavailable."""
        reader = self._readers.get()
        try:
            with _translated(), closing(sqlite3.connect(copy)) as other:
                os.chmod(copy, 0o600)
                reader.backup(other)
        finally:
            self._readers.put(reader)
        return True

    def close(self) -> None:
        """Close the file and let another hub have it."""
        with self._turn:
            for connection in reversed(self._all):
                connection.close()
        self._lock.give_back()


class _SqliteTransaction:
    claiming = ""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.topics: dict[str, None] = {}

    def run(self, sql: str, *values: object) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def run_many(self, sql: str, rows: list[Row]) -> None:
        self._connection.executemany(sql, rows)

    def wake(self, topic: str) -> None:
        self.topics[topic] = None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma trusted_schema = off")
    connection.execute("pragma cache_size = -16000")
    return connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise DatabaseUnavailable("the hub's database cannot be used now") from error
