"""An order of the till as the wallet's create request, with order lines that add up exactly, or none.

A customer elsewhere is asked for hours or days (`CUSTOMER_NOT_PRESENT`, `expiresAt`), with order lines always; by the time it is
paid the next receipt has another number, so such a request names the sale alone.
"""

from till.domain.basket import Line
from till.domain.catalogue import Unit
from till.domain.money import Money
from till.domain.order import Order
from till.domain.payment import Flow
from till.domain.vat import VatRate
from till.vipps.requests import (
    CreateRequest,
    Customer,
    CustomerKey,
    Interaction,
    OrderLine,
    OrderLines,
    QrFormat,
    UserFlow,
)

#: More lines than this are not sent: no customer scrolls that far, and the request stays small.
ORDER_LINES_MOST = 300
_NAME_MOST = 100
_CUSTOMER_KEYS = {
    Flow.PERSONAL_QR: CustomerKey.PERSONAL_QR,
    Flow.PHONE_NUMBER: CustomerKey.PHONE_NUMBER,
    Flow.DISTANCE: CustomerKey.PHONE_NUMBER,
    Flow.CHECK_IN: CustomerKey.CUSTOMER_TOKEN,
}
#: What stands in the setting of the receipt's address for the payment's reference.
REFERENCE_MARK = "{reference}"
#: Where a checked-in customer's app may lead to after the approval; a request without push must name a place.
RETURN_URL = "https://vippsmobilepay.com/"


def request_of(
    order: Order, *, till: str, shop: str, draws_code: bool, has_push: bool = True, receipt_url: str = ""
) -> CreateRequest:
    """Return the create request of an order; raise InvalidRequest if the customer's value cannot be one.

    `receipt_url` is where the shop shows a receipt, with a mark for the reference; empty if nowhere.
    """
    terms = order.terms
    is_present = terms.flow is not Flow.DISTANCE
    number = f"{order.receipt_number:04}" if is_present else ""
    shows_code = terms.flow is Flow.CUSTOMER_SCREEN
    customer = None
    if order.customer is not None and terms.flow in _CUSTOMER_KEYS:
        customer = Customer(_CUSTOMER_KEYS[terms.flow], order.customer)
    # The app of a customer who has checked in waits for the request, and takes it without a push as well.
    is_redirected = terms.flow is Flow.CHECK_IN and not has_push
    lines = _order_lines(order, till, number)
    return CreateRequest(
        reference=terms.reference,
        amount=terms.amount,
        user_flow=UserFlow.QR if shows_code else UserFlow.WEB_REDIRECT if is_redirected else UserFlow.PUSH_MESSAGE,
        description=f"{(order.sale.store or shop)[:60]} · {till} · {number or terms.sale}",
        customer=customer,
        qr_format=(QrFormat.TEXT if draws_code else QrFormat.PNG) if shows_code else None,
        order_lines=lines if lines is not None and lines.adds_up_to(terms.amount) else None,
        interaction=Interaction.PRESENT if is_present else Interaction.NOT_PRESENT,
        metadata=(("till", till), ("sale", str(terms.sale))),
        minimum_age=order.sale.basket.least_age,
        expires_at=terms.expires_at,
        receipt_url=receipt_url.replace(REFERENCE_MARK, terms.reference) or None,
        return_url=RETURN_URL if is_redirected else None,
    )


def _order_lines(order: Order, till: str, number: str) -> OrderLines | None:
    basket = order.sale.basket
    if len(basket.lines) > ORDER_LINES_MOST:
        return None
    lines = [part for line in basket.lines for part in _parts(line)]
    return OrderLines(tuple(lines), pos_id=till, receipt_number=number)


def _parts(line: Line) -> list[OrderLine]:
    """A line and, as a line of its own with its own tax, the deposit that follows it."""
    article = line.article
    parts = [_part(article.name, article.plu, line, line.price, line.goods, article.vat)]
    if article.deposit is not None:
        deposit = article.deposit
        parts.append(_part(deposit.name, f"{article.plu}-deposit", line, deposit.price, line.deposit, deposit.vat))
    return parts


def _part(name: str, plu: str, line: Line, price: Money, total: Money, rate: VatRate) -> OrderLine:
    """Write a line as the wallet wants it: what comes back keeps its amounts positive; a package priced by itself is a piece."""
    is_weighed = line.article.unit is Unit.KG and line.price == line.article.price
    whole, part = divmod(abs(line.quantity_thousandths), 1000)
    return OrderLine(
        name=name[:_NAME_MOST],
        id=plu,
        total_minor=abs(total.minor),
        tax_minor=abs(rate.contained_in(total).minor),
        tax_rate=rate.basis_points,
        unit_price_minor=abs(price.minor),
        quantity=f"{whole}.{part:03}" if part else str(whole),
        quantity_unit="KG" if is_weighed else "PCS",
        is_return=total.minor < 0,
    )
