"""Every kind of request that the client can build, and every example reply that is published."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from tests.contract.description import description
from tests.doubles.transport import BASE, JSON, Scripted, reply, scripted_client
from tests.reference import reference_folder
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.vipps.epayment import EPayment
from till.vipps.errors import Unanswered
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
)
from till.vipps.transport import HttpReply

REF = "test-kasse1-261121-0001-1"
AMOUNT = Money(10000, Currency.DKK)
BREAD = OrderLine("Rugbrød", "1001", 12000, 2400, 2500, 7500, "2", "PCS", discount_minor=3000)
APPLE = OrderLine("Æbler", "1002", 1000, 200, 2500, 2000, "0.5", "KG", is_return=True)
LINES = OrderLines(
    (BREAD, APPLE),
    pos_id="kasse1",
    receipt_number="0001",
    tip_minor=500,
    paid_otherwise=PaidOtherwise(gift_card_minor=500, cash_minor=1000),
)
QR = CreateRequest(REF, AMOUNT, UserFlow.QR, "Kasse 1", qr_format=QrFormat.PNG, order_lines=LINES)
NUMBER = Customer(CustomerKey.PHONE_NUMBER, Secret("4500000001"))
PUSH = CreateRequest(REF, AMOUNT, UserFlow.PUSH_MESSAGE, "Kasse 1", customer=NUMBER)
REQUESTS = [
    QR,
    replace(QR, qr_format=QrFormat.TEXT, order_lines=None),
    replace(QR, expires_at=datetime(2027, 1, 5, 10, 15, tzinfo=UTC)),
    replace(QR, metadata=(("till", "1"), ("shift", "2")), minimum_age=18, interaction=Interaction.NOT_PRESENT),
    replace(QR, receipt_url="https://shop.example/receipts/1"),
    replace(
        QR,
        user_flow=UserFlow.PUSH_MESSAGE,
        qr_format=None,
        customer=NUMBER,
        interaction=Interaction.NOT_PRESENT,
        expires_at=datetime(2027, 1, 5, 10, 15, tzinfo=UTC),
        order_lines=replace(LINES, receipt_number=""),
    ),
    PUSH,
    replace(PUSH, customer=Customer(CustomerKey.PERSONAL_QR, Secret("https://qr.vipps.no/p/abc"))),
    replace(PUSH, customer=Customer(CustomerKey.CUSTOMER_TOKEN, Secret("dG9rZW4="))),
    replace(PUSH, user_flow=UserFlow.WEB_REDIRECT, return_url="https://shop.example/thanks"),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_kind_of_create_fits_the_description(request_: CreateRequest) -> None:
    """Requirements 7, 8, 11, 13, 14 of the published checklist."""
    transport = Scripted([reply(201, {"reference": REF})])
    scripted_client(transport).create(REF, create_body(request_), f"{REF}-create")
    (sent,) = transport.asked
    assert sent.body is not None
    book = description("epayment-1.8.1.yaml")
    assert book.request_complaints("post", "/v1/payments", json.loads(sent.body), sent.headers) == []


def published_operations() -> set[tuple[str, str]]:
    """Return method and path of every call to the API; the shipping callback goes the other way."""
    folder = reference_folder()
    if folder is None:
        pytest.skip("the published descriptions are not beside this checkout")
    text = (folder / "openapi" / "epayment-1.8.1.yaml").read_text(encoding="utf-8")
    paths = yaml.safe_load(text)["paths"]
    return {
        (method, path)
        for path, operations in paths.items()
        for method in operations
        if method != "parameters" and path.startswith("/v1/")
    }


def test_every_operation_of_the_description_has_its_method() -> None:
    """Requirement 1 of the published checklist."""
    transport = Scripted([reply(500)])
    client = scripted_client(transport)
    approver = Customer(CustomerKey.PHONE_NUMBER, Secret("4500000001"))
    acts = {
        ("post", "/v1/payments"): lambda: client.create(REF, b"{}", "key"),
        ("get", "/v1/payments/{Reference}"): lambda: client.get(REF),
        ("get", "/v1/payments/{Reference}/events"): lambda: client.events(REF),
        ("post", "/v1/payments/{Reference}/capture"): lambda: client.capture(REF, AMOUNT, "key"),
        ("post", "/v1/payments/{Reference}/refund"): lambda: client.refund(REF, AMOUNT, "key"),
        ("post", "/v1/payments/{Reference}/cancel"): lambda: client.cancel(REF, "key", only_if_not_approved=True),
        ("post", "/v1/test/payments/{Reference}/approve"): lambda: client.force_approve(REF, approver),
    }
    assert set(acts) == published_operations()
    for (method, path), act in acts.items():
        with pytest.raises(Unanswered):
            act()
        sent = transport.asked[-1]
        assert sent.method.lower() == method
        assert sent.url == f"{BASE}/epayment{path.replace('{Reference}', REF)}"


class Examples:
    """Example replies of a description: whole ones where they are published, else put together from each field's own."""

    def __init__(self, name: str) -> None:
        folder = reference_folder()
        if folder is None:
            pytest.skip("the published descriptions are not beside this checkout")
        self._document = yaml.safe_load((folder / "openapi" / name).read_text(encoding="utf-8"))

    def of(self, method: str, path: str, status: int) -> list[object]:
        content = self._resolve(self._document["paths"][path][method]["responses"][str(status)])["content"]
        found: list[object] = []
        for media in content.values():
            published = [self._resolve(example)["value"] for example in media.get("examples", {}).values()]
            found += published or [self._whole(media["schema"])]
        return found

    def _whole(self, part: dict[str, Any]) -> object:
        schema = self._resolve(part)
        example = schema.get("example")
        # The description gives a list as the example of the word for a state, against its own type.
        if example is not None and not (isinstance(example, list) and schema.get("type") == "string"):
            return example
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "array":
            return [self._whole(schema["items"])]
        if "properties" in schema:
            return {name: self._whole(field) for name, field in schema["properties"].items()}
        return {"string": "", "integer": 0, "boolean": True}.get(schema.get("type", ""), {})

    def _resolve(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found = self._document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part


def _asked(client: EPayment, method: str, path: str, reference: str) -> object:
    if path == "/v1/payments":
        return client.create(reference, b"{}", "key")
    if path.endswith("/events"):
        return client.events(reference)
    if method == "get":
        return client.get(reference)
    if path.endswith("/cancel"):
        return client.cancel(reference, "key", only_if_not_approved=False)
    return (client.capture if path.endswith("/capture") else client.refund)(reference, AMOUNT, "key")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("post", "/v1/payments", 201),
        ("get", "/v1/payments/{Reference}", 200),
        ("get", "/v1/payments/{Reference}/events", 200),
        ("post", "/v1/payments/{Reference}/capture", 200),
        ("post", "/v1/payments/{Reference}/refund", 200),
        ("post", "/v1/payments/{Reference}/cancel", 200),
    ],
)
def test_every_published_example_is_read(method: str, path: str, status: int) -> None:
    """Fault catalogue B21."""
    examples = Examples("epayment-1.8.1.yaml").of(method, path, status)
    assert examples
    for example in examples:
        entry = example[0] if isinstance(example, list) else example
        assert isinstance(entry, dict)
        client = scripted_client(Scripted([HttpReply(status, JSON, json.dumps(example, default=str).encode())]))
        assert _asked(client, method, path, str(entry["reference"]))


def test_the_published_example_of_a_token_is_read() -> None:
    (example,) = Examples("access-token-2.0.0.yaml").of("post", "/accesstoken/get", 200)
    assert isinstance(example, dict)
    # The sample is cut, and says so inside the token.
    cut = example | {"access_token": example["access_token"].split()[0]}
    answer = HttpReply(200, JSON, json.dumps(cut).encode())
    scripted_client(Scripted([reply(201, {"reference": REF})], tokens=[answer])).create(REF, b"{}", "key")
