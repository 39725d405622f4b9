"""The Webhooks API on the wire, and the control that shows what was delivered."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from till.sandbox.courier import Courier
from till.sandbox.desk import DELIVERY, Answer, Desk

Act = Callable[[bytes, object], Answer]
Serve = Callable[[str, Request, Act], Awaitable[Response]]


def webhook_routes(desk: Desk, serve: Serve) -> list[Route]:
    """Return the routes of the Webhooks API v1, and of its delivery log under `/_sandbox/`.

    A partner's registration for all sales units is made there too: nobody has a partner's keys in the test environment.
    """
    webhooks = desk.webhooks

    async def listed_or_registered(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if request.method == "GET":
            return await serve(
                "webhook-list", request, lambda _raw, _body: Answer(200, webhooks.listed(desk.unit_of(headers)))
            )
        return await serve(
            "webhook-register", request, lambda _raw, body: Answer(201, webhooks.register(desk.unit_of(headers), body))
        )

    async def deleted(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}

        def act(_raw: bytes, _body: object) -> Answer:
            webhooks.delete(desk.unit_of(headers), request.path_params["id"])
            return Answer(204, None)

        return await serve("webhook-delete", request, act)

    async def partners(request: Request) -> Response:
        return await serve("webhook-register", request, lambda _raw, body: Answer(201, webhooks.register(None, body)))

    async def deliveries(_: Request) -> Response:
        return JSONResponse(webhooks.log())

    return [
        Route("/webhooks/v1/webhooks", listed_or_registered, methods=["GET", "POST"]),
        Route("/webhooks/v1/webhooks/{id}", deleted, methods=["DELETE"]),
        Route("/_sandbox/partner-webhooks", partners, methods=["POST"]),
        Route("/_sandbox/deliveries", deliveries, methods=["GET"]),
    ]


def courier_of(desk: Desk) -> Courier:
    """Return the one who delivers this desk's webhooks.

    A fault planted at the operation `delivery` strikes one attempt: `drop` loses it on its way, `twice` brings it twice,
    `forged` signs it with another secret.
    """

    def strike(reference: str) -> str | None:
        fault = desk.strike(DELIVERY, reference, after=False)
        return fault.kind if fault is not None else None

    return Courier(desk.webhooks, now_s=desk.clock.now_s, let_time_pass=desk.payments.all, strike=strike)
