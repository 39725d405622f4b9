"""All that the till knows and must not forget, and the one step over it.

`advance` is the fold: the journal's facts, in order, give the state. It is also where a fact leads to commands and to
further facts; on replay those are dropped, since the journal holds what came of them.
"""

from datetime import datetime
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from till.domain import payment_step
from till.domain import refund as refunds
from till.domain.basket import Basket
from till.domain.day import Day
from till.domain.facts import (
    DayClosed,
    DayReported,
    DoubleSettled,
    Fact,
    HubRefundAsked,
    HubRefundEnded,
    HubRefundFact,
    LineAdded,
    LineVoided,
    OperationIntended,
    OperationRepeated,
    PaymentRequested,
    QuantityChanged,
    RefundRequested,
    SaleCompleted,
    SaleFact,
    SaleNumbersSkipped,
    SaleOpened,
    SaleSeen,
    SaleSetAside,
    SaleTakenUp,
    SaleVoided,
    StoreChosen,
    TillStarted,
)
from till.domain.hub_refund import HubRefund
from till.domain.money import Currency
from till.domain.payment import (
    AskPayment,
    CancelAsked,
    Captured,
    Command,
    CreatePayment,
    EarlierSends,
    Ended,
    Operation,
    Pace,
    Payment,
    PaymentFact,
    Requested,
    Reserved,
    Step,
    Waiting,
)
from till.domain.refund import PaidSale, Refund, RefundCommand, RefundDone, SendRefund
from till.domain.sale import Sale
from till.domain.tender import Tender, TenderKind


class TillState(Struct, frozen=True):
    """Open sales and payments by number and reference, and the counters that never go back.

    `current` is the sale on the screen: being rung up, being paid, or just completed. A completed or voided sale leaves
    the state when the next one begins and none of its payments is open; one that was paid while it was set aside stays
    until it has been looked at. Of each payment the newest refund stays; `refunding` names the open ones, oldest first, since
    every message asks for them and there may be thousands that are done. The journal keeps them all. `doubles` are payments
    of sales that were paid already, until they are given back or settled. `hub_refunds` are those that the hub makes for this till, by
    id: the open ones, and those that ended since the last was asked for. `store` is the one that the next sale is for; without a
    name it is the till's own.
    """

    currency: Currency
    sales: dict[int, Sale]
    payments: dict[str, Payment]
    refunds: dict[str, Refund]
    day: Day
    refunding: tuple[str, ...] = ()
    doubles: dict[str, PaidSale] = field(default_factory=dict)
    hub_refunds: dict[str, HubRefund] = field(default_factory=dict)
    current: int | None = None
    next_sale: int = 1
    next_receipt: int = 1
    store: str = ""

    @classmethod
    def empty(cls, currency: Currency) -> "TillState":
        """Return the state of a till that never sold anything."""
        return cls(currency=currency, sales={}, payments={}, refunds={}, day=Day.empty(currency))

    @property
    def is_locked(self) -> bool:
        """Whether the basket on the screen must stay as it is: a payment for it is open."""
        sale = self.sale
        return sale is not None and any(not self.payments[reference].is_final for reference in sale.attempts)

    @property
    def may_shrink(self) -> bool:
        """Whether lines may be taken out although money is reserved for them: what cannot be sent is not paid for."""
        payment = self.payment
        return payment is not None and isinstance(payment.state, Reserved)

    def may_become(self, basket: Basket) -> bool:
        """Whether the money that is reserved, if any is, pays for a changed basket, and something is left to send."""
        payment = self.payment
        if payment is None or not self.may_shrink:
            return True
        return 0 < basket.total.minor <= payment.terms.amount.minor

    @property
    def is_selling(self) -> bool:
        """Whether something is in the basket that is not paid for."""
        sale = self.sale
        return sale is not None and not sale.is_over and not sale.basket.is_empty

    @property
    def sale(self) -> Sale | None:
        """The sale on the screen."""
        return None if self.current is None else self.sales[self.current]

    @property
    def store_in_use(self) -> str:
        """The store of the sale on the screen, or of the next one."""
        sale = self.sale
        return self.store if sale is None or sale.is_over else sale.store

    @property
    def payment(self) -> Payment | None:
        """The newest payment of the sale on the screen."""
        sale = self.sale
        return self.payments[sale.attempts[-1]] if sale is not None and sale.attempts else None

    @property
    def open_references(self) -> tuple[str, ...]:
        """References of payments and refunds that the wallet has not ended."""
        open_refunds = (refund.terms.reference for refund in self.open_refunds)
        return (*(payment.terms.reference for payment in self.open_payments), *open_refunds)

    @property
    def open_refunds(self) -> tuple[Refund, ...]:
        """Refunds that the wallet has not ended, oldest first."""
        return tuple(self.refunds[reference] for reference in self.refunding)

    @property
    def open_hub_refunds(self) -> tuple[HubRefund, ...]:
        """Refunds that the hub has not ended, oldest first."""
        return tuple(refund for refund in self.hub_refunds.values() if refund.ending is None)

    @property
    def open_payments(self) -> tuple[Payment, ...]:
        """Payments that the wallet has not ended, oldest first."""
        return tuple(payment for payment in self.payments.values() if not payment.is_final)


class Advance(Struct, frozen=True):
    """Where a fact leads: the state, what to ask of the wallet, and the facts that follow from it at once."""

    state: TillState
    commands: tuple[Command | RefundCommand, ...] = ()
    follow_up: tuple[Fact, ...] = ()


def advance(state: TillState, fact: Fact) -> Advance:
    """Take one fact into the state; the same state object comes back if the fact changes nothing."""
    match fact:
        case SaleOpened() | SaleVoided() | SaleSetAside() | SaleTakenUp() | SaleSeen() | SaleCompleted():
            return Advance(_sale_moved(state, fact))
        case LineAdded() | QuantityChanged() | LineVoided():
            return Advance(_basket_changed(state, fact))
        case PaymentRequested():
            return _payment_requested(state, fact)
        case OperationIntended() | OperationRepeated():
            return Advance(_operation_sent(state, fact))
        case RefundRequested():
            return _refund_requested(state, fact)
        case DoubleSettled(reference=reference):
            return Advance(_without_double(state, reference))
        case HubRefundAsked() | HubRefundEnded():
            return Advance(_hub_refund_moved(state, fact))
        case DayReported(report=report) | DayClosed(report=report):
            return Advance(replace(state, day=state.day.reported(report)))
        case SaleNumbersSkipped(next_sale=number):
            return Advance(replace(state, next_sale=max(state.next_sale, number)))
        case TillStarted():
            return _started(replace(state, day=state.day.begun(fact.at)), fact)
        case StoreChosen():
            return Advance(_store_chosen(state, fact.store))
        case _:
            return _payment_moved(state, fact)


def _started(state: TillState, fact: TillStarted) -> Advance:
    """Take up everything that was open; being a fact, a restart leads a replay the way it led the till."""
    commands: list[Command | RefundCommand] = []
    payments = dict(state.payments)
    for refund in state.open_refunds:
        commands.extend(refunds.resume(refund).commands)
    for payment in state.open_payments:
        step = payment_step.resume(payment)
        sends_before = step.payment.sends_before
        if step.payment.sends:
            sends_before = (*sends_before, EarlierSends(step.payment.sends, fact.boot, fact.up_s))
        payments[payment.terms.reference] = replace(step.payment, sends=0, sends_before=sends_before)
        commands.extend(step.commands)
    return Advance(replace(state, payments=payments), tuple(commands))


def _store_chosen(state: TillState, store: str) -> TillState:
    sale = state.sale
    if sale is not None and not sale.is_over:
        state = _with_sale(state, replace(sale, store=store))
    return replace(state, store=store)


def _sale_moved(state: TillState, fact: SaleFact) -> TillState:
    match fact:
        case SaleOpened(sale=number):
            state = _forget_finished(state)
            sale = Sale(number, Basket(state.currency), store=state.store)
            sales = {**state.sales, number: sale}
            return replace(state, sales=sales, current=number, next_sale=max(state.next_sale, number + 1))
        case SaleVoided(sale=number):
            sale = state.sales[number]
            state = replace(
                _with_sale(state, replace(sale, is_voided=True)), day=state.day.with_voided(sale.basket.total)
            )
            return _forget_finished(replace(state, current=None))
        case SaleSetAside(sale=number):
            state = _with_sale(state, replace(state.sales[number], is_aside=True))
            return _forget_finished(replace(state, current=None))
        case SaleTakenUp(sale=number):
            state = _forget_finished(state)
            return replace(_with_sale(state, replace(state.sales[number], is_aside=False)), current=number)
        case SaleSeen(sale=number):
            return _forget_finished(_with_sale(state, replace(state.sales[number], is_aside=False)))
        case SaleCompleted(sale=number, at=at, receipt_number=receipt_number):
            sale = replace(state.sales[number], receipt_number=receipt_number, completed_at=at)
            return replace(_with_sale(state, sale), next_receipt=receipt_number + 1, day=state.day.with_sale(sale))
        case LineAdded() | QuantityChanged() | LineVoided():
            return _basket_changed(state, fact)
        case _:
            assert_never(fact)


def _basket_changed(state: TillState, fact: LineAdded | QuantityChanged | LineVoided) -> TillState:
    sale = state.sales[fact.sale]
    match fact:
        case LineAdded(line=line):
            basket = sale.basket.with_line(line)
            return _with_sale(state, replace(sale, basket=basket, next_line=line.number + 1))
        case QuantityChanged(line=number, quantity_thousandths=quantity):
            return _basket_corrected(state, sale, sale.basket.with_quantity(number, quantity))
        case LineVoided(line=number):
            return _basket_corrected(state, sale, sale.basket.without_line(number))
        case _:
            assert_never(fact)


def _basket_corrected(state: TillState, sale: Sale, basket: Basket) -> TillState:
    """Put a changed basket in its place; what it has become less by is counted as a correction of the day."""
    less = sale.basket.total - basket.total
    day = state.day.with_correction(less) if less.minor > 0 else state.day
    return replace(_with_sale(state, replace(sale, basket=basket)), day=day)


def _payment_requested(state: TillState, fact: PaymentRequested) -> Advance:
    terms = fact.terms
    payment = Payment(terms, Requested(may_exist=False, may_resend=True), keeps_body=fact.body is not None, sends=1)
    sale = state.sales[terms.sale]
    state = _with_sale(state, replace(sale, attempts=(*sale.attempts, terms.reference)))
    return Advance(_with_payment(state, payment), (CreatePayment(terms.reference), *_ask_ended(state, sale)))


def _refund_requested(state: TillState, fact: RefundRequested) -> Advance:
    terms = fact.terms
    return Advance(_with_refund(state, Refund(terms)), (SendRefund(terms.reference, terms.amount),))


def _operation_sent(state: TillState, fact: OperationIntended | OperationRepeated) -> TillState:
    if fact.operation is Operation.REFUND:
        return replace(state)  # written down, though nothing follows from it
    payment = state.payments[fact.reference]
    payment = replace(payment, sends=payment.sends + 1)
    if isinstance(fact, OperationIntended):
        payment = replace(payment, intended=(*payment.intended, fact.operation))
    return _with_payment(state, payment)


def _payment_moved(state: TillState, fact: PaymentFact) -> Advance:
    refund = state.refunds.get(fact.reference)
    if refund is not None and not refund.is_final:
        given_back = refunds.step(refund, fact)
        moved = state if given_back.refund is refund else _with_refund(state, given_back.refund)
        if isinstance(given_back.refund.state, RefundDone):
            moved = _given_back(moved, given_back.refund)
        return Advance(moved, given_back.commands)
    before = state.payments.get(fact.reference)
    if before is None:
        # A late answer about a payment that ended and was forgotten: the journal has its end.
        return Advance(state)
    step: Step = payment_step.step(before, fact)
    if step.payment is before:
        return Advance(state, step.commands)
    state = _with_payment(state, step.payment)
    if isinstance(step.payment.state, Captured) and not isinstance(before.state, Captured):
        return _captured(state, step.payment, fact.at)
    return Advance(state, step.commands)


def _given_back(state: TillState, refund: Refund) -> TillState:
    """Count a refund that is done; a double payment that is given back in full is over."""
    terms = refund.terms
    if terms.reference not in state.doubles:
        return replace(state, day=state.day.with_refund(terms.amount))
    state = replace(state, day=state.day.with_double_returned(terms.amount))
    return _without_double(state, terms.reference) if refund.refunded_least >= terms.paid.amount.minor else state


def _captured(state: TillState, payment: Payment, at: datetime) -> Advance:
    """Put captured money on its sale; a covered sale is completed with the next receipt number.

    Every attempt of it that is still open is cancelled then, and every ended one is read once more: nobody pays twice unseen.
    What does not pay for the basket as it stands is no tender of it: somebody has to give it back.
    """
    terms, sale = payment.terms, state.sales[payment.terms.sale]
    if sale.is_completed or sale.due != payment.to_take:
        double = PaidSale(terms.reference, sale.number, sale.receipt_number or 0, terms.amount, at, terms.msn)
        day = state.day.with_double(terms.amount)
        return Advance(replace(state, doubles={**state.doubles, terms.reference: double}, day=day))
    tender = Tender(TenderKind.WALLET, payment.to_take, terms.reference)
    sale = sale.with_tender(tender)
    state = replace(_with_sale(state, sale), day=state.day.with_tender(tender))
    still_open = [one for one in sale.attempts if isinstance(state.payments[one].state, Requested | Waiting)]
    cancels = (CancelAsked(reference, at) for reference in still_open)
    return Advance(state, _ask_ended(state, sale), (SaleCompleted(sale.number, at, state.next_receipt), *cancels))


def _ask_ended(state: TillState, sale: Sale) -> tuple[AskPayment, ...]:
    """Return reads of a sale's attempts that ended without money, to be sure of it before and after another takes some."""
    ended = (state.payments[one] for one in sale.attempts if isinstance(state.payments[one].state, Ended))
    return tuple(AskPayment(one.terms.reference, one.terms.flow, Pace.URGENT) for one in ended)


def _hub_refund_moved(state: TillState, fact: HubRefundFact) -> TillState:
    match fact:
        case HubRefundAsked(terms=terms):
            still_open = {refund.terms.id: refund for refund in state.open_hub_refunds}
            return replace(state, hub_refunds={**still_open, terms.id: HubRefund(terms)})
        case HubRefundEnded(id=id_, ending=ending, reason=reason):
            refund = state.hub_refunds.get(id_)
            if refund is None or refund.ending is not None:
                return state
            ended = replace(refund, ending=ending, reason=reason)
            return replace(state, hub_refunds={**state.hub_refunds, id_: ended})
        case _:
            assert_never(fact)


def _without_double(state: TillState, reference: str) -> TillState:
    return replace(state, doubles={name: paid for name, paid in state.doubles.items() if name != reference})


def _with_sale(state: TillState, sale: Sale) -> TillState:
    return replace(state, sales={**state.sales, sale.number: sale})


def _with_payment(state: TillState, payment: Payment) -> TillState:
    return replace(state, payments={**state.payments, payment.terms.reference: payment})


def _with_refund(state: TillState, refund: Refund) -> TillState:
    reference = refund.terms.reference
    refunding = state.refunding
    if refund.is_final:
        refunding = tuple(one for one in refunding if one != reference)
    elif reference not in refunding:
        refunding = (*refunding, reference)
    return replace(state, refunds={**state.refunds, reference: refund}, refunding=refunding)


def _forget_finished(state: TillState) -> TillState:
    """Drop sales that are over and whose payments have all ended; what is open, unpaid or not looked at stays."""
    kept = {
        number: sale
        for number, sale in state.sales.items()
        if not sale.is_over
        or sale.is_aside
        or any(not state.payments[reference].is_final for reference in sale.attempts)
    }
    references = {reference for sale in kept.values() for reference in sale.attempts}
    return replace(
        state,
        sales=kept,
        payments={reference: payment for reference, payment in state.payments.items() if reference in references},
        current=state.current if state.current in kept else None,
    )
