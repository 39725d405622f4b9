"""From what the state commands to what the wallet is handed, and to the facts that must be journaled before it leaves. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from till.domain.facts import OperationIntended, OperationRepeated
from till.domain.money import Money
from till.domain.payment import (
    INTENT_OF,
    AskPayment,
    CapturePayment,
    Command,
    CreatePayment,
    Flow,
    Operation,
    Pace,
    Payment,
    ReleasePayment,
    key_of,
)
from till.domain.refund import RefundCommand, SendRefund, refund_key
from till.domain.secret import Secret
from till.domain.state import TillState
from till.engine.ports import Act, Ask, Create, Errand


def errand_of(command: Command | RefundCommand, state: TillState, bodies: Mapping[str, Secret]) -> Errand:
    """Return the errand for a command; a create whose body was not kept is only read back."""
    reference = command.reference
    payment = state.payments.get(reference)
    msn = msn_of(reference, state)
    shows_code = payment is not None and payment.terms.flow is Flow.CUSTOMER_SCREEN
    match command:
        case SendRefund(amount=amount):
            terms = state.refunds[reference].terms
            return Act(reference, msn, Operation.REFUND, amount, refund_key(terms), is_others=bool(terms.by))
        case AskPayment(pace=pace):
            return Ask(reference, msn, shows_code, pace)
        case CreatePayment():
            body = bodies.get(reference)
            if body is None:
                return Ask(reference, msn, shows_code, Pace.URGENT)
            return Create(reference, msn, key_of(reference, Operation.CREATE), body, shows_code)
        case CapturePayment(amount=amount):
            return Act(reference, msn, Operation.CAPTURE, amount, key_of(reference, Operation.CAPTURE))
        case _:
            operation = INTENT_OF[type(command)]
            amount = state.payments[reference].terms.amount
            return Act(reference, msn, operation, amount, key_of(reference, operation))


def msn_of(reference: str, state: TillState) -> str:
    """Return the sales unit of a payment that is known here, or whose refund is."""
    payment = state.payments.get(reference)
    return payment.terms.msn if payment is not None else state.refunds[reference].terms.paid.msn


def facts_before(
    commands: Iterable[Command | RefundCommand],
    state: TillState,
    bodies: Mapping[str, Secret],
    *,
    now: datetime,
    digest: Callable[[Operation, Money], str],
) -> list[OperationIntended | OperationRepeated]:
    """Return the facts that must be in the journal before these commands may leave: intents, and repeats of them."""
    facts: list[OperationIntended | OperationRepeated] = []
    for command in commands:
        reference = command.reference
        if isinstance(command, SendRefund):
            facts.append(OperationRepeated(reference, now, Operation.REFUND))
            continue
        operation, payment = INTENT_OF.get(type(command)), state.payments.get(reference)
        if operation is None or payment is None or (operation is Operation.CREATE and reference not in bodies):
            continue
        if operation is Operation.CREATE or operation in payment.intended:
            facts.append(OperationRepeated(reference, now, operation))
            continue
        amount, key = _amount_of(command, payment), key_of(reference, operation)
        own_digest = digest(operation, amount)
        facts.append(OperationIntended(reference, now, operation, amount, payment.terms.msn, key, own_digest))
    return facts


def _amount_of(command: Command, payment: Payment) -> Money:
    """Return what a command moves: a capture may take a part, and a release after it gives the rest back."""
    if isinstance(command, CapturePayment):
        return command.amount
    if isinstance(command, ReleasePayment) and payment.last is not None:
        return payment.terms.amount - payment.last.captured
    return payment.terms.amount


def ended_references(before: TillState, after: TillState) -> list[str]:
    """Name the payments and refunds that were open before and are not any more, or are not even remembered."""
    still_open = set(after.open_references)
    dropped = [reference for reference in before.payments if reference not in after.payments]
    return [reference for reference in (*before.open_references, *dropped) if reference not in still_open]
