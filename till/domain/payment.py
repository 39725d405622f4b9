"""One wallet payment: its states, the facts it meets, the commands it gives, and `step`, which is total.

Facts are never refused: every state meets every fact. Amounts are believed, words are not: captured means that the
captured amount has been reached. Only the wallet ends a payment; in every open state an answer that does not end it
leads to exactly one further command, so it cannot hang.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import assert_never

from till.domain.faults import Fault, FaultCode
from till.domain.money import Money

#: The customer's time to act, from creation (ePayment, "Times and deadlines").
APPROVAL_TIME = timedelta(minutes=10)
#: After this a create of unknown outcome can no longer turn up: the approval time and a margin for a slow network.
SURELY_EXPIRED_AFTER = APPROVAL_TIME + timedelta(minutes=2)


class Flow(Enum):
    """How the till meets the customer."""

    PERSONAL_QR = "personal_qr"
    CUSTOMER_SCREEN = "customer_screen"
    PHONE_NUMBER = "phone_number"


class Operation(Enum):
    """What was asked of the wallet."""

    CREATE = "create"
    ASK = "ask"
    CAPTURE = "capture"
    CANCEL = "cancel"
    RELEASE = "release"


class Verdict(Enum):
    """The wallet's word for a payment's state; a word never seen before counts as still waiting."""

    CREATED = "created"
    AUTHORIZED = "authorized"
    ABORTED = "aborted"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    NOT_KNOWN = "not_known"


class Ending(Enum):
    """How a payment ended without money."""

    ABORTED = "aborted"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    REFUSED = "refused"
    NEVER_CREATED = "never_created"


@dataclass(frozen=True, slots=True)
class Terms:
    """What was journaled before the first byte left: the payment's name, its sale, and what it may take."""

    reference: str
    sale: int
    amount: Money
    flow: Flow
    msn: str
    requested_at: datetime


# ---------------------------------------------------------------------------------------------- states


@dataclass(frozen=True, slots=True)
class Requested:
    """The create is intended; whether it reached the wallet may be unknown."""

    may_exist: bool
    may_resend: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """The payment exists; the customer has not approved it."""


@dataclass(frozen=True, slots=True)
class Cancelling:
    """The cashier asked to cancel; the customer may still be faster."""

    may_exist: bool
    does_exist: bool


@dataclass(frozen=True, slots=True)
class Overtaken:
    """The customer approved although the cashier cancelled: a person chooses to complete or to release."""


@dataclass(frozen=True, slots=True)
class Capturing:
    """The customer approved; the capture is intended and not yet confirmed."""

    refusal: Fault | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """The captured amount has been reached."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Releasing:
    """The reserved money is to be given back; not yet confirmed."""


@dataclass(frozen=True, slots=True)
class Released:
    """The wallet confirmed that nothing is reserved any more."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The payment ended without money; the customer can no longer approve it."""

    ending: Ending
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """The wallet's figures do not fit the sale; nobody acts on it but a person. The till keeps reading."""

    fault: Fault


State = Requested | Waiting | Cancelling | Overtaken | Capturing | Captured | Releasing | Released | Ended | NeedsPerson
#: States that the wallet has ended for good.
FINAL = (Captured, Released, Ended)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment request for one sale.

    `last` is the newest report that was believed; `intended` names the operations whose intent is in the journal.
    """

    terms: Terms
    state: State
    last: "Reported | None" = None
    intended: tuple[Operation, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether the wallet has ended it."""
        return isinstance(self.state, FINAL)


# ---------------------------------------------------------------------------------------------- facts


@dataclass(frozen=True, slots=True)
class Created:
    """The wallet accepted the create."""

    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """A definite answer that says how the payment stands."""

    reference: str
    at: datetime
    verdict: Verdict
    amount: Money
    authorized: Money
    captured: Money
    cancelled: Money
    refunded: Money


@dataclass(frozen=True, slots=True)
class Missing:
    """The wallet does not know this reference."""

    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A definite no to one operation, final for its key."""

    reference: str
    at: datetime
    operation: Operation
    fault: Fault


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No definite answer; unless `is_sent` is False the operation may have happened."""

    reference: str
    at: datetime
    operation: Operation
    fault: Fault
    is_sent: bool


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """The cashier asked to cancel the payment."""

    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CompleteAsked:
    """The cashier chose to take the money that was approved in spite of a cancel."""

    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseAsked:
    """The cashier chose to give reserved money back."""

    reference: str
    at: datetime


PaymentFact = Created | Reported | Missing | Refused | Unanswered | CancelAsked | CompleteAsked | ReleaseAsked


# ---------------------------------------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class CreatePayment:
    """Ask the wallet to create it: always the same key and the same bytes."""

    reference: str


@dataclass(frozen=True, slots=True)
class AskPayment:
    """Read the payment, at the flow's pace; `is_urgent` when a person or a doubt is waiting for it."""

    reference: str
    flow: Flow
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class CapturePayment:
    """Take the approved amount."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CancelPayment:
    """Cancel it only if it is not approved yet (`cancelTransactionOnly`)."""

    reference: str


@dataclass(frozen=True, slots=True)
class ReleasePayment:
    """Give back all that is reserved."""

    reference: str


#: Which operation a command carries out, for those that need a journaled intent of their own.
INTENT_OF: dict[type, Operation] = {
    CapturePayment: Operation.CAPTURE,
    CancelPayment: Operation.CANCEL,
    ReleasePayment: Operation.RELEASE,
}


def key_of(reference: str, operation: Operation) -> str:
    """Return the idempotency key of an operation: one per purpose, the same for every retry (at most 50 characters)."""
    return f"{reference}-{operation.value}"


Command = CreatePayment | AskPayment | CapturePayment | CancelPayment | ReleasePayment


@dataclass(frozen=True, slots=True)
class Step:
    """Where a fact leads: the next payment and what is to be asked of the wallet."""

    payment: Payment
    commands: tuple[Command, ...] = ()


# ---------------------------------------------------------------------------------------------- step


def step(payment: Payment, fact: PaymentFact) -> Step:
    """Meet a fact. Total: every state meets every fact, and the same state object comes back if nothing changed."""
    if isinstance(fact, Reported):
        if _is_older(fact, payment.last):
            return Step(payment, _ask_again(payment))
        payment = _remember(payment, fact)
    match payment.state:
        case Requested() as state:
            return _requested(payment, state, fact)
        case Waiting():
            return _waiting(payment, fact)
        case Cancelling() as state:
            return _cancelling(payment, state, fact)
        case Overtaken():
            return _overtaken(payment, fact)
        case Capturing() as state:
            return _capturing(payment, state, fact)
        case Releasing():
            return _releasing(payment, fact)
        case NeedsPerson() as state:
            return _needs_person(payment, state, fact)
        case Captured() | Released() | Ended():
            return Step(payment)
        case _:
            assert_never(payment.state)


def resume(payment: Payment, *, has_body: bool) -> Step:
    """Take up an open payment after a restart: whatever was under way is unknown, so read it back first.

    `has_body` says whether the create can be repeated byte for byte; a body with a customer's number or code in it was
    not kept, so such a create is only read back until it has surely expired.
    """
    match payment.state:
        case Requested():
            payment = replace(payment, state=Requested(may_exist=True, may_resend=has_body))
        case Waiting() if payment.terms.flow is Flow.CUSTOMER_SCREEN and has_body:
            # The picture's link carries a token and was not kept: the same key gives it again.
            return Step(payment, (CreatePayment(payment.terms.reference),))
        case Cancelling() as state:
            payment = replace(payment, state=replace(state, may_exist=True))
        case _:
            pass
    return Step(payment, _ask_again(payment, is_urgent=True))


def _requested(payment: Payment, state: Requested, fact: PaymentFact) -> Step:
    match fact:
        case Created():
            return _go(payment, Waiting(), _ask(payment))
        case Reported(verdict=Verdict.CREATED) if (
            payment.terms.flow is Flow.CUSTOMER_SCREEN and state.may_resend and _fits(payment, fact)
        ):
            # It exists, but the code to show came with the lost answer: the same key gives it again.
            return _go(payment, replace(state, may_exist=True), _create(payment))
        case Reported():
            return _waiting(payment, fact)
        case Missing():
            return _missing(payment, fact, may_resend=state.may_resend)
        case Refused(fault=Fault(code=FaultCode.REFERENCE_TAKEN)):
            return _go(payment, replace(state, may_exist=True), _ask(payment, is_urgent=True))
        case Refused(operation=Operation.CREATE):
            return _create_refused(payment, fact, may_exist=state.may_exist)
        case Unanswered(operation=Operation.CREATE, is_sent=False) if not state.may_exist:
            return Step(payment, (_create(payment),))
        case Unanswered(operation=Operation.CREATE):
            return _go(payment, replace(state, may_exist=True), _ask(payment, is_urgent=True))
        case CancelAsked():
            # Whether the create under way arrives is not known yet: its answer, or a read, will tell.
            cancelling = Cancelling(may_exist=state.may_exist, does_exist=False)
            return _go(payment, cancelling, *((_ask(payment, is_urgent=True),) if state.may_exist else ()))
        case Unanswered() | Refused() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment),))
        case _:
            assert_never(fact)


def _waiting(payment: Payment, fact: PaymentFact) -> Step:
    match fact:
        case Reported(verdict=Verdict.AUTHORIZED):
            return _authorised(payment, fact)
        case Reported(verdict=Verdict.ABORTED | Verdict.EXPIRED | Verdict.TERMINATED):
            return _ended(payment, fact)
        case Reported():
            if not _fits(payment, fact):
                return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
            return _go(payment, Waiting(), _ask(payment))
        case Missing():
            return _missing(payment, fact, may_resend=False)
        case CancelAsked():
            return _go(payment, Cancelling(may_exist=True, does_exist=True), _cancel(payment))
        case Created() | Unanswered() | Refused() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment),))
        case _:
            assert_never(fact)


def _cancelling(payment: Payment, state: Cancelling, fact: PaymentFact) -> Step:
    match fact:
        case Reported(verdict=Verdict.AUTHORIZED):
            if _is_captured(payment, fact):
                return _go(payment, Captured(fact.at))
            if not _fits(payment, fact) or not _is_untouched(fact):
                return _authorised(payment, fact)
            return _go(payment, Overtaken(), _ask(payment))
        case Reported(verdict=Verdict.ABORTED | Verdict.EXPIRED | Verdict.TERMINATED):
            return _ended(payment, fact)
        case Reported() | Created():
            return _go(payment, Cancelling(may_exist=True, does_exist=True), _cancel(payment))
        case Missing():
            return _missing(payment, fact, may_resend=False)
        case Refused(operation=Operation.CREATE):
            return _create_refused(payment, fact, may_exist=state.may_exist)
        case Unanswered(operation=Operation.CREATE, is_sent=False) if not state.may_exist:
            return _go(payment, Ended(Ending.NEVER_CREATED, fact.fault))
        case Unanswered(operation=Operation.CREATE):
            return _go(payment, replace(state, may_exist=True), _ask(payment, is_urgent=True))
        case CancelAsked():
            return Step(payment, (_cancel(payment) if state.does_exist else _ask(payment, is_urgent=True),))
        case Unanswered() | Refused() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment, is_urgent=True),))
        case _:
            assert_never(fact)


def _overtaken(payment: Payment, fact: PaymentFact) -> Step:
    match fact:
        case CompleteAsked():
            return _go(payment, Capturing(), _capture(payment))
        case ReleaseAsked():
            return _go(payment, Releasing(), _release(payment))
        case Reported() if _is_captured(payment, fact):
            return _go(payment, Captured(fact.at))
        case Reported() if _is_released(fact):
            return _go(payment, Released())
        case Reported() if not _is_untouched(fact):
            return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
        case Reported() | Created() | Missing() | Refused() | Unanswered() | CancelAsked():
            return Step(payment, (_ask(payment),))
        case _:
            assert_never(fact)


def _capturing(payment: Payment, state: Capturing, fact: PaymentFact) -> Step:
    match fact:
        case Reported():
            if _is_captured(payment, fact):
                return _go(payment, Captured(fact.at))
            if state.refusal is not None:
                return _to_a_person(payment, state.refusal.code, state.refusal)
            if not _fits(payment, fact) or not _is_untouched(fact):
                return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
            return Step(payment, (_capture(payment),))
        case Refused(operation=Operation.CAPTURE, fault=fault):
            # What the wallet refuses it may already have carried out: read back before believing either.
            return _go(payment, Capturing(refusal=fault), _ask(payment, is_urgent=True))
        case Missing():
            return _to_a_person(payment, FaultCode.PAYMENT_MISSING)
        case Created() | Refused() | Unanswered() | CancelAsked() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment, is_urgent=True),))
        case _:
            assert_never(fact)


def _releasing(payment: Payment, fact: PaymentFact) -> Step:
    match fact:
        case Reported() if _is_captured(payment, fact):
            return _go(payment, Captured(fact.at))
        case Reported(verdict=Verdict.ABORTED | Verdict.EXPIRED | Verdict.TERMINATED):
            return _ended(payment, fact)
        case Reported() if _is_released(fact):
            return _go(payment, Released())
        case Reported():
            return Step(payment, (_release(payment),))
        case Refused(operation=Operation.RELEASE, fault=fault):
            return _to_a_person(payment, FaultCode.RELEASE_REFUSED, fault)
        case Missing():
            return _to_a_person(payment, FaultCode.PAYMENT_MISSING)
        case Created() | Refused() | Unanswered() | CancelAsked() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment, is_urgent=True),))
        case _:
            assert_never(fact)


def _needs_person(payment: Payment, state: NeedsPerson, fact: PaymentFact) -> Step:
    match fact:
        case ReleaseAsked():
            return _go(payment, Releasing(), _release(payment))
        case Reported() if state.fault.code is FaultCode.PAYMENT_MISSING:
            # The wallet knows it again: nothing else was wrong, so it goes on as if it had never been away.
            return _waiting(payment, fact)
        case Reported() if _is_captured(payment, fact):
            return _go(payment, Captured(fact.at))
        case Reported(verdict=Verdict.ABORTED | Verdict.EXPIRED | Verdict.TERMINATED) if not _holds_money(fact):
            return _ended(payment, fact)
        case Reported() if _is_released(fact):
            return _go(payment, Released())
        case Reported() | Created() | Missing() | Refused() | Unanswered() | CancelAsked() | CompleteAsked():
            return Step(payment, (_ask(payment),))
        case _:
            assert_never(fact)


# ---------------------------------------------------------------------------------------------- shared judgements


def _authorised(payment: Payment, fact: Reported) -> Step:
    if _is_captured(payment, fact):
        return _go(payment, Captured(fact.at))
    if _is_released(fact):
        return _go(payment, Released())
    if not _fits(payment, fact) or not _is_untouched(fact):
        return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
    return _go(payment, Capturing(), _capture(payment))


def _ended(payment: Payment, fact: Reported) -> Step:
    if _holds_money(fact):
        return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
    return _go(payment, Ended(Ending(fact.verdict.value)))


def _missing(payment: Payment, fact: Missing, *, may_resend: bool) -> Step:
    """Judge a 404: a create of unknown outcome may still arrive until its approval time has surely passed."""
    if isinstance(payment.state, Waiting) or (isinstance(payment.state, Cancelling) and payment.state.does_exist):
        return _to_a_person(payment, FaultCode.PAYMENT_MISSING)
    if may_resend:
        return Step(payment, (_create(payment),))
    if fact.at - payment.terms.requested_at >= SURELY_EXPIRED_AFTER:
        return _go(payment, Ended(Ending.NEVER_CREATED))
    return Step(payment, (_ask(payment),))


def _create_refused(payment: Payment, fact: Refused, *, may_exist: bool) -> Step:
    """A refused create ends the payment, unless the keys were refused while an earlier send is still unknown."""
    if may_exist and fact.fault.code in (FaultCode.KEYS_REFUSED, FaultCode.NOT_PERMITTED):
        return Step(payment, (_ask(payment),))
    return _go(payment, Ended(Ending.REFUSED, fact.fault))


def _fits(payment: Payment, fact: Reported) -> bool:
    """Whether currency and amounts are the sale's own."""
    if fact.amount != payment.terms.amount:
        return False
    return fact.verdict is not Verdict.AUTHORIZED or fact.authorized == payment.terms.amount


def _is_captured(payment: Payment, fact: Reported) -> bool:
    return (
        fact.amount == payment.terms.amount
        and fact.captured == payment.terms.amount
        and fact.authorized == payment.terms.amount
    )


def _is_untouched(fact: Reported) -> bool:
    """Whether all that was approved is still reserved: nothing captured, released or given back."""
    return not (fact.captured.minor or fact.cancelled.minor or fact.refunded.minor)


def _is_released(fact: Reported) -> bool:
    return fact.authorized.minor > 0 and fact.captured.minor == 0 and fact.cancelled == fact.authorized


def _holds_money(fact: Reported) -> bool:
    return fact.captured.minor > 0 or (fact.authorized.minor > 0 and fact.cancelled != fact.authorized)


def _is_older(fact: Reported, last: Reported | None) -> bool:
    """Whether a report was overtaken by a newer one: amounts never shrink."""
    if last is None or fact.amount.currency is not last.amount.currency:
        return False
    pairs = (
        (fact.authorized, last.authorized),
        (fact.captured, last.captured),
        (fact.cancelled, last.cancelled),
        (fact.refunded, last.refunded),
    )
    return any(now.minor < before.minor for now, before in pairs)


def _remember(payment: Payment, fact: Reported) -> Payment:
    """Keep the newest report, but the same object if it says nothing new: such an answer is not journaled."""
    last = payment.last
    if last is not None and replace(last, at=fact.at) == fact:
        return payment
    if last is None and fact.verdict in (Verdict.CREATED, Verdict.NOT_KNOWN) and _fits(payment, fact):
        return payment
    return replace(payment, last=fact)


def _go(payment: Payment, state: State, *commands: Command) -> Step:
    return Step(payment if state == payment.state else replace(payment, state=state), commands)


def _to_a_person(payment: Payment, code: FaultCode, cause: Fault | None = None) -> Step:
    fault = Fault(code, cause.trace_id, cause.wallet_code) if cause else Fault(code)
    return _go(payment, NeedsPerson(fault), _ask(payment))


def _ask_again(payment: Payment, *, is_urgent: bool = False) -> tuple[Command, ...]:
    return () if payment.is_final else (_ask(payment, is_urgent=is_urgent),)


def _ask(payment: Payment, *, is_urgent: bool = False) -> AskPayment:
    return AskPayment(payment.terms.reference, payment.terms.flow, is_urgent)


def _create(payment: Payment) -> CreatePayment:
    return CreatePayment(payment.terms.reference)


def _capture(payment: Payment) -> CapturePayment:
    return CapturePayment(payment.terms.reference, payment.terms.amount)


def _cancel(payment: Payment) -> CancelPayment:
    return CancelPayment(payment.terms.reference)


def _release(payment: Payment) -> ReleasePayment:
    return ReleasePayment(payment.terms.reference)
