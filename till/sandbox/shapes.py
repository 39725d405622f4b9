"""What a create request must look like: every field of the published description, and nothing else."""

import re
from collections.abc import Mapping
from datetime import datetime

from till.sandbox.problems import domain_problem, validation_problem
from till.sandbox.units import SalesUnit

_FLOWS = ("PUSH_MESSAGE", "QR", "WEB_REDIRECT", "NATIVE_REDIRECT")
_MINIMUM = {"NOK": 100, "DKK": 1, "EUR": 1}
_CURRENCIES = ("NOK", "DKK", "EUR", "SEK", "USD", "GBP")
AMOUNT_MOST = 65_000_000
_SCOPES = frozenset({"name", "address", "email", "phoneNumber", "birthDate", "nin"})
_FIELDS = frozenset(
    [
        "amount",
        "customer",
        "customerInteraction",
        "industryData",
        "paymentMethod",
        "profile",
        "reference",
        "returnUrl",
        "userFlow",
        "expiresAt",
        "qrFormat",
        "paymentDescription",
        "receipt",
        "metadata",
        "minimumUserAge",
        "receiptUrl",
        "shipping",
        "merchantLegalLinks",
    ]
)
_LINE_FIELDS = frozenset(
    [
        "name",
        "id",
        "totalAmount",
        "totalAmountExcludingTax",
        "totalTaxAmount",
        "taxRate",
        "taxPercentage",
        "unitInfo",
        "discount",
        "productUrl",
        "isReturn",
        "isShipping",
    ]
)
_BOTTOM_FIELDS = frozenset(
    [
        "currency",
        "tipAmount",
        "posId",
        "receiptNumber",
        "paymentSources",
        "barcode",
        "totalAmount",
        "totalTax",
        "totalDiscount",
        "giftCardAmount",
        "shippingAmount",
        "shippingInfo",
        "terminalId",
    ]
)


def check_create(body: object, unit: SalesUnit, now_s: float) -> dict[str, object]:
    """Return the request if it fits; raise the Problem that the API would answer."""
    request = _object(body, "body", _FIELDS)
    for name in ("amount", "paymentMethod", "reference", "userFlow"):
        if name not in request:
            raise validation_problem((name, "is required"))
    _check_amount(request["amount"], unit)
    _check_method(request["paymentMethod"], unit)
    _text(request["reference"], "Reference", r"[a-zA-Z0-9-]{8,64}")
    if request["userFlow"] not in _FLOWS:
        raise validation_problem(("userFlow", "is not one of the known flows"))
    _check_flow(request, unit)
    _check_customer(request.get("customer"))
    if request.get("customerInteraction", "CUSTOMER_PRESENT") not in ("CUSTOMER_PRESENT", "CUSTOMER_NOT_PRESENT"):
        raise validation_problem(("customerInteraction", "is not known"))
    if "paymentDescription" in request:
        _text(request["paymentDescription"], "paymentDescription", r"(?s).{3,100}")
    _check_extras(request)
    if request.get("receipt") is not None:
        check_receipt(request["receipt"])
    _check_expiry(request, unit, now_s)
    return request


def check_modification(body: object, unit: SalesUnit) -> int:
    """Return the amount of a capture or refund in minor units; raise a Problem."""
    request = _object(body, "body", frozenset({"modificationAmount"}))
    if "modificationAmount" not in request:
        raise validation_problem(("modificationAmount", "is required"))
    return check_money(request["modificationAmount"], "modificationAmount", unit)


def check_cancel(body: object) -> bool:
    """Return whether only an unapproved payment is to be cancelled; raise a Problem."""
    request = _object(body, "body", frozenset({"cancelTransactionOnly"}))
    only = request.get("cancelTransactionOnly", False)
    if not isinstance(only, bool):
        raise validation_problem(("cancelTransactionOnly", "is not a boolean"))
    return only


def check_money(value: object, name: str, unit: SalesUnit) -> int:
    """Return an amount in minor units in the unit's currency; raise a Problem."""
    amount = _object(value, name, frozenset({"currency", "value"}))
    minor = amount.get("value")
    if isinstance(minor, bool) or not isinstance(minor, int):
        raise domain_problem(4040)
    if not 0 <= minor <= AMOUNT_MOST:
        raise validation_problem((f"{name}.value", "is out of range"))
    if amount.get("currency") not in _CURRENCIES:
        raise validation_problem((f"{name}.currency", "is not known"))
    if amount["currency"] != unit.currency:
        raise domain_problem(5040)
    return minor


def _check_amount(value: object, unit: SalesUnit) -> None:
    if check_money(value, "amount", unit) < _MINIMUM[unit.currency]:
        raise domain_problem(6010)


def _check_method(value: object, unit: SalesUnit) -> None:
    method = _object(value, "paymentMethod", frozenset({"type", "blockedSources"}))
    if method.get("type") not in ("WALLET", "CARD"):
        raise validation_problem(("paymentMethod.type", "is not known"))
    blocked = method.get("blockedSources")
    if blocked is not None:
        if not isinstance(blocked, list) or any(source != "COMMERCIAL_CARDS" for source in blocked):
            raise validation_problem(("paymentMethod.blockedSources", "is not known"))
        if blocked and unit.market not in ("DK", "FI"):
            raise domain_problem(5010)


def _check_flow(request: Mapping[str, object], unit: SalesUnit) -> None:
    flow = request["userFlow"]
    if flow == "PUSH_MESSAGE":
        if not request.get("customer"):
            raise domain_problem(4140)
        if not unit.is_push_allowed:
            raise domain_problem(5080)
    if flow == "WEB_REDIRECT" and not request.get("returnUrl"):
        raise domain_problem(4140)
    if request.get("returnUrl") is not None:
        _text(request["returnUrl"], "returnUrl", r"[a-zA-Z][a-zA-Z0-9+.-]*://.{1,2480}")
    if request.get("qrFormat") is not None:
        if flow != "QR":
            raise validation_problem(("qrFormat", "belongs to userFlow QR"))
        _check_qr_format(request["qrFormat"])


def _check_qr_format(value: object) -> None:
    qr_format = _object(value, "qrFormat", frozenset({"format", "size"}))
    if qr_format.get("format") not in ("IMAGE/SVG+XML", "IMAGE/PNG", "TEXT/TARGETURL"):
        raise validation_problem(("qrFormat.format", "is not known"))
    size = qr_format.get("size")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or not 100 <= size <= 2000):
        raise validation_problem(("qrFormat.size", "is not between 100 and 2000"))


def _check_customer(value: object) -> None:
    if value is None:
        return
    customer = _object(value, "customer", frozenset({"phoneNumber", "personalQr", "customerToken"}))
    if len(customer) != 1:
        raise validation_problem(("customer", "must have exactly one key"))
    ((name, content),) = customer.items()
    if not isinstance(content, str):
        raise validation_problem((f"customer.{name}", "is not text"))
    if name == "phoneNumber" and not re.fullmatch(r"[0-9]{9,15}", content):
        raise domain_problem(4070)
    if name == "personalQr" and not 5 <= len(content) <= 255:
        raise domain_problem(4060)


def _check_extras(request: Mapping[str, object]) -> None:
    age = request.get("minimumUserAge")
    if age is not None and (isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= 100):
        raise validation_problem(("minimumUserAge", "is not between 0 and 100"))
    metadata = request.get("metadata")
    if metadata is not None:
        if not isinstance(metadata, dict) or any(not isinstance(text, str) for text in metadata.values()):
            raise validation_problem(("metadata", "is not an object of texts"))
        if len(metadata) > 5:
            raise domain_problem(4100)
        if any(len(key) > 100 for key in metadata):
            raise domain_problem(4120)
        if any(len(text) > 500 for text in metadata.values()):
            raise domain_problem(4130)
    if request.get("receiptUrl") is not None:
        _text(request["receiptUrl"], "receiptUrl", r"[a-zA-Z][a-zA-Z0-9+.-]*://.+")
    if request.get("profile") is not None:
        profile = _object(request["profile"], "profile", frozenset({"scope"}))
        scope = profile.get("scope", "")
        if not isinstance(scope, str) or not set(scope.split()) <= _SCOPES:
            raise domain_problem(4080)
        if "nin" in scope.split():
            raise domain_problem(5030)
    if request.get("shipping") is not None:
        raise domain_problem(5020)


def _check_expiry(request: Mapping[str, object], unit: SalesUnit, now_s: float) -> None:
    expires_s = expires_at_s(request)
    if expires_s is None:
        return
    if not unit.is_long_living_allowed:
        raise domain_problem(5050)
    if expires_s - now_s <= 600:
        raise domain_problem(6120)
    if expires_s - now_s >= 60 * 86_400:
        raise domain_problem(6110)
    if request.get("receipt") is None:
        raise domain_problem(6130)


def expires_at_s(request: Mapping[str, object]) -> float | None:
    """Return when a long-living payment runs out, in seconds since the epoch; raise a Problem for what is no time of RFC 3339."""
    text = request.get("expiresAt")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise validation_problem(("expiresAt", "is not a time"))
    return moment.timestamp()


def check_receipt(value: object) -> None:
    """Check order lines and bottom line; raise a Problem. Sums are not checked by the API."""
    receipt = _object(value, "receipt", frozenset({"orderLines", "bottomLine"}))
    lines, bottom = receipt.get("orderLines"), receipt.get("bottomLine")
    if not isinstance(lines, list) or not lines:
        raise validation_problem(("receipt.orderLines", "needs at least one line"))
    for line in lines:
        _check_line(_object(line, "receipt.orderLines", _LINE_FIELDS))
    bottom_line = _object(bottom, "receipt.bottomLine", _BOTTOM_FIELDS)
    if bottom_line.get("currency") not in _CURRENCIES:
        raise validation_problem(("receipt.bottomLine.currency", "is not known"))
    for name in ("posId", "receiptNumber"):
        if bottom_line.get(name) is not None and not isinstance(bottom_line[name], str):
            raise validation_problem((f"receipt.bottomLine.{name}", "is not text"))


def _check_line(line: dict[str, object]) -> None:
    for name in ("name", "id"):
        if not isinstance(line.get(name), str):
            raise validation_problem((f"receipt.orderLines.{name}", "is required"))
    for name in ("totalAmount", "totalAmountExcludingTax", "totalTaxAmount"):
        _whole(line.get(name), f"receipt.orderLines.{name}", least=0, most=AMOUNT_MOST)
    rate, percentage = line.get("taxRate"), line.get("taxPercentage")
    if rate is None and percentage is None:
        raise validation_problem(("receipt.orderLines.taxRate", "is required"))
    if rate is not None:
        _whole(rate, "receipt.orderLines.taxRate", least=0, most=10_000)
    if percentage is not None:
        _whole(percentage, "receipt.orderLines.taxPercentage", least=0, most=100)
    if line.get("unitInfo") is not None:
        unit_info = _object(
            line["unitInfo"], "receipt.orderLines.unitInfo", frozenset({"unitPrice", "quantity", "quantityUnit"})
        )
        _whole(unit_info.get("unitPrice"), "receipt.orderLines.unitInfo.unitPrice", least=0, most=AMOUNT_MOST)
        quantity = unit_info.get("quantity")
        _text(quantity, "receipt.orderLines.unitInfo.quantity", r"\d+(\.\d{1,8})?")
        if len(str(quantity)) > 10:
            raise validation_problem(("receipt.orderLines.unitInfo.quantity", "is too long"))
        if unit_info.get("quantityUnit", "PCS") not in ("PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"):
            raise validation_problem(("receipt.orderLines.unitInfo.quantityUnit", "is not known"))


def _object(value: object, name: str, allowed: frozenset[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise validation_problem((name, "is not an object"))
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise validation_problem(*((str(key)[:60], "is not a known field") for key in unknown))
    return value


def _text(value: object, name: str, pattern: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise validation_problem((name, "does not match the pattern"))


def _whole(value: object, name: str, *, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise validation_problem((name, "is not a whole number in range"))
