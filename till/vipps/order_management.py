"""The Order Management API 2.1: what the app shows of a payment, added after its create and read back.

A receipt and an image are written once; a category is the newest (guide: "Order Management API"). The API does not look whether
the payment exists. It exists in production only.
"""

import base64
import re
from collections.abc import Mapping
from enum import Enum
from urllib.parse import quote

from msgspec import Struct

from till.domain.money import Money
from till.vipps.calls import Calls
from till.vipps.errors import InvalidRequest, Silence, Unanswered
from till.vipps.replies import decode, decode_text
from till.vipps.requests import OrderLines, to_bytes

BASE_PATH = "/order-management"
#: ePayment's payments are of this type (description, `PaymentType`).
PAYMENT_TYPE = "ECOM"
#: Image: `src`, PNG or JPEG.
IMAGE_MOST_BYTES, IMAGE_LEAST_HEIGHT_PX = 2 * 1024 * 1024, 167
_NAME = re.compile(r"[0-9A-Za-z\-_.]{1,128}")
_ORDER_ID = re.compile(r"[0-9A-Za-z\-_.]+")
_LINK = re.compile(r"https://[!-~]{1,2000}")
_CURRENCIES = ("NOK", "DKK", "EUR")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
#: Markers of JPEG that begin a frame and hold its height (ITU-T T.81, table B.1).
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


class CategoryKind(Enum):
    """What the button in the app leads to."""

    GENERAL = "GENERAL"
    RECEIPT = "RECEIPT"
    ORDER_CONFIRMATION = "ORDER_CONFIRMATION"
    DELIVERY = "DELIVERY"
    TICKET = "TICKET"
    BOOKING = "BOOKING"


class Category(Struct, frozen=True):
    """A button in the app with an image of this sales unit; raise InvalidRequest where the description forbids it."""

    kind: CategoryKind
    link: str
    image_id: str | None = None

    def __post_init__(self) -> None:
        if not _LINK.fullmatch(self.link):
            raise InvalidRequest("orderDetailsUrl")
        if self.image_id is not None and not _NAME.fullmatch(self.image_id):
            raise InvalidRequest("imageId")


class ShownLine(Struct, frozen=True):
    """One line as the app shows it; a return keeps its amounts positive."""

    name: str
    line_id: str
    total_minor: int
    tax_minor: int
    is_return: bool


class ShownReceipt(Struct, frozen=True):
    """The receipt that the app has."""

    currency: str
    lines: tuple[ShownLine, ...]
    pos_id: str
    receipt_number: str


class Order(Struct, frozen=True):
    """What was added to a payment; None is what was not, or is written in words never seen before."""

    category: Category | None
    receipt: ShownReceipt | None


class OrderManagementApi:
    """The API for one sales unit; every method may raise InvalidRequest or a VippsError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def read(self, reference: str) -> Order:
        """Return what a payment has; NotFound if nothing was added."""
        path = f"{BASE_PATH}/v2/{PAYMENT_TYPE}/{_path(reference)}"
        return self._calls.call("GET", path, read=lambda reply: _order(decode(reply)))

    def add_receipt(self, reference: str, lines: OrderLines, amount: Money) -> str:
        """Add order lines that add up exactly to a payment of `amount`, once; Conflict if it has some."""
        if not lines.adds_up_to(amount):
            raise InvalidRequest("receipt")
        if amount.currency.value not in _CURRENCIES:
            raise InvalidRequest("receipt.bottomLine.currency")
        body: dict[str, object] = {
            "orderLines": [line.fields() for line in lines.lines],
            "bottomLine": lines.bottom_line(amount.currency.value),
        }
        path = f"{BASE_PATH}/v2/{PAYMENT_TYPE}/receipts/{_path(reference)}"
        return self._calls.call("POST", path, body=to_bytes(body), success=201, read=decode_text)

    def set_category(self, reference: str, category: Category) -> str:
        """Put the button of a payment in place; only the newest is shown."""
        body: dict[str, object] = {"category": category.kind.value, "orderDetailsUrl": category.link}
        if category.image_id is not None:
            body["imageId"] = category.image_id
        path = f"{BASE_PATH}/v2/{PAYMENT_TYPE}/categories/{_path(reference)}"
        return self._calls.call("PUT", path, body=to_bytes(body), read=decode_text)

    def add_image(self, image_id: str, picture: bytes) -> None:
        """Add a PNG or JPEG under a name that is used once; it can be shown with many payments."""
        if not _NAME.fullmatch(image_id):
            raise InvalidRequest("imageId")
        height = height_of(picture)
        if len(picture) > IMAGE_MOST_BYTES or height is None or height < IMAGE_LEAST_HEIGHT_PX:
            raise InvalidRequest("src")
        body = to_bytes({"imageId": image_id, "src": base64.b64encode(picture).decode(), "type": "base64"})
        self._calls.call(
            "POST", f"{BASE_PATH}/v1/images", body=body, read=lambda reply: _named(decode(reply), image_id)
        )


def height_of(picture: bytes) -> int | None:
    """Return the height of a PNG or a JPEG in pixels; None if it is neither."""
    if picture.startswith(_PNG_MAGIC) and picture[12:16] == b"IHDR" and len(picture) >= 24:
        return int.from_bytes(picture[20:24])
    if not picture.startswith(b"\xff\xd8"):
        return None
    place = 2
    while place + 9 <= len(picture) and picture[place] == 0xFF:
        marker = picture[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in _FRAMES:
            return int.from_bytes(picture[place + 5 : place + 7])
        else:
            place += 2 + int.from_bytes(picture[place + 2 : place + 4])
    return None


def _path(reference: str) -> str:
    if not _ORDER_ID.fullmatch(reference):
        raise InvalidRequest("orderId")
    return quote(reference, safe="")


def _named(fields: Mapping[str, object], image_id: str) -> None:
    if fields.get("imageId") != image_id:
        raise Unanswered(Silence.BAD_REPLY)


def _order(fields: Mapping[str, object]) -> Order:
    category, receipt = fields.get("category"), fields.get("receipt")
    return Order(
        _category(category) if isinstance(category, Mapping) else None,
        _receipt(receipt) if isinstance(receipt, Mapping) else None,
    )


def _category(fields: Mapping[str, object]) -> Category | None:
    link, image_id = fields.get("orderDetailsUrl"), fields.get("imageId")
    if not isinstance(link, str) or not isinstance(image_id, str | None):
        raise Unanswered(Silence.BAD_REPLY)
    try:
        return Category(CategoryKind(fields.get("category")), link, image_id)
    except (ValueError, InvalidRequest):
        return None


def _receipt(fields: Mapping[str, object]) -> ShownReceipt:
    lines, bottom = fields.get("orderLines"), fields.get("bottomLine")
    if not isinstance(lines, list) or not isinstance(bottom, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    return ShownReceipt(
        currency=str(bottom.get("currency") or ""),
        lines=tuple(_line(line) for line in lines),
        pos_id=str(bottom.get("posId") or ""),
        receipt_number=str(bottom.get("receiptNumber") or ""),
    )


def _line(line: object) -> ShownLine:
    if not isinstance(line, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    name, line_id = line.get("name"), line.get("id")
    total_minor, tax_minor = line.get("totalAmount"), line.get("totalTaxAmount")
    if not isinstance(name, str) or not isinstance(line_id, str):
        raise Unanswered(Silence.BAD_REPLY)
    if type(total_minor) is not int or type(tax_minor) is not int:
        raise Unanswered(Silence.BAD_REPLY)
    return ShownLine(name, line_id, total_minor, tax_minor, is_return=line.get("isReturn") is True)
