"""The control API under `/_sandbox/`: plays the customer and the weather, for scripts and for the phone page."""

import asyncio
import json

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from till.sandbox import pictures
from till.sandbox.clock import timestamp
from till.sandbox.desk import Desk, PlantedFault
from till.sandbox.payments import Payment
from till.sandbox.units import Customer


def control_routes(desk: Desk) -> list[Route]:
    """Return the routes that scripts and the phone page use; none of them exists at the real service."""
    control = _Control(desk)
    return [
        Route("/_sandbox/payments", control.payments, methods=["GET"]),
        Route("/_sandbox/payments/{reference}/{act}", control.act, methods=["POST"]),
        Route("/_sandbox/customers", control.customers, methods=["GET"]),
        Route("/_sandbox/customers/{number}/code.svg", control.customer_code, methods=["GET"]),
        Route("/_sandbox/scan", control.scan, methods=["POST"]),
        Route("/_sandbox/clock", control.turn, methods=["POST"]),
        Route("/_sandbox/faults", control.plant, methods=["POST"]),
        Route("/_sandbox/faults", control.clear, methods=["DELETE"]),
        Route("/_sandbox/limits", control.limits, methods=["POST"]),
        Route("/_sandbox/auto-approve", control.auto_approve, methods=["POST"]),
        Route("/_sandbox/calls", control.calls, methods=["GET"]),
    ]


class _Control:
    """One method per control."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._auto_approve_s: float | None = None

    async def payments(self, _: Request) -> Response:
        """GET: every payment, newest first, with the customer who is asked."""
        return JSONResponse([self._seen(payment) for payment in reversed(self._desk.payments.all())])

    async def act(self, request: Request) -> Response:
        """POST approve, decline or expire: what the customer or time does to a payment."""
        payment = self._desk.payments.by_reference(request.path_params["reference"])
        acts = {
            "approve": self._desk.payments.approve,
            "decline": self._desk.payments.abort,
            "expire": self._desk.payments.expire,
        }
        act = acts.get(request.path_params["act"])
        if payment is None or act is None:
            return JSONResponse({"done": False}, 404)
        return JSONResponse({"done": act(payment)})

    async def customers(self, _: Request) -> Response:
        """GET: the test customers with number and personal code."""
        return JSONResponse([self._customer(customer) for customer in self._desk.customers])

    async def customer_code(self, request: Request) -> Response:
        """GET: a customer's personal code as a picture."""
        customer = self._by_number(request.path_params["number"])
        if customer is None:
            return Response(status_code=404)
        return Response(pictures.svg(customer.personal_qr), media_type="image/svg+xml")

    async def scan(self, request: Request) -> Response:
        """POST {content, number}: a customer's phone scans a shown code."""
        body = await _json(request)
        customer = self._by_number(str(body.get("number", "")))
        if customer is None:
            return JSONResponse({"reference": None}, 404)
        payment = self._desk.payments.scan(str(body.get("content", "")).strip(), customer)
        return JSONResponse({"reference": payment.reference if payment else None}, 200 if payment else 404)

    async def turn(self, request: Request) -> Response:
        """POST {seconds}: turn the clock forward."""
        body = await _json(request)
        self._desk.clock.turn(float(str(body.get("seconds", 0))))
        return JSONResponse({"now": timestamp(self._desk.clock.now_s(), digits=3)})

    async def plant(self, request: Request) -> Response:
        """POST {operation, kind, reference?, times?, after?, status?, seconds?, fields?}: plant a fault.

        Kinds: `status` (with `status`, and `fields` as headers), `html`, `drop`, `delay` (`seconds`), `cut` and `alter`
        (`fields` merged into the body); the last two only with `after`. Operation `*` is any.
        """
        body = await _json(request)
        fields = body.get("fields")
        self._desk.plant(
            PlantedFault(
                operation=str(body.get("operation", "*")),
                kind=str(body.get("kind", "status")),
                reference=str(body.get("reference", "")),
                times=int(str(body.get("times", 1))),
                after=body.get("after") is True,
                status=int(str(body.get("status", 500))),
                seconds=float(str(body.get("seconds", 0))),
                fields=fields if isinstance(fields, dict) else {},
            )
        )
        return JSONResponse({"planted": len(self._desk.planted)})

    async def clear(self, _: Request) -> Response:
        """DELETE: take all planted faults away."""
        self._desk.planted.clear()
        return JSONResponse({"planted": 0})

    async def limits(self, request: Request) -> Response:
        """POST {on}: switch the rate limits."""
        self._desk.is_limited = (await _json(request)).get("on") is True
        return JSONResponse({"on": self._desk.is_limited})

    async def auto_approve(self, request: Request) -> Response:
        """POST {reference, seconds}: approve a payment by itself after a while."""
        body = await _json(request)
        reference, seconds = str(body.get("reference", "")), float(str(body.get("seconds", 0)))

        async def later() -> None:
            await asyncio.sleep(seconds)
            payment = self._desk.payments.by_reference(reference)
            if payment is not None:
                self._desk.payments.approve(payment)

        return JSONResponse({"reference": reference}, background=BackgroundTask(later))

    async def calls(self, _: Request) -> Response:
        """GET: how many calls of each kind there were."""
        return JSONResponse(self._desk.calls)

    def _by_number(self, number: str) -> Customer | None:
        return next((one for one in self._desk.customers if one.phone_number == number), None)

    def _customer(self, customer: Customer) -> dict[str, object]:
        return {
            "name": customer.name,
            "market": customer.market,
            "phone_number": customer.phone_number,
            "personal_qr": customer.personal_qr,
        }

    def _seen(self, payment: Payment) -> dict[str, object]:
        receipt = payment.request.get("receipt")
        lines = receipt.get("orderLines", []) if isinstance(receipt, dict) else []
        is_code = payment.request["userFlow"] == "QR"
        return {
            "reference": payment.reference,
            "shop": payment.unit.name,
            "market": payment.unit.market,
            "description": payment.request.get("paymentDescription", ""),
            "currency": payment.currency,
            "amount": payment.amount,
            "state": payment.state,
            "authorized": payment.authorized,
            "captured": payment.captured,
            "cancelled": payment.cancelled,
            "refunded": payment.refunded,
            "flow": payment.request["userFlow"],
            "number": payment.customer.phone_number if payment.customer else None,
            "qr_content": payment.qr_content if is_code and payment.state == "CREATED" else None,
            "lines": [{"name": line["name"], "amount": line["totalAmount"]} for line in lines],
            "created": timestamp(payment.created_s, digits=3),
            "expires": timestamp(payment.expires_s, digits=3) if "expiresAt" in payment.request else None,
            "minimum_age": payment.request.get("minimumUserAge"),
        }


async def _json(request: Request) -> dict[str, object]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
