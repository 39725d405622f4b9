"""A journal in memory that can be told to fail."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from till.domain.facts import Fact
from till.engine.ports import JournalNotWritten


class MemoryJournal:
    """The engine's `Journal`, held to the same promises as the one on disk."""

    def __init__(self, facts: Sequence[Fact] = ()) -> None:
        self.written: list[Fact] = list(facts)
        self.is_full = False

    def append(self, facts: Sequence[Fact], at: datetime) -> None:
        if self.is_full:
            raise JournalNotWritten("disk_full")
        self.written.extend(facts)

    def facts(self) -> Iterator[Fact]:
        return iter(tuple(self.written))

    def close(self) -> None:
        pass
