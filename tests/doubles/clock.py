"""A clock that moves only when it is told to."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """The engine's `Clock`: one time for the wall and for intervals."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
        self._steady_s = 1000.0
        self.name = "first"

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._steady_s

    def boot(self) -> str:
        return self.name

    def turn(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._steady_s += seconds
