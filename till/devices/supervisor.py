"""Runs one thread per reader: opens it, reads it, and opens it again with growing pauses when it is lost."""

import logging
import threading
from collections.abc import Callable

from till.engine.ports import Deliver, Reader, ReaderChanged, ReaderLost, ReaderState

REOPEN_FIRST_S, REOPEN_MOST_S = 0.5, 5.0
STOP_WAIT_S = 2.0

log = logging.getLogger("till.devices")


class ReaderSupervisor:
    """Keeps one reader running and reports its state and its scans through `deliver`.

    `pause` waits for the seconds it is given; unless stated it is a wait that `stop` ends at once.
    """

    def __init__(
        self, name: str, reader: Reader, deliver: Deliver, *, pause: Callable[[float], object] | None = None
    ) -> None:
        self._name = name
        self._reader = reader
        self._deliver = deliver
        self._stopping = threading.Event()
        self._pause = pause or self._stopping.wait
        self._state: ReaderState | None = None
        self._has_read = False
        self._thread = threading.Thread(target=self._loop, name=f"reader-{name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and give the reader back."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_WAIT_S)

    def _loop(self) -> None:
        pause_s = REOPEN_FIRST_S
        while not self._stopping.is_set():
            if self._run_once():
                pause_s = REOPEN_FIRST_S
            self._pause(pause_s)
            pause_s = min(pause_s * 2, REOPEN_MOST_S)

    def _run_once(self) -> bool:
        """Open and read until the reader is lost; return whether it could be read, so that only then pauses begin anew."""
        self._has_read = False
        try:
            if self._state is None:
                self._report(ReaderState.OPENING)
            self._read_on()
        except ReaderLost:
            self._report(ReaderState.LOST)
        except Exception:  # the top of the thread: a bug in a reader must not silence it for good
            log.exception("reader failed", extra={"reader": self._name})
            self._report(ReaderState.LOST)
        return self._has_read

    def _read_on(self) -> None:
        try:
            self._reader.open()
            self._report(ReaderState.READY)
            while not self._stopping.is_set():
                scans = self._reader.read()
                self._has_read = True
                for scan in scans:
                    self._deliver(scan)
        finally:
            self._reader.close()

    def _report(self, state: ReaderState) -> None:
        if state is not self._state:
            self._state = state
            log.info("reader", extra={"reader": self._name, "state": state.value})
            self._deliver(ReaderChanged(self._name, state))
