"""The model of ePayment: payments with their states, events and amounts; no network, no wall clock of its own."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from till.sandbox.clock import Ids, timestamp
from till.sandbox.problems import domain_problem
from till.sandbox.shapes import check_create, expires_at_s
from till.sandbox.units import CAPTURE_DAYS, Customer, SalesUnit

#: The customer's time to act, in seconds (ePayment, "Times and deadlines").
APPROVAL_S = 600.0
REFUND_S = 365 * 86_400.0
#: Amounts that never get approved, whatever the customer presses (test environment, "magic amounts").
DECLINED_AMOUNTS = frozenset({151, 182, 183, 184, 186, 187, 197})
HOUR_UNKNOWN_AMOUNT = 201
REFUND_USER_GONE, REFUND_TOO_OLD = 123, 124
#: Nobody younger may pay a business.
AGE_LEAST = 15


@dataclass(slots=True)
class Payment:
    """One payment, as the wallet keeps it; amounts in minor units."""

    unit: SalesUnit
    request: Mapping[str, object]
    reference: str
    amount: int
    created_s: float
    psp_reference: str
    picture_token: str
    customer: Customer | None
    state: str = "CREATED"
    authorized_s: float | None = None
    authorized: int = 0
    captured: int = 0
    cancelled: int = 0
    refunded: int = 0
    events: list[dict[str, object]] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """The sales unit's currency."""
        return self.unit.currency

    @property
    def expires_s(self) -> float:
        """When it can no longer be approved, in seconds since the epoch."""
        return expires_at_s(self.request) or self.created_s + APPROVAL_S

    @property
    def qr_content(self) -> str:
        """What the code on the screen holds; the payment's own."""
        return f"https://qr.vipps.no/s/{self.picture_token}"

    @property
    def subject(self) -> str | None:
        """What names the customer towards this sales unit, once something of theirs was consented to with the approval."""
        profile = self.request.get("profile")
        scope = str(profile.get("scope", "")) if isinstance(profile, dict) else ""
        if self.authorized_s is None or self.customer is None or not scope.split():
            return None
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.unit.msn}/{self.customer.phone_number}"))

    def money(self, minor: int) -> dict[str, object]:
        """Return an amount as the API writes it."""
        return {"currency": self.currency, "value": minor}

    def aggregate(self) -> dict[str, object]:
        """Return what was approved, taken, released and given back."""
        return {
            "authorizedAmount": self.money(self.authorized),
            "capturedAmount": self.money(self.captured),
            "cancelledAmount": self.money(self.cancelled),
            "refundedAmount": self.money(self.refunded),
        }


class Payments:
    """All payments of all sales units."""

    def __init__(
        self,
        *,
        now_s: Callable[[], float],
        ids: Ids,
        customers: tuple[Customer, ...],
        tell: Callable[[SalesUnit, Mapping[str, object]], None] = lambda _unit, _event: None,
        checked_in: Callable[[SalesUnit, str], Customer | None] = lambda _unit, _token: None,
    ) -> None:
        self._now_s = now_s
        self._tell = tell
        self._checked_in = checked_in
        self._ids = ids
        self._customers = customers
        self._by_name: dict[tuple[str, str], Payment] = {}

    # ---------------------------------------------------------------- what the shop does

    def create(self, unit: SalesUnit, body: object) -> Payment:
        """Create a payment; raise a Problem."""
        request = check_create(body, unit, self._now_s())
        reference = str(request["reference"])
        if (unit.msn, reference) in self._by_name:
            raise domain_problem(4150)
        amount = request["amount"]
        assert isinstance(amount, dict)
        payment = Payment(
            unit=unit,
            request=request,
            reference=reference,
            amount=int(amount["value"]),
            created_s=self._now_s(),
            psp_reference=self._ids.uuid(),
            picture_token=self._ids.token(),
            customer=self._customer_of(unit, request),
        )
        self._by_name[unit.msn, reference] = payment
        self._log(payment, "CREATED", payment.amount, psp_reference=payment.psp_reference, digits=7)
        return payment

    def get(self, unit: SalesUnit, reference: str) -> Payment:
        """Return a payment of this sales unit, its time run out if it has; raise a Problem."""
        payment = self._by_name.get((unit.msn, reference))
        if payment is None:
            raise domain_problem(5090)
        self._let_expire(payment)
        return payment

    def capture(self, unit: SalesUnit, reference: str, minor: int, key: str) -> Payment:
        """Take an approved amount; raise a Problem."""
        payment = self.get(unit, reference)
        left = payment.authorized - payment.captured - payment.cancelled
        if payment.state != "AUTHORIZED":
            raise domain_problem(6080 if payment.state == "CREATED" else 6200)
        if payment.cancelled:
            raise domain_problem(6070)
        if left == 0:
            raise domain_problem(6170)
        if minor > left or minor == 0:
            raise domain_problem(6090)
        if minor != payment.authorized and not unit.is_partial_capture_allowed:
            raise domain_problem(6140)
        assert payment.authorized_s is not None
        if self._now_s() - payment.authorized_s > CAPTURE_DAYS[unit.market] * 86_400:
            raise domain_problem(6100)
        payment.captured += minor
        self._log(payment, "CAPTURED", minor, key=key)
        return payment

    def cancel(self, unit: SalesUnit, reference: str, *, only_if_not_approved: bool, key: str | None) -> Payment:
        """Cancel, or release all of the rest; raise a Problem."""
        payment = self.get(unit, reference)
        if payment.state == "CREATED":
            if payment.amount == HOUR_UNKNOWN_AMOUNT:
                raise domain_problem(6250)
            payment.state, payment.cancelled = "TERMINATED", payment.amount
            self._log(payment, "TERMINATED", payment.amount, key=key)
            return payment
        if payment.state != "AUTHORIZED":
            raise domain_problem(6050)
        if only_if_not_approved:
            raise domain_problem(6060)
        rest = payment.authorized - payment.captured - payment.cancelled
        if rest == 0:
            raise domain_problem(6040 if payment.captured else 6050)
        payment.cancelled += rest
        self._log(payment, "CANCELLED", rest)
        return payment

    def refund(self, unit: SalesUnit, reference: str, minor: int, key: str) -> Payment:
        """Give captured money back; raise a Problem."""
        payment = self.get(unit, reference)
        if minor in (REFUND_USER_GONE, REFUND_TOO_OLD):
            raise domain_problem(6210 if minor == REFUND_USER_GONE else 6220)
        if payment.captured == 0:
            raise domain_problem(6020)
        if payment.refunded == payment.captured:
            raise domain_problem(6180)
        if minor > payment.captured - payment.refunded or minor == 0:
            raise domain_problem(6150)
        assert payment.authorized_s is not None
        if self._now_s() - payment.authorized_s > REFUND_S:
            raise domain_problem(6220)
        payment.refunded += minor
        self._log(payment, "REFUNDED", minor, key=key)
        return payment

    # ---------------------------------------------------------------- what the customer and time do

    def approve(self, payment: Payment) -> bool:
        """Approve as the customer; return whether the wallet took it. A declined card leaves it waiting."""
        self._let_expire(payment)
        if payment.state != "CREATED" or payment.amount in DECLINED_AMOUNTS:
            return False
        if payment.amount == HOUR_UNKNOWN_AMOUNT and self._now_s() - payment.created_s < 3600:
            return False
        payment.state, payment.authorized, payment.authorized_s = "AUTHORIZED", payment.amount, self._now_s()
        self._log(payment, "AUTHORIZED", payment.amount)
        return True

    def abort(self, payment: Payment) -> bool:
        """Decline as the customer; return whether it was still waiting."""
        return self._end(payment, "ABORTED")

    def expire(self, payment: Payment) -> bool:
        """Let the time run out now; return whether it was still waiting."""
        return self._end(payment, "EXPIRED")

    def all(self) -> tuple[Payment, ...]:
        """Return every payment, oldest first."""
        for payment in self._by_name.values():
            self._let_expire(payment)
        return tuple(self._by_name.values())

    def by_reference(self, reference: str) -> Payment | None:
        """Return the newest payment of that reference in any sales unit."""
        return next((payment for payment in reversed(self.all()) if payment.reference == reference), None)

    def by_picture(self, token: str) -> Payment | None:
        """Return the payment whose code holds this token."""
        return next((payment for payment in self.all() if payment.picture_token == token), None)

    def scan(self, content: str, customer: Customer) -> Payment | None:
        """Scan a shown code with a customer's phone; the first to scan it is the one who is asked."""
        payment = next((payment for payment in self.all() if payment.qr_content == content), None)
        if payment is None or payment.state != "CREATED" or _is_too_young(customer, payment.request):
            return None
        payment.customer = payment.customer or customer
        return payment

    def _end(self, payment: Payment, state: str) -> bool:
        if payment.state != "CREATED":
            return False
        payment.state = state
        self._log(payment, state, payment.amount)
        return True

    def _let_expire(self, payment: Payment) -> None:
        is_unknown = payment.amount == HOUR_UNKNOWN_AMOUNT
        end_s = payment.created_s + 3600 if is_unknown else payment.expires_s
        if payment.state == "CREATED" and self._now_s() >= end_s:
            self._end(payment, "EXPIRED")

    def _customer_of(self, unit: SalesUnit, request: Mapping[str, object]) -> Customer | None:
        """Return the customer a push names; raise a Problem for one who cannot be asked."""
        named = request.get("customer")
        if not isinstance(named, dict):
            return None
        ((name, content),) = named.items()
        matches = {"phoneNumber": "phone_number", "personalQr": "personal_qr"}
        if name == "customerToken":
            is_used = any(one.unit is unit and one.request.get("customer") == named for one in self._by_name.values())
            found = None if is_used else self._checked_in(unit, str(content))
        else:
            found = next((one for one in self._customers if getattr(one, matches[name]) == content), None)
        if found is None:
            raise domain_problem({"phoneNumber": 7010, "personalQr": 4060}.get(name, 4050))
        if _is_too_young(found, request):
            raise domain_problem(7010)
        return found

    def _log(
        self,
        payment: Payment,
        name: str,
        minor: int,
        *,
        key: str | None = None,
        psp_reference: str | None = None,
        digits: int = 3,
    ) -> None:
        event: dict[str, object] = {
            "reference": payment.reference,
            "pspReference": psp_reference or self._ids.digits(),
            "name": name,
            "amount": payment.money(minor),
            "timestamp": timestamp(self._now_s(), digits=digits),
            "success": True,
        }
        if key is not None:
            event["idempotencyKey"] = key
        payment.events.append(event)
        self._tell(payment.unit, event)


def _is_too_young(customer: Customer, request: Mapping[str, object]) -> bool:
    minimum = request.get("minimumUserAge")
    return customer.age < AGE_LEAST or (isinstance(minimum, int) and customer.age < minimum)
