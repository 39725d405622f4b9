"""What the hub has heard of the trial payments: its events to this till, listened to while the trials run."""

import asyncio
import queue
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from till.domain.secret import Secret
from till.engine.hub_ports import HubChanged, PaymentHinted
from till.engine.ports import Clock, SecretStore
from till.hublink.calls import HubCalls, Token
from till.hublink.events import Listener
from till.hublink.pace import HubPace
from till.settings.model import Settings
from till.settings.secrets import hub_token_of
from till.vipps.tls import system_context

STOP_WAIT_S = 5.0


class Hearing(Protocol):
    """A hub that is listened to."""

    def is_connected(self) -> bool:
        """Whether the hub lets this till listen, now."""

    def unheard(self, references: Iterable[str]) -> tuple[str, ...]:
        """Return those payments of which the hub has told nothing."""


class HubHearing:
    """Listens on a thread of its own, beside the till's own connection if there is one; asked from one other thread."""

    def __init__(
        self,
        *,
        url: str,
        read_token: Callable[[], Secret | None],
        context: Callable[[], ssl.SSLContext],
        clock: Clock,
        pace: HubPace | None = None,
    ) -> None:
        self._url = url
        self._read_token = read_token
        self._context = context
        self._clock = clock
        self._pace = pace or HubPace()
        self._messages: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._is_connected = False
        self._heard: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="hearing", daemon=True)

    def start(self) -> None:
        """Begin to listen; what happens before the hub has answered is not heard."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        with suppress(RuntimeError):  # the loop has just ended by itself
            self._loop.call_soon_threadsafe(self._end)
        self._thread.join(STOP_WAIT_S)

    def is_connected(self) -> bool:
        """Whether the hub lets this till listen, now."""
        self._take_messages()
        return self._is_connected

    def unheard(self, references: Iterable[str]) -> tuple[str, ...]:
        """Return those payments of which the hub has told nothing."""
        self._take_messages()
        return tuple(one for one in references if one not in self._heard)

    def _take_messages(self) -> None:
        with suppress(queue.Empty):
            while True:
                match self._messages.get_nowait():
                    case HubChanged(fault=fault):
                        self._is_connected = fault is None
                    case PaymentHinted(reference=reference):
                        self._heard.add(reference)
                    case _:
                        pass  # a customer at the sticker is the till's own affair

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner, suppress(asyncio.CancelledError):
            runner.run(self._listen())

    async def _listen(self) -> None:
        calls = HubCalls(self._url, Token(self._read_token, self._clock, self._pace), self._context, self._pace)
        try:
            await Listener(
                calls,
                clock=self._clock,
                deliver=self._messages.put,
                pace=self._pace,
                look_again=lambda: None,
                hear_refund=lambda _: None,
            ).run()
        finally:
            await calls.close()

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()


@contextmanager
def hearing_of(settings: Settings, secrets: SecretStore, clock: Clock) -> Iterator[HubHearing | None]:
    """Listen to the till's hub for as long as the block lasts; None where the settings name no hub."""
    if not settings.hub.url:
        yield None
        return
    hearing = HubHearing(
        url=settings.hub.url,
        read_token=lambda: secrets.get(hub_token_of(settings.till.id)),
        context=system_context,
        clock=clock,
    )
    hearing.start()
    try:
        yield hearing
    finally:
        hearing.stop()
