"""The Management API v1: the sales units that the keys reach, and what each may do. It exists in production only.

`warnings_of` says what setting up a till should be warned of.
"""

import re
from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from till.domain.money import Currency
from till.vipps.calls import Calls
from till.vipps.errors import InvalidRequest, Silence, Unanswered
from till.vipps.replies import decode, decode_list

PATH = "/management/v1/sales-units"
_MSN = re.compile(r"[0-9]{3,10}")
_CURRENCIES = {"NO": Currency.NOK, "DK": Currency.DKK, "FI": Currency.EUR}


class SalesUnitName(Struct, frozen=True):
    """A sales unit as lists show it."""

    msn: str
    name: str


class SalesUnit(Struct, frozen=True):
    """What a sales unit may do; None is what the answer does not say, which is not a no."""

    msn: str
    name: str
    country: str
    may_take_payments: bool | None = None
    may_push: bool | None = None
    may_capture_in_part: bool | None = None
    may_live_long: bool | None = None
    capture_type: str | None = None


class Warned(Enum):
    """What does not fit between a sales unit and a till's settings."""

    NOT_ACTIVE = "not_active"
    NO_PAYMENTS = "no_payments"
    OTHER_CURRENCY = "other_currency"
    NO_PUSH = "no_push"
    NO_PARTIAL_CAPTURE = "no_partial_capture"
    CAPTURED_AT_ONCE = "captured_at_once"


class ManagementApi:
    """The API for one sales unit's keys; every method may raise InvalidRequest or a VippsError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def sales_units(self) -> tuple[SalesUnitName, ...]:
        """Return every sales unit that the keys reach."""
        return self._calls.call("GET", PATH, read=lambda reply: tuple(_name(item) for item in decode_list(reply)))

    def sales_unit(self, msn: str) -> SalesUnit:
        """Return one sales unit; NotFound also if it is not active."""
        if not _MSN.fullmatch(msn):
            raise InvalidRequest("msn")
        return self._calls.call("GET", f"{PATH}/{msn}", read=lambda reply: _unit(decode(reply), msn))


def warnings_of(unit: SalesUnit | None, *, currency: Currency, wants_push: bool) -> tuple[Warned, ...]:
    """Return what to warn of before a till sells for a sales unit; None is one that was not found."""
    if unit is None:
        return (Warned.NOT_ACTIVE,)
    found = {
        Warned.NO_PAYMENTS: unit.may_take_payments is False,
        Warned.OTHER_CURRENCY: _CURRENCIES.get(unit.country, currency) is not currency,
        Warned.NO_PUSH: wants_push and unit.may_push is False,
        Warned.NO_PARTIAL_CAPTURE: unit.may_capture_in_part is False,
        Warned.CAPTURED_AT_ONCE: unit.capture_type == "DirectCapture",
    }
    return tuple(warning for warning, is_so in found.items() if is_so)


def _name(item: object) -> SalesUnitName:
    if not isinstance(item, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    msn, name = item.get("msn"), item.get("name")
    if not isinstance(msn, str) or not _MSN.fullmatch(msn) or not isinstance(name, str):
        raise Unanswered(Silence.BAD_REPLY)
    return SalesUnitName(msn, name)


def _unit(fields: Mapping[str, object], msn: str) -> SalesUnit:
    named = _name(fields)
    business, configuration = fields.get("businessIdentifier"), fields.get("configuration") or {}
    if named.msn != msn or not isinstance(business, Mapping) or not isinstance(configuration, Mapping):
        raise Unanswered(Silence.BAD_REPLY)

    def flag(name: str) -> bool | None:
        value = configuration.get(name)
        return value if isinstance(value, bool) else None

    capture_type = configuration.get("captureType")
    return SalesUnit(
        msn=msn,
        name=named.name,
        country=_country(business.get("scheme")),
        may_take_payments=flag("paymentAllowed"),
        may_push=flag("skipLandingPageAllowed"),
        may_capture_in_part=flag("partialCaptureAllowed"),
        may_live_long=flag("longLivingPaymentAllowed"),
        capture_type=capture_type if isinstance(capture_type, str) else None,
    )


def _country(scheme: object) -> str:
    """Read the country out of `business:NO:ORG`."""
    parts = scheme.split(":") if isinstance(scheme, str) else []
    return parts[1] if len(parts) == 3 else ""
