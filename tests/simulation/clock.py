"""Virtual time: the true time that the wallet lives by, and the till's own clocks beside it."""

from datetime import UTC, datetime, timedelta

from till.sandbox.clock import TurnableClock

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class VirtualClock:
    """The engine's `Clock`; the wall clock may be set wrong, the steady one never."""

    def __init__(self) -> None:
        self.true_s = 1000.0
        self.wrong_by = timedelta(0)
        self.starts = 1

    def now(self) -> datetime:
        """Return what the wall clock says."""
        return START + timedelta(seconds=self.true_s) + self.wrong_by

    def monotonic_s(self) -> float:
        """Return steady seconds."""
        return self.true_s

    def boot(self) -> str:
        """Name the machine's start."""
        return f"start {self.starts}"

    def advance_to(self, true_s: float) -> None:
        """Let time pass; it never goes back."""
        self.true_s = max(self.true_s, true_s)


class WalletClock(TurnableClock):
    """The sandbox's clock over the same true time."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def now_s(self) -> float:
        """Return seconds since the epoch."""
        return START.timestamp() + self._clock.true_s + self.turned_s
