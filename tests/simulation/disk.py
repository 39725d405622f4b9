"""The real journal on a disk that fills up, and a till that may stop right before or after each commit."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from tests.simulation.checker import Checker
from tests.simulation.luck import Luck
from till.domain.facts import DayClosed, DayReported, Fact
from till.domain.history import PaymentHistory, Wanted
from till.domain.refund import PaidSale
from till.engine.ports import JournalNotWritten
from till.journal.sqlite import SqliteJournal


class Crash(BaseException):
    """The program stops here, as a kill or a power cut would stop it."""


class WatchedJournal:
    """The engine's `Journal` over the real one; every row goes before the judge as it was written."""

    def __init__(self, path: Path, luck: Luck, day_luck: Luck, checker: Checker) -> None:
        self._inner = SqliteJournal.open(path)
        self._sale_luck = luck
        self._day_luck = day_luck
        self._checker = checker

    def append(self, facts: Sequence[Fact], at: datetime) -> None:
        """Write, or do not."""
        luck = self._day_luck if isinstance(facts[0], DayReported | DayClosed) else self._sale_luck
        if luck.strikes("crash before a commit", 0.003):
            raise Crash
        if luck.strikes("disk full", 0.004):
            raise JournalNotWritten("disk_full")
        number = self._inner.length
        self._inner.append(facts, at)
        rows = self._inner._connection.execute("select * from journal where number > ? order by number", (number,))
        self._checker.saw_rows(rows)
        if luck.strikes("crash after a commit", 0.003):
            raise Crash

    def facts(self) -> Iterable[Fact]:
        """Return all facts."""
        return self._inner.facts()

    def part(self, after: int, most: int) -> tuple[Fact, ...]:
        """Return a part of the facts."""
        return self._inner.part(after, most)

    def find_paid(self, text: str) -> PaidSale | None:
        """Look a paid sale up."""
        return self._inner.find_paid(text)

    def find_payments(self, wanted: Wanted, most: int) -> tuple[PaymentHistory, ...]:
        """Look payments up."""
        return self._inner.find_payments(wanted, most)

    def close(self) -> None:
        """Give the file back, as the system does for a program that was killed."""
        self._inner.close()
