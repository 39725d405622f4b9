"""The list of what is open: every payment the wallet has not ended, and every sale set aside unpaid."""

from datetime import datetime

from till.domain.deadlines import near_deadlines
from till.domain.intents import PutAway, TakeUp
from till.domain.money import Money
from till.domain.payment import Captured, NeedsPerson, Payment
from till.domain.sale import Sale
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import ShowPanel
from till.presentation.house import House
from till.presentation.payment_words import is_unknown, payment_actions, state_word, with_age
from till.presentation.present_deadlines import deadline_note
from till.presentation.present_distance import note_in_list
from till.presentation.present_double import present_double_row
from till.presentation.present_history import find_action
from till.presentation.present_hub_refund import present_open_hub_refund
from till.presentation.present_refund import present_open_refund
from till.presentation.views import Action, OpenPaymentRow, OpenPaymentsPanel, Tone


def present_open_payments(house: House, snapshot: Snapshot, now: datetime) -> OpenPaymentsPanel:
    """Return the list, oldest first, each with its age, what the till is doing, and what a person may do."""
    words = house.words
    state = snapshot.state
    rows = (
        *(present_double_row(house, snapshot, paid, now) for paid in state.doubles.values()),
        *(
            row
            for sale in state.sales.values()
            if _is_listed(snapshot, sale)
            for row in _rows(house, snapshot, sale, now)
        ),
        *(present_open_refund(house, snapshot, refund, now) for refund in state.open_refunds),
        *(present_open_hub_refund(house, snapshot, refund, now) for refund in state.open_hub_refunds),
    )
    return OpenPaymentsPanel(
        title=words.say("open.title"),
        rows=rows,
        empty_note="" if rows else words.say("open.empty"),
        back=Action(words.say("open.back"), ShowPanel(Panel.SELLING), "Esc"),
        find=find_action(house),
    )


def _is_listed(snapshot: Snapshot, sale: Sale) -> bool:
    if any(not snapshot.state.payments[reference].is_final for reference in sale.attempts):
        return True
    return sale.is_aside and not sale.basket.is_empty


def _rows(house: House, snapshot: Snapshot, sale: Sale, now: datetime) -> list[OpenPaymentRow]:
    """Return the row of a sale with its newest attempt, and one of each older attempt that is open after all."""
    words, payments = house.words, snapshot.state.payments
    take_up = (Action(words.say("open.take_up"), TakeUp(sale.number)),) if sale.number != snapshot.state.current else ()
    if not sale.attempts:
        title = _title(house, sale, sale.basket.total)
        return [OpenPaymentRow(title, words.say("open.unpaid"), Tone.CALM, take_up)]
    *older, newest = (payments[reference] for reference in sale.attempts)
    still_open = (payment for payment in older if not payment.is_final)
    return [
        _row(house, snapshot, sale, newest, take_up, now),
        *(_row(house, snapshot, sale, payment, (), now) for payment in still_open),
    ]


def _title(house: House, sale: Sale, amount: Money) -> str:
    return house.words.say("open.row", amount=house.figures.money(amount), sale=f"{sale.number:04}")


def _row(
    house: House, snapshot: Snapshot, sale: Sale, payment: Payment, take_up: tuple[Action, ...], now: datetime
) -> OpenPaymentRow:
    words = house.words
    trouble = snapshot.around.troubles.get(payment.terms.reference)
    state = words.say(state_word(payment, trouble))
    is_elsewhere = payment.leaves_the_counter and not is_unknown(payment, trouble)
    age = note_in_list(house, payment, now) if is_elsewhere else with_age(house, state, payment.terms.requested_at, now)
    tone = Tone.CALM
    if isinstance(payment.state, NeedsPerson):
        tone = Tone.BROKEN
    elif isinstance(payment.state, Captured):
        tone = Tone.WELL
    elif is_unknown(payment, trouble):
        tone = Tone.UNKNOWN
    deadline = near_deadlines(snapshot.state, now).get(payment.terms.reference)
    if deadline is not None:
        tone, age = Tone.BROKEN, deadline_note(house, deadline)
    actions = list(take_up)
    if sale.is_completed and sale.is_aside and take_up:
        actions.append(Action(words.say("open.put_away"), PutAway(sale.number)))
    if not payment.is_final:
        actions.extend(payment_actions(house, snapshot.state, payment))
    return OpenPaymentRow(_title(house, sale, payment.terms.amount), age, tone, tuple(actions))
