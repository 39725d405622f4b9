"""Orders as create requests: lines that add up whatever is in the basket, and what a customer elsewhere is asked."""

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.contract.description import description
from tests.doubles.articles import article
from tests.doubles.transport import Scripted, reply, scripted_client
from tests.reference import reference_folder
from till.domain.basket import Basket, Line
from till.domain.catalogue import Unit
from till.domain.money import Currency, Money
from till.domain.order import Order
from till.domain.payment import Flow, Terms
from till.domain.sale import Sale
from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest
from till.vipps.orders import ORDER_LINES_MOST, request_of
from till.vipps.requests import CreateRequest, OrderLine, OrderLines, PaidOtherwise, create_body

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REF = "test-kasse1-261121-0012-1"
NUMBER = Secret("4700000001")
MOST_MINOR = 65_000_000


def order(basket: Basket, flow: Flow = Flow.CUSTOMER_SCREEN, *, good_for: timedelta | None = None) -> Order:
    expires_at = None if good_for is None else AT + good_for
    terms = Terms(REF, 12, basket.total, flow, "900001", AT, expires_at)
    return Order(terms, Sale(12, basket), 7, None if flow is Flow.CUSTOMER_SCREEN else NUMBER)


def made(order_: Order, *, receipt_url: str = "") -> CreateRequest:
    return request_of(order_, till="kasse1", shop="Storgata", draws_code=False, receipt_url=receipt_url)


def basket_of(*lines: Line) -> Basket:
    basket = Basket(Currency.NOK)
    for line in lines:
        basket = basket.with_line(line)
    return basket


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    """Pieces, weights, deposits, packages with a price of their own, and things that come back."""
    lines = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        unit = draw(st.sampled_from(Unit))
        goods = article(
            f"{1000 + number}",
            unit=unit,
            price_minor=draw(st.integers(1, 300_000)),
            rate=draw(st.sampled_from([0, 1200, 1350, 1500, 2400, 2500, 2550])),
            deposit_minor=draw(st.sampled_from([None, 200, 300])) if unit is Unit.PIECE else None,
        )
        by_piece = st.integers(1, 40).map(lambda count: count * 1000)
        quantity = draw(by_piece if unit is Unit.PIECE else st.integers(1, 9_999))
        if draw(st.integers(0, 4)) == 0:
            quantity = -quantity
        has_own_price = unit is Unit.KG and draw(st.booleans())
        price = Money(draw(st.integers(1, 99_999)), Currency.NOK) if has_own_price else goods.price
        lines.append(Line(number, goods, 1000 if has_own_price else quantity, price))
    return basket_of(*lines)


@settings(deadline=None)
@given(baskets())
def test_whatever_is_in_the_basket_its_lines_add_up_exactly(basket: Basket) -> None:
    """Requirement 13."""
    assume(100 <= basket.total.minor <= MOST_MINOR)
    request = made(order(basket))
    assert request.order_lines is not None
    body = json.loads(create_body(request))
    total = 0
    for line in body["receipt"]["orderLines"]:
        amounts = (line["totalAmount"], line["totalAmountExcludingTax"], line["totalTaxAmount"])
        assert min(amounts) >= 0
        assert amounts[1] + amounts[2] == amounts[0]
        unit = line["unitInfo"]
        assert abs(Fraction(unit["quantity"]) * unit["unitPrice"] - amounts[0]) <= Fraction(1, 2)
        total += -amounts[0] if line.get("isReturn") else amounts[0]
    assert total == body["amount"]["value"]
    tax = sum(-line.tax_minor if line.is_return else line.tax_minor for line in request.order_lines.lines)
    assert tax == sum(share.tax.minor for share in basket.vat), "the app and the receipt show the same tax"


@settings(deadline=None, max_examples=20)
@given(baskets())
def test_no_basket_makes_a_body_that_the_description_forbids(basket: Basket) -> None:
    if reference_folder() is None:
        pytest.skip("the published descriptions are not beside this checkout")
    assume(100 <= basket.total.minor <= MOST_MINOR)
    transport = Scripted([reply(201, {"reference": REF})])
    scripted_client(transport).create(REF, create_body(made(order(basket))), f"{REF}-create")
    (sent,) = transport.asked
    book = description("epayment-1.8.1.yaml")
    assert book.request_complaints("post", "/v1/payments", json.loads(sent.body or b""), sent.headers) == []


@st.composite
def order_lines(draw: st.DrawFn) -> tuple[OrderLines, Money]:
    """Lines with discounts and returns, partly paid by other means, a tip on top; and what is left to charge."""
    lines = []
    for number in range(draw(st.integers(1, 8))):
        quantity = Fraction(draw(st.integers(1, 99_999)), 1000)
        price = draw(st.integers(0, 500_000))
        whole = int(quantity * price + Fraction(1, 2))
        discount = draw(st.integers(0, whole))
        total = whole - discount
        lines.append(
            OrderLine(
                f"Article {number}",
                str(number),
                total,
                draw(st.integers(0, total)),
                draw(st.integers(0, 10_000)),
                price,
                f"{quantity.numerator * 1000 // quantity.denominator / 1000:.3f}",
                draw(st.sampled_from(["PCS", "KG", "LITRE"])),
                discount_minor=discount,
                is_return=draw(st.booleans()),
            )
        )
    counted = sum(line.counted_minor for line in lines)
    tip = draw(st.integers(0, 10_000))
    parts = [draw(st.integers(0, max(0, counted) // 4)) for _ in range(4)]
    made_ = OrderLines(tuple(lines), "kasse1", "0001", tip, PaidOtherwise(*parts))
    return made_, Money(counted + tip - sum(parts), Currency.NOK)


@settings(deadline=None)
@given(order_lines(), st.integers(-3, 3), st.integers(-2, 2))
def test_discounts_returns_tips_and_other_means_add_up_or_are_refused(
    lines_and_rest: tuple[OrderLines, Money], change: int, change_of_line: int
) -> None:
    """Requirement 13: a receipt that is wrong by one unit is never sent, since it can never be corrected."""
    lines, rest = lines_and_rest
    assert lines.adds_up_to(rest)
    assert lines.adds_up_to(replace(rest, minor=rest.minor + change)) is (change == 0)
    first = lines.lines[0]
    changed = replace(lines, lines=(replace(first, total_minor=first.total_minor + change_of_line), *lines.lines[1:]))
    assert changed.adds_up_to(rest) is (change_of_line == 0)


def test_what_comes_back_counts_against_the_rest_with_positive_amounts() -> None:
    bread, bottle = article("1001", price_minor=3990), article("1003", price_minor=200)
    lines = made(order(basket_of(Line(1, bread, 1000, bread.price), Line(2, bottle, -3000, bottle.price)))).order_lines
    assert lines is not None
    assert [(line.total_minor, line.quantity, line.is_return) for line in lines.lines] == [
        (3990, "1", False),
        (600, "3", True),
    ]


def test_a_package_with_its_own_price_is_a_piece_and_no_kilogram() -> None:
    cheese = article("1002", unit=Unit.KG, price_minor=15976)
    lines = made(
        order(basket_of(Line(1, cheese, 1000, Money(4590, Currency.NOK)), Line(2, cheese, 412, cheese.price)))
    ).order_lines
    assert lines is not None
    assert [(line.quantity, line.quantity_unit) for line in lines.lines] == [("1", "PCS"), ("0.412", "KG")]


def test_a_customer_elsewhere_gets_lines_time_and_no_receipt_number() -> None:
    """Requirement 59: not present, order lines always; the receipt's number is not known before it is paid."""
    bread = article("1001", price_minor=39900)
    body = json.loads(
        create_body(
            made(
                order(basket_of(Line(1, bread, 1000, bread.price)), Flow.DISTANCE, good_for=timedelta(hours=1)),
                receipt_url="https://shop.example/r/{reference}",
            )
        )
    )
    assert body["customerInteraction"] == "CUSTOMER_NOT_PRESENT"
    assert body["userFlow"] == "PUSH_MESSAGE"
    assert body["customer"] == {"phoneNumber": "4700000001"}
    assert body["expiresAt"] == "2026-11-21T13:00:00+00:00"
    assert body["receipt"]["bottomLine"] == {"currency": "NOK", "posId": "kasse1"}
    assert body["metadata"] == {"till": "kasse1", "sale": "12"}
    assert body["receiptUrl"] == f"https://shop.example/r/{REF}"
    assert "0007" not in json.dumps(body)


def test_more_lines_than_a_request_holds_are_left_out_at_the_counter_and_refused_elsewhere() -> None:
    things = [article(f"{place}", price_minor=100) for place in range(ORDER_LINES_MOST + 1)]
    basket = basket_of(*(Line(place, thing, 1000, thing.price) for place, thing in enumerate(things, start=1)))
    assert made(order(basket)).order_lines is None
    with pytest.raises(InvalidRequest) as refused:
        made(order(basket, Flow.DISTANCE, good_for=timedelta(hours=1)))
    assert refused.value.field == "receipt"


def test_the_highest_age_limit_goes_along_and_nothing_personal_does() -> None:
    """Requirement 61."""
    beer, juice = article("1005", price_minor=3990), article("1006", price_minor=2990)
    basket = basket_of(
        Line(1, replace(juice, min_age=16), 1000, juice.price), Line(2, replace(beer, min_age=18), 1000, beer.price)
    )
    body = json.loads(create_body(made(order(basket))))
    assert body["minimumUserAge"] == 18
    assert body["customerInteraction"] == "CUSTOMER_PRESENT"
    assert set(body["metadata"]) == {"till", "sale"}
    plain = json.loads(create_body(made(order(basket_of(Line(1, juice, 1000, juice.price))))))
    assert "minimumUserAge" not in plain
    assert "receiptUrl" not in plain
