"""Giving money back through the hub: looking the sale up there, the amount and the names, and what became of it."""

from datetime import datetime

from till.domain.faults import FaultCode
from till.domain.hub_refund import HubRefund, HubRefundEnding, HubSale
from till.domain.hub_refund_start import StartHubRefund
from till.domain.money import Money
from till.engine.snapshot import HubSought, Panel, Snapshot
from till.engine.wishes import FindPaid, PickPaid, ShowPanel
from till.presentation.house import House
from till.presentation.payment_words import with_age
from till.presentation.views import (
    Action,
    AmountPanel,
    HubRefundPanel,
    Mark,
    OpenPaymentRow,
    PaymentPanel,
    StepView,
    StoresPanel,
    Tone,
    Weight,
)
from till.presentation.words import Words

#: The digits choose among sales of the same receipt number.
_DIGITS = "123456789"
#: Why the hub told nothing of a sale, or refused a refund; any other reason is said without naming it.
_NOT_TOLD = frozenset(("away", "token", "keys", "wallet", "store"))
_REFUSED = frozenset(("approval", "asked_by", "still_open", "too_much", "store", "currency"))
_FAULTS = {code.value: code for code in FaultCode}


def present_hub_refund(
    house: House, snapshot: Snapshot, sought: HubSought
) -> AmountPanel | HubRefundPanel | StoresPanel | PaymentPanel:
    """Return the panel of a sale that is looked up at the hub, as far as it has come."""
    refund = snapshot.state.hub_refunds.get(sought.refund)
    if refund is not None and not refund.needs_approval:
        return _progress(house, snapshot, refund)
    if sought.sales is not None and len(sought.sales) > 1:
        return _choice(house, sought, sought.sales)
    if sought.sale is None:
        return _seeking(house, sought)
    return _amount(house, sought.sale, refund)


def present_open_hub_refund(house: House, snapshot: Snapshot, refund: HubRefund, now: datetime) -> OpenPaymentRow:
    """Return the row of a refund that the hub makes, in the list of what is open."""
    words, terms = house.words, refund.terms
    is_unknown = _is_unknown(snapshot, refund)
    return OpenPaymentRow(
        title=words.say("hub_refund.row", amount=house.figures.money(terms.amount), store=terms.store_name),
        note=with_age(house, house.words.say(f"hub_refund.open_{_standing(snapshot, refund)}"), terms.asked_at, now),
        tone=Tone.UNKNOWN if is_unknown else Tone.CALM,
        actions=(),
    )


def reason_refused(words: Words, reason: str) -> str:
    """Say why the hub refused a refund."""
    if reason in _FAULTS:
        return words.fault(_FAULTS[reason]).happened
    return words.say(f"hub_refund.refused_{reason if reason in _REFUSED else 'other'}")


def _seeking(house: House, sought: HubSought) -> AmountPanel:
    words = house.words
    note = words.say("hub_refund.asking")
    if sought.reason:
        note = words.say(f"hub_refund.not_told_{sought.reason if sought.reason in _NOT_TOLD else 'other'}")
    elif sought.sales is not None:
        note = words.say("hub_refund.nothing_found")
    return AmountPanel(
        title=words.say("hub_refund.title"),
        hint=f"{sought.store} · {sought.text}" if sought.store else sought.text,
        note=note,
        most_minor=0,
        decimal=house.figures.decimal,
        wish_of=lambda _: FindPaid(sought.text, sought.store),
        back=Action(words.say("number.back"), ShowPanel(Panel.REFUND), "Esc"),
        confirm_label=words.say("refund.confirm"),
    )


def _choice(house: House, sought: HubSought, sales: tuple[HubSale, ...]) -> StoresPanel:
    """Tills of a store count their receipts each for itself: the cashier says which sale is meant."""
    words, figures = house.words, house.figures
    return StoresPanel(
        title=words.say("hub_refund.which_title"),
        hint=words.say("hub_refund.which_hint", number=sought.text),
        back=Action(words.say("number.back"), ShowPanel(Panel.REFUND), "Esc"),
        choices=tuple(
            Action(
                f"{figures.money(sale.amount)} · {figures.day_and_time(sale.at)}",
                PickPaid(sale.reference, sale.store),
                _DIGITS[place : place + 1],
                note=sale.reference,
            )
            for place, sale in enumerate(sales)
        ),
    )


def _amount(house: House, sale: HubSale, refused: HubRefund | None) -> HubRefundPanel:
    """Ask for amount and name; after a refusal for want of approval, for a second name with what was typed before."""
    words, figures, left = house.words, house.figures, sale.left
    note = words.say("hub_refund.asking")
    if refused is not None:
        note = words.say("hub_refund.refused_approval")
    elif left is not None:
        note = words.say("refund.left" if left.minor else "refund.nothing_left", amount=figures.money(left))
    paid = words.say("refund.paid", amount=figures.money(sale.amount), at=figures.day_and_time(sale.at))
    most_minor = 0 if left is None else left.minor
    return HubRefundPanel(
        amount=AmountPanel(
            title=words.say("refund.title_elsewhere", store=sale.store_name),
            hint=f"{paid}\n{sale.reference}",
            note=note,
            most_minor=most_minor,
            decimal=figures.decimal,
            wish_of=lambda minor: StartHubRefund(sale.reference, Money(minor, sale.amount.currency), ""),
            back=Action(words.say("number.back"), ShowPanel(Panel.REFUND), "Esc"),
            confirm_label=words.say("refund.confirm"),
        ),
        offered_minor=most_minor if refused is None else refused.terms.amount.minor,
        name_label=words.say("hub_refund.name"),
        name="" if refused is None else refused.terms.asked_by,
        approval_label="" if refused is None else words.say("hub_refund.approver"),
        wish_of=lambda minor, asked_by, approved_by: StartHubRefund(
            sale.reference, Money(minor, sale.amount.currency), asked_by, approved_by
        ),
    )


def _progress(house: House, snapshot: Snapshot, refund: HubRefund) -> PaymentPanel:
    words, terms = house.words, refund.terms
    amount = house.figures.money(terms.amount)
    ready = Action(words.say("refund.ready"), ShowPanel(Panel.SELLING), "Enter", weight=Weight.PRIMARY)
    leave = Action(words.say("refund.sell_on"), ShowPanel(Panel.SELLING), "Esc")
    match refund.ending:
        case HubRefundEnding.DONE:
            source = words.say("refund.source_store", store=terms.store_name)
            detail = words.say("refund.done_detail", source=source)
            detail = f"{detail} {words.say(f'refund.arrives_{house.way_of_refunds}')}"
            return _card(refund, Tone.WELL, words.say("refund.done", amount=amount), detail, "", ready)
        case HubRefundEnding.REFUSED:
            title, detail = words.say("refund.refused", amount=amount), reason_refused(words, refund.reason)
            return _card(refund, Tone.BROKEN, title, detail, words.say("hub_refund.refused_now"), ready)
        case None if _is_unknown(snapshot, refund):
            title, strong = words.say("refund.unknown", amount=amount), words.say("refund.unknown_strong")
            return _card(
                refund, Tone.UNKNOWN, title, words.say(f"hub_refund.{_standing(snapshot, refund)}"), strong, leave
            )
        case None:
            return PaymentPanel(
                tone=Tone.CALM,
                kicker=words.say("refund.kicker"),
                title=words.say("refund.sending", amount=amount),
                headline=words.say("hub_refund.sending"),
                detail=words.say(f"hub_refund.{_standing(snapshot, refund)}"),
                strong="",
                ring=None,
                steps=(StepView(Mark.NOW, words.say("refund.step")),),
                note="",
                actions=(leave,),
                corner=terms.reference,
            )


def _is_unknown(snapshot: Snapshot, refund: HubRefund) -> bool:
    """Whether nobody can say how a refund stands: the hub is not heard, or it waits for keys or a person."""
    _, reason = snapshot.around.hub_told.get(refund.terms.id, ("", ""))
    return snapshot.around.hub_fault is not None or bool(reason)


def _standing(snapshot: Snapshot, refund: HubRefund) -> str:
    """Return the word for how an open refund stands, as far as it is known."""
    _, reason = snapshot.around.hub_told.get(refund.terms.id, ("", ""))
    if snapshot.around.hub_fault is not None:
        return "waits_for_hub"
    if reason == "keys":
        return "waits_for_keys"
    return "waits_for_person" if reason else "under_way"


def _card(refund: HubRefund, tone: Tone, title: str, detail: str, strong: str, action: Action) -> PaymentPanel:
    return PaymentPanel(tone, "", title, "", detail, strong, None, (), "", (action,), refund.terms.reference)
