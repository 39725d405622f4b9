"""The Webhooks API: client and sandbox, both held to the published description, operation by operation."""

import json

import pytest
import yaml

from tests.contract.description import description
from tests.contract.exchanges import complaints_about, operation_of
from tests.contract.test_client_contract import Examples
from tests.doubles.office import calls_of, scripted_calls
from tests.doubles.service import BASE, InProcess
from tests.doubles.transport import JSON, Scripted
from tests.reference import reference_folder
from till.vipps.errors import Refused
from till.vipps.transport import HttpReply, HttpRequest
from till.vipps.webhooks import BASE_PATH, PAYMENT_EVENTS, Webhook, Webhooks

BOOK, PREFIX = "webhooks-v1.yaml", "/webhooks"
URL = "https://shop.example/hooks?till=7"
UNKNOWN = "0a0a0a0a-1111-4222-8333-444444444444"


def everything() -> InProcess:
    """Do everything a shop does, the refused things too."""
    transport = InProcess()
    client = Webhooks(calls_of(transport))
    assert client.list() == ()
    made = client.register(URL, PAYMENT_EVENTS)
    assert client.list() == (Webhook(made.id, URL, PAYMENT_EVENTS),)
    with pytest.raises(Refused) as refused:
        client.register(URL, ["epayments.payment.vanished.v1"])
    assert (refused.value.status, refused.value.fields) == (400, ("events",))
    client.delete(made.id)
    with pytest.raises(Refused):
        client.delete(UNKNOWN)
    return transport


def test_every_request_of_the_client_and_every_reply_of_the_sandbox_fit_the_description() -> None:
    book = description(BOOK)
    exchanges = [one for one in everything().exchanges if one.request.url.startswith(BASE + PREFIX)]
    assert complaints_about(exchanges, book, PREFIX) == []
    seen = {operation_of(one, book, PREFIX) for one in exchanges}
    assert seen == published_operations()
    answered = {(*operation_of(one, book, PREFIX), one.reply.status) for one in exchanges}
    assert {("post", "/v1/webhooks", 400), ("delete", "/v1/webhooks/{id}", 400)} < answered
    for one in exchanges:
        assert one.request.headers["Authorization"].startswith("Bearer ")


def published_operations() -> set[tuple[str, str]]:
    folder = reference_folder()
    assert folder is not None
    paths = yaml.safe_load((folder / "openapi" / BOOK).read_text(encoding="utf-8"))["paths"]
    return {(method, path) for path, operations in paths.items() for method in operations}


def test_a_list_never_shows_a_secret() -> None:
    transport = everything()
    (made,) = (json.loads(one.reply.body) for one in transport.exchanges if one.reply.status == 201)
    for one in transport.exchanges:
        assert one.reply.status == 201 or made["secret"].encode() not in one.reply.body


def test_the_published_examples_are_read() -> None:
    (listed,) = Examples(BOOK).of("get", "/v1/webhooks", 200)
    (made,) = Examples(BOOK).of("post", "/v1/webhooks", 201)
    assert isinstance(listed, dict)
    assert isinstance(made, dict)
    # An id has a format and no example.
    listed["webhooks"][0]["id"] = made["id"] = UNKNOWN
    (entry,) = client_answered(200, listed).list()
    assert (entry.url, entry.events) == ("https://example.com/webhook-callback", tuple(listed["webhooks"][0]["events"]))
    registration = client_answered(201, made).register(URL, PAYMENT_EVENTS)
    assert registration.secret.reveal() == made["secret"]


def client_answered(status: int, body: object) -> Webhooks:
    return Webhooks(scripted_calls(Scripted([HttpReply(status, JSON, json.dumps(body).encode())])))


EVENTS = ["epayments.payment.captured.v1"]
WRONG: list[object] = [
    None,
    [],
    {"url": URL},
    {"events": EVENTS},
    {"url": URL, "events": []},
    {"url": URL, "events": "epayments.payment.captured.v1"},
    {"url": URL, "events": [1]},
    {"url": URL, "events": ["epayment.payment.captured.v1"]},
    {"url": URL, "events": EVENTS * 2},
    {"url": "http://shop.example/hooks", "events": EVENTS},
    {"url": "ftp://127.0.0.1/hooks", "events": EVENTS},
    {"url": "/hooks", "events": EVENTS},
    {"url": "https://shop.example:99999/", "events": EVENTS},
    {"url": "https://user:word@shop.example/", "events": EVENTS},
    {"url": 7, "events": EVENTS},
    {"url": URL, "events": EVENTS, "secret": "mine"},
]


@pytest.mark.parametrize("body", WRONG)
def test_the_sandbox_refuses_what_the_description_forbids(body: object) -> None:
    transport = InProcess()
    Webhooks(calls_of(transport)).list()
    headers = {**transport.exchanges[-1].request.headers, "Content-Type": "application/json"}
    reply = transport.send(HttpRequest("POST", BASE + BASE_PATH, headers, json.dumps(body).encode()))
    assert reply.status == 400
    assert description(BOOK).reply_complaints("post", "/v1/webhooks", 400, reply.body) == []
    assert json.loads(reply.body)["instance"] == "/v1/webhooks"


def test_the_sandbox_asks_for_the_token_and_the_sales_unit() -> None:
    transport = InProcess()
    Webhooks(calls_of(transport)).list()
    headers = transport.exchanges[-1].request.headers
    for name, status in (("Authorization", 401), ("Merchant-Serial-Number", 403), ("Ocp-Apim-Subscription-Key", 401)):
        for method in ("GET", "POST"):
            lacking = {key: value for key, value in headers.items() if key != name}
            assert transport.send(HttpRequest(method, BASE + BASE_PATH, lacking, b"{}")).status == status
