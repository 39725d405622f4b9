"""What is known of a customer after consent (Userinfo API 2.0.3), and the loyalty check-in (Check-in API 1.0.2)."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from till.sandbox.desk import Answer, Desk
from till.sandbox.order_details import OrderProblem, in_its_shape
from till.sandbox.payments import Payment
from till.sandbox.problems import Problem, validation_problem
from till.sandbox.units import Customer, SalesUnit

#: What was consented to can be read for so long (Userinfo, guide).
CONSENT_S = 168 * 3600.0
EXPIRED = "[Expired]"
_NORWEGIAN = re.compile(r"47[0-9]{8}")


@dataclass(frozen=True)
class UserinfoProblem(Problem):
    """A refusal as this API writes it: the status is text."""

    def body(self, *, instance: str, trace_id: str) -> dict[str, object]:
        """Return the refusal's body; its instance is a trace."""
        del instance
        return {
            "type": f"https://httpstatuses.io/{self.status}",
            "title": self.title,
            "status": str(self.status),
            "detail": self.detail,
            "instance": trace_id,
        }


class People:
    """The operations of both APIs, and the check-ins that were made."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.check_ins: list[tuple[str, str, bool]] = []

    def userinfo(self, headers: Mapping[str, str], subject: str) -> Answer:
        """GET /vipps-userinfo-api/userinfo/{sub}."""
        try:
            unit = self._desk.unit_of(headers, needs_msn=False)
        except Problem as problem:
            raise UserinfoProblem(problem.status, problem.title, problem.detail) from None
        consents = [
            payment
            for payment in self._desk.payments.all()
            if payment.unit.msn == unit.msn and payment.subject == subject
        ]
        if not consents:
            raise UserinfoProblem(404, "Not Found", "Nobody of this name has consented.")
        newest = max(consents, key=lambda payment: payment.authorized_s or 0.0)
        return Answer(200, self._told(newest, subject))

    def check_in(self, headers: Mapping[str, str], body: object) -> Answer:
        """POST /point-of-sale/v1/loyalty-check-in."""
        try:
            unit = self._desk.unit_of(headers, needs_msn=False)
            number, is_member = _check_in(body)
        except Problem as problem:
            raise in_its_shape(problem) from None
        if self._known(unit, number) is None:
            raise OrderProblem(400, "Bad Request", "See invalidParams.", (("phoneNumber", "is not a user's"),))
        self.check_ins.append((unit.msn, number, is_member))
        return Answer(200, {"id": self._desk.ids.uuid()})

    def _told(self, payment: Payment, subject: str) -> dict[str, object]:
        customer, profile = payment.customer, payment.request["profile"]
        assert customer is not None
        assert isinstance(profile, dict)
        assert payment.authorized_s is not None
        scopes = str(profile["scope"]).split()
        is_expired = self._desk.clock.now_s() - payment.authorized_s > CONSENT_S
        told: dict[str, object] = {"sub": subject, "sid": str(uuid.UUID(int=0))}
        for scope in scopes:
            for name, value in _parts(customer, scope).items():
                told[name] = EXPIRED if is_expired and isinstance(value, str) else value
        return told

    def _known(self, unit: SalesUnit, number: str) -> Customer | None:
        return next((one for one in self._desk.customers if one.phone_number == number and unit.market == "NO"), None)


def _parts(customer: Customer, scope: str) -> dict[str, object]:
    """Return what one scope tells; everything about the customer is made up."""
    match scope:
        case "name":
            return {"name": f"{customer.name} Sandbox", "given_name": customer.name, "family_name": "Sandbox"}
        case "phoneNumber":
            return {"phone_number": customer.phone_number, "phone_number_verified": True}
        case "email":
            return {"email": f"{customer.name.lower()}@sandbox.example", "email_verified": True}
        case "birthDate":
            return {"birthdate": "1990-01-01"}
        case "address":
            return {
                "address": {
                    "address_type": "home",
                    "country": customer.market,
                    "default": True,
                    "formatted": "Sandkassen 1\n0001 Sandbox",
                    "postal_code": "0001",
                    "region": "Sandbox",
                    "street_address": "Sandkassen 1",
                },
                "other_addresses": [],
            }
        case _:
            return {}


def _check_in(body: object) -> tuple[str, bool]:
    if not isinstance(body, dict) or set(body) != {"phoneNumber", "isMember"}:
        raise validation_problem(("body", "is phoneNumber and isMember"))
    number, is_member = body["phoneNumber"], body["isMember"]
    if not isinstance(number, str) or not _NORWEGIAN.fullmatch(number):
        raise validation_problem(("phoneNumber", "does not match the pattern"))
    if not isinstance(is_member, bool):
        raise validation_problem(("isMember", "is not a boolean"))
    return number, is_member
