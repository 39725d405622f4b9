"""A thread of its own for each page: takes wishes one by one, so that nothing of the owner's waits in the window."""

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from till.owner.hitches import EXPECTED, hitch_of
from till.presentation.owner_state import Hitch, PageState

#: A person presses no faster than this is emptied.
WISHES_MOST = 20
STOP_WAIT_S = 15.0

S = TypeVar("S", bound=PageState)

log = logging.getLogger("till.owner")


class BrokenOff(Exception):
    """A person has ended what was under way."""


class Worker(Generic[S]):
    """Does one page's work: `_take` may be slow, and `_show` sends its state to the window. Its thread begins with a wish."""

    def __init__(self, name: str, state: S, publish: Callable[[PageState], None]) -> None:
        self._state = state
        self._publish = publish
        self._wishes: queue.Queue[object] = queue.Queue(WISHES_MOST)
        self._stopping = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name=f"owner-{name}", daemon=True)

    @property
    def state(self) -> S:
        """What the page shows now."""
        return self._state

    def ask(self, wish: object) -> None:
        """Take a wish into the queue; never waits. A wish that finds no room was pressed too often."""
        if not self._thread.is_alive():
            self._thread.start()
        try:
            self._wishes.put_nowait(wish)
        except queue.Full:
            log.warning("wish dropped", extra={"kind": type(wish).__name__})

    def break_off(self) -> None:
        """Let what is under way end at its next resting place."""
        self._stopping.set()

    def close(self) -> None:
        """End the thread: what is under way stops at its next resting place."""
        self._is_closing = True
        self._stopping.set()
        if self._thread.is_alive():
            with suppress(queue.Full):  # a thread that has so much to do looks at `_is_closing` before the next wish
                self._wishes.put_nowait(None)
            self._thread.join(STOP_WAIT_S)

    def take(self, wish: object) -> None:
        """Carry a wish out here and now, and show what came of it."""
        try:
            self._take(wish)
        except EXPECTED as error:
            log.info("not done", extra={"kind": type(wish).__name__, "error": type(error).__name__})
            self._fail(hitch_of(error))

    def _run(self) -> None:
        while not self._is_closing:
            wish = self._wishes.get()
            self._stopping.clear()
            if wish is None or self._is_closing:
                return
            try:
                self.take(wish)
            except Exception:  # the top of the thread: a bug ends one wish, never the page
                log.exception("program error", extra={"kind": type(wish).__name__})
                self._fail(Hitch("program_error"))

    def _show(self, state: S) -> None:
        self._state = state
        self._publish(state)

    def _pause(self, seconds: float) -> None:
        """Wait; raise BrokenOff if the run is broken off meanwhile."""
        if self._stopping.wait(seconds):
            raise BrokenOff

    def _take(self, wish: object) -> None:
        raise NotImplementedError

    def _fail(self, hitch: Hitch) -> None:
        raise NotImplementedError
