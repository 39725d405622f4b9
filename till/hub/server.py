"""The hub as one application: the public path, the tills' paths, and what it does by itself."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from till.engine.ports import Clock
from till.hub import check_ins, copies, deliveries, jobs, limits, outbox, refunds, sessions, stores
from till.hub.database import Database, DatabaseUnavailable, Transaction
from till.hub.jobs import Job
from till.hub.metrics import CONTENT_TYPE, Metrics
from till.hub.office import Hub
from till.hub.refunds import RefundWork
from till.hub.registrations import keep_registered
from till.hub.seal import Sealer
from till.hub.settings import HubSettings
from till.hub.streams import Streams
from till.hub.till_routes import TillRoutes
from till.hub.wakes import Wakes
from till.hub.wallet import StoreCalls
from till.hub.web.pages import web_routes
from till.hub.webhooks_in import WebhooksIn
from till.vipps.webhooks import Webhooks

LOOK_EVERY_S, REFUND_EVERY_S = 5.0, 1.0

log = logging.getLogger("till.hub")


def make_app(settings: HubSettings, database: Database, sealer: Sealer, clock: Clock, version: str) -> Starlette:
    """Return the hub over an open database at its newest step."""
    metrics, wakes = Metrics(), Wakes()
    streams = Streams(database, sealer, clock, wakes, metrics, version)
    calls = StoreCalls(database, sealer, base_url=settings.base_url, version=version)
    hub = Hub(settings, database, sealer, clock, wakes, streams, metrics, calls)

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        wakes.start()
        database.listen(wakes.woken)
        tasks = [asyncio.create_task(_work(hub)), asyncio.create_task(_refund(hub))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    async def health(_: Request) -> Response:
        try:
            await run_sync(database.read, lambda transaction: transaction.run("select 1"))
        except DatabaseUnavailable:
            return JSONResponse({"state": "unavailable"}, status_code=503)
        return JSONResponse({"state": "well", "version": version})

    async def numbers(request: Request) -> Response:
        # Who comes through the reverse proxy comes from outside.
        if "x-forwarded-for" in request.headers:
            return Response(status_code=404)
        states = await run_sync(database.read, jobs.states)
        return Response(metrics.page(state.fault for state in states), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/webhooks/{path}", WebhooksIn(database, sealer, clock, metrics).take, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
            Route("/metrics", numbers, methods=["GET"]),
            *TillRoutes(hub).routes(),
            *web_routes(hub),
        ],
        lifespan=running,
    )


async def _work(hub: Hub) -> None:
    """Do what is due, as long as the hub runs."""
    is_new = True
    while True:
        try:
            if is_new:
                await run_sync(jobs.make_due, hub.database, hub.clock)
                is_new = False
            work = await run_sync(hub.database.read, lambda transaction: _jobs(hub, transaction))
            await run_sync(jobs.run_due, hub.database, hub.clock, work)
        except DatabaseUnavailable:
            log.warning("database away, tried again later")
        await asyncio.sleep(LOOK_EVERY_S)


async def _refund(hub: Hub) -> None:
    """Carry refunds out as they are asked for, as long as the hub runs."""
    work = RefundWork(hub.database, hub.sealer, hub.clock, hub.store_calls.of)
    with hub.wakes.awaited(refunds.TOPIC) as woken:
        while True:
            woken.clear()
            try:
                await run_sync(work.run_due)
            except DatabaseUnavailable:
                log.warning("database away, tried again later")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), REFUND_EVERY_S)


def _jobs(hub: Hub, transaction: Transaction) -> tuple[Job, ...]:
    """Return what there is to do: registrations and a copy of the database daily, old things dropped every half minute."""
    registering = tuple(
        Job(f"registration/{store.msn}", timedelta(days=1), _registering(hub, store.msn))
        for store in stores.stores(transaction)
    )
    return (
        *registering,
        Job("sweep", timedelta(seconds=30), lambda: hub.database.write(lambda inner: _sweep(hub, inner))),
        Job("copy", timedelta(days=1), lambda: copies.renew(hub.database, hub.settings.folder / "copies", hub.clock)),
    )


def _registering(hub: Hub, msn: str) -> Callable[[], object]:
    def register() -> None:
        url, now = hub.settings.public_url, hub.clock.now()
        with hub.store_calls.of(msn) as calls:
            keep_registered(hub.database, hub.sealer, Webhooks(calls), msn=msn, public_url=url, now=now)

    return register


def _sweep(hub: Hub, transaction: Transaction) -> None:
    now = hub.clock.now()
    check_ins.forget_old(transaction, hub.sealer, now)
    outbox.forget_old(transaction, now)
    deliveries.forget_old(transaction, now)
    sessions.forget_old(transaction, now)
    limits.forget_old(transaction, now)
