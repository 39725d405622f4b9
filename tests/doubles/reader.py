"""A reader that plays a script: what each opening and each reading gives or raises."""

import threading
from collections.abc import Callable

from till.engine.ports import RawScan, ReaderLost, RefusedScan

Step = tuple[RawScan | RefusedScan, ...] | Exception


class ScriptedReader:
    """A `Reader` whose readings come from a list; when it is used up the reader is lost."""

    def __init__(self, readings: list[Step], *, open_error: Exception | None = None) -> None:
        self._readings = readings
        self._open_error = open_error
        self.opened = 0
        self.closed = 0
        self.close_error: Exception | None = None

    def open(self) -> None:
        """Take the device; raise ReaderLost."""
        self.opened += 1
        if self._open_error is not None:
            raise self._open_error

    def read(self) -> tuple[RawScan | RefusedScan, ...]:
        """Return the next reading, or raise it."""
        step = self._readings.pop(0) if self._readings else ReaderLost()
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        """Give the device back."""
        self.closed += 1
        if self.close_error is not None:
            raise self.close_error


class CountedPauses:
    """Pauses that take no time; after `most` of them the thread that pauses is held until `let_go`."""

    def __init__(self, most: int) -> None:
        self.seconds: list[float] = []
        self.used_up = threading.Event()
        self._most = most
        self._go = threading.Event()

    def __call__(self, pause_s: float) -> None:
        self.seconds.append(pause_s)
        if len(self.seconds) >= self._most:
            self.used_up.set()
            self._go.wait()

    def let_go(self, then: Callable[[], None]) -> None:
        """Call `then`, and let the thread go on while it runs."""
        self._go.set()
        then()
