"""Client and sandbox, both held to the published descriptions: every request and every reply of a full day."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.contract.description import Description, description
from tests.doubles.articles import article
from tests.doubles.service import BASE, InProcess, client_of
from till.domain.basket import Basket, Line
from till.domain.money import Currency, Money
from till.domain.order import Order
from till.domain.payment import Flow, Terms
from till.domain.sale import Sale
from till.domain.secret import Secret
from till.vipps.epayment import EPayment
from till.vipps.errors import Refused, VippsError
from till.vipps.orders import request_of
from till.vipps.requests import (
    CreateRequest,
    Customer,
    CustomerKey,
    OrderLine,
    OrderLines,
    QrFormat,
    UserFlow,
    create_body,
)
from till.vipps.transport import HttpReply, HttpRequest

REF = "test-kasse1-261121-0001-1"
NOK = Currency.NOK
_TEMPLATES = {"capture", "refund", "cancel", "events", "approve"}


def order_lines(total_minor: int) -> OrderLines:
    return OrderLines(
        (OrderLine("Grovbrød", "1001", total_minor, 0, 0, total_minor, "1", "PCS"),),
        pos_id="kasse1",
        receipt_number="1",
    )


def request(flow: UserFlow = UserFlow.QR, reference: str = REF, minor: int = 48712) -> CreateRequest:
    is_qr = flow is UserFlow.QR
    number = Customer(CustomerKey.PHONE_NUMBER, Secret("4700000001"))
    return CreateRequest(
        reference=reference,
        amount=Money(minor, NOK),
        user_flow=flow,
        description="Storgata Kolonial · kasse1 · 0001",
        customer=None if is_qr else number,
        qr_format=QrFormat.PNG if is_qr else None,
        order_lines=order_lines(minor),
    )


def a_day(transport: InProcess) -> EPayment:
    """Do everything a till does, the refused things too."""
    client = client_of(transport)
    money = Money(48712, NOK)

    def refused(act: Callable[[], object]) -> None:
        with pytest.raises(Refused):
            act()

    client.create(REF, create_body(request()), f"{REF}-create")
    client.create(REF, create_body(request()), f"{REF}-create")
    refused(lambda: client.create(REF, create_body(request()), "another-key"))
    refused(lambda: client.capture(REF, money, f"{REF}-too-soon"))
    client.force_approve(REF, Customer(CustomerKey.PHONE_NUMBER, Secret("4700000001")))
    refused(lambda: client.cancel(REF, f"{REF}-cancel", only_if_not_approved=True))
    client.capture(REF, Money(10000, NOK), f"{REF}-capture")
    client.capture(REF, Money(10000, NOK), f"{REF}-capture")
    refused(lambda: client.capture(REF, money, f"{REF}-capture"))
    refused(lambda: client.capture(REF, money, f"{REF}-more"))
    client.cancel(REF, f"{REF}-release", only_if_not_approved=False)
    client.refund(REF, Money(4000, NOK), f"{REF}-refund")
    refused(lambda: client.refund(REF, money, f"{REF}-refund-2"))
    client.get(REF)
    client.events(REF)
    second = REF[:-1] + "2"
    client.create(second, create_body(request(UserFlow.PUSH_MESSAGE, second)), f"{second}-create")
    client.cancel(second, f"{second}-cancel", only_if_not_approved=True)
    client.get(second)
    return client


def _path_of(sent: HttpRequest) -> str:
    parts = sent.url.removeprefix(BASE).removeprefix("/epayment").split("/")
    for place, part in enumerate(parts):
        if part == "payments" and len(parts) > place + 1:
            parts[place + 1] = "{Reference}"
    return "/".join(parts)


def test_every_request_of_the_client_and_every_reply_of_the_sandbox_fit_the_description() -> None:
    """Requirements 1, 6, 7, 8, 13 of the reference; zero complaints in either direction."""
    epayment, token = description("epayment-1.8.1.yaml"), description("access-token-2.0.0.yaml")
    transport = InProcess()
    a_day(transport)
    complaints = []
    for exchange in transport.exchanges:
        sent, reply = exchange.request, exchange.reply
        path = _path_of(sent)
        book: Description = token if path == "/accesstoken/get" else epayment
        body = json.loads(sent.body) if sent.body else None
        if body is not None:
            complaints += [(path, one) for one in book.request_complaints(sent.method, path, body, sent.headers)]
        if reply.body:
            complaints += [(path, one) for one in book.reply_complaints(sent.method, path, reply.status, reply.body)]
    assert complaints == []
    assert {_path_of(one.request).rsplit("/", 1)[-1] for one in transport.exchanges} >= _TEMPLATES


@pytest.mark.parametrize("path", ["/v1/payments/{Reference}", "/v1/payments/{Reference}/events"])
def test_the_client_reads_the_published_examples(path: str) -> None:
    for example in description("epayment-1.8.1.yaml").examples("get", path, 200):
        entry = example[0] if isinstance(example, list) else example
        assert isinstance(entry, dict)
        reference = entry["reference"]

        class Canned(InProcess):
            def send(self, request: HttpRequest, example: object = example) -> HttpReply:
                if request.url.endswith("/accesstoken/get"):
                    return super().send(request)
                return HttpReply(200, {"content-type": "application/json"}, json.dumps(example).encode())

        client = client_of(Canned())
        if path.endswith("events"):
            assert client.events(reference)
        else:
            assert client.get(reference).reference == reference


WRONG: list[tuple[str, object]] = [
    ("reference", "short"),
    ("reference", "with space in it"),
    ("userFlow", "TELEPATHY"),
    ("amount", {"currency": "NOK", "value": 99.5}),
    ("amount", {"currency": "XXX", "value": 1000}),
    ("amount", {"currency": "NOK"}),
    ("paymentMethod", {"type": "SHELLS"}),
    ("paymentMethod", None),
    ("qrFormat", {"format": "IMAGE/BMP"}),
    ("qrFormat", {"format": "IMAGE/PNG", "size": 5}),
    ("customer", {"phoneNumber": "+4700000001"}),
    ("paymentDescription", "x"),
    ("directCapture", True),
    ("receipt", {"orderLines": []}),
    ("metadata", {str(place): "x" for place in range(6)}),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_the_sandbox_refuses_what_the_description_forbids(field: str, value: object) -> None:
    body = json.loads(create_body(request()))
    body[field] = value
    transport = InProcess()
    client = client_of(transport)
    with pytest.raises(Refused):
        client.create(REF, json.dumps(body).encode(), f"{REF}-create")


@pytest.mark.parametrize(
    ("flow", "customer"), [(Flow.PHONE_NUMBER, Secret("4700000001")), (Flow.CUSTOMER_SCREEN, None)]
)
def test_goods_with_an_age_limit_are_asked_for_with_the_highest_of_them(flow: Flow, customer: Secret | None) -> None:
    """Requirement 61."""
    goods = [article("1", "Snus", 9900, min_age=18), article("2", "Akevitt", 29900, min_age=20), article("3", "Brød")]
    basket = Basket(NOK)
    for number, one in enumerate(goods, start=1):
        basket = basket.with_line(Line(number, one, 1000, one.price))
    terms = Terms(REF, 1, basket.total, flow, "900001", datetime(2026, 11, 21, tzinfo=UTC))
    order = Order(terms, Sale(1, basket), 1, customer)
    body = create_body(request_of(order, till="kasse1", shop="Storgata", draws_code=False))
    assert json.loads(body)["minimumUserAge"] == 20
    transport = InProcess()
    client_of(transport).create(REF, body, f"{REF}-create")
    held = description("epayment-1.8.1.yaml")
    headers = dict.fromkeys(("Idempotency-Key", "Authorization", "Ocp-Apim-Subscription-Key"), "x")
    headers["Merchant-Serial-Number"] = "900001"
    assert held.request_complaints("post", "/v1/payments", json.loads(body), headers) == []


def test_a_basket_becomes_order_lines_that_add_up() -> None:
    """Requirement 13."""
    drink = article("1003", "Solbrus 0,5 l", 2590, deposit_minor=200)
    basket = Basket(NOK).with_line(Line(1, drink, 6000, drink.price))
    terms = Terms(REF, 1, basket.total, Flow.CUSTOMER_SCREEN, "900001", datetime(2026, 11, 21, tzinfo=UTC))
    made = request_of(Order(terms, Sale(1, basket), 1, None), till="kasse1", shop="Storgata", draws_code=False)
    assert made.order_lines is not None
    assert sum(line.total_minor for line in made.order_lines.lines) == basket.total.minor
    assert (
        description("epayment-1.8.1.yaml").request_complaints(
            "post",
            "/v1/payments",
            json.loads(create_body(made)),
            {
                "Idempotency-Key": "x",
                "Authorization": "x",
                "Ocp-Apim-Subscription-Key": "x",
                "Merchant-Serial-Number": "x",
            },
        )
        == []
    )
    assert issubclass(Refused, VippsError)
