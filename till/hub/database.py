"""What the hub needs of a database, and its two kinds: one SQLite file, or PostgreSQL when the chain outgrows it.

SQL is written once, in what both understand, with `?` for values. Numbers, texts and bytes only: times are texts in UTC, so that
their order is the order of time.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


class DatabaseUnavailable(Exception):
    """The database cannot be reached, or is of a version that this program does not know; nothing was changed."""


class Transaction(Protocol):
    """One transaction: all of it happens, or nothing."""

    #: What a select says to take rows that no other process is working on, and to keep others away from them.
    claiming: str

    def run(self, sql: str, *values: object) -> list[Row]:
        """Run one statement; return its rows, none for a statement without."""

    def run_many(self, sql: str, rows: list[Row]) -> None:
        """Run one statement for each row of values."""

    def wake(self, topic: str) -> None:
        """Tell every process of the hub, once this is committed, that there is something new."""


class Database(Protocol):
    """Where the hub keeps what it must not forget; every method may be called by any thread."""

    def write(self, act: Callable[[Transaction], T]) -> T:
        """Run `act` in a transaction that is on the disk when this returns; raise DatabaseUnavailable.

        `act` may be run again from its beginning, so it must do nothing else.
        """

    def read(self, act: Callable[[Transaction], T]) -> T:
        """Run `act`, which only reads, over one state of the database; raise DatabaseUnavailable."""

    def listen(self, woken: Callable[[str], None]) -> None:
        """Call `woken` with each topic that any process wakes, from a thread of the database's; at least once for each."""

    def back_up(self, copy: Path) -> bool:
        """Write all that is committed into a new file; say no where a database is backed up by its own means."""

    def close(self) -> None:
        """Give everything back."""


#: The topic that means: something may have been missed, look at everything.
EVERYTHING = "*"
