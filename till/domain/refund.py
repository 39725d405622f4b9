"""One refund of a captured payment, in the same shape as the payment: states, facts, commands, a total `step`.

The wallet's aggregate decides: a refund is done when the refunded amount has grown by it. While the outcome is unknown no
other refund of the same payment may start.
"""

from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from till.domain.faults import Fault, FaultCode
from till.domain.money import Money


class RefundTerms(Struct, frozen=True):
    """What was journaled before the first byte left; `refunded_before` is what the wallet had given back by then."""

    reference: str
    number: int
    amount: Money
    captured: Money
    refunded_before: Money
    requested_at: datetime


class Refunding(Struct, frozen=True):
    """The refund is intended and not yet confirmed."""

    refusal: Fault | None = None


class RefundDone(Struct, frozen=True):
    """The refunded amount has grown by this refund."""

    at: datetime


class RefundRefused(Struct, frozen=True):
    """The wallet said no and gave nothing back."""

    fault: Fault


class RefundNeedsPerson(Struct, frozen=True):
    """The refunded amount fits neither done nor not done."""

    fault: Fault


RefundState = Refunding | RefundDone | RefundRefused | RefundNeedsPerson


class Refund(Struct, frozen=True):
    """One refund and how it stands."""

    terms: RefundTerms
    state: RefundState = Refunding()


class RefundReported(Struct, frozen=True):
    """A definite answer: what the wallet has given back of this payment in all."""

    reference: str
    at: datetime
    captured: Money
    refunded: Money


class RefundAnsweredNo(Struct, frozen=True):
    """A definite no, final for its key."""

    reference: str
    at: datetime
    fault: Fault


class RefundUnanswered(Struct, frozen=True):
    """No definite answer: the refund may have happened."""

    reference: str
    at: datetime
    fault: Fault


RefundFact = RefundReported | RefundAnsweredNo | RefundUnanswered


class SendRefund(Struct, frozen=True):
    """Give the amount back: always the same key and the same bytes."""

    reference: str
    number: int
    amount: Money


class AskRefund(Struct, frozen=True):
    """Read back what the wallet has refunded."""

    reference: str


RefundCommand = SendRefund | AskRefund


class RefundStep(Struct, frozen=True):
    """Where a fact leads: the next refund and what is to be asked of the wallet."""

    refund: Refund
    commands: tuple[RefundCommand, ...] = ()


def refundable(*, captured: Money, refunded: Money) -> Money:
    """Return what may still be given back of a payment."""
    return captured - refunded


def step(refund: Refund, fact: RefundFact) -> RefundStep:
    """Meet a fact. Total: a done or refused refund ignores what comes late."""
    match refund.state:
        case Refunding() as state:
            return _refunding(refund, state, fact)
        case RefundNeedsPerson():
            return RefundStep(refund, (AskRefund(refund.terms.reference),))
        case RefundDone() | RefundRefused():
            return RefundStep(refund)
        case _:
            assert_never(refund.state)


def resume(refund: Refund) -> RefundStep:
    """Take up an open refund after a restart: read back before anything is sent."""
    if isinstance(refund.state, RefundDone | RefundRefused):
        return RefundStep(refund)
    return RefundStep(refund, (AskRefund(refund.terms.reference),))


def _refunding(refund: Refund, state: Refunding, fact: RefundFact) -> RefundStep:
    terms = refund.terms
    match fact:
        case RefundReported():
            return _reported(refund, state, fact)
        case RefundAnsweredNo(fault=fault):
            return RefundStep(replace(refund, state=Refunding(fault)), (AskRefund(terms.reference),))
        case RefundUnanswered():
            return RefundStep(refund, (AskRefund(terms.reference),))
        case _:
            assert_never(fact)


def _reported(refund: Refund, state: Refunding, fact: RefundReported) -> RefundStep:
    terms = refund.terms
    if fact.refunded == terms.refunded_before + terms.amount:
        return RefundStep(replace(refund, state=RefundDone(fact.at)))
    if fact.refunded != terms.refunded_before:
        differs = RefundNeedsPerson(Fault(FaultCode.AMOUNT_DIFFERS))
        return RefundStep(replace(refund, state=differs), (AskRefund(terms.reference),))
    if state.refusal is not None:
        return RefundStep(replace(refund, state=RefundRefused(state.refusal)))
    return RefundStep(refund, (SendRefund(terms.reference, terms.number, terms.amount),))
