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
    shows_code = payment is not None and payment.terms.flow is Flow.CUSTOMER_SCREEN
    match command:
        case SendRefund(amount=amount):
            key = refund_key(reference, state.refunds[reference].terms.number)
            return Act(reference, Operation.REFUND, amount, key)
        case AskPayment(pace=pace):
            return Ask(reference, shows_code, pace)
        case CreatePayment():
            body = bodies.get(reference)
            if body is None:
                return Ask(reference, shows_code, Pace.URGENT)
            return Create(reference, key_of(reference, Operation.CREATE), body, shows_code)
        case CapturePayment(amount=amount):
            return Act(reference, Operation.CAPTURE, amount, key_of(reference, Operation.CAPTURE))
        case _:
            operation = INTENT_OF[type(command)]
            amount = state.payments[reference].terms.amount
            return Act(reference, operation, amount, key_of(reference, operation))


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
        terms = payment.terms
        own_digest = digest(operation, terms.amount)
        key = key_of(reference, operation)
        facts.append(OperationIntended(reference, now, operation, terms.amount, terms.msn, key, own_digest))
    return facts


def ended_references(before: TillState, after: TillState) -> list[str]:
    """Name the payments and refunds that were open before and are not any more: nothing is sent for them again."""
    still_open = set(after.open_references)
    return [reference for reference in before.open_references if reference not in still_open]
