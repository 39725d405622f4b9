"""Where each fact leads a payment: `step`, which is total, and `resume` after a restart.

Facts are never refused: every state meets every fact. Amounts are believed, words are not: captured means that the
captured amount has been reached. Only the wallet ends a payment; in every open state an answer that does not end it
leads to one further command, so it cannot hang; only a create that is repeated for its code has a read beside it.

Deadlines count by a clock that never jumps, which the facts bring along; the wall clock only labels.
"""

from datetime import timedelta
from typing import assert_never

from msgspec.structs import replace

from till.domain.faults import Fault, FaultCode
from till.domain.payment import (
    APPROVAL_TIME,
    AskPayment,
    CancelAsked,
    Cancelling,
    CancelPayment,
    Captured,
    CapturePayment,
    Capturing,
    Command,
    CompleteAsked,
    Created,
    CreatePayment,
    Ended,
    Ending,
    Flow,
    Missing,
    NeedsPerson,
    Operation,
    Overtaken,
    Pace,
    Payment,
    PaymentFact,
    Refused,
    ReleaseAsked,
    Released,
    ReleasePayment,
    Releasing,
    Reported,
    Requested,
    Reserved,
    State,
    Step,
    Unanswered,
    Verdict,
    Waiting,
)

#: So long after the last create that left, one of unknown outcome can no longer be approved: the approval time and a margin.
SURELY_EXPIRED_AFTER = APPROVAL_TIME + timedelta(minutes=2)
#: An operation is repeated for so long; how long the wallet remembers a key is not promised.
TRIED_MOST = timedelta(hours=24)
#: What the wallet said no to for good: the same key would only bring the same answer.
_NO_FOR_GOOD = (FaultCode.CAPTURE_REFUSED, FaultCode.CAPTURE_TOO_LATE)


def step(payment: Payment, fact: PaymentFact) -> Step:
    """Meet a fact. Total: every state meets every fact, and the same state object comes back if nothing changed."""
    if isinstance(fact, Reported):
        if _is_older(fact, payment.last):
            return Step(payment, _ask_again(payment))
        payment = _remember(payment, fact)
    match payment.state:
        case Requested() as state:
            return _requested(payment, state, fact)
        case Waiting() as state:
            return _waiting(payment, state, fact)
        case Cancelling() as state:
            return _cancelling(payment, state, fact)
        case Overtaken() | Reserved():
            return _held(payment, fact)
        case Capturing() as state:
            return _capturing(payment, state, fact)
        case Releasing():
            return _releasing(payment, fact)
        case NeedsPerson() as state:
            return _needs_person(payment, state, fact)
        case Ended():
            return _ended_after_all(payment, fact)
        case Captured() | Released():
            return Step(payment)
        case _:
            assert_never(payment.state)


def resume(payment: Payment) -> Step:
    """Take up an open payment after a restart: whatever was under way is unknown, so read it back first.

    A create is repeated only byte for byte; a body with a customer's number or code in it was not kept, so such a create
    is only read back until it has surely expired.
    """
    match payment.state:
        case Requested():
            payment = replace(payment, state=Requested(may_exist=True, may_resend=payment.keeps_body))
        case Waiting() if payment.terms.flow is Flow.CUSTOMER_SCREEN and payment.keeps_body:
            payment = replace(payment, state=Waiting(lacks_code=True))
        case Cancelling(does_exist=False) as state:
            payment = replace(payment, state=replace(state, may_exist=True))
        case _:
            pass
    return Step(payment, _ask_again(payment, Pace.URGENT))


def may_complete(payment: Payment) -> bool:
    """Whether a person may have the approved money taken: the newest answer that fits says that all of it is reserved."""
    match payment.state:
        case Overtaken() | Reserved():
            return True
        case NeedsPerson(fault=fault) if fault.code not in _NO_FOR_GOOD:
            last = payment.last
            return last is not None and last.verdict is Verdict.AUTHORIZED and _is_untouched(last)
        case _:
            return False


def _requested(payment: Payment, state: Requested, fact: PaymentFact) -> Step:
    match fact:
        case Created():
            return _go(payment, Waiting(), _ask(payment))
        case Reported(verdict=Verdict.CREATED) if (
            payment.terms.flow is Flow.CUSTOMER_SCREEN and state.may_resend and _fits(payment, fact)
        ):
            # It exists, but the code to show came with the lost answer: the same key gives it again.
            return _ask_for_code(payment)
        case Reported():
            return _waiting(payment, Waiting(), fact)
        case Missing():
            return _missing(payment, fact, may_resend=state.may_resend)
        case Refused(operation=Operation.CREATE):
            return _create_refused(payment, state, fact)
        case Unanswered(operation=Operation.CREATE, is_sent=False) if not state.may_exist:
            return Step(payment, (_create(payment),))
        case Unanswered(operation=Operation.CREATE):
            return _go(payment, replace(state, may_exist=True), _ask(payment, Pace.URGENT))
        case CancelAsked():
            # Whether the create under way arrives is not known yet: its answer, or a read, will tell.
            cancelling = Cancelling(may_exist=state.may_exist, does_exist=False)
            return _go(payment, cancelling, *((_ask(payment, Pace.URGENT),) if state.may_exist else ()))
        case Unanswered() | Refused() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment),))
        case _:
            assert_never(fact)


def _waiting(payment: Payment, state: Waiting, fact: PaymentFact) -> Step:
    match fact:
        case Reported(verdict=Verdict.AUTHORIZED):
            return _authorised(payment, fact)
        case Reported(verdict=Verdict.ABORTED | Verdict.EXPIRED | Verdict.TERMINATED):
            return _ended(payment, fact)
        case Reported():
            if not _fits(payment, fact):
                return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
            is_code_due = state.lacks_code and not state.is_code_asked
            return _ask_for_code(payment) if is_code_due else _go(payment, state, _ask(payment))
        case Created() | Refused(operation=Operation.CREATE):
            return _go(payment, Waiting(), _ask(payment))
        case Missing():
            return _missing(payment, fact, may_resend=False)
        case CancelAsked():
            return _go(payment, Cancelling(may_exist=True, does_exist=True), _cancel(payment))
        case Unanswered(operation=Operation.CREATE):
            return _go(payment, replace(state, is_code_asked=False), _ask(payment))
        case Unanswered() | Refused() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment),))
        case _:
            assert_never(fact)


def _ask_for_code(payment: Payment) -> Step:
    """Send the same create again, which gives the code again, and read on meanwhile: the customer may have approved."""
    return _go(payment, Waiting(lacks_code=True, is_code_asked=True), _create(payment), _ask(payment))


def _cancelling(payment: Payment, state: Cancelling, fact: PaymentFact) -> Step:
    match fact:
        case Reported(verdict=Verdict.AUTHORIZED):
            if _is_captured(payment, fact):
                return _go(payment, Captured(fact.at))
            if not _fits(payment, fact) or not _is_untouched(fact):
                return _authorised(payment, fact)
            return _go(payment, Overtaken(), _ask(payment, Pace.PATIENT))
        case Reported(verdict=Verdict.ABORTED | Verdict.EXPIRED | Verdict.TERMINATED):
            return _ended(payment, fact)
        case Reported() | Created():
            return _go(payment, Cancelling(may_exist=True, does_exist=True), _cancel(payment))
        case Missing():
            return _missing(payment, fact, may_resend=False)
        case Refused(operation=Operation.CREATE) if not state.does_exist:
            return _create_refused(payment, state, fact)
        case Unanswered(operation=Operation.CREATE, is_sent=False) if not state.may_exist:
            return _go(payment, Ended(Ending.NEVER_CREATED, fact.fault))
        case Unanswered(operation=Operation.CREATE):
            return _go(payment, replace(state, may_exist=True), _ask(payment, Pace.URGENT))
        case CancelAsked():
            return Step(payment, (_cancel(payment) if state.does_exist else _ask(payment, Pace.URGENT),))
        case Unanswered() | Refused() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment, Pace.URGENT),))
        case _:
            assert_never(fact)


def _held(payment: Payment, fact: PaymentFact) -> Step:
    """Meet a fact while approved money waits for a person's word."""
    match fact:
        case CompleteAsked(amount=part):
            payment = replace(payment, part=part)
            return _go(payment, Capturing(), _capture(payment))
        case ReleaseAsked():
            return _go(payment, Releasing(), _release(payment))
        case Reported() if _is_captured(payment, fact):
            return _go(payment, Captured(fact.at))
        case Reported() if _is_released(payment, fact):
            return _go(payment, Released())
        case Reported() if not _is_untouched(fact):
            return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
        case Reported() | Created() | Missing() | Refused() | Unanswered() | CancelAsked():
            return Step(payment, (_ask(payment, Pace.PATIENT),))
        case _:
            assert_never(fact)


def _capturing(payment: Payment, state: Capturing, fact: PaymentFact) -> Step:
    match fact:
        case Reported():
            if _is_captured(payment, fact):
                return _go(payment, Captured(fact.at))
            if _is_part_captured(payment, fact):
                return _go(payment, Releasing(), _release(payment))
            if state.refusal is not None:
                return _to_a_person(payment, state.refusal.code, state.refusal)
            if not _fits(payment, fact) or not _is_untouched(fact):
                return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
            return Step(payment, (_capture(payment),))
        case Refused(operation=Operation.CAPTURE, fault=fault):
            # What the wallet refuses it may already have carried out: read back before believing either.
            return _go(payment, Capturing(refusal=fault), _ask(payment, Pace.URGENT))
        case Missing():
            return _vanished(payment, state)
        case Unanswered(operation=Operation.CAPTURE, trying_for=trying_for, fault=fault) if trying_for >= TRIED_MOST:
            return _to_a_person(payment, FaultCode.CAPTURE_UNFINISHED, fault)
        case Created() | Refused() | Unanswered() | CancelAsked() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment, Pace.URGENT),))
        case _:
            assert_never(fact)


def _releasing(payment: Payment, fact: PaymentFact) -> Step:
    match fact:
        case Reported() if _is_captured(payment, fact):
            return _go(payment, Captured(fact.at))
        case Reported(verdict=Verdict.ABORTED | Verdict.EXPIRED | Verdict.TERMINATED):
            return _ended(payment, fact)
        case Reported() if _is_released(payment, fact):
            return _go(payment, Released())
        case Reported():
            return Step(payment, (_release(payment),))
        case Refused(operation=Operation.RELEASE, fault=fault):
            return _to_a_person(payment, FaultCode.RELEASE_REFUSED, fault)
        case Missing():
            return _vanished(payment, Releasing())
        case Unanswered(operation=Operation.RELEASE, trying_for=trying_for, fault=fault) if trying_for >= TRIED_MOST:
            return _to_a_person(payment, FaultCode.RELEASE_REFUSED, fault)
        case Created() | Refused() | Unanswered() | CancelAsked() | CompleteAsked() | ReleaseAsked():
            return Step(payment, (_ask(payment, Pace.URGENT),))
        case _:
            assert_never(fact)


def _needs_person(payment: Payment, state: NeedsPerson, fact: PaymentFact) -> Step:
    match fact:
        case ReleaseAsked():
            return _go(payment, Releasing(), _release(payment))
        case CompleteAsked(amount=part) if may_complete(payment):
            return _go(replace(payment, part=part), Capturing(), _ask(payment, Pace.URGENT))
        case Reported() if state.vanished is not None:
            # The wallet knows it again: nothing else was wrong, so it goes on as it stood; a cancel or release still holds.
            return step(replace(payment, state=state.vanished), fact)
        case Reported() if _is_captured(payment, fact):
            return _go(payment, Captured(fact.at))
        case Reported() if _is_part_captured(payment, fact) and state.fault.code is not FaultCode.RELEASE_REFUSED:
            return _go(payment, Releasing(), _release(payment))
        case Reported(verdict=Verdict.ABORTED | Verdict.EXPIRED | Verdict.TERMINATED) if _is_empty(payment, fact):
            return _go(payment, Ended(Ending(fact.verdict.value)))
        case Reported() if _is_released(payment, fact):
            return _go(payment, Released())
        case Reported() | Created() | Missing() | Refused() | Unanswered() | CancelAsked() | CompleteAsked():
            return Step(payment, (_ask(payment, Pace.PATIENT),))
        case _:
            assert_never(fact)


def _ended_after_all(payment: Payment, fact: PaymentFact) -> Step:
    """Believe the wallet's figures over an end that was believed before: there is money after all."""
    match fact:
        case Reported() if _is_captured(payment, fact):
            return _go(payment, Captured(fact.at))
        case Reported(verdict=Verdict.AUTHORIZED) if _fits(payment, fact) and _is_untouched(fact):
            return _go(payment, Overtaken(), _ask(payment, Pace.PATIENT))
        case _:
            return Step(payment)


# ---------------------------------------------------------------------------------------------- shared judgements


def _authorised(payment: Payment, fact: Reported) -> Step:
    if _is_captured(payment, fact):
        return _go(payment, Captured(fact.at))
    if _is_released(payment, fact):
        return _go(payment, Released())
    if not _fits(payment, fact) or not _is_untouched(fact):
        return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
    if payment.terms.is_sent_later:
        return _go(payment, Reserved(), _ask(payment, Pace.PATIENT))
    return _go(payment, Capturing(), _capture(payment))


def _ended(payment: Payment, fact: Reported) -> Step:
    """Believe an end without money, but not of another amount than the sale's: such an answer is read once more."""
    if not _is_empty(payment, fact):
        return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)
    return _go(payment, Ended(Ending(fact.verdict.value)))


def _missing(payment: Payment, fact: Missing, *, may_resend: bool) -> Step:
    """Judge a 404: a create of unknown outcome may still arrive until its approval time has surely passed.

    The time counts from the last create that left, or from a restart: one that was repeated may arrive as late as the first.
    """
    state = payment.state
    if isinstance(state, Waiting) or (isinstance(state, Cancelling) and state.does_exist):
        return _vanished(payment, state)
    if may_resend:
        return Step(payment, (_create(payment),))
    if fact.quiet_for >= SURELY_EXPIRED_AFTER:
        return _go(payment, Ended(Ending.NEVER_CREATED))
    return Step(payment, (_ask(payment),))


def _create_refused(payment: Payment, state: Requested | Cancelling, fact: Refused) -> Step:
    """A refused create ends the payment, unless one that left before may have arrived.

    Only a refusal of the wallet itself, by its code, speaks of that one too; a gateway's says nothing of it.
    """
    if fact.fault.code is FaultCode.REFERENCE_TAKEN:
        return _go(payment, replace(state, may_exist=True), _ask(payment, Pace.URGENT))
    if state.may_exist and fact.fault.wallet_code is None:
        doubt = replace(state, may_resend=False) if isinstance(state, Requested) else state
        return _go(payment, doubt, _ask(payment))
    return _go(payment, Ended(Ending.REFUSED, fact.fault))


def _fits(payment: Payment, fact: Reported) -> bool:
    """Whether currency and amounts are the sale's own."""
    if fact.amount != payment.terms.amount:
        return False
    return fact.verdict is not Verdict.AUTHORIZED or fact.authorized == payment.terms.amount


def _is_captured(payment: Payment, fact: Reported) -> bool:
    """Whether all that is to be taken has been, and nothing of the rest is reserved any more."""
    return _has_taken(payment, fact) and (payment.part is None or fact.captured + fact.cancelled == fact.authorized)


def _is_part_captured(payment: Payment, fact: Reported) -> bool:
    """Whether the part that is to be taken has been, and the rest is still reserved."""
    return payment.part is not None and _has_taken(payment, fact) and fact.cancelled.minor == 0


def _has_taken(payment: Payment, fact: Reported) -> bool:
    whole = payment.terms.amount
    return fact.amount == whole and fact.authorized == whole and fact.captured == payment.to_take


def _is_untouched(fact: Reported) -> bool:
    """Whether all that was approved is still reserved: nothing captured, released or given back."""
    return not (fact.captured.minor or fact.cancelled.minor or fact.refunded.minor)


def _is_released(payment: Payment, fact: Reported) -> bool:
    return (
        fact.amount == payment.terms.amount
        and fact.authorized.minor > 0
        and fact.captured.minor == 0
        and fact.cancelled == fact.authorized
    )


def _is_empty(payment: Payment, fact: Reported) -> bool:
    """Whether this payment, of the sale's own amount, holds no money."""
    is_reserved = fact.authorized.minor > 0 and fact.cancelled != fact.authorized
    return fact.amount == payment.terms.amount and not is_reserved and fact.captured.minor == 0


def _vanished(payment: Payment, state: Waiting | Cancelling | Capturing | Releasing) -> Step:
    """Call a person to a payment that the wallet has known and suddenly does not."""
    return _go(payment, NeedsPerson(Fault(FaultCode.PAYMENT_MISSING), vanished=state), _ask(payment, Pace.PATIENT))


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
    """Keep the newest report, but the same object if it says nothing new: such an answer is not journaled.

    One that does not fit the sale measures nothing: the right ones after it would all seem older.
    """
    if not _fits(payment, fact):
        return payment
    last = payment.last
    if last is not None and fact.guaranteed_until is None:
        fact = replace(fact, guaranteed_until=last.guaranteed_until)
    if last is not None and replace(last, at=fact.at) == fact:
        return payment
    if last is None and fact.verdict in (Verdict.CREATED, Verdict.NOT_KNOWN):
        return payment
    return replace(payment, last=fact)


def _go(payment: Payment, state: State, *commands: Command) -> Step:
    return Step(payment if state == payment.state else replace(payment, state=state), commands)


def _to_a_person(payment: Payment, code: FaultCode, cause: Fault | None = None) -> Step:
    fault = Fault(code, cause.trace_id, cause.wallet_code) if cause else Fault(code)
    return _go(payment, NeedsPerson(fault), _ask(payment, Pace.PATIENT))


def _ask_again(payment: Payment, pace: Pace = Pace.FLOW) -> tuple[Command, ...]:
    return () if payment.is_final else (_ask(payment, pace),)


def _ask(payment: Payment, pace: Pace = Pace.FLOW) -> AskPayment:
    if payment.terms.expires_at is not None and pace is not Pace.URGENT:
        pace = Pace.LONG
    return AskPayment(payment.terms.reference, payment.terms.flow, pace)


def _create(payment: Payment) -> CreatePayment:
    return CreatePayment(payment.terms.reference)


def _capture(payment: Payment) -> CapturePayment:
    return CapturePayment(payment.terms.reference, payment.to_take)


def _cancel(payment: Payment) -> CancelPayment:
    return CancelPayment(payment.terms.reference)


def _release(payment: Payment) -> ReleasePayment:
    return ReleasePayment(payment.terms.reference)
