"""Events to the tills as server-sent events (WHATWG HTML, "Server-sent events"): each till its own, from where it left off."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from anyio.to_thread import run_sync

from till.engine.ports import Clock
from till.hub import check_ins, stores
from till.hub.database import Database, DatabaseUnavailable, Transaction
from till.hub.hours import written
from till.hub.metrics import Metrics
from till.hub.outbox import Event, events_after
from till.hub.seal import Sealer
from till.hub.wakes import Wakes

#: A till takes forty seconds of silence for a loss.
STILL_HERE_S = 15.0
STILL_HERE = b": still here\n\n"


class Streams:
    """Sends tills their events for as long as their token holds."""

    def __init__(
        self, database: Database, sealer: Sealer, clock: Clock, wakes: Wakes, metrics: Metrics, version: str
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._wakes = wakes
        self._metrics = metrics
        self._version = version
        self._connected = 0
        metrics.count_connected(lambda: self._connected)

    async def events(self, till: str, token: str, last: int | None) -> AsyncIterator[bytes]:
        """Return a till's events after `last`, or from its waiting customer on; ends when the token or the database is gone."""
        hello = {"hub": self._version, "now": written(self._clock.now())}
        yield _written("hello", json.dumps(hello))
        with self._wakes.awaited(stores.topic_of(till)) as woken, self._counted():
            while True:
                woken.clear()
                try:
                    found = await run_sync(self._database.read, self._look(till, token, last))
                except DatabaseUnavailable:
                    return
                if found is None:
                    return
                last, events = found
                for event in events:
                    yield _written(event.kind, event.body, event.number)
                    self._metrics.events.labels(event.kind).inc()
                    last = event.number
                if not events:
                    try:
                        await asyncio.wait_for(woken.wait(), STILL_HERE_S)
                    except TimeoutError:
                        yield STILL_HERE

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._connected += 1
        try:
            yield
        finally:
            self._connected -= 1

    def _look(
        self, till: str, token: str, last: int | None
    ) -> Callable[[Transaction], tuple[int, tuple[Event, ...]] | None]:
        def look(transaction: Transaction) -> tuple[int, tuple[Event, ...]] | None:
            if stores.till_of_token(transaction, token) != till:
                return None
            after = check_ins.first_alive(transaction, till) - 1 if last is None else last
            return after, events_after(transaction, self._sealer, till, after)

        return look


def _written(kind: str, body: str, number: int | None = None) -> bytes:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {kind}\ndata: {body}\n\n".encode()
