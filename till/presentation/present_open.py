"""The list of what is open: every payment the wallet has not ended, and every sale set aside unpaid."""

from datetime import datetime

from till.domain.intents import PutAway, TakeUp
from till.domain.money import Money
from till.domain.payment import DEADLINE_WARNING, NeedsPerson
from till.domain.sale import Sale
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import ShowPanel
from till.presentation.house import House
from till.presentation.present_distance import note_in_list
from till.presentation.present_payment import is_unknown, payment_actions, state_word, with_age
from till.presentation.present_refund import present_open_refund
from till.presentation.views import Action, OpenPaymentRow, OpenPaymentsPanel, Tone


def present_open_payments(house: House, snapshot: Snapshot, now: datetime) -> OpenPaymentsPanel:
    """Return the list, oldest first, each with its age, what the till is doing, and what a person may do."""
    words = house.words
    rows = tuple(
        _row(house, snapshot, sale, now) for sale in snapshot.state.sales.values() if _is_listed(snapshot, sale)
    )
    refunds = tuple(present_open_refund(house, snapshot, refund, now) for refund in snapshot.state.open_refunds)
    rows = (*rows, *refunds)
    return OpenPaymentsPanel(
        title=words.say("open.title"),
        rows=rows,
        empty_note="" if rows else words.say("open.empty"),
        back=Action(words.say("open.back"), ShowPanel(Panel.SELLING), "Esc"),
    )


def _is_listed(snapshot: Snapshot, sale: Sale) -> bool:
    if any(not snapshot.state.payments[reference].is_final for reference in sale.attempts):
        return True
    return sale.is_aside and not sale.basket.is_empty


def _row(house: House, snapshot: Snapshot, sale: Sale, now: datetime) -> OpenPaymentRow:
    words = house.words
    total: Money = sale.basket.total
    title = words.say("open.row", amount=house.figures.money(total), sale=f"{sale.number:04}")
    actions = []
    if sale.number != snapshot.state.current:
        actions.append(Action(words.say("open.take_up"), TakeUp(sale.number)))
    if not sale.attempts:
        return OpenPaymentRow(title, words.say("open.unpaid"), Tone.CALM, tuple(actions))
    payment = snapshot.state.payments[sale.attempts[-1]]
    trouble = snapshot.around.troubles.get(payment.terms.reference)
    state = words.say(state_word(payment, trouble))
    is_elsewhere = payment.leaves_the_counter and not is_unknown(payment, trouble)
    age = note_in_list(house, payment, now) if is_elsewhere else with_age(house, state, payment.terms.requested_at, now)
    tone = Tone.CALM
    if isinstance(payment.state, NeedsPerson):
        tone = Tone.BROKEN
    elif sale.is_completed:
        tone = Tone.WELL
    elif is_unknown(payment, trouble):
        tone = Tone.UNKNOWN
    until = payment.reserved_until
    if until is not None and until - now < DEADLINE_WARNING:
        tone, age = Tone.BROKEN, words.say("open.deadline", at=house.figures.day_and_time(until))
    if sale.is_completed and sale.is_aside:
        actions.append(Action(words.say("open.put_away"), PutAway(sale.number)))
    if not payment.is_final:
        actions.extend(payment_actions(house, payment))
    return OpenPaymentRow(title, age, tone, tuple(actions))
