"""What tills ask of the hub, each with its own token."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from till.domain.intents import WALLET_MOST_MINOR
from till.domain.money import Currency, Money
from till.hub import articles, check_ins, refunds, stores
from till.hub.database import DatabaseUnavailable, Transaction
from till.hub.journal_routes import JournalRoutes
from till.hub.office import Hub
from till.hub.paid import PaidRoute
from till.hub.refunds import NotPossible, RefundAsked, RefundState
from till.hub.webhooks_in import TooLarge, body_of

_LARGEST_NUMBER = 2**62
_BEARER = "bearer "
REFUND_MOST = 4096


class TillRoutes:
    """The routes under `/till/v1`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._journal = JournalRoutes(hub)

    def routes(self) -> list[Route]:
        """Return them."""
        return [
            Route("/till/v1/events", self._as_till(self._events), methods=["GET"]),
            Route("/till/v1/check-ins/{id}/used", self._as_till(self._used), methods=["POST"]),
            Route("/till/v1/articles", self._as_till(self._articles), methods=["GET"]),
            Route("/till/v1/stores", self._as_till(self._stores), methods=["GET"]),
            Route("/till/v1/paid", self._as_till(PaidRoute(self._hub).find), methods=["GET"]),
            Route("/till/v1/refunds", self._as_till(self._ask_refund), methods=["POST"]),
            Route("/till/v1/refunds/{id}", self._as_till(self._refund), methods=["GET"]),
            Route("/till/v1/journal", self._as_till(self._journal.take), methods=["POST"]),
            Route("/till/v1/journal", self._as_till(self._journal.give), methods=["GET"]),
            Route("/till/v1/journal/last", self._as_till(self._journal.head), methods=["GET"]),
        ]

    def _as_till(
        self, answer: Callable[[Request, str], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            try:
                till = await run_sync(self._till_of, _token(request))
                if till is None:
                    return JSONResponse({"reason": "token"}, status_code=401)
                return await answer(request, till)
            except DatabaseUnavailable:
                return JSONResponse({"reason": "unavailable"}, status_code=503)

        return answered

    def _till_of(self, token: str) -> str | None:
        """Return whose token this is; a write only where its till was not noted just now, none for a stranger."""
        now = self._hub.clock.now()

        def look(transaction: Transaction) -> tuple[str | None, bool]:
            till = stores.till_of_token(transaction, token)
            return till, till is not None and not stores.is_seen_lately(transaction, till, now)

        till, is_to_be_noted = self._hub.database.read(look) if token else (None, False)
        if till is not None and is_to_be_noted:
            self._hub.database.write(lambda transaction: stores.note_seen(transaction, till, now))
        return till

    async def _events(self, request: Request, till: str) -> Response:
        said = request.headers.get("last-event-id", "")
        last = int(said) if said.isascii() and said.isdigit() and int(said[:20]) < _LARGEST_NUMBER else None
        events = self._hub.streams.events(till, _token(request), last)
        return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _used(self, request: Request, till: str) -> Response:
        check_in = request.path_params["id"]
        was_there = await run_sync(
            self._hub.database.write, lambda transaction: check_ins.use(transaction, till, check_in)
        )
        return Response(status_code=204 if was_there else 404)

    async def _articles(self, request: Request, till: str) -> Response:
        found = await run_sync(self._hub.database.read, lambda transaction: articles.file_for(transaction, till))
        if found is None:
            return JSONResponse({"reason": "no_articles"}, status_code=404)
        digest, content = found
        tag = f'"{digest}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(content, media_type="text/csv; charset=utf-8", headers={"ETag": tag})

    async def _stores(self, _: Request, till: str) -> Response:
        known = await run_sync(self._hub.database.read, stores.stores)
        return JSONResponse({"stores": [{"id": store.id, "name": store.name} for store in known]})

    async def _ask_refund(self, request: Request, till: str) -> Response:
        try:
            asked = _refund_asked(await body_of(request, REFUND_MOST), till)
        except (TooLarge, ValueError):
            return JSONResponse({"reason": "body"}, status_code=400)
        approval_above = self._hub.settings.approval_above

        def ask(transaction: Transaction) -> RefundState:
            return refunds.ask(transaction, asked, now=self._hub.clock.now(), approval_above=approval_above)

        return await self._said(ask, 202)

    async def _refund(self, request: Request, till: str) -> Response:
        refund = request.path_params["id"]
        return await self._said(lambda transaction: refunds.state_of(transaction, till, refund), 200)

    async def _said(self, act: Callable[[Transaction], RefundState], status: int) -> Response:
        try:
            said = await run_sync(self._hub.database.write, act)
        except NotPossible as error:
            return JSONResponse({"reason": error.reason}, status_code=_REFUSALS.get(error.reason, 422))
        return JSONResponse({"id": said.id, "state": said.state, "reason": said.reason}, status_code=status)


_REFUSALS = {"unknown_refund": 404, "still_open": 409, "other_contents": 409}


def _refund_asked(body: bytes, till: str) -> RefundAsked:
    """Return what a till asks for; raise ValueError."""
    fields = msgspec.json.decode(body, type=_RefundBody)
    amount = Money(fields.amount.minor, Currency(fields.amount.currency))
    refund_id = str(uuid.UUID(fields.id))
    return RefundAsked(
        refund_id, till, fields.store, fields.reference, amount, fields.askedBy.strip(), fields.approvedBy.strip()
    )


class _AmountBody(msgspec.Struct, frozen=True):
    minor: Annotated[int, msgspec.Meta(ge=0, le=WALLET_MOST_MINOR)]
    currency: str


class _RefundBody(msgspec.Struct, frozen=True):
    id: str
    store: Annotated[str, msgspec.Meta(max_length=60)]
    reference: Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9-]{8,64}$")]
    amount: _AmountBody
    askedBy: Annotated[str, msgspec.Meta(max_length=60)]  # noqa: N815
    approvedBy: Annotated[str, msgspec.Meta(max_length=60)] = ""  # noqa: N815


def _token(request: Request) -> str:
    said = request.headers.get("authorization", "")
    return said[len(_BEARER) :].strip() if said[: len(_BEARER)].lower() == _BEARER else ""
