"""Wakes those who wait in the event loop, from any thread."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from till.hub.database import EVERYTHING


class Wakes:
    """Who waits for which topic; `woken` may be called by any thread, everything else in the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def start(self) -> None:
        """Wake in the event loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def woken(self, topic: str) -> None:
        """Wake all who wait for a topic."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, topic)

    @contextmanager
    def awaited(self, topic: str) -> Iterator[asyncio.Event]:
        """Return an event that is set each time the topic is woken, for as long as the block lasts."""
        event = asyncio.Event()
        self._waiting.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]

    def is_awaited(self, topic: str) -> bool:
        """Say whether anybody waits for a topic; any thread may ask."""
        return topic in self._waiting

    def _wake(self, topic: str) -> None:
        topics = list(self._waiting) if topic == EVERYTHING else [topic]
        for one in topics:
            for event in self._waiting.get(one, ()):
                event.set()
