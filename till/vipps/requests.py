"""Requests of the ePayment API as values, and their exact bytes: the same request always gives the same body."""

import json
import re
from dataclasses import dataclass
from enum import Enum

from till.domain.money import WALLET_MINIMUM_MINOR, Money
from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest

REFERENCE = re.compile(r"[a-zA-Z0-9-]{8,64}")
_PHONE = re.compile(r"[0-9]{9,15}")
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]{1,8})?")
#: ePayment, create payment: `amount.value`.
AMOUNT_MOST_MINOR = 65_000_000


class UserFlow(Enum):
    """How the customer is met; a till uses these two."""

    PUSH_MESSAGE = "PUSH_MESSAGE"
    QR = "QR"


class QrFormat(Enum):
    """What the answer to a QR payment leads to."""

    PNG = "IMAGE/PNG"
    TEXT = "TEXT/TARGETURL"


class CustomerKey(Enum):
    """What names the customer; exactly one in a request."""

    PHONE_NUMBER = "phoneNumber"
    PERSONAL_QR = "personalQr"
    CUSTOMER_TOKEN = "customerToken"


@dataclass(frozen=True, slots=True)
class Customer:
    """The customer of a push: digits with country code, a whole personal QR, or a check-in's token."""

    key: CustomerKey
    value: Secret

    def __post_init__(self) -> None:
        text = self.value.reveal()
        if self.key is CustomerKey.PHONE_NUMBER and not _PHONE.fullmatch(text):
            raise InvalidRequest("customer.phoneNumber")
        if self.key is CustomerKey.PERSONAL_QR and not 5 <= len(text) <= 255:
            raise InvalidRequest("customer.personalQr")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of the receipt in the app; all amounts are minor units, after discount; the rate in basis points."""

    name: str
    id: str
    total_minor: int
    tax_minor: int
    tax_rate: int
    unit_price_minor: int
    quantity: str
    quantity_unit: str

    def fields(self) -> dict[str, object]:
        """Return the line as the API wants it."""
        return {
            "name": self.name,
            "id": self.id,
            "totalAmount": self.total_minor,
            "totalAmountExcludingTax": self.total_minor - self.tax_minor,
            "totalTaxAmount": self.tax_minor,
            "taxRate": self.tax_rate,
            "unitInfo": {
                "unitPrice": self.unit_price_minor,
                "quantity": self.quantity,
                "quantityUnit": self.quantity_unit,
            },
        }


@dataclass(frozen=True, slots=True)
class OrderLines:
    """The receipt in the customer's app; write-once, so it is sent exact or not at all."""

    lines: tuple[OrderLine, ...]
    pos_id: str
    receipt_number: str

    def adds_up_to(self, amount: Money) -> bool:
        """Whether every line and the sum are exact; the app shows no lines at all when they are not."""
        if not self.lines or any(line.total_minor < 0 or line.unit_price_minor < 0 for line in self.lines):
            return False
        if any(not _QUANTITY.fullmatch(line.quantity) or len(line.quantity) > 10 for line in self.lines):
            return False
        return sum(line.total_minor for line in self.lines) == amount.minor


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A payment to create; raise InvalidRequest where the published description forbids it."""

    reference: str
    amount: Money
    user_flow: UserFlow
    description: str
    customer: Customer | None = None
    qr_format: QrFormat | None = None
    qr_size: int = 640
    order_lines: OrderLines | None = None

    def __post_init__(self) -> None:
        if not REFERENCE.fullmatch(self.reference):
            raise InvalidRequest("reference")
        if not WALLET_MINIMUM_MINOR[self.amount.currency] <= self.amount.minor <= AMOUNT_MOST_MINOR:
            raise InvalidRequest("amount.value")
        if not 3 <= len(self.description) <= 100:
            raise InvalidRequest("paymentDescription")
        if (self.customer is None) == (self.user_flow is UserFlow.PUSH_MESSAGE):
            raise InvalidRequest("customer")
        if (self.qr_format is None) == (self.user_flow is UserFlow.QR):
            raise InvalidRequest("qrFormat")
        if not 100 <= self.qr_size <= 2000:
            raise InvalidRequest("qrFormat.size")
        if self.order_lines is not None and not self.order_lines.adds_up_to(self.amount):
            raise InvalidRequest("receipt")


def create_body(request: CreateRequest) -> bytes:
    """Return the exact bytes of a create."""
    body: dict[str, object] = {
        "amount": _money(request.amount),
        "customerInteraction": "CUSTOMER_PRESENT",
        "paymentDescription": request.description,
        "paymentMethod": {"type": "WALLET"},
        "reference": request.reference,
        "userFlow": request.user_flow.value,
    }
    if request.customer is not None:
        body["customer"] = {request.customer.key.value: request.customer.value.reveal()}
    if request.qr_format is not None:
        body["qrFormat"] = {"format": request.qr_format.value}
        if request.qr_format is QrFormat.PNG:
            body["qrFormat"] = {"format": request.qr_format.value, "size": request.qr_size}
    if request.order_lines is not None:
        body["receipt"] = {
            "orderLines": [line.fields() for line in request.order_lines.lines],
            "bottomLine": {
                "currency": request.amount.currency.value,
                "posId": request.order_lines.pos_id,
                "receiptNumber": request.order_lines.receipt_number,
            },
        }
    return to_bytes(body)


def modification_body(amount: Money) -> bytes:
    """Return the exact bytes of a capture or a refund."""
    return to_bytes({"modificationAmount": _money(amount)})


def cancel_body(*, only_if_not_approved: bool) -> bytes:
    """Return the exact bytes of a cancel."""
    return to_bytes({"cancelTransactionOnly": True} if only_if_not_approved else {})


def to_bytes(body: dict[str, object]) -> bytes:
    """Return canonical JSON: sorted, without spaces, UTF-8."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _money(amount: Money) -> dict[str, object]:
    return {"currency": amount.currency.value, "value": amount.minor}
