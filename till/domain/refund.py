"""One refund of a captured payment, in the same shape as the payment: states, the same facts, commands, a total `step`.

The wallet's aggregate decides: a refund is done when the refunded amount has grown by it. While the outcome is unknown no
other refund of the same payment may start.
"""

import hashlib
from datetime import datetime, timedelta
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from till.domain.faults import Fault, FaultCode
from till.domain.money import Money
from till.domain.payment import AskPayment, Flow, Missing, Operation, Pace, PaymentFact, Refused, Reported, Unanswered
from till.domain.payment_step import TRIED_MOST

#: How long after the sale a refund may be asked for (ePayment, "Times and deadlines").
REFUNDABLE_FOR = timedelta(days=365)


class PaidSale(Struct, frozen=True):
    """A paid sale as the journal knows it: what was captured, under which reference, and for which sales unit.

    `receipt_number` is 0 where the money does not pay for the sale, which has no receipt. What another till was paid is known
    from the wallet alone: then `store` names whose it is, and it has no numbers here.
    """

    reference: str
    sale: int
    receipt_number: int
    amount: Money
    at: datetime
    msn: str
    store: str = ""


class RefundTerms(Struct, frozen=True):
    """What was journaled before the first byte left; `refunded_before` is what the wallet had given back by then.

    `by` names this till where another was paid: their counts of refunds know nothing of each other.
    """

    reference: str
    number: int
    amount: Money
    refunded_before: Money
    requested_at: datetime
    paid: PaidSale
    by: str = ""


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
    """The refunded amount fits neither done nor not done, or there was no answer for a day. The till keeps reading."""

    fault: Fault


RefundState = Refunding | RefundDone | RefundRefused | RefundNeedsPerson


class Refund(Struct, frozen=True):
    """One refund and how it stands."""

    terms: RefundTerms
    state: RefundState = Refunding()

    @property
    def refunded_least(self) -> int:
        """How many minor units of the payment are known to have been given back by now."""
        own = self.terms.amount.minor if isinstance(self.state, RefundDone) else 0
        return self.terms.refunded_before.minor + own

    @property
    def is_final(self) -> bool:
        """Whether the wallet has ended it."""
        return isinstance(self.state, RefundDone | RefundRefused)


class SendRefund(Struct, frozen=True):
    """Give the amount back: always the same key and the same bytes."""

    reference: str
    amount: Money


RefundCommand = SendRefund | AskPayment


class RefundStep(Struct, frozen=True):
    """Where a fact leads: the next refund and what is to be asked of the wallet."""

    refund: Refund
    commands: tuple[RefundCommand, ...] = ()


def refund_key(terms: RefundTerms) -> str:
    """Return the idempotency key of a payment's n-th refund, the same for every retry.

    For what another till was paid it is made of all that sets this refund apart: its reference may be too long for a key, and
    the other till may be at its own n-th refund.
    """
    if not terms.by:
        return f"{terms.reference}-{Operation.REFUND.value}-{terms.number}"
    mark = f"{terms.reference} {terms.number} {terms.by} {terms.requested_at.isoformat()}"
    return f"{Operation.REFUND.value}-{hashlib.sha256(mark.encode()).hexdigest()[:32]}"


def step(refund: Refund, fact: PaymentFact) -> RefundStep:
    """Meet a fact. Total: a done or refused refund ignores what comes late."""
    match refund.state:
        case Refunding() as state:
            return _refunding(refund, state, fact)
        case RefundNeedsPerson():
            return _needs_person(refund, fact)
        case RefundDone() | RefundRefused():
            return RefundStep(refund)
        case _:
            assert_never(refund.state)


def resume(refund: Refund) -> RefundStep:
    """Take up an open refund after a restart: read back before anything is sent."""
    return RefundStep(refund) if refund.is_final else RefundStep(refund, (_ask(refund, Pace.URGENT),))


def _refunding(refund: Refund, state: Refunding, fact: PaymentFact) -> RefundStep:
    match fact:
        case Reported():
            return _reported(refund, state, fact)
        case Refused(operation=Operation.REFUND, fault=Fault(code=FaultCode.REFERENCE_TAKEN) as fault):
            # The key is taken: an earlier send may be on its way yet, so nobody but a person sends another.
            return _to_a_person(refund, fault)
        case Refused(operation=Operation.REFUND, fault=fault) if fault.wallet_code is not None:
            # What the wallet refuses it may already have carried out: read back before believing either.
            return RefundStep(replace(refund, state=Refunding(fault)), (_ask(refund, Pace.URGENT),))
        case Unanswered(operation=Operation.REFUND, trying_for=trying_for, fault=fault) if trying_for >= TRIED_MOST:
            return _to_a_person(refund, fault)
        case Missing():
            return RefundStep(refund, (_ask(refund),))
        case _:
            return RefundStep(refund, (_ask(refund, Pace.URGENT),))


def _reported(refund: Refund, state: Refunding, fact: Reported) -> RefundStep:
    terms = refund.terms
    if fact.amount != terms.paid.amount or fact.refunded.minor < terms.refunded_before.minor:
        return RefundStep(refund, (_ask(refund),))
    if fact.refunded == terms.refunded_before + terms.amount:
        return RefundStep(replace(refund, state=RefundDone(fact.at)))
    if fact.refunded != terms.refunded_before:
        return _to_a_person(refund, Fault(FaultCode.AMOUNT_DIFFERS))
    if state.refusal is not None:
        return RefundStep(replace(refund, state=RefundRefused(state.refusal)))
    return RefundStep(refund, (SendRefund(terms.reference, terms.amount),))


def _needs_person(refund: Refund, fact: PaymentFact) -> RefundStep:
    terms = refund.terms
    match fact:
        case Reported(amount=terms.paid.amount, refunded=refunded) if refunded == terms.refunded_before + terms.amount:
            return RefundStep(replace(refund, state=RefundDone(fact.at)))
        case _:
            return RefundStep(refund, (_ask(refund, Pace.PATIENT),))


def _to_a_person(refund: Refund, fault: Fault) -> RefundStep:
    return RefundStep(replace(refund, state=RefundNeedsPerson(fault)), (_ask(refund, Pace.PATIENT),))


def _ask(refund: Refund, pace: Pace = Pace.FLOW) -> AskPayment:
    return AskPayment(refund.terms.reference, Flow.PHONE_NUMBER, pace)
