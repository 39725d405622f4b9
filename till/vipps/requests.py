"""Requests of the ePayment API as values, and their exact bytes: the same request always gives the same body."""

import json
import re
from datetime import datetime
from enum import Enum
from fractions import Fraction

from msgspec import Struct

from till.domain.money import WALLET_MINIMUM_MINOR, Money
from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest

REFERENCE = re.compile(r"[a-zA-Z0-9-]{8,64}")
_PHONE = re.compile(r"[0-9]{9,15}")
_UNITS = frozenset({"PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"})
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]{1,8})?")
#: ePayment, create payment: `amount.value`.
AMOUNT_MOST_MINOR = 65_000_000
#: ... `metadata`: pairs, and characters of a key and of a value.
METADATA_MOST, METADATA_KEY_MOST, METADATA_VALUE_MOST = 5, 100, 500
RETURN_URL_MOST = 2500
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[!-~]+")


class UserFlow(Enum):
    """How the customer is met; a till uses the first two, and the third for a check-in where a push is not allowed."""

    PUSH_MESSAGE = "PUSH_MESSAGE"
    QR = "QR"
    WEB_REDIRECT = "WEB_REDIRECT"


class Interaction(Enum):
    """Whether the customer stands at the till."""

    PRESENT = "CUSTOMER_PRESENT"
    NOT_PRESENT = "CUSTOMER_NOT_PRESENT"


class QrFormat(Enum):
    """What the answer to a QR payment leads to."""

    PNG = "IMAGE/PNG"
    TEXT = "TEXT/TARGETURL"


class CustomerKey(Enum):
    """What names the customer; exactly one in a request."""

    PHONE_NUMBER = "phoneNumber"
    PERSONAL_QR = "personalQr"
    CUSTOMER_TOKEN = "customerToken"


class Scope(Enum):
    """What the customer may be asked to share with the approval; whoever declines does not pay."""

    NAME = "name"
    ADDRESS = "address"
    EMAIL = "email"
    PHONE_NUMBER = "phoneNumber"
    BIRTH_DATE = "birthDate"


class Customer(Struct, frozen=True):
    """The customer of a push: digits with country code, a whole personal QR, or a check-in's token."""

    key: CustomerKey
    value: Secret

    def __post_init__(self) -> None:
        text = self.value.reveal()
        if self.key is CustomerKey.PHONE_NUMBER and not _PHONE.fullmatch(text):
            raise InvalidRequest("customer.phoneNumber")
        if self.key is CustomerKey.PERSONAL_QR and not (5 <= len(text) <= 255 and text.isprintable()):
            raise InvalidRequest("customer.personalQr")
        if self.key is CustomerKey.CUSTOMER_TOKEN and not (text and text.isascii() and text.isprintable()):
            raise InvalidRequest("customer.customerToken")


class OrderLine(Struct, frozen=True):
    """One line of the receipt in the app: amounts in minor units, tax included, after discount; the rate in basis points.

    A return keeps its amounts positive and counts against the rest.
    """

    name: str
    id: str
    total_minor: int
    tax_minor: int
    tax_rate: int
    unit_price_minor: int
    quantity: str
    quantity_unit: str
    discount_minor: int = 0
    is_return: bool = False

    @property
    def counted_minor(self) -> int:
        """What the line adds to the sum."""
        return -self.total_minor if self.is_return else self.total_minor

    @property
    def is_exact(self) -> bool:
        """Whether quantity, price, discount, total and tax fit each other, the total rounded to a minor unit."""
        if not _QUANTITY.fullmatch(self.quantity) or len(self.quantity) > 10 or self.quantity_unit not in _UNITS:
            return False
        if min(self.total_minor, self.unit_price_minor, self.discount_minor) < 0:
            return False
        if not (0 <= self.tax_minor <= self.total_minor and 0 <= self.tax_rate <= 10_000):
            return False
        exact = Fraction(self.quantity) * self.unit_price_minor - self.discount_minor
        return abs(exact - self.total_minor) < 1

    def fields(self) -> dict[str, object]:
        """Return the line as the API wants it; what is as usual is left out."""
        unusual: dict[str, object] = {}
        if self.discount_minor:
            unusual["discount"] = self.discount_minor
        if self.is_return:
            unusual["isReturn"] = True
        return {
            **unusual,
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


class OrderLines(Struct, frozen=True):
    """The receipt in the customer's app; write-once, so it is sent exact or not at all."""

    lines: tuple[OrderLine, ...]
    pos_id: str
    receipt_number: str = ""
    tip_minor: int = 0
    paid_otherwise: "PaidOtherwise | None" = None

    def adds_up_to(self, amount: Money) -> bool:
        """Whether every line and the sum are exact; the app shows no lines at all when they are not."""
        if not self.lines or self.tip_minor < 0 or not all(line.is_exact for line in self.lines):
            return False
        otherwise_minor = 0 if self.paid_otherwise is None else self.paid_otherwise.total_minor
        counted_minor = sum(line.counted_minor for line in self.lines)
        return counted_minor - otherwise_minor + self.tip_minor == amount.minor

    def bottom_line(self, currency: str) -> dict[str, object]:
        """Return what stands under the lines; what is as usual is left out."""
        bottom: dict[str, object] = {
            "currency": currency,
            "posId": self.pos_id,
        }
        if self.receipt_number:
            bottom["receiptNumber"] = self.receipt_number
        if self.tip_minor:
            bottom["tipAmount"] = self.tip_minor
        if self.paid_otherwise is not None:
            bottom["paymentSources"] = self.paid_otherwise.fields()
        return bottom


class PaidOtherwise(Struct, frozen=True):
    """What of the sale was paid by other means, in minor units."""

    gift_card_minor: int = 0
    card_minor: int = 0
    voucher_minor: int = 0
    cash_minor: int = 0

    def __post_init__(self) -> None:
        if any(minor < 0 for minor in self.fields().values()):
            raise InvalidRequest("receipt.bottomLine.paymentSources")

    @property
    def total_minor(self) -> int:
        """All of it."""
        return sum(self.fields().values())

    def fields(self) -> dict[str, int]:
        """Return the sources that paid something, as the API names them."""
        sources = {
            "giftCard": self.gift_card_minor,
            "card": self.card_minor,
            "voucher": self.voucher_minor,
            "cash": self.cash_minor,
        }
        return {name: minor for name, minor in sources.items() if minor}


class CreateRequest(Struct, frozen=True):
    """A payment to create; raise InvalidRequest where the published description forbids it.

    `metadata` comes back with every read, so nothing of the customer's belongs there. `expires_at` is for payments that live
    longer than ten minutes and needs order lines and an approved sales unit; order lines are compulsory too where the
    customer is not present.
    """

    reference: str
    amount: Money
    user_flow: UserFlow
    description: str
    customer: Customer | None = None
    qr_format: QrFormat | None = None
    qr_size: int = 640
    order_lines: OrderLines | None = None
    interaction: Interaction = Interaction.PRESENT
    metadata: tuple[tuple[str, str], ...] = ()
    minimum_age: int | None = None
    expires_at: datetime | None = None
    return_url: str | None = None
    receipt_url: str | None = None
    scopes: tuple[Scope, ...] = ()

    def __post_init__(self) -> None:
        if not REFERENCE.fullmatch(self.reference):
            raise InvalidRequest("reference")
        if not WALLET_MINIMUM_MINOR[self.amount.currency] <= self.amount.minor <= AMOUNT_MOST_MINOR:
            raise InvalidRequest("amount.value")
        if not 3 <= len(self.description) <= 100:
            raise InvalidRequest("paymentDescription")
        if self.user_flow is not UserFlow.WEB_REDIRECT and (
            (self.customer is None) == (self.user_flow is UserFlow.PUSH_MESSAGE)
        ):
            raise InvalidRequest("customer")
        if (self.qr_format is None) == (self.user_flow is UserFlow.QR):
            raise InvalidRequest("qrFormat")
        if not 100 <= self.qr_size <= 2000:
            raise InvalidRequest("qrFormat.size")
        if self.order_lines is not None and not self.order_lines.adds_up_to(self.amount):
            raise InvalidRequest("receipt")
        self._check_rarer_fields()

    def _check_rarer_fields(self) -> None:
        if not _is_metadata(self.metadata):
            raise InvalidRequest("metadata")
        if self.minimum_age is not None and not 0 <= self.minimum_age <= 100:
            raise InvalidRequest("minimumUserAge")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise InvalidRequest("expiresAt")
        if self.order_lines is None and (self.expires_at is not None or self.interaction is Interaction.NOT_PRESENT):
            raise InvalidRequest("receipt")
        if self.receipt_url is not None and not _is_return_url(self.receipt_url):
            raise InvalidRequest("receiptUrl")
        if self.return_url is None:
            if self.user_flow is UserFlow.WEB_REDIRECT:
                raise InvalidRequest("returnUrl")
        elif not _is_return_url(self.return_url):
            raise InvalidRequest("returnUrl")


def _is_metadata(pairs: tuple[tuple[str, str], ...]) -> bool:
    if len(pairs) > METADATA_MOST or len({key for key, _ in pairs}) < len(pairs):
        return False
    return all(0 < len(key) <= METADATA_KEY_MOST and len(value) <= METADATA_VALUE_MOST for key, value in pairs)


def _is_return_url(url: str) -> bool:
    """Whether a customer may be sent there: https, or the scheme of an app."""
    return len(url) <= RETURN_URL_MOST and bool(_URL.fullmatch(url)) and not url.lower().startswith("http:")


def create_body(request: CreateRequest) -> bytes:
    """Return the exact bytes of a create."""
    body: dict[str, object] = {
        "amount": _money(request.amount),
        "customerInteraction": request.interaction.value,
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
            "bottomLine": request.order_lines.bottom_line(request.amount.currency.value),
        }
    return to_bytes({**body, **_rarer_fields(request)})


def _rarer_fields(request: CreateRequest) -> dict[str, object]:
    """Return the fields that most payments do without."""
    fields: dict[str, object] = {}
    if request.metadata:
        fields["metadata"] = dict(request.metadata)
    if request.minimum_age is not None:
        fields["minimumUserAge"] = request.minimum_age
    if request.expires_at is not None:
        fields["expiresAt"] = request.expires_at.isoformat(timespec="seconds")
    if request.return_url is not None:
        fields["returnUrl"] = request.return_url
    if request.receipt_url is not None:
        fields["receiptUrl"] = request.receipt_url
    if request.scopes:
        fields["profile"] = {"scope": " ".join(scope.value for scope in request.scopes)}
    return fields


def modification_body(amount: Money) -> bytes:
    """Return the exact bytes of a capture or a refund."""
    return to_bytes({"modificationAmount": _money(amount)})


def cancel_body(*, only_if_not_approved: bool) -> bytes:
    """Return the exact bytes of a cancel."""
    return to_bytes({"cancelTransactionOnly": True} if only_if_not_approved else {})


def to_bytes(body: dict[str, object]) -> bytes:
    """Return canonical JSON: sorted, without spaces, UTF-8; raise InvalidRequest for text that is none."""
    try:
        return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Not chained: that exception carries the whole body, and a customer's number may be in it.
        raise InvalidRequest("text") from None


def _money(amount: Money) -> dict[str, object]:
    return {"currency": amount.currency.value, "value": amount.minor}
