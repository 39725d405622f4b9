"""Giving money back: looking the sale up, choosing the amount, and what became of it."""

from datetime import datetime
from typing import assert_never

from till.domain.deadlines import near_deadlines
from till.domain.faults import FaultCode
from till.domain.money import Currency, Money
from till.domain.refund import PaidSale, Refund, RefundDone, Refunding, RefundNeedsPerson, RefundRefused
from till.domain.refund_start import Refundable, StartRefund
from till.engine.snapshot import Panel, Snapshot, Sought
from till.engine.wishes import CheckNow, FindPaid, ShowPanel
from till.presentation.customer_views import CustomerResultView
from till.presentation.house import House
from till.presentation.payment_words import with_age
from till.presentation.present_deadlines import deadline_note
from till.presentation.present_hub_refund import present_hub_refund
from till.presentation.views import (
    Action,
    AmountPanel,
    FindPaidPanel,
    HubRefundPanel,
    Mark,
    OpenPaymentRow,
    PaymentPanel,
    StepView,
    StoresPanel,
    Tone,
    Weight,
)


def present_refund(
    house: House, snapshot: Snapshot
) -> FindPaidPanel | AmountPanel | HubRefundPanel | StoresPanel | PaymentPanel:
    """Return the panel for giving money back, as far as it has come."""
    if snapshot.around.hub_sought is not None:
        return present_hub_refund(house, snapshot, snapshot.around.hub_sought)
    found, sought = snapshot.around.refundable, snapshot.around.sought
    if sought is not None:
        return _seeking(house, sought, snapshot.state.currency)
    if found is None:
        return _find(house)
    refund = shown_refund(snapshot)
    return _amount(house, found) if refund is None else _progress(house, snapshot, refund)


def shown_refund(snapshot: Snapshot) -> Refund | None:
    """Return the refund that belongs on the screen: one that is open, or was asked for since the sale was looked up."""
    found = snapshot.around.refundable
    if found is None or snapshot.around.panel is not Panel.REFUND:
        return None
    refund = snapshot.state.refunds.get(found.paid.reference)
    if refund is None or (refund.is_final and refund.terms.number <= found.number_before):
        return None
    return refund


def present_open_refund(house: House, snapshot: Snapshot, refund: Refund, now: datetime) -> OpenPaymentRow:
    """Return the row of an open refund in the list of what is open."""
    words, terms = house.words, refund.terms
    is_stuck = isinstance(refund.state, RefundNeedsPerson)
    deadline = near_deadlines(snapshot.state, now).get(terms.reference)
    trouble = snapshot.around.troubles.get(terms.reference)
    state = words.say("refund.open_person" if is_stuck else "refund.open_unknown" if trouble else "refund.open_sending")
    return OpenPaymentRow(
        title=words.say("refund.row", amount=house.figures.money(terms.amount), source=_source(house, terms.paid)),
        note=with_age(house, state, terms.requested_at, now) if deadline is None else deadline_note(house, deadline),
        tone=Tone.BROKEN if is_stuck or deadline is not None else Tone.UNKNOWN if trouble else Tone.CALM,
        actions=(
            Action(words.say("do.check"), CheckNow(terms.reference)),
            Action(words.say("open.take_up"), FindPaid(terms.reference)),
        ),
    )


def present_refund_to_customer(house: House, refund: Refund) -> CustomerResultView:
    """Return what the customer reads of a refund."""
    words, amount = house.words, house.figures.money(refund.terms.amount)
    match refund.state:
        case RefundDone():
            key, tone = "done", Tone.WELL
        case RefundRefused():
            key, tone = "refused", Tone.LOOK
        case _:
            key, tone = "moment", Tone.CALM
    text = words.say(f"refund.customer_{key}_text")
    if key == "done":
        text = f"{text} {words.say(f'refund.customer_{house.way_of_refunds}')}"
    return CustomerResultView(tone, words.say(f"refund.customer_{key}"), amount, text, "")


def _find(house: House) -> FindPaidPanel:
    words = house.words
    return FindPaidPanel(
        title=words.say("refund.find_title"),
        hint=words.say("refund.find_hint_stores" if house.stores.others else "refund.find_hint"),
        sold_at=words.say("refund.sold_at"),
        this_till=words.say("refund.this_till"),
        stores=tuple(store.name for store in house.stores.others),
        back=Action(words.say("number.back"), ShowPanel(Panel.SELLING), "Esc"),
        confirm_label=words.say("refund.find"),
    )


def _seeking(house: House, sought: Sought, currency: Currency) -> AmountPanel:
    """A payment of another till: the wallet alone knows of it."""
    words, fault = house.words, sought.fault
    note = words.say("refund.reading")
    if fault is not None and fault.code is FaultCode.PAYMENT_MISSING:
        note = words.say("refund.not_there", store=sought.store.name)
    elif fault is not None and fault.code is FaultCode.KEYS_MISSING:
        note = words.say("refund.no_keys", store=sought.store.name)
    elif fault is not None:
        said = words.fault(fault.code)
        note = f"{said.happened} {said.does}"
    return AmountPanel(
        title=words.say("refund.title_elsewhere", store=sought.store.name),
        hint=sought.reference,
        note=note,
        most_minor=0,
        decimal=house.figures.decimal,
        wish_of=lambda minor: StartRefund(sought.reference, Money(minor, currency)),
        back=Action(words.say("number.back"), ShowPanel(Panel.REFUND), "Esc"),
        confirm_label=words.say("refund.confirm"),
    )


def _source(house: House, paid: PaidSale) -> str:
    """Name where refunded money was paid: a receipt of this till, or a store."""
    if paid.store:
        return house.words.say("refund.source_store", store=paid.store)
    return house.words.say("refund.source_receipt", number=f"{paid.receipt_number:04}")


def _amount(house: House, found: Refundable) -> AmountPanel:
    words, figures, left = house.words, house.figures, found.left
    paid = found.paid
    note = words.say("refund.reading")
    if found.fault is not None:
        said = words.fault(found.fault.code)
        note = f"{said.happened} {said.does}"
    elif left is not None:
        note = words.say("refund.left" if left.minor else "refund.nothing_left", amount=figures.money(left))
    title = words.say("refund.title", number=f"{paid.receipt_number:04}")
    taken = paid.amount if found.captured is None else found.captured
    hint = words.say("refund.paid", amount=figures.money(taken), at=figures.day_and_time(paid.at))
    if paid.store:
        title, hint = words.say("refund.title_elsewhere", store=paid.store), f"{hint}\n{paid.reference}"
    return AmountPanel(
        title=title,
        hint=hint,
        note=note,
        most_minor=0 if left is None else left.minor,
        decimal=figures.decimal,
        wish_of=lambda minor: StartRefund(paid.reference, Money(minor, paid.amount.currency)),
        back=Action(words.say("number.back"), ShowPanel(Panel.REFUND), "Esc"),
        confirm_label=words.say("refund.confirm"),
    )


def _progress(house: House, snapshot: Snapshot, refund: Refund) -> PaymentPanel:
    words, terms = house.words, refund.terms
    amount = house.figures.money(terms.amount)
    trouble = snapshot.around.troubles.get(terms.reference)
    check = Action(words.say("do.check"), CheckNow(terms.reference), "F5")
    leave = Action(words.say("refund.sell_on"), ShowPanel(Panel.SELLING), "Esc")
    ready = Action(words.say("refund.ready"), ShowPanel(Panel.SELLING), "Enter", weight=Weight.PRIMARY)
    match refund.state:
        case Refunding() if trouble is not None:
            detail, strong = words.fault(trouble.fault.code).happened, words.say("refund.unknown_strong")
            return _card(
                refund, Tone.UNKNOWN, words.say("refund.unknown", amount=amount), detail, strong, (check, leave)
            )
        case Refunding():
            steps = (StepView(Mark.NOW, words.say("refund.step")),)
            title, headline = words.say("refund.sending", amount=amount), words.say("refund.sending_headline")
            detail = words.say("refund.sending_detail")
            return PaymentPanel(
                Tone.CALM,
                words.say("refund.kicker"),
                title,
                headline,
                detail,
                "",
                None,
                steps,
                "",
                (check, leave),
                terms.reference,
            )
        case RefundDone():
            detail = words.say("refund.done_detail", source=_source(house, terms.paid))
            detail = f"{detail} {words.say(f'refund.arrives_{house.way_of_refunds}')}"
            return _card(refund, Tone.WELL, words.say("refund.done", amount=amount), detail, "", (ready,))
        case RefundRefused(fault=fault):
            said = words.fault(fault.code)
            title = words.say("refund.refused", amount=amount)
            return _card(refund, Tone.BROKEN, title, f"{said.happened} {said.does}", said.now, (ready,))
        case RefundNeedsPerson(fault=fault):
            said = words.fault(fault.code)
            title, strong = words.say("person.title"), words.say("refund.unknown_strong")
            return _card(refund, Tone.BROKEN, title, f"{said.happened} {said.does}", strong, (check, leave))
        case _:
            assert_never(refund.state)


def _card(
    refund: Refund, tone: Tone, title: str, detail: str, strong: str, actions: tuple[Action, ...]
) -> PaymentPanel:
    return PaymentPanel(tone, "", title, "", detail, strong, None, (), "", actions, refund.terms.reference)
