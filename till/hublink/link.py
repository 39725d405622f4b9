"""The engine's way to the hub: one thread with an event loop of its own, which nothing of the till ever waits for."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from till.domain.secret import Secret
from till.engine.article_ports import ArticleArrivals
from till.engine.hub_ports import HubErrand
from till.engine.ports import Clock, Deliver
from till.hublink.pace import HubPace

if TYPE_CHECKING:
    import asyncio
    import ssl

    from till.hublink.station import Station

#: How long `stop` waits: whatever is under way is cut off.
STOP_WAIT_S = 5.0


class HubLink:
    """The engine's `Hub`; `deliver` puts messages into the engine's inbox."""

    def __init__(
        self,
        *,
        url: str,
        read_token: Callable[[], Secret | None],
        context: "Callable[[], ssl.SSLContext]",
        clock: Clock,
        deliver: Deliver,
        arrivals: ArticleArrivals,
        pace: HubPace | None = None,
    ) -> None:
        self._url = url
        self._read_token = read_token
        self._context = context
        self._clock = clock
        self._deliver = deliver
        self._arrivals = arrivals
        self._pace = pace or HubPace()
        self._at_work: tuple[asyncio.AbstractEventLoop, asyncio.Task[None], Station] | None = None
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Cut off what is under way; what the hub does not know by now it learns after the next start."""
        if not self._thread.is_alive():
            return
        self._is_up.wait(STOP_WAIT_S)
        if self._at_work is not None:
            loop, work, _ = self._at_work
            with suppress(RuntimeError):  # the loop has just ended by itself
                loop.call_soon_threadsafe(work.cancel)
        self._thread.join(STOP_WAIT_S)

    def send(self, errand: HubErrand) -> None:
        """Take an errand, never waiting for it; there is none before the hub's own first word, nor any use of one after the end."""
        if self._at_work is not None:
            loop, _, station = self._at_work
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(station.take, errand)

    def _run(self) -> None:
        import asyncio  # with the client 0.2 s: here, in a thread of its own, nobody waits for it

        with suppress(asyncio.CancelledError):
            asyncio.run(self._work())

    async def _work(self) -> None:
        import asyncio

        from till.hublink.station import Station

        work = asyncio.current_task()
        assert work is not None
        station = Station(
            url=self._url,
            read_token=self._read_token,
            context=self._context,
            clock=self._clock,
            deliver=self._deliver,
            arrivals=self._arrivals,
            pace=self._pace,
        )
        self._at_work = (asyncio.get_running_loop(), work, station)
        self._is_up.set()
        await station.run()
