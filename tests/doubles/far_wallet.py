"""A wallet at the far end of a bad network, for one payment: it lives by its own rules and never sees the till."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from till.domain.faults import Fault, FaultCode
from till.domain.money import Money
from till.domain.payment import (
    AskPayment,
    CancelPayment,
    CapturePayment,
    Command,
    Created,
    CreatePayment,
    Missing,
    Operation,
    PaymentFact,
    Refused,
    ReleasePayment,
    Reported,
    Terms,
    Verdict,
)

#: How long a request may wander about after the till gave up on it.
WANDERS_MOST = timedelta(seconds=110)
#: The customer's time to approve.
APPROVAL = timedelta(minutes=10)

OPERATIONS: dict[type[Command], Operation] = {
    CreatePayment: Operation.CREATE,
    AskPayment: Operation.ASK,
    CapturePayment: Operation.CAPTURE,
    CancelPayment: Operation.CANCEL,
    ReleasePayment: Operation.RELEASE,
}


@dataclass
class FarWallet:
    """The truth about one payment: amounts in minor units, and the requests that are still wandering about."""

    terms: Terms
    refuses_create: bool = False
    state: str = ""
    created_at: datetime | None = None
    authorized: int = 0
    captured: int = 0
    cancelled: int = 0
    captures: int = 0
    wandering: list[tuple[datetime, Command]] = field(default_factory=list)
    earlier: list[Reported] = field(default_factory=list)

    def pass_to(self, now: datetime) -> None:
        """Let time pass: what wandered too long is lost, who did not approve in time no longer can."""
        self.wandering = [(until, command) for until, command in self.wandering if until >= now]
        if self.state == "CREATED" and self.created_at is not None:
            end = self.terms.expires_at or self.created_at + APPROVAL
            if now >= end:
                self.state = "EXPIRED"

    def approve(self) -> None:
        """The customer approves, if that is still possible."""
        if self.state == "CREATED":
            self.state, self.authorized = "AUTHORIZED", self.terms.amount.minor

    def decline(self) -> None:
        """The customer declines, if that is still possible."""
        if self.state == "CREATED":
            self.state = "ABORTED"

    def lose(self, command: Command, now: datetime) -> None:
        """Keep a request on its way after the till has given up on it."""
        if not isinstance(command, AskPayment):
            self.wandering.append((now + WANDERS_MOST, command))

    def arrive(self, now: datetime) -> None:
        """Let the oldest wandering request arrive; nobody hears the answer."""
        if self.wandering:
            self.carry_out(self.wandering.pop(0)[1], now)

    def carry_out(self, command: Command, now: datetime) -> PaymentFact:
        """Carry out a request and answer it."""
        match command:
            case CreatePayment(reference=reference):
                if self.refuses_create:
                    return Refused(
                        reference, now, Operation.CREATE, Fault(FaultCode.SALES_UNIT_NOT_READY, wallet_code=5070)
                    )
                if not self.state:
                    self.state, self.created_at = "CREATED", now
                return Created(reference, now)
            case AskPayment(reference=reference):
                return self.report(now) if self.state else Missing(reference, now)
            case CapturePayment(amount=amount):
                is_carried_out = self._capture(amount.minor)
            case CancelPayment():
                is_carried_out = self._cancel(only_if_not_approved=True)
            case ReleasePayment():
                is_carried_out = self._cancel(only_if_not_approved=False)
        if is_carried_out:
            return self.report(now)
        return Refused(command.reference, now, OPERATIONS[type(command)], Fault(FaultCode.RELEASE_REFUSED))

    def report(self, now: datetime) -> Reported:
        """Say how the payment stands."""
        currency = self.terms.amount.currency
        report = Reported(
            self.terms.reference,
            now,
            Verdict(self.state.lower()),
            self.terms.amount,
            Money(self.authorized, currency),
            Money(self.captured, currency),
            Money(self.cancelled, currency),
            Money(0, currency),
        )
        self.earlier.append(report)
        return report

    def report_of_earlier(self, now: datetime) -> Reported | None:
        """Say how it stood once, as an answer does that was overtaken on its way."""
        return replace(self.earlier[0], at=now) if self.earlier else None

    @property
    def holds_money_for_nobody(self) -> bool:
        """Whether money is reserved that was neither taken nor given back."""
        return self.authorized > 0 and self.captured == 0 and self.cancelled < self.authorized

    def _capture(self, minor: int) -> bool:
        if self.state != "AUTHORIZED" or self.cancelled:
            return False
        if not self.captured:
            self.captured, self.captures = minor, self.captures + 1
        return True

    def _cancel(self, *, only_if_not_approved: bool) -> bool:
        if self.state in ("CREATED", "TERMINATED"):
            self.state = "TERMINATED"
            return True
        if self.state != "AUTHORIZED" or only_if_not_approved or self.captured:
            return False
        self.cancelled = self.authorized
        return True
