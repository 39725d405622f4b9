"""A till's journal on its way into the books, and out again to a till that is set up anew."""

import msgspec
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from till.hub import books
from till.hub.books import Forked, Gap
from till.hub.office import Hub
from till.hub.records import Broken, Malformed, read_records
from till.hub.webhooks_in import TooLarge, body_of

BODY_MOST = 1024 * 1024
_DIGITS_MOST = 18


class JournalRoutes:
    """Answers under `/till/v1/journal`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def take(self, request: Request, till: str) -> Response:
        """Keep the records of a request."""
        try:
            body = await body_of(request, BODY_MOST)
        except ClientDisconnect:
            return Response(status_code=408)
        except TooLarge:
            return JSONResponse({"reason": "large"}, status_code=413)
        return await run_sync(self._keep, till, body)

    async def give(self, request: Request, till: str) -> Response:
        """Return the records after one."""
        said = request.query_params.get("after", "0")
        if not (said.isascii() and said.isdigit() and len(said) <= _DIGITS_MOST):
            return JSONResponse({"reason": "malformed"}, status_code=400)
        after = int(said)
        records, head = await run_sync(
            self._hub.database.read,
            lambda transaction: (books.records_after(transaction, till, after), books.head_of(transaction, till)),
        )
        answer = msgspec.json.encode({"records": records, "last": head.last})
        return Response(answer, media_type="application/json", headers={"Cache-Control": "no-store"})

    async def head(self, _: Request, till: str) -> Response:
        """Return how far the book reaches."""
        head = await run_sync(self._hub.database.read, lambda transaction: books.head_of(transaction, till))
        return JSONResponse({"last": head.last, "hash": head.hash})

    def _keep(self, till: str, body: bytes) -> Response:
        try:
            records = read_records(body)
        except Malformed:
            return self._answer(400, "malformed")
        except Broken:
            return self._answer(409, "broken")
        now = self._hub.clock.now()
        kept = self._hub.database.write(lambda transaction: books.keep(transaction, till, records, now))
        match kept:
            case Gap(head=head):
                return self._answer(409, "gap", last=head.last)
            case Forked(head=head):
                return self._answer(409, "fork", last=head.last, hash=head.hash)
            case head:
                self._hub.metrics.journal.labels("kept").inc()
                return JSONResponse({"last": head.last})

    def _answer(self, status: int, reason: str, **figures: object) -> Response:
        self._hub.metrics.journal.labels(reason).inc()
        return JSONResponse({"reason": reason, **figures}, status_code=status)
