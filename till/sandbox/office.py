"""Routes of the APIs beside the payment: reports, sales units, order details, userinfo and the loyalty check-in."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from till.sandbox.desk import Answer, Desk
from till.sandbox.management import Management
from till.sandbox.order_details import BODY_MOST_BYTES, OrderDetails
from till.sandbox.people import People
from till.sandbox.reports import Reports

_Headers = Mapping[str, str]


class Serve(Protocol):
    """Answers one call, planted faults before and after it."""

    def __call__(
        self, operation: str, request: Request, act: Callable[[bytes, object], Answer], most_bytes: int = ...
    ) -> Awaitable[Response]:
        """Return the response to `request`."""


def office_routes(desk: Desk, serve: Serve) -> list[Route]:
    """Return the routes; planted faults name them by the words given here."""
    reports, management, orders, people = Reports(desk), Management(desk), OrderDetails(desk), People(desk)

    def route(
        method: str,
        path: str,
        operation: str,
        act: Callable[[_Headers, Request, object], Answer],
        most_bytes: int = 64 * 1024,
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            headers = {name.lower(): value for name, value in request.headers.items()}
            return await serve(operation, request, lambda _, body: act(headers, request, body), most_bytes)

        return Route(path, endpoint, methods=[method])

    async def set_active(request: Request) -> Response:
        """POST {active}: switch a sales unit off, or on again."""
        msn, body = request.path_params["msn"], json.loads(await request.body() or b"{}")
        (management.inactive.discard if body.get("active") is True else management.inactive.add)(msn)
        return JSONResponse({"active": msn not in management.inactive})

    async def set_page_size(request: Request) -> Response:
        """POST {size}: how many entries a page of a report has."""
        reports.page_size = int(json.loads(await request.body() or b"{}").get("size", reports.page_size))
        return JSONResponse({"size": reports.page_size})

    ledger, order = "/report/v2/ledgers/{ledgerId}/{topic}", "/order-management/v2/{paymentType}"
    return [
        route("GET", "/settlement/v1/ledgers", "ledgers", lambda h, r, _: reports.ledgers(h, r.query_params)),
        route(
            "GET",
            ledger + "/dates/{ledgerDate}",
            "report-day",
            lambda h, r, _: reports.day(h, r.path_params, r.query_params),
        ),
        route("GET", ledger + "/feed", "report-feed", lambda h, r, _: reports.feed(h, r.path_params, r.query_params)),
        route("GET", "/management/v1/sales-units", "sales-units", lambda h, _r, _b: management.sales_units(h)),
        route(
            "GET",
            "/management/v1/sales-units/{msn}",
            "sales-unit",
            lambda h, r, _: management.sales_unit(h, r.path_params["msn"]),
        ),
        route(
            "POST",
            "/order-management/v1/images",
            "order-image",
            lambda h, _, body: orders.add_image(h, body),
            BODY_MOST_BYTES,
        ),
        route(
            "POST",
            order + "/receipts/{orderId}",
            "order-receipt",
            lambda h, r, body: orders.add_receipt(h, r.path_params, body),
            256 * 1024,
        ),
        route(
            "PUT",
            order + "/categories/{orderId}",
            "order-category",
            lambda h, r, body: orders.set_category(h, r.path_params, body),
        ),
        route("GET", order + "/{orderId}", "order", lambda h, r, _: orders.read(h, r.path_params)),
        route(
            "GET",
            "/vipps-userinfo-api/userinfo/{sub}",
            "userinfo",
            lambda h, r, _: people.userinfo(h, r.path_params["sub"]),
        ),
        route("POST", "/point-of-sale/v1/loyalty-check-in", "check-in", lambda h, _, body: people.check_in(h, body)),
        Route("/_sandbox/sales-units/{msn}", set_active, methods=["POST"]),
        Route("/_sandbox/report-page-size", set_page_size, methods=["POST"]),
    ]
