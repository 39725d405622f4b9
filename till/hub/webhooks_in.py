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
from till.hub.database import Database, DatabaseUnavailable, Transaction
from till.hub.deliveries import NotReadable
from till.hub.metrics import Metrics
from till.hub.registrations import Registered, registered_at
from till.hub.seal import SealBroken, Sealer
from till.vipps.signature import RegisteredAddress, SignatureRefused, verify

#: No delivery that is published comes near.
BODY_MOST = 64 * 1024
BODY_WITHIN_S = 8.0

log = logging.getLogger("till.hub")


class TooLarge(Exception):
    """A body is larger than any that is taken."""


class WebhooksIn:
    """Answers the wallet's deliveries."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._metrics = metrics

    async def take(self, request: Request) -> Response:
        """Take one delivery."""
        with self._metrics.answer_seconds.time():
            return await self._take(request)

    async def _take(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                body = await body_of(request, BODY_MOST)
        except (TimeoutError, ClientDisconnect):
            return self._answer(408, "slow")
        except TooLarge:
            return self._answer(413, "large")
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            return await run_sync(self._keep, request.path_params["path"], headers, body)
        except DatabaseUnavailable:
            return self._answer(503, "unavailable")

    def _keep(self, path: str, headers: dict[str, str], body: bytes) -> Response:
        registered = self._registered(path)
        if registered is None or registered.secret is None:
            return self._answer(404, "unknown")
        try:
            verify(headers, body, secret=registered.secret, address=RegisteredAddress.of(registered.url))
        except SignatureRefused as error:
            log.warning("delivery refused", extra={"reason": error.reason.value})
            return self._answer(401, "forged")
        now = self._clock.now()
        try:
            delivery = deliveries.read(body, now)
            if delivery.msn != registered.msn:
                raise NotReadable("msn")
        except NotReadable as error:
            # It is the wallet's own, so it would be delivered again for a week and hold up what follows.
            log.warning("delivery not understood", extra={"reason": str(error)})
            return self._answer(200, "not understood")

        def keep(transaction: Transaction) -> bool:
            return deliveries.keep(transaction, self._sealer, delivery, now)

        return self._answer(200, "kept" if self._database.write(keep) else "known")

    def _registered(self, path: str) -> Registered | None:
        try:
            return self._database.read(lambda transaction: registered_at(transaction, self._sealer, path))
        except SealBroken:
            log.error("a registration's secret cannot be opened")
            return None

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
