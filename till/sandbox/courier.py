"""Brings webhooks to their URLs: a task of the sandbox's own loop that sends what is due by the turnable clock."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from till.sandbox.webhooks import Delivery, Webhooks

#: A receiver has so long to answer (Webhooks API, "Retries").
ANSWER_S = 10.0
#: How often the clock is looked at.
TICK_S = 0.05
_HEAD_MOST = 16 * 1024


class Courier:
    """Sends deliveries, one at a time for each registration, to this machine only."""

    def __init__(
        self,
        webhooks: Webhooks,
        *,
        now_s: Callable[[], float],
        let_time_pass: Callable[[], object],
        strike: Callable[[str], str | None],
    ) -> None:
        self._webhooks = webhooks
        self._now_s = now_s
        self._let_time_pass = let_time_pass
        self._strike = strike
        self._busy: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def running(self, _: object = None) -> AsyncIterator[None]:
        """Deliver for as long as the service runs."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            tasks = [task, *self._busy.values()]
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def deliver_due(self) -> None:
        """Send everything that is due, until nothing is."""
        while due := self._webhooks.due():
            await self._deliver(due[0])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if not self._webhooks.is_used:
                continue
            self._let_time_pass()
            for delivery in self._webhooks.due():
                if delivery.registration.id not in self._busy:
                    self._busy[delivery.registration.id] = asyncio.create_task(self._deliver_alone(delivery))

    async def _deliver_alone(self, delivery: Delivery) -> None:
        try:
            await self._deliver(delivery)
        finally:
            self._busy.pop(delivery.registration.id, None)

    async def _deliver(self, delivery: Delivery) -> None:
        fault = self._strike(delivery.reference)
        if not delivery.registration.is_here:
            result = "elsewhere"
        elif fault == "drop":
            result = "dropped"
        else:
            if fault == "twice":
                await self._post(delivery, is_forged=False)
            result = await self._post(delivery, is_forged=fault == "forged")
        self._webhooks.settle(delivery, result)

    async def _post(self, delivery: Delivery, *, is_forged: bool) -> str:
        """Send an attempt; return the answer's status, or a word for none."""
        headers = delivery.headers(self._now_s())
        if is_forged:
            headers["Authorization"] = headers["Authorization"][:-8] + "AAAAAAA="
        try:
            async with asyncio.timeout(ANSWER_S):
                return await _exchange(delivery, headers)
        except TimeoutError:
            return "timed_out"
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            return "no_answer"


async def _exchange(delivery: Delivery, headers: dict[str, str]) -> str:
    parts = urlsplit(delivery.registration.url)
    context = _context() if parts.scheme == "https" else None
    port = parts.port or (443 if context else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context, limit=_HEAD_MOST)
    try:
        head = {**headers, "Content-Length": str(len(delivery.body)), "Connection": "close"}
        lines = [f"POST {delivery.registration.target} HTTP/1.1", *(f"{name}: {text}" for name, text in head.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + delivery.body)
        await writer.drain()
        answer = (await reader.readuntil(b"\r\n")).split()
        if len(answer) < 2 or not answer[0].startswith(b"HTTP/") or not answer[1].isdigit():
            return "no_answer"
        return answer[1].decode()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _context() -> ssl.SSLContext:
    """Return a context for a receiver on this machine, whose certificate nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
