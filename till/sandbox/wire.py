"""The service on the wire: Starlette routes over the desk, planted faults, pictures, and the phone page."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from till.sandbox import pictures
from till.sandbox.control import control_routes
from till.sandbox.desk import Answer, Desk, PlantedFault
from till.sandbox.office import office_routes
from till.sandbox.problems import GatewayProblem, Problem, validation_problem
from till.sandbox.qr_wire import qr_routes
from till.sandbox.webhook_wire import courier_of, webhook_routes

_BODY_MOST = 256 * 1024
_PAGE = Path(__file__).parent / "phone.html"


def make_app(desk: Desk) -> Starlette:
    """Return the whole simulated service as one application."""
    wire = _Wire(desk)
    payment = "/epayment/v1/payments/{reference}"
    return Starlette(
        routes=[
            Route("/accesstoken/get", wire.token, methods=["POST"]),
            Route("/epayment/v1/payments", wire.create, methods=["POST"]),
            Route(payment, wire.get, methods=["GET"]),
            Route(payment + "/events", wire.events, methods=["GET"]),
            Route(payment + "/{operation}", wire.modify, methods=["POST"]),
            Route("/epayment/v1/test/payments/{reference}/approve", wire.force_approve, methods=["POST"]),
            Route("/qr-image/v1", wire.picture, methods=["GET"]),
            Route("/", phone_page, methods=["GET"]),
            Route("/phone", phone_page, methods=["GET"]),
            *office_routes(desk, wire.serve),
            *webhook_routes(desk, wire.serve),
            *qr_routes(desk, wire.serve),
            *control_routes(desk),
        ],
        lifespan=courier_of(desk).running,
    )


def phone_page(_: Request) -> Response:
    """The web page that plays the customer's phone."""
    return Response(_PAGE.read_bytes(), media_type="text/html; charset=utf-8")


class _Wire:
    """Turns requests into calls of the desk, and its answers and refusals into responses."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def token(self, request: Request) -> Response:
        return await self.serve("token", request, lambda _raw, _body: self._desk.token(_headers(request)))

    async def create(self, request: Request) -> Response:
        return await self.serve("create", request, lambda raw, body: self._desk.create(_headers(request), raw, body))

    async def get(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        return await self.serve("get", request, lambda _raw, _body: self._desk.get(_headers(request), reference))

    async def events(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        return await self.serve("events", request, lambda _raw, _body: self._desk.events(_headers(request), reference))

    async def modify(self, request: Request) -> Response:
        reference, operation = request.path_params["reference"], request.path_params["operation"]
        if operation not in ("capture", "refund", "cancel"):
            return Response(status_code=404)
        return await self.serve(
            operation,
            request,
            lambda raw, body: self._desk.modify(operation, _headers(request), reference, raw, body),
        )

    async def force_approve(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        return await self.serve(
            "approve", request, lambda _raw, body: self._desk.force_approve(_headers(request), reference, body)
        )

    async def picture(self, request: Request) -> Response:
        """The QR's picture: no keys needed, gone once the payment has ended."""
        payment = self._desk.payments.by_picture(request.query_params.get("token", ""))
        if payment is None or payment.state != "CREATED":
            return Response(status_code=404)
        qr_format = payment.request.get("qrFormat")
        wanted = qr_format if isinstance(qr_format, dict) else {}
        if wanted.get("format") == "IMAGE/PNG":
            size = wanted.get("size")
            return Response(pictures.png(payment.qr_content, size or 1024), media_type="image/png")
        return Response(pictures.svg(payment.qr_content), media_type="image/svg+xml")

    async def serve(
        self, operation: str, request: Request, act: Callable[[bytes, object], Answer], most_bytes: int = _BODY_MOST
    ) -> Response:
        """Answer one call of the API, planted faults before and after; `operation` is what they name."""
        reference = str(request.path_params.get("reference", ""))
        raw = await _body(request, most_bytes)
        if operation == "create" and not reference:
            reference = _reference_in(raw)
        before = self._desk.strike(operation, reference, after=False)
        if before is not None and (planted := await _struck(before, None)) is not None:
            return planted
        response = self._answer(request, raw, act)
        after = self._desk.strike(operation, reference, after=True)
        if after is not None and (planted := await _struck(after, response)) is not None:
            return planted
        return response

    def _answer(self, request: Request, raw: bytes, act: Callable[[bytes, object], Answer]) -> Response:
        instance = request.url.path.removeprefix("/epayment").removeprefix("/webhooks")
        try:
            answer = act(raw, _parsed(raw))
        except Problem as problem:
            body = problem.body(instance=instance, trace_id=self._desk.ids.trace())
            return JSONResponse(body, problem.status, problem.headers, media_type="application/problem+json")
        except GatewayProblem as problem:
            return JSONResponse(problem.body(), problem.status)
        if answer.body is None:
            return Response(status_code=answer.status, headers=answer.headers)
        return JSONResponse(answer.body, answer.status, answer.headers)


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


async def _body(request: Request, most_bytes: int) -> bytes:
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > most_bytes:
            break
    return bytes(raw)


def _parsed(raw: bytes) -> object:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise validation_problem(("body", "is not JSON")) from None


def _reference_in(raw: bytes) -> str:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return ""
    return str(body.get("reference", "")) if isinstance(body, dict) else ""


async def _struck(fault: PlantedFault, response: Response | None) -> Response | None:
    """Return what a planted fault answers instead; None to go on as if nothing was."""
    match fault.kind:
        case "delay":
            await asyncio.sleep(fault.seconds)
            return None
        case "drop":
            return _Dropped()
        case "status":
            headers = {str(name): str(value) for name, value in fault.fields.items()}
            return Response(status_code=fault.status, headers=headers)
        case "html":
            return Response("<h1>Log in to the guest network</h1>", fault.status, media_type="text/html")
        case "cut" if response is not None:
            whole = bytes(response.body)
            headers = {"content-length": str(len(whole)), "content-type": "application/json"}
            return StreamingResponse(_first(whole[: len(whole) // 2]), response.status_code, headers)
        case "alter" if response is not None:
            body = _merged(json.loads(bytes(response.body)), dict(fault.fields))
            return JSONResponse(body, response.status_code)
    return None


def _merged(body: dict[str, object], changes: dict[str, object]) -> dict[str, object]:
    """Return a body with some fields changed, at any depth."""
    merged = dict(body)
    for name, value in changes.items():
        inner = merged.get(name)
        both = isinstance(inner, dict) and isinstance(value, dict)
        merged[name] = _merged(dict(inner), dict(value)) if both else value  # type: ignore[call-overload]
    return merged


async def _first(piece: bytes) -> AsyncIterator[bytes]:
    yield piece
    raise ConnectionResetError


class _Dropped(Response):
    """No answer at all: the connection just ends."""

    async def __call__(self, *_: object) -> None:
        raise ConnectionResetError
