"""The customer's window: only what is the customer's. Never a number, never a name."""

from datetime import datetime

from till.domain.basket import Line
from till.domain.catalogue import Unit
from till.domain.payment import (
    Cancelling,
    Captured,
    Capturing,
    Ended,
    Ending,
    Flow,
    NeedsPerson,
    Overtaken,
    Payment,
    Released,
    Releasing,
    Requested,
    Reserved,
    Waiting,
)
from till.domain.sale import Sale
from till.engine.ports import Code
from till.engine.snapshot import Snapshot
from till.presentation.customer_views import (
    CustomerBasketView,
    CustomerCallView,
    CustomerLine,
    CustomerResultView,
    CustomerView,
    WelcomeView,
)
from till.presentation.house import House
from till.presentation.payment_words import is_unknown
from till.presentation.present_basket import shown_sale
from till.presentation.present_payment import ring_of, time_left
from till.presentation.present_refund import present_refund_to_customer, shown_refund
from till.presentation.views import Ring, Tone


class CustomerPresenter:
    """Presents the customer's window; a line is made once and kept while it stays the same object."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lines: dict[int, tuple[Line, CustomerLine]] = {}

    def present(self, snapshot: Snapshot, now: datetime) -> CustomerView:
        """Return what the customer sees of this snapshot."""
        kept: dict[int, tuple[Line, CustomerLine]] = {}
        sale = snapshot.state.sale
        for line in sale.basket.lines if sale is not None else ():
            known = self._lines.get(line.number)
            is_same = known is not None and known[0] is line
            kept[line.number] = known if known is not None and is_same else (line, _line(self._house, line))
        self._lines = kept
        return _present(self._house, snapshot, tuple(line for _, line in kept.values()), now)


def _present(house: House, snapshot: Snapshot, lines: tuple[CustomerLine, ...], now: datetime) -> CustomerView:
    sale, payment = shown_sale(snapshot), snapshot.state.payment
    refund = shown_refund(snapshot)
    if refund is not None:
        return present_refund_to_customer(house, refund)
    if sale is None or sale.basket.is_empty:
        return WelcomeView(house.shop, house.words.say("customer.welcome"))
    if payment is None or _is_seen(snapshot, sale, payment):
        return _basket(house, sale, lines)
    if payment.terms.flow is Flow.DISTANCE:
        # Whoever stands before the screen is not the one who is asked.
        return WelcomeView(house.shop, house.words.say("customer.welcome"))
    trouble = snapshot.around.troubles.get(payment.terms.reference)
    if is_unknown(payment, trouble) and not _is_scannable(payment):
        return _call(house, payment, "unknown")
    match payment.state:
        case Requested():
            return _call(house, payment, "moment")
        case Waiting():
            return _waiting(house, snapshot, sale, lines, payment, now)
        case Capturing():
            return _call(house, payment, "capturing")
        case Cancelling() | Releasing():
            return _call(house, payment, "cancelling")
        case Overtaken() | Reserved():
            return _call(house, payment, "overtaken")
        case NeedsPerson():
            return _call(house, payment, "person")
        case Captured():
            return _paid(house, payment)
        case Released():
            return _not_paid(house, "released")
        case Ended() as ended:
            return _ended(house, ended)


def _is_seen(snapshot: Snapshot, sale: Sale, payment: Payment) -> bool:
    """Whether the payment has ended without money and the cashier has gone on with the basket."""
    is_over = payment.is_final and not sale.is_completed
    return is_over and snapshot.around.acknowledged == payment.terms.reference


def _is_scannable(payment: Payment) -> bool:
    """Whether a code is on the screen that stays good although the till hears nothing just now."""
    return isinstance(payment.state, Waiting) and payment.terms.flow is Flow.CUSTOMER_SCREEN


def _basket(
    house: House,
    sale: Sale,
    lines: tuple[CustomerLine, ...],
    code: Code | None = None,
    ring: Ring | None = None,
    countdown: str = "",
) -> CustomerBasketView:
    words = house.words
    total = sale.basket.total
    is_coded = code is not None
    return CustomerBasketView(
        shop=house.shop,
        total_label=words.say("customer.total"),
        total=house.figures.amount(total),
        currency=house.figures.currency(total.currency),
        lines=lines,
        call=words.say("customer.scan") if is_coded else "",
        code=code,
        ring=ring,
        countdown=countdown,
        footnote=words.say("customer.footnote") if is_coded and house.is_push_allowed else "",
    )


def _line(house: House, line: Line) -> CustomerLine:
    quantity = house.figures.quantity(line.quantity_thousandths, line.article.unit)
    if line.article.unit is Unit.KG:
        name = f"{line.article.name} {quantity}"
    elif line.quantity_thousandths == 1000:
        name = line.article.name
    else:
        name = f"{quantity} × {line.article.name}"
    return CustomerLine(name, house.figures.amount(line.total))


def _waiting(
    house: House, snapshot: Snapshot, sale: Sale, lines: tuple[CustomerLine, ...], payment: Payment, now: datetime
) -> CustomerView:
    words = house.words
    countdown = words.say("customer.valid", left=house.figures.duration(time_left(payment, now)))
    ring = ring_of(house, payment, now)
    if payment.terms.flow is Flow.CUSTOMER_SCREEN:
        code = snapshot.around.code
        if code is None or code.reference != payment.terms.reference:
            return _call(house, payment, "moment")
        return _basket(house, sale, lines, code, ring, countdown)
    return CustomerCallView(
        shop=house.shop,
        title=words.say("customer.open_app"),
        amount=house.figures.money(payment.terms.amount),
        text=words.say("customer.open_app_text"),
        ring=ring,
        countdown=countdown,
    )


def _call(house: House, payment: Payment, name: str) -> CustomerCallView:
    words = house.words
    return CustomerCallView(
        shop=house.shop,
        title=words.say(f"customer.{name}"),
        amount=house.figures.money(payment.terms.amount),
        text=words.say(f"customer.{name}_text"),
        ring=None,
        countdown="",
    )


def _paid(house: House, payment: Payment) -> CustomerResultView:
    words = house.words
    return CustomerResultView(
        tone=Tone.WELL,
        title=words.say("customer.paid"),
        amount=house.figures.money(payment.to_take),
        text=words.say("customer.paid_text"),
        small="",
    )


def _ended(house: House, ended: Ended) -> CustomerResultView:
    if ended.ending is Ending.REFUSED and ended.fault is not None:
        said = house.words.fault(ended.fault.code).customer
        words = house.words
        return CustomerResultView(Tone.LOOK, words.say("customer.ended"), "", words.say("customer.nothing_taken"), said)
    return _not_paid(house, "expired" if ended.ending is Ending.EXPIRED else "ended")


def _not_paid(house: House, title: str) -> CustomerResultView:
    words = house.words
    return CustomerResultView(
        tone=Tone.LOOK,
        title=words.say(f"customer.{title}"),
        amount="",
        text=words.say("customer.nothing_taken"),
        small=words.say("customer.helps"),
    )
