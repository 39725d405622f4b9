"""The Management API: the sales units that keys can reach, and what each may do. The real one exists in production only."""

from collections.abc import Mapping
from dataclasses import dataclass

from till.sandbox.desk import Answer, Desk
from till.sandbox.problems import Problem
from till.sandbox.reports import bank_account_of, owner_of
from till.sandbox.units import SalesUnit


@dataclass(frozen=True)
class ManagementProblem(Problem):
    """A refusal as this API writes it: details are key and value."""

    def body(self, *, instance: str, trace_id: str) -> dict[str, object]:
        """Return the refusal's body."""
        return {
            "type": f"https://httpstatuses.io/{self.status}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "extraDetails": [{"key": name, "value": reason} for name, reason in self.fields],
        }


class Management:
    """The API's operations; a sales unit can be switched off."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.inactive: set[str] = set()

    def sales_units(self, headers: Mapping[str, str]) -> Answer:
        """GET /management/v1/sales-units."""
        return Answer(200, [{"msn": unit.msn, "name": unit.name} for unit in self._reached(headers)])

    def sales_unit(self, headers: Mapping[str, str], msn: str) -> Answer:
        """GET /management/v1/sales-units/{msn}; 404 also means that it is not active."""
        unit = next((one for one in self._reached(headers) if one.msn == msn), None)
        if unit is None:
            raise ManagementProblem(404, "Not Found", "There is no active sales unit of this number for these keys.")
        return Answer(
            200,
            {
                "msn": unit.msn,
                "name": unit.name,
                "businessIdentifier": owner_of(unit),
                "settlementBankAccount": bank_account_of(unit),
                "configuration": {
                    "paymentAllowed": True,
                    "captureType": "ReserveCapture",
                    "skipLandingPageAllowed": unit.is_push_allowed,
                    "recurringAllowed": False,
                    "partialCaptureAllowed": unit.is_partial_capture_allowed,
                    "lateCaptureAllowed": False,
                    "landingPagePhoneNumberLocked": False,
                    "longLivingPaymentAllowed": unit.is_long_living_allowed,
                    "creditCardPaymentAllowed": True,
                },
            },
        )

    def _reached(self, headers: Mapping[str, str]) -> tuple[SalesUnit, ...]:
        """Return the active sales units of the business that the keys belong to, or those connected to the partner."""
        try:
            own, partner = self._desk.unit_of(headers, needs_msn=False), self._desk.partner_of(headers)
        except Problem as problem:
            raise ManagementProblem(problem.status, problem.title, problem.detail) from None
        units = self._desk.units if partner is None else self._desk.connected(partner)
        return tuple(
            unit
            for unit in units
            if (partner is not None or owner_of(unit) == owner_of(own)) and unit.msn not in self.inactive
        )
