"""The journal in one SQLite file: write-ahead log, full sync, one connection that owns the file alone.

The write-ahead-reset fault of SQLite 3.7.0 to 3.51.2 needs two connections that write or checkpoint; the exclusive lock rules
a second one out, in this process and in any other.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from till.domain.facts import Fact
from till.domain.history import PaymentHistory, Wanted
from till.domain.refund import PaidSale
from till.engine.ports import JournalNotWritten, JournalRefused, JournalRow
from till.journal.causes import FAILURES, cause_of, refused
from till.journal.chain import FIRST_LINK, Record, link
from till.journal.codec import BadBody, UnknownKind, decode, encode, stamp, stream_of
from till.journal.mark import Mark, MarkFile
from till.journal.rows import last_mark, mark_at, slice_after, verify, walk
from till.journal.search import LOOK_UP_SCRIPT, catch_up, find_paid, find_payments, note_where

#: `user_version` of the schema this program writes and reads.
SCHEMA_VERSION = 1
#: The first SQLite with strict tables.
OLDEST_SQLITE = (3, 37, 0)
#: How long another program (backup, virus scanner) may hold the file before an append gives up.
BUSY_S = 5.0
#: How long opening waits: a second till must be told at once.
OPEN_BUSY_S = 1.0
#: How many records may be lost unnoticed when a till that was killed gets an older journal; marking costs two syncs.
MARK_EVERY = 256

_PART = "select kind, version, body from journal where number > ? order by number limit ?"

log = logging.getLogger("till.journal")


class SqliteJournal:
    """The engine's `Journal` over one file; made by `open`, used by the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection, mark_file: MarkFile | None = None) -> None:
        self._connection = connection
        self._mark_file = mark_file
        self._last = last_mark(connection)
        self._marked = Mark(0, b"")
        self._is_broken = False

    @classmethod
    def open(cls, path: Path, mark: Path | None = None) -> Self:
        """Open or create the journal at `path` and take it for this process alone; raise JournalRefused.

        The file at `mark`, if one is named, must know this journal: it was written at the last opening, the last closing,
        or at some append since.
        """
        check_library(sqlite3.sqlite_version_info)
        mark_file = None if mark is None else MarkFile(mark)
        _look_at_place(path, is_marked=mark_file is not None and mark_file.exists)
        try:
            connection = sqlite3.connect(path, timeout=OPEN_BUSY_S, isolation_level=None)
        except FAILURES as error:
            raise refused(error) from error
        try:
            _own(connection)
            make_schema(connection)
            connection.execute(f"pragma busy_timeout = {round(BUSY_S * 1000)}")
            journal = cls(connection, mark_file)
            journal._compare_with_mark()
            catch_up(connection)
        except FAILURES as error:
            connection.close()
            raise refused(error) from error
        except JournalRefused:
            connection.close()
            raise
        log.info("journal open", extra={"sqlite": sqlite3.sqlite_version, "records": journal.length})
        return journal

    @property
    def length(self) -> int:
        """How many rows there are; also the last row's number."""
        return self._last.number

    def append(self, facts: Sequence[Fact], at: datetime) -> None:
        """Write all facts in one synced transaction, or none; raise JournalNotWritten."""
        if self._is_broken:
            raise JournalNotWritten("disk_error")
        number, before = self._last.number, self._last.hash
        hour = stamp(at)
        rows: list[tuple[int, str, str, int, str, str, bytes, bytes]] = []
        for fact in facts:
            number += 1
            kind, version, body = encode(fact)
            record = Record(number, stream_of(fact), kind, version, body, hour)
            own = link(before, record)
            rows.append((number, record.stream, kind, version, body.decode(), hour, before, own))
            before = own
        try:
            self._connection.execute("begin immediate")
            self._connection.executemany("insert into journal values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            note_where(self._connection, facts)
            self._connection.execute("commit")
        except FAILURES as error:
            self._roll_back()
            cause = cause_of(error)
            # A disk that fails at a sync may have kept the rows or lost them: only a new start can tell.
            self._is_broken = cause in ("disk_error", "damaged")
            raise JournalNotWritten("disk_error" if self._is_broken else cause) from error
        self._last = Mark(number, before)
        if number - self._marked.number >= MARK_EVERY:
            self._renew_mark()

    def facts(self) -> Iterator[Fact]:
        """Return all facts in order, the chain verified on the way; raise JournalRefused.

        So no till sells on a broken chain. Verifying is about a third of the replay of 100,000 records (2 of 6 µs each), which
        is why it stays on the way, in the one connection, and no second thread reads the file.
        """
        try:
            for _, _, kind, version, body in walk(self._connection):
                yield decode(kind.decode(errors="replace"), version, body)
        except UnknownKind as error:
            raise JournalRefused("newer") from error
        except BadBody as error:
            raise JournalRefused("broken_chain") from error

    def part(self, after: int, most: int) -> tuple[Fact, ...]:
        """Return at most so many facts that follow the first `after` ones; raise JournalRefused.

        The chain is not verified again: it was when this connection replayed it, and nobody else has written since.
        """
        try:
            rows = self._connection.execute(_PART, (after, most)).fetchall()
            return tuple(decode(kind, version, body.encode()) for kind, version, body in rows)
        except FAILURES as error:
            raise refused(error) from error
        except (UnknownKind, BadBody) as error:
            raise JournalRefused("broken_chain") from error

    def find_paid(self, text: str) -> PaidSale | None:
        """Return the completed sale with this receipt number or payment reference, or None; raise JournalRefused."""
        try:
            return find_paid(self._connection, text)
        except FAILURES as error:
            raise refused(error) from error

    def rows(self, after: int, most: int) -> tuple[JournalRow, ...]:
        """Return at most so many rows that follow the row `after`, fewer where they are large; raise JournalRefused."""
        try:
            return slice_after(self._connection, after, most)
        except FAILURES as error:
            raise refused(error) from error

    def find_payments(self, wanted: Wanted, most: int) -> tuple[PaymentHistory, ...]:
        """Return at most so many payments with all that became of them, newest first; raise JournalRefused."""
        try:
            return find_payments(self._connection, wanted, most)
        except FAILURES as error:
            raise refused(error) from error

    def verify(self) -> int:
        """Check chain, kinds and the file's structure without reading bodies; return the length or raise JournalRefused."""
        return verify(self._connection).number

    def whole_part(self) -> Mark:
        """Return the last record up to which the chain holds."""
        held = Mark(0, FIRST_LINK)
        try:
            for number, own, *_ in walk(self._connection):
                held = Mark(number, own)
        except JournalRefused as error:
            log.error("chain broken", extra={"after": held.number, "reason": error.reason})
        return held

    def copy_into(self, other: sqlite3.Connection) -> None:
        """Copy all that is committed into another database; may raise sqlite3.Error."""
        self._connection.backup(other)

    def close(self) -> None:
        """Mark how far it came, fold the write-ahead log into the file and give it back."""
        self._renew_mark()
        self._connection.close()

    def _compare_with_mark(self) -> None:
        if self._mark_file is None:
            return
        stated = self._mark_file.read()
        if stated is None:
            log.warning("journal had no mark", extra={"records": self.length})
        elif mark_at(self._connection, stated.number) != stated:
            log.error("journal is not the marked one", extra={"records": self.length, "said": stated.number})
            raise JournalRefused("rolled_back")
        else:
            self._marked = stated
        self._renew_mark()

    def _renew_mark(self) -> None:
        """Write the mark anew if it is behind; one that cannot be written is tried again later and stops nothing."""
        if self._mark_file is not None and self._marked != self._last:
            self._mark_file.write(self._last)
            self._marked = self._last

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("rollback")
            except FAILURES as error:
                log.error("rollback failed", extra={"kind": cause_of(error)})


def check_library(version: tuple[int, ...]) -> None:
    """Refuse an SQLite without strict tables; raise JournalRefused."""
    if version < OLDEST_SQLITE:
        log.error("sqlite too old", extra={"sqlite": ".".join(map(str, version))})
        raise JournalRefused("unsafe_setting")


def _look_at_place(path: Path, *, is_marked: bool) -> None:
    """Refuse a journal that is gone, or may not be written; a folder that is gone is SQLite's to name."""
    try:
        is_there = path.exists()
    except OSError as error:
        raise JournalRefused("cannot_open") from error
    if is_marked and not is_there and path.parent.exists():
        raise JournalRefused("vanished")
    if is_there and not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise JournalRefused("read_only")


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


def make_schema(connection: sqlite3.Connection) -> None:
    """Make the journal's tables unless they are there; raise JournalRefused for anything else."""
    if has_schema(connection):
        return
    (tables,) = connection.execute("select count(*) from sqlite_master").fetchone()
    if tables:
        raise JournalRefused("not_a_journal")
    script = (Path(__file__).parent / "schema" / "journal.sql").read_text(encoding="utf-8")
    connection.executescript(
        f"begin immediate; {script} {LOOK_UP_SCRIPT} pragma user_version = {SCHEMA_VERSION}; commit;"
    )


def has_schema(connection: sqlite3.Connection) -> bool:
    """Say whether the file is a journal that this program reads; raise JournalRefused for a newer one."""
    (version,) = connection.execute("pragma user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise JournalRefused("newer")
    return bool(version == SCHEMA_VERSION)
