"""The one public path: takes a signed delivery, keeps it, and answers 200; nothing more happens there.

Webhooks API: an answer within ten seconds, anything but 200 is delivered again.
"""

import asyncio
import logging

from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from till.engine.ports import Clock
from till.hub import deliveries
from till.hub.batches import Batches
from till.hub.check_ins import Arrival
from till.hub.database import Database, DatabaseUnavailable
from till.hub.deliveries import NotReadable, PaymentEvent
from till.hub.metrics import Metrics
from till.hub.registrations import Registered, registered_at
from till.hub.seal import SealBroken, Sealer
from till.vipps.signature import RegisteredAddress, SignatureRefused, verify

#: No delivery that is published comes near.
BODY_MOST = 64 * 1024
BODY_WITHIN_S = 8.0
#: How long a registration is taken for what it was: deliveries come in bursts.
REMEMBERED_S = 5.0

log = logging.getLogger("till.hub")


class TooLarge(Exception):
    """A body is larger than any that is taken."""


class WebhooksIn:
    """Answers the wallet's deliveries."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        clock: Clock,
        metrics: Metrics,
        body_within_s: float = BODY_WITHIN_S,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._metrics = metrics
        self._body_within_s = body_within_s
        self._known: dict[str, tuple[float, Registered]] = {}
        self._batches = Batches[PaymentEvent | Arrival](
            database, lambda transaction, delivery: deliveries.keep(transaction, sealer, delivery, clock.now())
        )

    async def take(self, request: Request) -> Response:
        """Take one delivery."""
        with self._metrics.answer_seconds.time():
            return await self._take(request)

    async def _take(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(self._body_within_s):
                body = await body_of(request, BODY_MOST)
        except (TimeoutError, ClientDisconnect):
            return self._answer(408, "slow")
        except TooLarge:
            return self._answer(413, "large")
        try:
            return await self._keep(request.path_params["path"], dict(request.headers), body)
        except DatabaseUnavailable:
            return self._answer(503, "unavailable")

    async def _keep(self, path: str, headers: dict[str, str], body: bytes) -> Response:
        registered = await self._registered(path)
        if registered is None or registered.secret is None:
            return self._answer(404, "unknown")
        try:
            verify(headers, body, secret=registered.secret, address=RegisteredAddress.of(registered.url))
        except SignatureRefused as error:
            log.warning("delivery refused", extra={"reason": error.reason.value})
            return self._answer(401, "forged")
        try:
            delivery = deliveries.read(body, self._clock.now())
            if delivery.msn != registered.msn:
                raise NotReadable("msn")
        except NotReadable as error:
            # It is the wallet's own, so it would be delivered again for a week and hold up what follows.
            log.warning("delivery not understood", extra={"reason": str(error)})
            return self._answer(200, "not understood")
        return self._answer(200, "kept" if await self._batches.put(delivery) else "known")

    async def _registered(self, path: str) -> Registered | None:
        """Return the registration of a path; one that was found is remembered for a moment."""
        now_s = self._clock.monotonic_s()
        until_s, known = self._known.get(path, (now_s, None))
        if known is not None and now_s < until_s:
            return known
        try:
            found = await run_sync(
                self._database.read, lambda transaction: registered_at(transaction, self._sealer, path)
            )
        except SealBroken:
            log.error("a registration's secret cannot be opened")
            return None
        if found is not None:
            self._known[path] = (now_s + REMEMBERED_S, found)
        return found

    def _answer(self, status: int, outcome: str) -> Response:
        self._metrics.webhooks.labels(outcome).inc()
        return Response(status_code=status)


async def body_of(request: Request, most: int) -> bytes:
    """Return the body; raise TooLarge as soon as it is, or ClientDisconnect."""
    stated = request.headers.get("content-length", "0")
    if stated.isascii() and stated.isdigit() and int(stated[:20]) > most:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge
    return bytes(body)
