"""What tills ask of the hub, each with its own token."""

from collections.abc import Awaitable, Callable

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from till.hub import check_ins, stores
from till.hub.database import DatabaseUnavailable, Transaction
from till.hub.office import Hub

_LARGEST_NUMBER = 2**62
_BEARER = "bearer "


class TillRoutes:
    """The routes under `/till/v1`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        """Return them."""
        return [
            Route("/till/v1/events", self._as_till(self._events), methods=["GET"]),
            Route("/till/v1/check-ins/{id}/used", self._as_till(self._used), methods=["POST"]),
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
        def find(transaction: Transaction) -> str | None:
            till = stores.till_of_token(transaction, token)
            if till is not None:
                stores.note_seen(transaction, till, self._hub.clock.now())
            return till

        return self._hub.database.write(find) if token else None

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


def _token(request: Request) -> str:
    said = request.headers.get("authorization", "")
    return said[len(_BEARER) :].strip() if said[: len(_BEARER)].lower() == _BEARER else ""
