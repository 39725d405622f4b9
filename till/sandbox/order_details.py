"""The Order Management API 2.1: what the app shows of an order; a receipt and an image are written once.

The real one exists in production only.
"""

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from till.sandbox.desk import Answer, Desk
from till.sandbox.problems import Problem, validation_problem
from till.sandbox.shapes import check_receipt
from till.sandbox.units import SalesUnit

IMAGE_MOST_BYTES, IMAGE_LEAST_HEIGHT = 2 * 1024 * 1024, 167
#: The body of an image in base64, and the little that stands around it.
BODY_MOST_BYTES = IMAGE_MOST_BYTES * 4 // 3 + 4096
PAYMENT_TYPES = ("ECOM", "RECURRING")
CATEGORIES = ("GENERAL", "RECEIPT", "ORDER_CONFIRMATION", "DELIVERY", "TICKET", "BOOKING")
_NAME = re.compile(r"[0-9A-Za-z\-_.]+")
_URL = re.compile(r"https?://[!-~]+")
_CURRENCIES = ("NOK", "DKK", "EUR")
_Order = tuple[str, str, str]


@dataclass(frozen=True)
class OrderProblem(Problem):
    """A refusal as this API writes it: `invalidParams`, no status and no trace id."""

    def body(self, *, instance: str, trace_id: str) -> dict[str, object]:
        """Return the refusal's body; its instance is a trace."""
        del instance
        body: dict[str, object] = {
            "type": f"https://httpstatuses.io/{self.status}",
            "title": self.title,
            "detail": self.detail,
            "instance": trace_id,
        }
        if self.fields:
            body["invalidParams"] = [{"name": name, "reason": reason} for name, reason in self.fields]
        return body


def in_its_shape(problem: Problem) -> OrderProblem:
    """Return a refusal of another shape in this API's."""
    return OrderProblem(problem.status, problem.title, problem.detail, problem.fields)


class OrderDetails:
    """The API's operations; it does not look whether there is a payment of that reference."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._receipts: dict[_Order, object] = {}
        self._categories: dict[_Order, dict[str, object]] = {}
        self._images: dict[tuple[str, str], bytes] = {}

    def add_receipt(self, headers: Mapping[str, str], path: Mapping[str, str], body: object) -> Answer:
        """POST /order-management/v2/{paymentType}/receipts/{orderId}: once."""
        order = self._order(headers, path)
        try:
            check_receipt(body)
        except Problem as problem:
            raise in_its_shape(problem) from None
        assert isinstance(body, dict)
        if body["bottomLine"]["currency"] not in _CURRENCIES:
            raise _invalid("receipt.bottomLine.currency", "is not known")
        if self._receipt(order) is not None:
            raise OrderProblem(409, "Conflict", "This order has its receipt already.")
        self._receipts[order] = body
        return Answer(201, _id_of(order))

    def set_category(self, headers: Mapping[str, str], path: Mapping[str, str], body: object) -> Answer:
        """PUT /order-management/v2/{paymentType}/categories/{orderId}: the latest is shown."""
        order = self._order(headers, path)
        wanted = _object(body, frozenset({"category", "orderDetailsUrl", "imageId"}))
        if wanted.get("category") not in CATEGORIES:
            raise _invalid("category", "is not known")
        if not isinstance(wanted.get("orderDetailsUrl"), str) or not _URL.fullmatch(str(wanted["orderDetailsUrl"])):
            raise _invalid("orderDetailsUrl", "is not a link")
        image = wanted.get("imageId")
        if image is not None and (order[0], image) not in self._images:
            raise _invalid("imageId", "is not an image of this sales unit")
        self._categories[order] = wanted
        return Answer(200, _id_of(order))

    def read(self, headers: Mapping[str, str], path: Mapping[str, str]) -> Answer:
        """GET /order-management/v2/{paymentType}/{orderId}: what was added, on create or later."""
        order = self._order(headers, path)
        found = {"category": self._categories.get(order), "receipt": self._receipt(order)}
        if not any(found.values()):
            raise OrderProblem(404, "Not Found", "Nothing is known of this order.")
        return Answer(200, {name: part for name, part in found.items() if part is not None})

    def add_image(self, headers: Mapping[str, str], body: object) -> Answer:
        """POST /order-management/v1/images: PNG or JPEG, at least 167 high, at most 2 MB, never overwritten."""
        unit = self._unit(headers)
        wanted = _object(body, frozenset({"imageId", "src", "type"}))
        name = wanted.get("imageId")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > 128:
            raise _invalid("imageId", "does not match the pattern")
        if wanted.get("type") != "base64":
            raise _invalid("type", "is not base64")
        picture = _picture(wanted.get("src"))
        if (unit.msn, name) in self._images:
            raise OrderProblem(409, "Conflict", "There is an image of this name already.")
        self._images[unit.msn, name] = picture
        return Answer(200, {"imageId": name})

    def _order(self, headers: Mapping[str, str], path: Mapping[str, str]) -> _Order:
        unit = self._unit(headers)
        payment_type = path["paymentType"].upper()
        if payment_type not in PAYMENT_TYPES:
            raise _invalid("paymentType", "is not known")
        if not _NAME.fullmatch(path["orderId"]):
            raise _invalid("orderId", "does not match the pattern")
        return unit.msn, payment_type, path["orderId"]

    def _receipt(self, order: _Order) -> object:
        """Return an order's receipt: added here, or on create."""
        msn, payment_type, reference = order
        added = self._receipts.get(order)
        if added is not None or payment_type != "ECOM":
            return added
        found = (one for one in self._desk.payments.all() if (one.unit.msn, one.reference) == (msn, reference))
        payment = next(found, None)
        return None if payment is None else payment.request.get("receipt")

    def _unit(self, headers: Mapping[str, str]) -> SalesUnit:
        try:
            return self._desk.unit_of(headers)
        except Problem as problem:
            raise in_its_shape(problem) from None


def _picture(source: object) -> bytes:
    if not isinstance(source, str):
        raise _invalid("src", "is not text")
    try:
        picture = base64.b64decode(source, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("src", "is not base64") from None
    if len(picture) > IMAGE_MOST_BYTES:
        raise _invalid("src", "is larger than 2 MB")
    try:
        with Image.open(BytesIO(picture), formats=("PNG", "JPEG")) as image:
            height = image.height
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise _invalid("src", "is neither PNG nor JPEG") from None
    if height < IMAGE_LEAST_HEIGHT:
        raise _invalid("src", "is less than 167 high")
    return picture


def _object(body: object, allowed: frozenset[str]) -> dict[str, object]:
    if not isinstance(body, dict):
        raise _invalid("body", "is not an object")
    unknown = sorted(set(body) - allowed)
    if unknown:
        raise in_its_shape(validation_problem(*((str(key)[:60], "is not a known field") for key in unknown)))
    return body


def _invalid(name: str, reason: str) -> OrderProblem:
    return in_its_shape(validation_problem((name, reason)))


def _id_of(order: _Order) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(order)))
