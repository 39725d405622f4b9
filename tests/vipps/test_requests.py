"""Requests: what the published description forbids is refused by name, and sums that do not fit are seen."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest
from till.vipps.requests import (
    CreateRequest,
    Customer,
    CustomerKey,
    Interaction,
    OrderLine,
    OrderLines,
    PaidOtherwise,
    QrFormat,
    UserFlow,
    create_body,
    to_bytes,
)

REF = "test-kasse1-261121-0001-1"
AMOUNT = Money(10000, Currency.NOK)
QR = CreateRequest(REF, AMOUNT, UserFlow.QR, "Kasse 1", qr_format=QrFormat.PNG)
BREAD = OrderLine("Grovbrød", "1001", 10000, 1304, 1500, 5000, "2", "PCS")


def lines(*more: OrderLine, **changes: object) -> OrderLines:
    return replace(OrderLines(more or (BREAD,), pos_id="kasse1", receipt_number="0001"), **changes)  # type: ignore[arg-type]


def test_the_bytes_of_a_usual_payment_stay_what_they_are() -> None:
    """Invariant I2: a body kept by an older till must still be the body that a newer one makes."""
    assert create_body(QR) == (
        b'{"amount":{"currency":"NOK","value":10000},"customerInteraction":"CUSTOMER_PRESENT",'
        b'"paymentDescription":"Kasse 1","paymentMethod":{"type":"WALLET"},'
        b'"qrFormat":{"format":"IMAGE/PNG","size":640},"reference":"test-kasse1-261121-0001-1","userFlow":"QR"}'
    )


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("metadata", {"metadata": tuple((str(place), "x") for place in range(6))}),
        ("metadata", {"metadata": (("a", "1"), ("a", "2"))}),
        ("metadata", {"metadata": (("k" * 101, "x"),)}),
        ("metadata", {"metadata": (("k", "x" * 501),)}),
        ("minimumUserAge", {"minimum_age": 101}),
        ("minimumUserAge", {"minimum_age": -1}),
        ("receipt", {"expires_at": datetime(2027, 1, 5, tzinfo=UTC)}),
        ("receipt", {"interaction": Interaction.NOT_PRESENT}),
        ("receiptUrl", {"receipt_url": "http://shop.example/receipts/1"}),
        ("expiresAt", {"expires_at": datetime(2027, 1, 5), "order_lines": lines()}),  # noqa: DTZ001
        ("returnUrl", {"return_url": "http://shop.example/thanks"}),
        ("returnUrl", {"return_url": "javascript:alert(1)"}),
        ("returnUrl", {"return_url": "https://shop.example/" + "x" * 2500}),
        ("returnUrl", {"user_flow": UserFlow.WEB_REDIRECT, "qr_format": None}),
        ("qrFormat.size", {"qr_size": 99}),
        ("receipt", {"order_lines": lines(replace(BREAD, total_minor=9999))}),
        ("reference", {"reference": "only_eight"}),
        ("amount.value", {"amount": Money(0, Currency.DKK)}),
    ],
)
def test_what_the_description_forbids_is_refused_by_name(field: str, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        replace(QR, **changes)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (CustomerKey.PHONE_NUMBER, "+4799887766"),
        (CustomerKey.PHONE_NUMBER, "12345678"),
        (CustomerKey.PHONE_NUMBER, "٤٧٩٩٨٨٧٧٦٦"),
        (CustomerKey.PHONE_NUMBER, "4799887766\n"),
        (CustomerKey.PERSONAL_QR, "4799"),
        (CustomerKey.PERSONAL_QR, "4799887766" * 26),
        (CustomerKey.PERSONAL_QR, "4799887766\x1b"),
        (CustomerKey.PERSONAL_QR, "4799887766\udc80"),
        (CustomerKey.CUSTOMER_TOKEN, ""),
        (CustomerKey.CUSTOMER_TOKEN, "4799887766\n"),
    ],
)
def test_a_customer_who_cannot_be_one_is_refused_without_a_word_of_the_value(key: CustomerKey, value: str) -> None:
    """Invariant I11."""
    with pytest.raises(InvalidRequest) as refused:
        Customer(key, Secret(value))
    assert refused.value.field == f"customer.{key.value}"
    assert "4799" not in str(refused.value)


def test_text_that_is_no_text_is_refused_and_the_body_does_not_come_along() -> None:
    """Invariant I11: the encoder's own exception carries the whole body."""
    with pytest.raises(InvalidRequest) as refused:
        to_bytes({"paymentDescription": "\udc80", "customer": {"phoneNumber": "4799887766"}})
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@given(st.text(max_size=200))
def test_any_description_gives_a_body_or_a_named_refusal(text: str) -> None:
    try:
        body = create_body(replace(QR, description=text))
    except InvalidRequest:
        return
    assert json.loads(body)["paymentDescription"] == text


def test_a_check_in_can_be_asked_by_redirect_where_a_push_is_not_allowed() -> None:
    token = Customer(CustomerKey.CUSTOMER_TOKEN, Secret("dG9rZW4="))
    request = CreateRequest(
        REF, AMOUNT, UserFlow.WEB_REDIRECT, "Kasse 1", customer=token, return_url="https://shop.example/"
    )
    body = json.loads(create_body(request))
    assert body["customer"] == {"customerToken": "dG9rZW4="}
    assert body["userFlow"] == "WEB_REDIRECT"
    assert "qrFormat" not in body


def test_the_rarer_fields_are_named_as_published() -> None:
    request = replace(
        QR,
        interaction=Interaction.NOT_PRESENT,
        metadata=(("till", "1"),),
        minimum_age=18,
        order_lines=lines(),
        expires_at=datetime(2027, 1, 5, 10, 15, tzinfo=UTC),
        return_url="shop-app://thanks",
        receipt_url="https://shop.example/receipts/1",
    )
    body = json.loads(create_body(request))
    assert body["customerInteraction"] == "CUSTOMER_NOT_PRESENT"
    assert body["metadata"] == {"till": "1"}
    assert (body["minimumUserAge"], body["expiresAt"]) == (18, "2027-01-05T10:15:00+00:00")
    assert body["returnUrl"] == "shop-app://thanks"


@pytest.mark.parametrize(
    ("order_lines", "adds_up"),
    [
        (lines(), True),
        (lines(replace(BREAD, unit_price_minor=6000, discount_minor=2000)), True),
        (lines(replace(BREAD, quantity="0.333", unit_price_minor=30030)), True),
        (lines(BREAD, BREAD, replace(BREAD, is_return=True)), True),
        (lines(BREAD, BREAD, paid_otherwise=PaidOtherwise(cash_minor=4000, gift_card_minor=6000)), True),
        (lines(replace(BREAD, total_minor=9500, unit_price_minor=4750), tip_minor=500), True),
        (lines(replace(BREAD, quantity="3")), False),
        (lines(replace(BREAD, unit_price_minor=6000)), False),
        (lines(replace(BREAD, tax_minor=10001)), False),
        (lines(replace(BREAD, tax_rate=10001)), False),
        (lines(replace(BREAD, quantity="2,0")), False),
        (lines(replace(BREAD, quantity="-2")), False),
        (lines(replace(BREAD, quantity="2.00000000000")), False),
        (lines(BREAD, replace(BREAD, is_return=True)), False),
        (lines(tip_minor=-1), False),
        (OrderLines((), pos_id="kasse1", receipt_number="1"), False),
    ],
)
def test_order_lines_add_up_exactly_or_are_seen_not_to(order_lines: OrderLines, adds_up: bool) -> None:
    """Requirement 13 of the published checklist."""
    assert order_lines.adds_up_to(AMOUNT) is adds_up


def test_what_was_paid_by_other_means_is_never_negative() -> None:
    with pytest.raises(InvalidRequest):
        PaidOtherwise(cash_minor=-1)
