"""The hub as one application: the public path, the tills' paths, its keeping of registrations and its sweeping."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from till.engine.ports import Clock
from till.hub import check_ins, deliveries, outbox
from till.hub.counts import Counts
from till.hub.database import Database, DatabaseUnavailable, Transaction
from till.hub.office import Hub
from till.hub.seal import Sealer
from till.hub.settings import HubSettings
from till.hub.streams import Streams
from till.hub.till_routes import TillRoutes
from till.hub.wakes import Wakes
from till.hub.webhooks_in import WebhooksIn

SWEEP_EVERY_S = 30.0

log = logging.getLogger("till.hub")


def make_app(settings: HubSettings, database: Database, sealer: Sealer, clock: Clock, version: str) -> Starlette:
    """Return the hub over an open database at its newest step."""
    counts, wakes = Counts(), Wakes()
    webhooks = WebhooksIn(database, sealer, clock, lambda outcome: counts.add("webhooks", outcome))
    streams = Streams(database, sealer, clock, wakes, version)
    hub = Hub(settings, database, sealer, clock, wakes, streams, counts)

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        wakes.start()
        database.listen(wakes.woken)
        sweeping = asyncio.create_task(_every(SWEEP_EVERY_S, lambda: _sweep(hub)))
        try:
            yield
        finally:
            sweeping.cancel()

    async def health(_: Request) -> Response:
        try:
            await run_sync(database.read, lambda transaction: transaction.run("select 1"))
        except DatabaseUnavailable:
            return JSONResponse({"state": "unavailable"}, status_code=503)
        return JSONResponse({"state": "well", "version": version})

    return Starlette(
        routes=[
            Route("/webhooks/{path}", webhooks.take, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
            *TillRoutes(hub).routes(),
        ],
        lifespan=running,
    )


async def _every(pause_s: float, act: Callable[[], None]) -> None:
    while True:
        try:
            await run_sync(act)
        except DatabaseUnavailable:
            log.warning("database away, tried again later")
        await asyncio.sleep(pause_s)


def _sweep(hub: Hub) -> None:
    """Drop what nobody needs any more."""
    now = hub.clock.now()

    def sweep(transaction: Transaction) -> None:
        check_ins.forget_old(transaction, hub.sealer, now)
        outbox.forget_old(transaction, now)
        deliveries.forget_old(transaction, now)

    hub.database.write(sweep)
