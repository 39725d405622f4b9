"""The QR API on the wire, the pictures of its codes, and the controls that scan them."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from till.sandbox import pictures
from till.sandbox.desk import Answer, Desk
from till.sandbox.problems import Problem
from till.sandbox.qr import CheckIn, ExchangeProblem, Lead, QrConflict, QrProblem, Sticker, qr_problem
from till.sandbox.units import SalesUnit

SIDE_LEAST_PX, SIDE_MOST_PX, SIDE_PX = 100, 2000, 1024
_ACCEPTED = {"image/png": "PNG", "image/svg+xml": "SVG", "image/*": "SVG", "text/targeturl": "CONTENT"}
_PICTURE_PATH = "/qr-image/v1/codes"

Serve = Callable[[str, Request, Callable[[bytes, object], Answer]], Awaitable[Response]]
Act = Callable[[SalesUnit, object], Answer]
_OWN_SHAPE = (QrProblem, QrConflict, ExchangeProblem)


def qr_routes(desk: Desk, serve: Serve) -> list[Route]:
    """Return the routes of the API, of its pictures, and of the controls under `/_sandbox/`.

    Planted faults name the operations `qr-list`, `qr-get`, `qr-put`, `qr-delete`, `qr-migrate`, `qr-one-time`,
    `qr-exchange`, and `redirect-` with list, create, get, put or delete.
    """
    wire = _QrWire(desk, serve)
    callback, redirect = "/qr/v1/merchant-callback", "/qr/v1/merchant-redirect"
    return [
        Route("/qr/v1", wire.one_time, methods=["POST"]),
        Route("/qr/v1/", wire.one_time, methods=["POST"]),
        Route(callback, wire.stickers, methods=["GET"]),
        Route(callback + "/mobilepay/{reference}", wire.migrate, methods=["PUT"]),
        Route(callback + "/{reference}", wire.sticker, methods=["GET", "PUT", "DELETE"]),
        Route(redirect, wire.leads, methods=["GET", "POST"]),
        Route(redirect + "/{reference}", wire.lead, methods=["GET", "PUT", "DELETE"]),
        Route("/qr/v1/exchange", wire.exchange, methods=["POST"]),
        Route("/qr/v1/exchange/customer", wire.exchange_customer, methods=["POST"]),
        Route(_PICTURE_PATH + "/{token}", wire.picture, methods=["GET"]),
        Route("/_sandbox/stickers", wire.seen_stickers, methods=["GET"]),
        Route("/_sandbox/redirects", wire.seen_leads, methods=["GET"]),
        Route("/_sandbox/redirects", wire.open, methods=["POST"]),
        Route("/_sandbox/check-ins", wire.seen_check_ins, methods=["GET"]),
        Route("/_sandbox/check-ins", wire.check_in, methods=["POST"]),
        Route("/_sandbox/beacons", wire.give_away, methods=["POST"]),
    ]


class _QrWire:
    """Turns requests into calls of the codes, and back."""

    def __init__(self, desk: Desk, serve: Serve) -> None:
        self._desk = desk
        self._codes = desk.qr
        self._serve = serve

    # ---------------------------------------------------------------- printed codes

    async def stickers(self, request: Request) -> Response:
        """GET /qr/v1/merchant-callback."""

        def act(unit: SalesUnit, _: object) -> Answer:
            query = _wanted_by_query(request)
            return Answer(200, [self._sticker(one, query) for one in self._codes.stickers(unit)])

        return await self._answer("qr-list", request, act)

    async def sticker(self, request: Request) -> Response:
        """GET, PUT or DELETE /qr/v1/merchant-callback/{merchantQrId}."""
        sticker_id = request.path_params["reference"]

        def act(unit: SalesUnit, body: object) -> Answer:
            if request.method == "GET":
                query = _wanted_by_query(request)
                return Answer(200, self._sticker(self._codes.sticker(unit, sticker_id), query))
            if request.method == "PUT":
                self._codes.put_sticker(unit, sticker_id, body)
            else:
                self._codes.delete_sticker(unit, sticker_id)
            return Answer(200, None)

        return await self._answer(f"qr-{request.method.lower()}", request, act)

    async def migrate(self, request: Request) -> Response:
        """PUT /qr/v1/merchant-callback/mobilepay/{beaconId}."""

        def act(unit: SalesUnit, body: object) -> Answer:
            self._codes.migrate(unit, request.path_params["reference"], body)
            return Answer(200, None)

        return await self._answer("qr-migrate", request, act)

    # ---------------------------------------------------------------- codes that lead somewhere

    async def leads(self, request: Request) -> Response:
        """GET or POST /qr/v1/merchant-redirect."""

        def act(unit: SalesUnit, body: object) -> Answer:
            wanted = _wanted_by_headers(request)
            if request.method == "POST":
                return Answer(200, self._lead(self._codes.create_lead(unit, body), wanted))
            return Answer(200, [self._lead(one, wanted) for one in self._codes.leads(unit)])

        name = "redirect-create" if request.method == "POST" else "redirect-list"
        return await self._answer(name, request, act, needs_msn=False)

    async def lead(self, request: Request) -> Response:
        """GET, PUT or DELETE /qr/v1/merchant-redirect/{id}."""
        lead_id = request.path_params["reference"]

        def act(unit: SalesUnit, body: object) -> Answer:
            if request.method == "DELETE":
                self._codes.delete_lead(unit, lead_id)
                return Answer(200, None)
            wanted = _wanted_by_headers(request)
            is_change = request.method == "PUT"
            lead = self._codes.change_lead(unit, lead_id, body) if is_change else self._codes.lead(unit, lead_id)
            return Answer(200, self._lead(lead, wanted))

        return await self._answer(f"redirect-{request.method.lower()}", request, act, needs_msn=False)

    async def one_time(self, request: Request) -> Response:
        """POST /qr/v1."""

        def act(unit: SalesUnit, body: object) -> Answer:
            wanted = _wanted_by_headers(request)
            lead = self._codes.one_time(unit, body)
            return Answer(200, {"url": self._link(lead, wanted), "expiresIn": self._codes.left_s(lead)})

        return await self._answer("qr-one-time", request, act, needs_msn=False)

    # ---------------------------------------------------------------- exchanges

    async def exchange(self, request: Request) -> Response:
        """POST /qr/v1/exchange."""
        return await self._answer(
            "qr-exchange", request, lambda _unit, body: Answer(200, self._codes.exchange(body)), needs_msn=False
        )

    async def exchange_customer(self, request: Request) -> Response:
        """POST /qr/v1/exchange/customer."""

        def act(unit: SalesUnit, body: object) -> Answer:
            return Answer(200, self._codes.exchange_customer(unit, body))

        return await self._answer("qr-exchange", request, act, needs_msn=False)

    # ---------------------------------------------------------------- pictures and customers

    async def picture(self, request: Request) -> Response:
        """GET: a code's picture; no keys needed, gone with the code."""
        content = self._codes.content(request.path_params["token"])
        if content is None:
            return Response(status_code=404)
        if request.query_params.get("format") == "PNG":
            side = _side(request.query_params.get("size"))
            return Response(pictures.png(content, side), media_type="image/png")
        return Response(pictures.svg(content), media_type="image/svg+xml")

    async def seen_stickers(self, _: Request) -> Response:
        """GET: every sticker that can be scanned, with what it holds."""
        return JSONResponse(
            [
                {
                    "msn": one.unit.msn,
                    "shop": one.unit.name,
                    "market": one.unit.market,
                    "qr_id": one.id,
                    "location": one.location,
                    "category": one.category,
                    "is_migrated": one.is_migrated,
                    "content": one.content,
                }
                for one in self._codes.all_stickers()
            ]
        )

    async def seen_check_ins(self, _: Request) -> Response:
        """GET: every check-in, oldest first, as a webhook tells it, and whether it reached the shop."""
        return JSONResponse([self._seen_check_in(one) for one in self._codes.check_ins])

    async def check_in(self, request: Request) -> Response:
        """POST {content, number}: a customer's phone scans a sticker; return what a webhook tells.

        `is_told` beside it is whether the webhook has reached the shop: null while nobody knows, and then the app says
        that it connects; false, and it says that it cannot connect to the store.
        """
        body = await _fields(request)
        customer = next((one for one in self._desk.customers if one.phone_number == body.get("number")), None)
        made = None if customer is None else self._codes.scan(str(body.get("content", "")).strip(), customer)
        return JSONResponse({} if made is None else self._seen_check_in(made), 404 if made is None else 200)

    async def seen_leads(self, _: Request) -> Response:
        """GET: every code that leads to a page, with what it holds."""
        return JSONResponse(
            [
                {"msn": one.unit.msn, "market": one.unit.market, "id": one.id, "content": one.content}
                for one in self._codes.all_leads()
            ]
        )

    async def open(self, request: Request) -> Response:
        """POST {content}: a telephone scans a code that leads to a page; return its address."""
        target = self._codes.opened(str((await _fields(request)).get("content", "")).strip())
        return JSONResponse({"url": target}, 404 if target is None else 200)

    async def give_away(self, request: Request) -> Response:
        """POST {beacon_id, owner?}: an old sticker belongs to another merchant."""
        body = await _fields(request)
        self._codes.give_away(str(body.get("beacon_id", "")), str(body.get("owner", "")))
        return JSONResponse({"done": True})

    # ---------------------------------------------------------------- inside

    async def _answer(self, operation: str, request: Request, act: Act, *, needs_msn: bool = True) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}

        def answered(_: bytes, body: object) -> Answer:
            try:
                return act(self._desk.unit_of(headers, needs_msn=needs_msn), body)
            except _OWN_SHAPE:
                raise
            except Problem as problem:
                raise QrProblem(problem.status, problem.title, problem.detail, problem.fields) from None

        return await self._serve(operation, request, answered)

    def _seen_check_in(self, check_in: CheckIn) -> dict[str, object]:
        return {**check_in.payload(), "is_told": self._desk.webhooks.is_told(check_in.reference)}

    def _sticker(self, sticker: Sticker, wanted: str) -> dict[str, object]:
        return {
            "merchantSerialNumber": sticker.unit.msn,
            "merchantQrId": sticker.id,
            "locationDescription": sticker.location,
            "qrImageUrl": f"{self._desk.base_url}{_PICTURE_PATH}/{sticker.token}?{wanted}",
            "qrContent": sticker.content,
        }

    def _lead(self, lead: Lead, wanted: str) -> dict[str, object]:
        return {
            "id": lead.id,
            "url": self._link(lead, wanted),
            "redirectUrl": lead.target,
            "expiresIn": self._codes.left_s(lead),
        }

    def _link(self, lead: Lead, wanted: str) -> str:
        return lead.content if not wanted else f"{self._desk.base_url}{_PICTURE_PATH}/{lead.token}?{wanted}"


def _wanted_by_query(request: Request) -> str:
    """Return what a picture's address says of kind and size; raise a Problem. Names count in any case."""
    query = {name.lower(): value for name, value in request.query_params.items()}
    kind = query.get("qrimageformat", "SVG")
    if kind not in ("PNG", "SVG"):
        raise qr_problem(("QrImageFormat", "is not PNG or SVG"))
    return f"format={kind}&size={_checked_side(query.get('qrimagesize'), 'QrImageSize')}"


def _wanted_by_headers(request: Request) -> str:
    """Return what a picture's address says of kind and size, nothing for the bare content; raise a Problem."""
    kind = _ACCEPTED.get(request.headers.get("accept", "").strip().lower())
    if kind is None:
        raise QrProblem(415, "Unsupported Media Type", "Accept names no format that is supported.")
    side = _checked_side(request.headers.get("size"), "Size")
    return "" if kind == "CONTENT" else f"format={kind}&size={side}"


def _checked_side(text: str | None, name: str) -> int:
    if text is None:
        return SIDE_PX
    if not (text.isascii() and text.isdigit() and SIDE_LEAST_PX <= int(text[:9]) <= SIDE_MOST_PX):
        raise qr_problem((name, f"is not between {SIDE_LEAST_PX} and {SIDE_MOST_PX}"))
    return int(text)


def _side(text: str | None) -> int:
    try:
        return _checked_side(text, "size")
    except Problem:
        return SIDE_PX


async def _fields(request: Request) -> Mapping[str, object]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
