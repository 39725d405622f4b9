"""Codes of the QR API, as the wallet keeps them: printed ones, old stickers, ones that lead to a page; and who scanned them.

Written from the QR API guide and its description; no network, no wall clock of its own.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from till.sandbox.clock import Ids, timestamp
from till.sandbox.problems import Problem
from till.sandbox.units import Customer, SalesUnit

LOCATION_MOST, ID_MOST = 36, 128
TTL_LEAST_S, TTL_MOST_S = 300, 2_147_483_647
#: How long a check-in's token is good, and a one-time code.
TOKEN_LIFE_S, ONE_TIME_S = 900.0, 600.0
_BEACON = re.compile(r"[0-9]{15}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REDIRECT_ID = re.compile(r"[-_+%æøåÆØÅ\w\s]*")
_REDIRECT_URL = re.compile(r"https://[\w.]+([\w#!:.?+=&%@\-/]+)?")
_LANDING_PAGE = re.compile(r"https://api(?:test)?\.vipps\.no/dwo-api-application/v1/deeplink/[!-~]*[?&]token=([!-~]+)")
#: Stickers that belong to another merchant from the start.
OTHERS_BEACONS = ("999999999999999", "99999999-9999-4999-8999-999999999999")
_SOMEBODY_ELSE = "somebody else"


@dataclass(frozen=True)
class QrProblem(Problem):
    """A refusal in the QR API's own shape."""

    def body(self, *, instance: str, trace_id: str) -> dict[str, object]:
        """Return the refusal as the API writes it; `instance` is a trace here, as in the published example."""
        params = [{"name": name, "reason": reason} for name, reason in self.fields]
        return {
            "type": f"https://httpstatuses.io/{self.status}",
            "title": self.title,
            "detail": self.detail,
            "instance": trace_id or instance,
            **({"invalidParams": params} if params else {}),
        }


@dataclass(frozen=True)
class QrConflict(Problem):
    """A 409, which says only whose place is taken."""

    def body(self, **_: str) -> dict[str, object]:
        """Return the id that is taken."""
        return {"id": self.detail}


@dataclass(frozen=True)
class ExchangeProblem(Problem):
    """A refusal of the two exchanges."""

    def body(self, **_: str) -> dict[str, object]:
        """Return the refusal as the API writes it."""
        details = [{"name": name, "reason": reason} for name, reason in self.fields]
        return {"title": self.title, "status": self.status, "detail": self.detail, "extraDetails": details}


@dataclass(slots=True)
class Sticker:
    """A printed code, or an old MobilePay sticker that was taken over."""

    unit: SalesUnit
    id: str
    location: str
    category: str = "IN_STORE"
    is_migrated: bool = False

    @property
    def token(self) -> str:
        """What stands in the picture's address; sales unit and id decide it for ever."""
        return _token("callback", self.unit.msn, self.id)

    @property
    def content(self) -> str:
        """What the code holds."""
        if self.is_migrated:
            return f"mobilepaypos://pos?id={self.id.lower()}&source=qr"
        return f"https://qr.vipps.no/mc/{self.token}"


@dataclass(slots=True)
class Lead:
    """A code that leads somewhere: to a page of the shop, or to one payment."""

    unit: SalesUnit
    id: str
    target: str
    ends_s: float | None
    token: str

    @property
    def content(self) -> str:
        """What the code holds."""
        return f"https://qr.vipps.no/mr/{self.token}"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A customer has scanned a printed code and waits."""

    token: str
    sticker_id: str
    unit: SalesUnit
    customer: Customer
    at_s: float

    @property
    def reference(self) -> str:
        """A name for this check-in alone that gives nothing of its token away."""
        return f"check-in-{hashlib.sha256(self.token.encode()).hexdigest()[:12]}"

    def payload(self) -> dict[str, object]:
        """Return the body of `user.checked-in.v1` (QR API, "Webhooks")."""
        return {
            "customerToken": self.token,
            "merchantQrId": self.sticker_id,
            "msn": self.unit.msn,
            "initiatedAt": timestamp(self.at_s, digits=7),
        }


class QrCodes:
    """All codes of all sales units, and all check-ins, oldest first."""

    def __init__(
        self,
        *,
        now_s: Callable[[], float],
        ids: Ids,
        customers: tuple[Customer, ...],
        tell: Callable[[CheckIn], None] = lambda _: None,
    ) -> None:
        self._tell = tell
        self._now_s = now_s
        self._ids = ids
        self._customers = customers
        self._stickers: dict[tuple[str, str], Sticker] = {}
        self._leads: dict[tuple[str, str], Lead] = {}
        self._one_time: dict[str, Lead] = {}
        self._beacons: dict[str, str] = dict.fromkeys(OTHERS_BEACONS, _SOMEBODY_ELSE)
        self.check_ins: list[CheckIn] = []

    # ---------------------------------------------------------------- printed codes

    def put_sticker(self, unit: SalesUnit, sticker_id: str, body: object) -> None:
        """Create a printed code, or change its place; raise a Problem."""
        fields = _object(body, {"locationDescription", "category"})
        category = fields.get("category", "IN_STORE")
        if category not in ("IN_STORE", "VENDING"):
            raise qr_problem(("category", "is not IN_STORE or VENDING"))
        self._stickers[unit.msn, sticker_id] = Sticker(unit, sticker_id, _location(fields), str(category))

    def migrate(self, unit: SalesUnit, beacon_id: str, body: object) -> None:
        """Take over an old sticker; raise a Problem, a 409 for one of somebody else."""
        if not _BEACON.fullmatch(beacon_id):
            raise qr_problem(("beaconId", "is not 15 digits or a GUID"))
        location = _location(_object(body, {"locationDescription"}))
        owner = self._beacons.setdefault(beacon_id.lower(), unit.msn)
        if owner != unit.msn:
            raise QrConflict(409, "Conflict", beacon_id)
        self._stickers[unit.msn, beacon_id] = Sticker(unit, beacon_id, location, is_migrated=True)

    def give_away(self, beacon_id: str, owner: str) -> None:
        """Let an old sticker belong to another merchant."""
        self._beacons[beacon_id.lower()] = owner or _SOMEBODY_ELSE

    def sticker(self, unit: SalesUnit, sticker_id: str) -> Sticker:
        """Return a printed code of this sales unit; raise a Problem."""
        found = self._stickers.get((unit.msn, sticker_id))
        if found is None or found.is_migrated:
            raise QrProblem(404, "Not Found", "There is no such code.")
        return found

    def stickers(self, unit: SalesUnit) -> tuple[Sticker, ...]:
        """Return the printed codes of this sales unit; an old sticker has no picture and is not among them."""
        return tuple(one for one in self._stickers.values() if one.unit is unit and not one.is_migrated)

    def delete_sticker(self, unit: SalesUnit, sticker_id: str) -> None:
        """Delete a printed code; raise a Problem."""
        self.sticker(unit, sticker_id)
        del self._stickers[unit.msn, sticker_id]

    # ---------------------------------------------------------------- codes that lead somewhere

    def create_lead(self, unit: SalesUnit, body: object) -> Lead:
        """Create a code that leads to a page; raise a Problem."""
        fields = _object(body, {"id", "redirectUrl", "ttl"})
        lead_id, ttl = fields.get("id"), fields.get("ttl")
        if not isinstance(lead_id, str) or not 1 <= len(lead_id) <= ID_MOST or not _REDIRECT_ID.fullmatch(lead_id):
            raise qr_problem(("Id", "must be 1 to 128 of the known signs"))
        if ttl is not None and (isinstance(ttl, bool) or not isinstance(ttl, int) or not _is_ttl(ttl)):
            raise qr_problem(("Ttl", f"must be between {TTL_LEAST_S} and {TTL_MOST_S}"))
        target = _target(fields)
        if self._live(unit, lead_id) is not None:
            raise QrConflict(409, "Conflict", lead_id)
        ends_s = None if ttl is None else self._now_s() + ttl
        made = Lead(unit, lead_id, target, ends_s, _token("redirect", unit.msn, lead_id))
        self._leads[unit.msn, lead_id] = made
        return made

    def lead(self, unit: SalesUnit, lead_id: str) -> Lead:
        """Return a code of this sales unit that leads to a page; raise a Problem."""
        found = self._live(unit, lead_id)
        if found is None:
            raise QrProblem(404, "Not Found", "There is no such code.")
        return found

    def leads(self, unit: SalesUnit) -> tuple[Lead, ...]:
        """Return the codes of this sales unit that lead to a page and have not ended."""
        return tuple(one for one in self._leads.values() if one.unit is unit and self._is_live(one))

    def change_lead(self, unit: SalesUnit, lead_id: str, body: object) -> Lead:
        """Let a code lead elsewhere; raise a Problem."""
        found = self.lead(unit, lead_id)
        found.target = _target(_object(body, {"redirectUrl"}))
        return found

    def delete_lead(self, unit: SalesUnit, lead_id: str) -> None:
        """Delete a code that leads to a page; raise a Problem."""
        self.lead(unit, lead_id)
        del self._leads[unit.msn, lead_id]

    def one_time(self, unit: SalesUnit, body: object) -> Lead:
        """Make a code for a payment that has a landing page; raise a Problem."""
        link = _object(body, {"url"}).get("url")
        found = _LANDING_PAGE.fullmatch(link.strip()) if isinstance(link, str) else None
        if found is None:
            raise QrProblem(400, "Validation error", "Supplied landing page token is not valid")
        if found.group(1) == "timed-out":
            raise QrProblem(400, "Order timeout", "Payment has already timed out")
        token = self._ids.token()
        self._one_time[token] = Lead(unit, token, found.group(0), self._now_s() + ONE_TIME_S, token)
        return self._one_time[token]

    def all_leads(self) -> tuple[Lead, ...]:
        """Return every code of every sales unit that leads to a page and has not ended."""
        return tuple(one for one in self._leads.values() if self._is_live(one))

    def opened(self, content: str) -> str | None:
        """Return where a telephone is led that scans this code; None if it leads nowhere any more."""
        return next((one.target for one in self.all_leads() if one.content == content), None)

    def left_s(self, lead: Lead) -> int:
        """Return how many seconds a code has left; -1 for ever."""
        return -1 if lead.ends_s is None else max(0, round(lead.ends_s - self._now_s()))

    def content(self, token: str) -> str | None:
        """Return what the code behind a picture's address holds; None once it is gone."""
        shown: list[Sticker | Lead] = [one for one in self._stickers.values() if not one.is_migrated]
        shown += [one for one in (*self._leads.values(), *self._one_time.values()) if self._is_live(one)]
        return next((one.content for one in shown if one.token == token), None)

    # ---------------------------------------------------------------- customers

    def all_stickers(self) -> tuple[Sticker, ...]:
        """Return every sticker of every sales unit that can be scanned."""
        return tuple(self._stickers.values())

    def scan(self, content: str, customer: Customer) -> CheckIn | None:
        """Check a customer in who has scanned a sticker; None if the app would say that it is not known."""
        found = next((one for one in self._stickers.values() if one.content == content), None)
        if found is None:
            return None
        token = base64.b64encode(self._ids.token(48).encode()).decode()
        check_in = CheckIn(token, found.id, found.unit, customer, self._now_s())
        self.check_ins.append(check_in)
        self._tell(check_in)
        return check_in

    def checked_in(self, unit: SalesUnit, token: str) -> CheckIn | None:
        """Return the check-in of a token, while it is good."""
        found = next((one for one in self.check_ins if one.token == token and one.unit is unit), None)
        return found if found is not None and self._now_s() - found.at_s < TOKEN_LIFE_S else None

    def customer_of(self, unit: SalesUnit, token: str) -> Customer | None:
        """Return whose token it is, while it is good."""
        found = self.checked_in(unit, token)
        return None if found is None else found.customer

    def exchange(self, body: object) -> dict[str, object]:
        """Return whose personal code it is; raise a Problem."""
        fields = _asked(body, "qrCode")
        code = fields.get("qrCode")
        owner = next((one for one in self._customers if one.personal_qr == code), None)
        if owner is None:
            raise exchange_problem("qrCode", "The complete data contained in the QR code is required.")
        if "/28/2/01/" in owner.personal_qr:
            return {"msisdn": owner.phone_number, "version": "1.0"}
        return {"msisdn": owner.phone_number, "version": "2.0", "timestamp": int(self._now_s())}

    def exchange_customer(self, unit: SalesUnit, body: object) -> dict[str, object]:
        """Return who checked in; raise a Problem."""
        fields = _asked(body, "customer")
        customer = fields.get("customer")
        if not isinstance(customer, dict) or set(customer) != {"customerToken"}:
            raise exchange_problem("customer", "Customer object is required.")
        if not fields.get("requestedData"):
            raise exchange_problem("requestedData", "Requested data is required.")
        check_in = self.checked_in(unit, str(customer["customerToken"]))
        if check_in is None:
            raise exchange_problem("customer.customerToken", "The token is not known, or too old.")
        return {"msisdn": check_in.customer.phone_number, "timestamp": int(check_in.at_s)}

    def _live(self, unit: SalesUnit, lead_id: str) -> Lead | None:
        found = self._leads.get((unit.msn, lead_id))
        return found if found is not None and self._is_live(found) else None

    def _is_live(self, lead: Lead) -> bool:
        return lead.ends_s is None or self._now_s() < lead.ends_s


def qr_problem(*fields: tuple[str, str]) -> QrProblem:
    """Return the refusal of a request that does not fit the description."""
    return QrProblem(400, "One or more validation errors occurred.", "BadRequest", fields)


def exchange_problem(name: str, reason: str) -> ExchangeProblem:
    """Return the refusal of an exchange."""
    detail = "The request body contains one or more invalid parameters."
    return ExchangeProblem(400, "Bad request", detail, ((name, reason),))


def _token(kind: str, msn: str, code_id: str) -> str:
    return hashlib.sha256(f"{kind}/{msn}/{code_id}".encode()).hexdigest()[:32]


def _is_ttl(ttl: int) -> bool:
    return TTL_LEAST_S <= ttl <= TTL_MOST_S


def _object(body: object, allowed: set[str]) -> Mapping[str, object]:
    if not isinstance(body, dict):
        raise qr_problem(("body", "is not an object"))
    unknown = sorted(set(body) - allowed)
    if unknown:
        raise qr_problem(*((str(name)[:60] or "body", "is not a known field") for name in unknown))
    return body


def _location(fields: Mapping[str, object]) -> str:
    location = fields.get("locationDescription")
    if not isinstance(location, str) or not location.strip():
        raise qr_problem(("LocationDescription", "The LocationDescription field is required."))
    if len(location) > LOCATION_MOST:
        raise qr_problem(("LocationDescription", f"must have a maximum length of {LOCATION_MOST}"))
    return location


def _target(fields: Mapping[str, object]) -> str:
    target = fields.get("redirectUrl")
    if not isinstance(target, str) or not _REDIRECT_URL.fullmatch(target):
        raise qr_problem(("RedirectUrl", "must match the regular expression for an address with https"))
    return target


def _asked(body: object, wanted: str) -> Mapping[str, object]:
    """Return the fields of an exchange; raise a Problem."""
    if not isinstance(body, dict) or not set(body) <= {wanted, "requestedData"}:
        raise exchange_problem(wanted, "Only the published fields are known.")
    asked = body.get("requestedData", ["MSISDN"])
    if not isinstance(asked, list) or any(one != "MSISDN" for one in asked):
        raise exchange_problem("requestedData", "Only MSISDN is supported.")
    return body
