"""When an errand is due: a pure schedule per lane, and the thread that keeps it.

Two lanes carry the wallet's errands: one asks, one acts. At most one errand of a kind waits per payment, a newer one takes its
place. Reads follow the flow's pace and slow down while nothing answers; an operation that was sent before is repeated after
2, 5, 12 and 30 s, then every 30 s, later every 5 min, and always inside the wallet's limits.
"""

import logging
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from msgspec import Struct, field

from till.engine.ports import Clock

E = TypeVar("E")

#: How long `stop` waits for the errand under way: the longest a call may take, and a margin.
STOP_WAIT_S = 12.0

log = logging.getLogger("till.wallet")


class Agenda(Struct, Generic[E]):
    """Errands with the moment each is due, in monotonic seconds; newest of a kind wins."""

    _due: dict[Hashable, tuple[float, int, E]] = field(default_factory=dict)
    _count: int = 0

    def put(self, name: Hashable, errand: E, due_s: float) -> None:
        """Take an errand under a name; one that waits under the same name is replaced."""
        self._count += 1
        self._due[name] = (due_s, self._count, errand)

    def drop(self, is_dropped: Callable[[Hashable], bool]) -> None:
        """Forget every errand whose name satisfies `is_dropped`."""
        for name in [name for name in self._due if is_dropped(name)]:
            del self._due[name]

    def move(self, due_of: Callable[[E, float], float]) -> None:
        """Give every waiting errand the moment that `due_of` makes of it and of the one it had."""
        self._due = {name: (due_of(errand, due), count, errand) for name, (due, count, errand) in self._due.items()}

    def next_due_s(self) -> float | None:
        """Return when the next errand is due, or None when nothing waits."""
        return min((due for due, _, _ in self._due.values()), default=None)

    def take(self, now_s: float) -> E | None:
        """Return the errand that has been due the longest, or None if none is due."""
        ready = [(due, count, name) for name, (due, count, _) in self._due.items() if due <= now_s]
        if not ready:
            return None
        name = min(ready)[2]
        return self._due.pop(name)[2]


class Lane(Generic[E]):
    """One thread that carries out errands when they are due."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        prepare: Callable[[], None],
        run: Callable[[E], None],
        close: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._prepare = prepare
        self._run = run
        self._close = close
        self._agenda: Agenda[E] = Agenda()
        # The one lock outside the engine's queue: an agenda is shared by the engine, which puts, and the lane, which takes.
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the errand under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(STOP_WAIT_S)

    def put(self, name: Hashable, errand: E, due_s: float) -> None:
        """Take an errand; never waits for one under way."""
        with self._changed:
            self._agenda.put(name, errand, due_s)
            self._changed.notify()

    def drop(self, is_dropped: Callable[[Hashable], bool]) -> None:
        """Forget waiting errands by name."""
        with self._changed:
            self._agenda.drop(is_dropped)

    def move(self, due_of: Callable[[E, float], float]) -> None:
        """Move waiting errands to other moments."""
        with self._changed:
            self._agenda.move(due_of)
            self._changed.notify()

    def next_due_s(self) -> float | None:
        """Return when the next errand is due, or None when nothing waits."""
        with self._changed:
            return self._agenda.next_due_s()

    def run_one(self) -> bool:
        """Carry out the errand that is due, in the calling thread; return whether one was. For whoever starts no thread."""
        with self._changed:
            errand = self._agenda.take(self._clock.monotonic_s())
        if errand is not None:
            self._run(errand)
        return errand is not None

    def _loop(self) -> None:
        try:
            self._prepare()
            while (errand := self._wait()) is not None:
                self._run(errand)
        finally:
            self._close()

    def _wait(self) -> E | None:
        """Return the next errand when it is due; None when the lane is to stop."""
        with self._changed:
            while not self._stopping:
                now = self._clock.monotonic_s()
                errand = self._agenda.take(now)
                if errand is not None:
                    return errand
                due = self._agenda.next_due_s()
                self._changed.wait(None if due is None else max(0.0, due - now))
            return None
