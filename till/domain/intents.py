"""Every wish a cashier can have, and `decide`: what a wish comes to in this state, or why it is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from till.domain import aside
from till.domain.basket import ONE_THOUSANDTHS, QUANTITY_MOST_THOUSANDTHS, Basket, Line
from till.domain.catalogue import Article, Articles, Unit
from till.domain.day import DayClose
from till.domain.day_close import CloseDay, ReportDay, decide_day
from till.domain.double_payment import SettleDouble, decide_settle, may_complete_sale
from till.domain.facts import (
    Fact,
    LineAdded,
    LineVoided,
    PaymentRequested,
    QuantityChanged,
    RefundRequested,
    SaleOpened,
    SaleSetAside,
    SaleVoided,
)
from till.domain.faults import Refusal, RefusalCode
from till.domain.hub_refund import HubSale
from till.domain.hub_refund_start import StartHubRefund, start_hub_refund
from till.domain.money import WALLET_MINIMUM_MINOR, Money
from till.domain.order import Draft, Order
from till.domain.payment import (
    CancelAsked,
    Captured,
    CompleteAsked,
    Flow,
    NeedsPerson,
    Operation,
    Overtaken,
    Payment,
    ReleaseAsked,
    Requested,
    Reserved,
    Terms,
    Waiting,
    is_time_to_approve,
    key_of,
)
from till.domain.reference import make_reference
from till.domain.refund_start import Refundable, StartRefund, start_refund
from till.domain.sale import Sale
from till.domain.scan import (
    ArticleCode,
    Market,
    Meaning,
    NoMeaning,
    PersonalCode,
    PriceCode,
    ReceiptCode,
    UnknownCode,
    WeightCode,
)
from till.domain.secret import Secret
from till.domain.state import TillState
from till.domain.store import Stores
from till.domain.store_choice import ChooseStore, choose_store

#: More lines than any shopper carries; beyond it something is typing by itself.
LINES_MOST = 1000


class UseScan(Struct, frozen=True):
    """Do what a scanned code asks for."""

    meaning: Meaning


class AddArticle(Struct, frozen=True):
    """Ring up an article by PLU; a weighed one needs its quantity in grams."""

    plu: str
    quantity_thousandths: int | None = None


class ChangeQuantity(Struct, frozen=True):
    """Give a line another quantity, in thousandths of its unit."""

    line: int
    quantity_thousandths: int


class VoidLine(Struct, frozen=True):
    """Take a line out of the basket."""

    line: int


class VoidSale(Struct, frozen=True):
    """Give up the sale on the screen."""


class StartPayment(Struct, frozen=True):
    """Start a wallet payment; `customer` is the personal code, number or check-in of a push, None for the customer's screen.

    A customer elsewhere is given `good_for` to approve; with `is_sent_later` the amount is taken when the goods are sent.
    """

    flow: Flow
    customer: Secret | None = None
    good_for: timedelta | None = None
    is_sent_later: bool = False


class CancelOpenPayment(Struct, frozen=True):
    """Ask to cancel a payment; the customer may still be faster."""

    reference: str


class CompleteOpenPayment(Struct, frozen=True):
    """Take the approved money for what is in the basket."""

    reference: str


class ReleaseOpenPayment(Struct, frozen=True):
    """Give reserved money back."""

    reference: str


class SetAside(Struct, frozen=True):
    """Serve the next customer while this payment is open."""


class TakeUp(Struct, frozen=True):
    """Bring a sale that was set aside back to the screen."""

    sale: int


class PutAway(Struct, frozen=True):
    """Take a sale off the list that was paid while it was set aside."""

    sale: int


SaleIntent = (
    UseScan
    | AddArticle
    | ChangeQuantity
    | VoidLine
    | VoidSale
    | StartPayment
    | CancelOpenPayment
    | CompleteOpenPayment
    | ReleaseOpenPayment
    | SetAside
    | TakeUp
    | PutAway
    | StartRefund
    | StartHubRefund
    | ChooseStore
    | ReportDay
    | CloseDay
    | SettleDouble
)


class Desk(Struct, frozen=True):
    """What deciding may consult: the hour, the shelves, the shop's rules, and how orders and refunds become bytes.

    `keyless` are the sales units, by number, whose keys are not there.
    """

    now: datetime
    articles: Articles
    market: Market
    till: str
    mode: str
    stores: Stores
    keyless: frozenset[str]
    is_push_allowed: bool
    draft: Callable[[Order], Draft | Refusal]
    refundable: Refundable | None
    digest_of_refund: Callable[[Money], str]
    reference_check: Callable[[str], str]
    day_close: DayClose = DayClose.REFUSE
    hub_sale: HubSale | None = None
    new_id: Callable[[], str] = str


class Decision(Struct, frozen=True):
    """The facts a wish comes to; a draft with it when a payment was asked for."""

    facts: tuple[Fact, ...]
    draft: Draft | None = None


def decide(state: TillState, wish: SaleIntent, desk: Desk) -> Decision | Refusal:
    """Judge a wish: what it comes to, or why it cannot be granted. Nothing has happened yet."""
    match wish:
        case UseScan(meaning=meaning):
            return _use_scan(state, meaning, desk)
        case AddArticle(plu=plu, quantity_thousandths=quantity):
            article = desk.articles.by_plu(plu)
            if article is None:
                return Refusal(RefusalCode.ARTICLE_UNKNOWN, plu[:20])
            return _ring_up(state, article, quantity, article.price, desk)
        case ChangeQuantity():
            return _change_quantity(state, wish, desk)
        case VoidLine(line=number):
            return _void_line(state, number, desk)
        case VoidSale():
            sale = Refusal(RefusalCode.BASKET_LOCKED) if state.is_locked else _editable(state)
            return sale if isinstance(sale, Refusal) else Decision((SaleVoided(sale.number, desk.now),))
        case StartPayment():
            return _start_payment(state, wish, desk)
        case CancelOpenPayment() | CompleteOpenPayment() | ReleaseOpenPayment():
            return _act_on_payment(state, wish, desk)
        case SetAside():
            return _decided(aside.set_aside(state, desk.now))
        case TakeUp(sale=number):
            return _decided(aside.take_up(state, number, desk.now))
        case PutAway(sale=number):
            return _decided(aside.put_away(state, number, desk.now))
        case StartRefund():
            return _decided(_refunded(state, wish, desk))
        case StartHubRefund():
            return _decided(start_hub_refund(state, wish, desk.hub_sale, now=desk.now, new_id=desk.new_id()))
        case ChooseStore(name=name):
            return _decided(choose_store(state, name, desk.stores, desk.now))
        case ReportDay() | CloseDay():
            return _decided(decide_day(state, wish, desk.now, desk.day_close))
        case SettleDouble():
            return _decided(decide_settle(state, wish, desk.now))
        case _:
            assert_never(wish)


def moves_money(wish: SaleIntent) -> bool:
    """Whether a wish begins a payment or a refund."""
    if isinstance(wish, UseScan):
        return isinstance(wish.meaning, PersonalCode)
    return isinstance(wish, StartPayment | StartRefund | StartHubRefund)


def _use_scan(state: TillState, meaning: Meaning, desk: Desk) -> Decision | Refusal:
    match meaning:
        case ArticleCode(gtin14=gtin):
            article = desk.articles.by_gtin(gtin)
            if article is None:
                return Refusal(RefusalCode.ARTICLE_UNKNOWN, gtin.lstrip("0"))
            return _ring_up(state, article, None, article.price, desk)
        case WeightCode(base_gtin14=gtin, grams=grams):
            article = desk.articles.by_gtin(gtin)
            if article is None or article.unit is not Unit.KG:
                return Refusal(RefusalCode.ARTICLE_UNKNOWN, gtin.lstrip("0"))
            return _ring_up(state, article, grams, article.price, desk)
        case PriceCode(base_gtin14=gtin, price_minor=price_minor):
            article = desk.articles.by_gtin(gtin)
            if article is None:
                return Refusal(RefusalCode.ARTICLE_UNKNOWN, gtin.lstrip("0"))
            price = Money(price_minor, article.price.currency)
            return _ring_up(state, article, ONE_THOUSANDTHS, price, desk)
        case PersonalCode(content=content):
            return _start_payment(state, StartPayment(Flow.PERSONAL_QR, content), desk)
        case ReceiptCode():
            return Refusal(RefusalCode.NOT_POSSIBLE_NOW)
        case UnknownCode(length=length, reason=reason):
            return Refusal(_REASONS[reason], str(length))
        case _:
            assert_never(meaning)


_REASONS = {
    NoMeaning.WRONG_CHECK_DIGIT: RefusalCode.WRONG_CHECK_DIGIT,
    NoMeaning.SHOP_STICKER: RefusalCode.SHOP_STICKER,
    NoMeaning.NOT_KNOWN: RefusalCode.SCAN_UNKNOWN,
}


def _editable(state: TillState) -> Sale | Refusal:
    """Return the sale on the screen if its basket may change."""
    sale = state.sale
    if sale is None or sale.is_completed:
        return Refusal(RefusalCode.BASKET_EMPTY)
    return Refusal(RefusalCode.BASKET_LOCKED) if state.is_locked and not state.may_shrink else sale


def _void_line(state: TillState, number: int, desk: Desk) -> Decision | Refusal:
    sale = _editable(state)
    if isinstance(sale, Refusal):
        return sale
    if sale.basket.line(number) is None:
        return Refusal(RefusalCode.NOT_POSSIBLE_NOW)
    return _within_reserved(state, sale.basket.without_line(number), LineVoided(sale.number, desk.now, number))


def _within_reserved(state: TillState, basket: Basket, change: Fact) -> Decision | Refusal:
    return Decision((change,)) if state.may_become(basket) else Refusal(RefusalCode.BASKET_LOCKED)


def _ring_up(state: TillState, article: Article, quantity: int | None, price: Money, desk: Desk) -> Decision | Refusal:
    if state.payment is not None and state.payment.leaves_the_counter:
        return _ring_up_for_the_next(state, article, quantity, price, desk)
    if state.is_locked:
        return Refusal(RefusalCode.BASKET_LOCKED)
    if article.unit is Unit.KG and quantity is None:
        return Refusal(RefusalCode.WEIGHT_NEEDED, article.plu)
    quantity = ONE_THOUSANDTHS if quantity is None else quantity
    if not 0 < quantity <= QUANTITY_MOST_THOUSANDTHS:
        return Refusal(RefusalCode.QUANTITY_WRONG)
    sale = state.sale
    if sale is None or sale.is_completed:
        opened = SaleOpened(state.next_sale, desk.now)
        line = Line(1, article, quantity, price)
        return Decision((opened, LineAdded(state.next_sale, desk.now, line)))
    joined = sale.basket.line_to_join(article, price)
    if joined is not None and joined.quantity_thousandths + quantity <= QUANTITY_MOST_THOUSANDTHS:
        more = joined.quantity_thousandths + quantity
        return Decision((QuantityChanged(sale.number, desk.now, joined.number, more),))
    if len(sale.basket.lines) >= LINES_MOST:
        return Refusal(RefusalCode.SALE_TOO_LARGE)
    return Decision((LineAdded(sale.number, desk.now, Line(sale.next_line, article, quantity, price)),))


def _ring_up_for_the_next(
    state: TillState, article: Article, quantity: int | None, price: Money, desk: Desk
) -> Decision | Refusal:
    """Begin a sale of its own: whoever stands at the counter is not the one on the telephone."""
    decision = _ring_up(replace(state, current=None), article, quantity, price, desk)
    if isinstance(decision, Refusal) or state.current is None:
        return decision
    return replace(decision, facts=(SaleSetAside(state.current, desk.now), *decision.facts))


def _change_quantity(state: TillState, wish: ChangeQuantity, desk: Desk) -> Decision | Refusal:
    sale = _editable(state)
    if isinstance(sale, Refusal):
        return sale
    line = sale.basket.line(wish.line)
    if line is None:
        return Refusal(RefusalCode.NOT_POSSIBLE_NOW)
    quantity = wish.quantity_thousandths
    is_part_of_a_piece = line.article.unit is Unit.PIECE and quantity % ONE_THOUSANDTHS != 0
    if is_part_of_a_piece or not 0 <= quantity <= QUANTITY_MOST_THOUSANDTHS:
        return Refusal(RefusalCode.QUANTITY_WRONG)
    if quantity == 0:
        return _void_line(state, wish.line, desk)
    if quantity == line.quantity_thousandths:
        return Decision(())
    change = QuantityChanged(sale.number, desk.now, wish.line, quantity)
    return _within_reserved(state, sale.basket.with_quantity(wish.line, quantity), change)


#: What a sales unit must be approved for; a customer who has checked in can be met without.
NEEDS_PUSH = (Flow.PERSONAL_QR, Flow.PHONE_NUMBER, Flow.DISTANCE)


def _start_payment(state: TillState, wish: StartPayment, desk: Desk) -> Decision | Refusal:
    sale = state.sale
    if sale is None or sale.basket.is_empty:
        return Refusal(RefusalCode.BASKET_EMPTY)
    if sale.is_completed:
        return Refusal(RefusalCode.ALREADY_PAID)
    if state.is_locked:
        return Refusal(RefusalCode.PAYMENT_STILL_OPEN)
    if wish.flow in NEEDS_PUSH and not desk.is_push_allowed:
        return Refusal(RefusalCode.PUSH_NOT_AVAILABLE)
    total = sale.basket.total
    if total.minor < WALLET_MINIMUM_MINOR[total.currency]:
        return Refusal(RefusalCode.AMOUNT_TOO_SMALL)
    if total.minor > WALLET_MOST_MINOR:
        return Refusal(RefusalCode.SALE_TOO_LARGE)
    if not is_time_to_approve(wish.good_for, wish.flow, total.currency):
        return Refusal(RefusalCode.REQUEST_NOT_POSSIBLE, "expiresAt")
    store = desk.stores.sold_for(sale.store)
    if store is None:
        return Refusal(RefusalCode.STORE_NOT_HERE, sale.store)
    if store.msn in desk.keyless:
        return Refusal(RefusalCode.KEYS_MISSING, store.name)
    till, attempt, check = store.names_in_references(desk.till), len(sale.attempts) + 1, desk.reference_check
    terms = Terms(
        reference=make_reference(
            till=till, mode=desk.mode, day=desk.now, sale=sale.number, attempt=attempt, check=check
        ),
        sale=sale.number,
        amount=total,
        flow=wish.flow,
        msn=store.msn,
        requested_at=desk.now,
        expires_at=None if wish.good_for is None else desk.now + wish.good_for,
        is_sent_later=wish.is_sent_later,
    )
    draft = desk.draft(Order(terms, sale, state.next_receipt, wish.customer))
    if isinstance(draft, Refusal):
        return draft
    body = draft.body.reveal() if draft.is_keepable else None
    fact = PaymentRequested(terms, key_of(terms.reference, Operation.CREATE), draft.digest, body)
    return Decision((fact,), draft)


#: ePayment, create payment: `amount.value` is at most this many minor units.
WALLET_MOST_MINOR = 65_000_000


def _act_on_payment(
    state: TillState, wish: CancelOpenPayment | CompleteOpenPayment | ReleaseOpenPayment, desk: Desk
) -> Decision | Refusal:
    payment = state.payments.get(wish.reference)
    if payment is None:
        return Refusal(RefusalCode.NOT_POSSIBLE_NOW)
    match wish:
        case CancelOpenPayment():
            if isinstance(payment.state, Captured):
                return Refusal(RefusalCode.ALREADY_PAID)
            if not may_cancel(payment):
                return Refusal(RefusalCode.NOT_POSSIBLE_NOW)
            return Decision((CancelAsked(wish.reference, desk.now),))
        case CompleteOpenPayment():
            if not may_complete_sale(state, payment):
                return Refusal(RefusalCode.NOT_POSSIBLE_NOW)
            due = state.sales[payment.terms.sale].due
            part = due if due != payment.terms.amount else None
            return Decision((CompleteAsked(wish.reference, desk.now, part),))
        case ReleaseOpenPayment():
            if not may_release(payment):
                return Refusal(RefusalCode.NOT_POSSIBLE_NOW)
            return Decision((ReleaseAsked(wish.reference, desk.now),))
        case _:
            assert_never(wish)


def may_cancel(payment: Payment) -> bool:
    """Whether a cancel can be asked for: not once the customer has approved, as far as the till knows."""
    return isinstance(payment.state, Requested | Waiting)


def may_release(payment: Payment) -> bool:
    """Whether reserved money can be given back by a person's word."""
    return isinstance(payment.state, Overtaken | Reserved | NeedsPerson)


def _refunded(state: TillState, wish: StartRefund, desk: Desk) -> tuple[RefundRequested] | Refusal:
    return start_refund(
        state,
        wish,
        desk.refundable,
        now=desk.now,
        digest=desk.digest_of_refund,
        stores=desk.stores,
        keyless=desk.keyless,
        till=desk.till,
    )


def _decided(facts: tuple[Fact, ...] | Refusal) -> Decision | Refusal:
    return facts if isinstance(facts, Refusal) else Decision(facts)
