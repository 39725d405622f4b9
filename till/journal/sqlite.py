"""The journal in one SQLite file: write-ahead log, full sync, one connection that owns the file alone.

The write-ahead-reset fault of SQLite 3.7.0 to 3.51.2 needs two connections that write or checkpoint; the exclusive lock rules
a second one out, in this process and in any other.
"""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from till.domain.facts import Fact
from till.engine.ports import JournalNotWritten, JournalRefused
from till.journal.chain import FIRST_LINK, Record, link
from till.journal.codec import BadBody, UnknownKind, decode, encode, stamp, stream_of

#: `user_version` of the schema this program writes and reads.
SCHEMA_VERSION = 1
#: How long another program (backup, virus scanner) may hold the file before an append gives up.
BUSY_S = 5.0
#: How long opening waits: a second till must be told at once.
OPEN_BUSY_S = 1.0

log = logging.getLogger("till.journal")


class SqliteJournal:
    """The engine's `Journal` over one file; made by `open`, used by the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._number, self._hash = self._head()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the journal at `path` and take it for this process alone; raise JournalRefused."""
        try:
            connection = sqlite3.connect(path, timeout=OPEN_BUSY_S, isolation_level=None)
        except sqlite3.Error as error:
            raise _refused(error) from error
        try:
            _own(connection)
            _check_or_make_schema(connection)
            connection.execute(f"pragma busy_timeout = {round(BUSY_S * 1000)}")
            journal = cls(connection, path)
        except sqlite3.Error as error:
            connection.close()
            raise _refused(error) from error
        except JournalRefused:
            connection.close()
            raise
        log.info("journal open", extra={"sqlite": sqlite3.sqlite_version, "records": journal.length})
        return journal

    @property
    def length(self) -> int:
        """How many rows there are; also the last row's number."""
        return self._number

    def append(self, facts: Sequence[Fact], at: datetime) -> None:
        """Write all facts in one synced transaction, or none; raise JournalNotWritten."""
        number, before = self._number, self._hash
        rows: list[tuple[int, str, str, int, str, str, bytes, bytes]] = []
        for fact in facts:
            number += 1
            kind, version, body = encode(fact)
            record = Record(number, stream_of(fact), kind, version, body, stamp(at))
            own = link(before, record)
            rows.append((number, record.stream, kind, version, body.decode(), record.at, before, own))
            before = own
        try:
            self._connection.execute("begin immediate")
            self._connection.executemany("insert into journal values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            self._connection.execute("commit")
        except sqlite3.Error as error:
            self._roll_back()
            raise JournalNotWritten(_kind_of(error)) from error
        self._number, self._hash = number, before

    def facts(self) -> Iterator[Fact]:
        """Return all facts in order, the chain verified on the way; raise JournalRefused."""
        before = FIRST_LINK
        expected = 1
        try:
            for row in self._connection.execute("select * from journal order by number"):
                number, stream, kind, version, body, at, stated_before, own = row
                record = Record(number, stream, kind, version, body.encode(), at)
                if number != expected or stated_before != before or link(before, record) != own:
                    raise JournalRefused("broken_chain")
                yield decode(kind, version, record.body)
                before, expected = own, expected + 1
        except sqlite3.Error as error:
            raise _refused(error) from error
        except UnknownKind as error:
            raise JournalRefused("newer") from error
        except BadBody as error:
            raise JournalRefused("broken_chain") from error

    def close(self) -> None:
        """Fold the write-ahead log into the file and give it back."""
        self._connection.close()

    def _head(self) -> tuple[int, bytes]:
        row = self._connection.execute("select number, hash from journal order by number desc limit 1").fetchone()
        return (row[0], row[1]) if row else (0, FIRST_LINK)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("rollback")
            except sqlite3.Error as error:
                log.error("rollback failed", extra={"kind": _kind_of(error)})


def _own(connection: sqlite3.Connection) -> None:
    """Set the connection up in the one order that works, and take the file's lock for good."""
    connection.execute("pragma locking_mode = exclusive")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma trusted_schema = off")
    # Without it "insert or replace" slips past the triggers that forbid deletion.
    connection.execute("pragma recursive_triggers = on")
    connection.execute("begin immediate")
    connection.execute("commit")
    (mode,) = connection.execute("pragma journal_mode").fetchone()
    (sync,) = connection.execute("pragma synchronous").fetchone()
    if mode != "wal" or sync != 2:
        raise JournalRefused("unsafe_setting")


def _check_or_make_schema(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("pragma user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise JournalRefused("newer")
    if version == SCHEMA_VERSION:
        return
    (tables,) = connection.execute("select count(*) from sqlite_master").fetchone()
    if tables:
        raise JournalRefused("not_a_journal")
    script = (Path(__file__).parent / "schema" / "journal.sql").read_text(encoding="utf-8")
    connection.executescript(f"begin immediate; {script} pragma user_version = {SCHEMA_VERSION}; commit;")


def _refused(error: sqlite3.Error) -> JournalRefused:
    return JournalRefused(_kind_of(error))


def _kind_of(error: sqlite3.Error) -> str:
    """Name a database error by its code, never by its text."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return _KINDS.get(code, "not_readable")


_KINDS = {
    sqlite3.SQLITE_BUSY: "in_use",
    sqlite3.SQLITE_LOCKED: "in_use",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CANTOPEN: "cannot_open",
    sqlite3.SQLITE_PERM: "cannot_open",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_IOERR: "disk_error",
}
