"""The journal read from outside, for support: nothing is written, and a till that is started meanwhile is not held up."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from till.domain.facts import Fact
from till.engine.ports import JournalRefused
from till.journal.chain import FIRST_LINK, Record, link
from till.journal.codec import BadBody, UnknownKind, decode

SQLITE_VERSION = sqlite3.sqlite_version
#: So many rows are read at a time; between two times the file is free for a till that wants to have it.
ROWS_AT_ONCE = 2000
BUSY_S = 1.0
_Row = tuple[int, str, str, int, str, str, bytes, bytes]


class JournalReader:
    """Reads the facts of a closed till's journal; `length` and `head` say how far it came."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.length = 0
        self.head = FIRST_LINK

    def facts(self) -> Iterator[Fact]:
        """Return all facts in order, the chain verified on the way; raise JournalRefused."""
        while rows := self._rows():
            for number, stream, kind, version, body, at, before, own in rows:
                record = Record(number, stream, kind, version, body.encode(), at)
                if number != self.length + 1 or before != self.head or link(before, record) != own:
                    raise JournalRefused("broken_chain")
                self.length, self.head = number, own
                try:
                    yield decode(kind, version, record.body)
                except UnknownKind as error:
                    raise JournalRefused("newer") from error
                except BadBody as error:
                    raise JournalRefused("broken_chain") from error

    def _rows(self) -> list[_Row]:
        """Return the next rows over a connection of their own; a till that has the journal open lets nobody in."""
        address = f"{self._path.resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as connection:
                connection.execute("pragma trusted_schema = off")
                return connection.execute(
                    "select * from journal where number > ? order by number limit ?", (self.length, ROWS_AT_ONCE)
                ).fetchall()
        except sqlite3.Error as error:
            is_busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            raise JournalRefused("in_use" if is_busy else "not_readable") from error
