"""Registrations: listed, made once, kept with their secret, and taken back where it cannot be kept."""

import json
from collections.abc import Callable

import pytest

from tests.doubles.office import calls_of, scripted_calls
from tests.doubles.secrets import MemorySecrets
from tests.doubles.service import InProcess
from tests.doubles.transport import Scripted, reply
from till.engine.ports import KeyStoreUnavailable
from till.vipps.errors import InvalidRequest, Refused, Silence, Unanswered
from till.vipps.webhooks import (
    PAYMENT_EVENTS,
    Webhook,
    Webhooks,
    delete_and_forget,
    missing,
    register_and_keep,
    register_body,
    secret_name,
)

URL = "https://shop.example/hooks?till=7"
ID = "0a0a0a0a-1111-4222-8333-444444444444"
MSN = "900001"


def client_and_service() -> tuple[Webhooks, InProcess]:
    transport = InProcess()
    return Webhooks(calls_of(transport)), transport


def test_a_registration_is_made_listed_and_deleted() -> None:
    client, _ = client_and_service()
    store = MemorySecrets()
    made = register_and_keep(client, store, msn=MSN, url=URL, events=PAYMENT_EVENTS)
    assert client.list() == (Webhook(made, URL, PAYMENT_EVENTS),)
    assert list(store.kept) == [secret_name(MSN, made)]
    assert len(store.kept[secret_name(MSN, made)]) == 88
    assert delete_and_forget(client, store, msn=MSN, webhook_id=made)
    assert client.list() == ()
    assert store.kept == {}
    assert not delete_and_forget(client, store, msn=MSN, webhook_id=made)


def test_no_secret_is_asked_for_that_cannot_be_kept() -> None:
    client, transport = client_and_service()
    with pytest.raises(KeyStoreUnavailable):
        register_and_keep(client, MemorySecrets(refuses_after=0), msn=MSN, url=URL, events=PAYMENT_EVENTS)
    assert transport.exchanges == []


def test_a_registration_whose_secret_could_not_be_kept_is_taken_back() -> None:
    client, _ = client_and_service()
    with pytest.raises(KeyStoreUnavailable):
        register_and_keep(client, MemorySecrets(refuses_after=1), msn=MSN, url=URL, events=PAYMENT_EVENTS)
    assert client.list() == ()


def test_what_is_missing_is_said_for_one_url_and_only_where_the_secret_is_kept() -> None:
    first, second = PAYMENT_EVENTS[:2]
    registered = [Webhook(ID, URL, (first,)), Webhook("other", "https://other.example/", (second,))]
    assert missing(registered, url=URL, events=(first, second)) == (second,)
    assert missing(registered, url=URL, events=(first, second), is_kept=lambda _: False) == (first, second)
    assert missing([], url=URL, events=()) == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hooks",
        "shop.example",
        "https://shop.example/a b",
        "https://æ.example/",
        "https://shop.example/#part",
        "https://user@shop.example/",
        "https://shop.example/" + "x" * 2048,
    ],
)
def test_an_address_that_cannot_be_registered_is_not_sent(url: str) -> None:
    with pytest.raises(InvalidRequest) as invalid:
        register_body(url, PAYMENT_EVENTS)
    assert invalid.value.field == "url"


@pytest.mark.parametrize("events", [(), ("CAPTURED",), ("epayments.payment.captured",)])
def test_events_are_named_as_published_or_not_sent(events: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequest):
        register_body(URL, events)


def test_an_id_goes_into_a_path_only_if_it_is_one() -> None:
    client, transport = client_and_service()
    for wrong in ("", "../payments", "x" * 36):
        with pytest.raises(InvalidRequest):
            client.delete(wrong)
    assert transport.exchanges == []


def test_a_refusal_of_a_registration_that_is_there_is_passed_on() -> None:
    listed = reply(200, {"webhooks": [{"id": ID, "url": URL, "events": []}]})
    client = Webhooks(scripted_calls(Scripted([reply(400), listed])))
    with pytest.raises(Refused):
        delete_and_forget(client, MemorySecrets(), msn=MSN, webhook_id=ID)


WRONG: list[tuple[Callable[[Webhooks], object], int, object]] = [
    (lambda client: client.list(), 200, {}),
    (lambda client: client.list(), 200, {"webhooks": ["x"]}),
    (lambda client: client.list(), 200, {"webhooks": [{"id": 1, "url": URL, "events": []}]}),
    (lambda client: client.list(), 200, {"webhooks": [{"id": "x", "url": URL, "events": []}]}),
    (lambda client: client.list(), 200, {"webhooks": [{"id": ID, "url": URL, "events": [1]}]}),
    (lambda client: client.register(URL, PAYMENT_EVENTS), 201, {"id": ID}),
    (lambda client: client.register(URL, PAYMENT_EVENTS), 201, {"id": "x", "secret": "s"}),
    (lambda client: client.register(URL, PAYMENT_EVENTS), 201, {"id": ID, "secret": "a\nb"}),
    (lambda client: client.register(URL, PAYMENT_EVENTS), 200, {"id": ID, "secret": "s"}),
    (lambda client: client.delete(ID), 200, {}),
]


@pytest.mark.parametrize(("act", "status", "body"), WRONG)
def test_an_answer_that_does_not_fit_is_no_answer(act: Callable[[Webhooks], object], status: int, body: object) -> None:
    with pytest.raises(Unanswered) as unanswered:
        act(Webhooks(scripted_calls(Scripted([reply(status, body)]))))
    assert unanswered.value.reason is Silence.BAD_REPLY


def test_a_secret_prints_as_dots() -> None:
    client = Webhooks(scripted_calls(Scripted([reply(201, {"id": ID, "secret": "the-webhook-secret"})])))
    assert "the-webhook-secret" not in repr(client.register(URL, PAYMENT_EVENTS))


def test_a_body_is_always_the_same_bytes_and_names_each_event_once() -> None:
    body = register_body(URL, (*PAYMENT_EVENTS, *PAYMENT_EVENTS))
    assert json.loads(body) == {"url": URL, "events": list(PAYMENT_EVENTS)}
    assert body == register_body(URL, PAYMENT_EVENTS)
