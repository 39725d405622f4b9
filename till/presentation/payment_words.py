"""What lists and panels say alike of a payment: its state, its age, and what a person may do with it."""

from datetime import datetime

from till.domain.double_payment import may_complete_sale
from till.domain.intents import (
    CancelOpenPayment,
    CompleteOpenPayment,
    ReleaseOpenPayment,
    may_cancel,
    may_release,
)
from till.domain.payment import (
    Cancelling,
    Captured,
    Capturing,
    Ended,
    NeedsPerson,
    Operation,
    Overtaken,
    Payment,
    Released,
    Releasing,
    Requested,
    Reserved,
    Waiting,
)
from till.domain.sale import Sale
from till.domain.state import TillState
from till.engine.snapshot import Trouble
from till.engine.wishes import CheckNow
from till.presentation.house import House
from till.presentation.views import Action, Weight

#: So many reads without an answer are a hiccup; from here on the cashier is told.
LOSSES_BEFORE_TOLD = 2


def is_unknown(payment: Payment, trouble: Trouble | None) -> bool:
    """Whether the cashier must be told that the outcome is not known now."""
    if trouble is None or payment.is_final:
        return False
    return trouble.operation is not Operation.ASK or trouble.losses >= LOSSES_BEFORE_TOLD


def complete_label(house: House, payment: Payment, sale: Sale) -> str:
    """Return what taking the approved money is called: for goods that are sent, only when they are, and maybe not all."""
    if sale.due != payment.terms.amount:
        return house.words.say("distance.complete_part", amount=house.figures.money(sale.due))
    return house.words.say("distance.complete" if payment.terms.is_sent_later else "overtaken.complete")


def state_word(payment: Payment, trouble: Trouble | None) -> str:
    """Return the key of the word that names a payment's state in the list."""
    if is_unknown(payment, trouble):
        return "open.unknown"
    match payment.state:
        case Requested():
            return "open.sending"
        case Waiting():
            return "open.waiting"
        case Cancelling():
            return "open.cancelling"
        case Overtaken() | Reserved():
            return "open.overtaken"
        case Capturing():
            return "open.capturing"
        case Releasing():
            return "open.releasing"
        case NeedsPerson():
            return "open.person"
        case Captured():
            return "open.paid"
        case Released() | Ended():
            return "open.unpaid"


def with_age(house: House, state: str, since: datetime, now: datetime) -> str:
    """Return how something stands and for how long: `Waiting · 40 s old`."""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds >= 60:
        return house.words.say("open.age_min", state=state, minutes=str(seconds // 60))
    return house.words.say("open.age_s", state=state, seconds=str(seconds))


def payment_actions(house: House, state: TillState, payment: Payment) -> tuple[Action, ...]:
    """Return what a person may do with an open payment from the list."""
    reference, words = payment.terms.reference, house.words
    actions = [Action(words.say("do.check"), CheckNow(reference))]
    if may_complete_sale(state, payment):
        actions.append(
            Action(complete_label(house, payment, state.sales[payment.terms.sale]), CompleteOpenPayment(reference))
        )
    if may_release(payment):
        actions.append(Action(words.say("do.release"), ReleaseOpenPayment(reference), weight=Weight.DANGER))
    if may_cancel(payment):
        actions.append(Action(words.say("do.cancel"), CancelOpenPayment(reference), weight=Weight.DANGER))
    return tuple(actions)
