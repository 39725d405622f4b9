"""Money beyond a sale's own: the alert, and its place on the list until somebody has settled it."""

from datetime import datetime

from till.domain.deadlines import near_deadlines
from till.domain.double_payment import SettleDouble
from till.domain.payment import Payment
from till.domain.refund import PaidSale
from till.domain.sale import Sale
from till.engine.snapshot import Snapshot
from till.engine.wishes import Acknowledge, FindPaid, NextSale
from till.presentation.house import House
from till.presentation.present_deadlines import deadline_note
from till.presentation.views import Action, OpenPaymentRow, PaymentPanel, Status, Tone, Weight


def double_of(snapshot: Snapshot, sale: Sale) -> PaidSale | None:
    """Return the newest payment beyond this sale's own, or None."""
    doubles = [paid for paid in snapshot.state.doubles.values() if paid.sale == sale.number]
    return doubles[-1] if doubles else None


def present_double(house: House, sale: Sale, double: PaidSale, newest: Payment) -> PaymentPanel:
    """Return the alert of a sale with money beyond its own: nothing is more urgent while the customer is there."""
    words, reference = house.words, newest.terms.reference
    later = NextSale() if sale.is_completed else Acknowledge(reference)
    return PaymentPanel(
        tone=Tone.BROKEN,
        kicker="",
        title=words.say("double.title", amount=house.figures.money(double.amount)),
        headline="",
        detail=words.say("double.detail", sale=f"{sale.number:04}"),
        strong=words.say("double.strong"),
        ring=None,
        steps=(),
        note="",
        actions=(Action(words.say("double.later"), later, "Esc"), refund_action(house, double)),
        corner=double.reference,
    )


def refund_action(house: House, paid: PaidSale) -> Action:
    """Return the way to give it back."""
    label = house.words.say("double.refund", amount=house.figures.money(paid.amount))
    return Action(label, FindPaid(paid.reference), "F7", weight=Weight.PRIMARY)


def present_double_row(house: House, snapshot: Snapshot, paid: PaidSale, now: datetime) -> OpenPaymentRow:
    """Return its row in the list of what is open."""
    words, refund = house.words, refund_action(house, paid)
    deadline = near_deadlines(snapshot.state, now).get(paid.reference)
    return OpenPaymentRow(
        title=words.say("double.row", amount=house.figures.money(paid.amount), sale=f"{paid.sale:04}"),
        note=words.say("double.note") if deadline is None else deadline_note(house, deadline),
        tone=Tone.BROKEN,
        actions=(
            Action(words.say("selling.refund"), refund.wish),
            Action(words.say("double.settle"), SettleDouble(paid.reference)),
        ),
    )


def double_statuses(house: House, snapshot: Snapshot) -> tuple[Status, ...]:
    """Return the word in the bar that stays while money waits to be given back."""
    count = len(snapshot.state.doubles)
    if not count:
        return ()
    words = house.words
    label = words.say("double.status", count=str(count))
    return (Status("double", label, Tone.BROKEN, words.say("double.explanation")),)
