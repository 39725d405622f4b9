"""The public path: what is signed is kept once and reaches its till; everything else is refused and leaves nothing."""

import base64
import json
import time
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.doubles.chain import DATE, MSN, OTHER_MSN, PATH, SECRET, URL, Chain, signed
from tests.doubles.served import served
from till.domain.secret import Secret
from till.hub.hours import written
from till.hub.metrics import Metrics
from till.hub.outbox import events_after
from till.hub.stores import till_of_reference
from till.hub.webhooks_in import WebhooksIn

AT = f"/webhooks/{PATH}"


def payment(**changes: object) -> bytes:
    fields = {
        "msn": MSN,
        "reference": "kasse1-261121-0001-1",
        "pspReference": "5f0c1c7e-2f0b-4b0e-9a51-0f3a3c1de001",
        "name": "AUTHORIZED",
        "amount": {"currency": "NOK", "value": 12550},
        "timestamp": "2026-11-21T11:59:58.123Z",
        "idempotencyKey": None,
        "success": True,
        "userDetails": {"mobileNumber": "4712345678"},
    }
    return json.dumps({**fields, **changes}).encode()


def check_in(chain: Chain, **changes: object) -> bytes:
    fields = {
        "customerToken": "dG9rZW4tb2YtYS1jdXN0b21lcg==",
        "merchantQrId": "disk2",
        "msn": MSN,
        "initiatedAt": written(chain.clock.now()).replace("Z", "0Z"),
    }
    return json.dumps({**fields, **changes}).encode()


def events(chain: Chain, till: str) -> list[tuple[str, object]]:
    found = chain.database.read(lambda transaction: events_after(transaction, chain.sealer, till, 0))
    return [(event.kind, json.loads(event.body)) for event in found]


def deliveries(chain: Chain) -> int:
    return int(chain.database.read(lambda transaction: transaction.run("select count(*) from delivery"))[0][0])


def test_a_payment_s_event_becomes_a_hint_for_its_till_alone(chain: Chain, client: httpx.Client) -> None:
    body = payment()
    assert client.post(AT, content=body, headers=signed(body)).status_code == 200
    assert events(chain, "kasse1") == [("payment", {"reference": "kasse1-261121-0001-1"})]
    assert events(chain, "kasse2") == []


@pytest.mark.parametrize(
    "reference",
    [
        "kasse1-261121-0001-1",
        "test-kasse1-261121-0001-1-k7qa",
        "torget-kasse1-261121-0001-1-k7qa",
        "test-gamle-torg-kasse1-261121-0001-2",
    ],
)
def test_a_reference_says_whose_it_is_with_and_without_mark_prefix_and_check(reference: str) -> None:
    assert till_of_reference(reference) == "kasse1"


@pytest.mark.parametrize("reference", ["portal-1234", "261121-0001-1", "kasse1", "KASSE1-261121-0001-1"])
def test_a_reference_of_nobody_s_making_is_nobody_s(reference: str) -> None:
    assert till_of_reference(reference) == ""


def test_the_same_delivery_twice_is_harmless(chain: Chain, client: httpx.Client) -> None:
    """A24, J4: duplicates are told by the event's own reference and name, so that two partial captures stay two."""
    for body in (
        payment(),
        payment(),
        payment(name="CAPTURED", pspReference="a"),
        payment(name="CAPTURED", pspReference="b"),
    ):
        assert client.post(AT, content=body, headers=signed(body)).status_code == 200
    assert len(events(chain, "kasse1")) == 3


def test_events_of_unknown_payments_are_kept_and_disturb_nobody(chain: Chain, client: httpx.Client) -> None:
    body = payment(reference="portal-1234", timestamp="yesterday")
    assert client.post(AT, content=body, headers=signed(body)).status_code == 200
    assert deliveries(chain) == 1


def test_nothing_of_the_customer_is_kept_readable(chain: Chain, client: httpx.Client) -> None:
    for body in (payment(), check_in(chain)):
        client.post(AT, content=body, headers=signed(body))
    for table in ("delivery", "event", "check_in", "registration"):
        rows = repr(chain.database.read(lambda transaction, name=table: transaction.run(f"select * from {name}")))
        assert "4712345678" not in rows
        assert "dG9rZW4tb2YtYS1jdXN0b21lcg" not in rows
        assert SECRET.reveal() not in rows


def test_a_check_in_reaches_the_till_of_its_sticker(chain: Chain, client: httpx.Client) -> None:
    body = check_in(chain)
    assert client.post(AT, content=body, headers=signed(body)).status_code == 200
    ((kind, told),) = events(chain, "kasse2")
    assert kind == "check-in"
    assert isinstance(told, dict)
    assert (told["customerToken"], told["name"]) == ("dG9rZW4tb2YtYS1jdXN0b21lcg==", "Kasse2")


def test_a_later_check_in_takes_the_earlier_one_s_place_and_a_used_one_is_gone(
    chain: Chain, client: httpx.Client
) -> None:
    """E11, E17: a customer belongs to the one till of the code, and can be used once."""
    for token in ("Zmlyc3Q=", "c2Vjb25k"):
        body = check_in(chain, customerToken=token)
        client.post(AT, content=body, headers=signed(body))
    kinds = [kind for kind, _ in events(chain, "kasse2")]
    assert kinds == ["check-in-gone", "check-in"]
    (told,) = [body for kind, body in events(chain, "kasse2") if kind == "check-in"]
    assert isinstance(told, dict)
    assert told["customerToken"] == "c2Vjb25k"
    used = f"/till/v1/check-ins/{told['id']}/used"
    assert client.post(used, headers=chain.token("kasse1")).status_code == 404
    assert client.post(used, headers=chain.token("kasse2")).status_code == 204
    assert client.post(used, headers=chain.token("kasse2")).status_code == 404
    assert "check-in" not in [kind for kind, _ in events(chain, "kasse2")]


def test_a_check_in_older_than_fifteen_minutes_reaches_nobody(chain: Chain, client: httpx.Client) -> None:
    """E17."""
    body = check_in(chain)
    chain.clock.turn(15 * 60)
    assert client.post(AT, content=body, headers=signed(body)).status_code == 200
    assert events(chain, "kasse2") == []


@pytest.mark.parametrize(
    "headers",
    [
        signed(payment(), secret=Secret("another")),
        signed(payment(), secret=Secret(base64.b64decode(SECRET.reveal()).decode("latin-1"))),
        signed(payment(), url="https://hub.example/webhooks/other"),
        signed(payment(), url=f"https://other.example/webhooks/{PATH}"),
        {**signed(payment()), "x-ms-date": "Sat, 21 Nov 2026 12:00:01 GMT"},
        {**signed(payment()), "authorization": ""},
        {name: value for name, value in signed(payment()).items() if name != "x-ms-content-sha256"},
        {},
    ],
    ids=["secret", "decoded-secret", "path", "host", "date", "empty", "no-hash", "none"],
)
def test_a_delivery_that_is_not_signed_for_us_is_refused(
    chain: Chain, client: httpx.Client, headers: dict[str, str]
) -> None:
    """J3."""
    assert client.post(AT, content=payment(), headers=headers).status_code == 401
    assert deliveries(chain) == 0


def test_an_altered_body_is_refused(chain: Chain, client: httpx.Client) -> None:
    """J3."""
    headers = signed(payment())
    assert client.post(AT, content=payment(name="CAPTURED"), headers=headers).status_code == 401
    assert deliveries(chain) == 0


def test_an_unknown_path_is_refused(client: httpx.Client) -> None:
    body = payment()
    assert client.post("/webhooks/other", content=body, headers=signed(body)).status_code == 404


def test_a_delivery_of_another_sales_unit_is_not_believed(chain: Chain, client: httpx.Client) -> None:
    body = payment(msn=OTHER_MSN)
    assert client.post(AT, content=body, headers=signed(body)).status_code == 200
    assert deliveries(chain) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"msn": 5}', b"[" * 50_000, b"\xff\xfe"])
def test_a_signed_body_that_nobody_understands_is_taken_and_changes_nothing(
    chain: Chain, client: httpx.Client, body: bytes
) -> None:
    assert client.post(AT, content=body, headers=signed(body, date=DATE, url=URL)).status_code == 200
    assert deliveries(chain) == 0


def test_ten_megabytes_are_refused(chain: Chain, client: httpx.Client) -> None:
    """J4."""
    body = b" " * 10_000_000
    assert client.post(AT, content=body, headers=signed(body)).status_code == 413
    assert deliveries(chain) == 0


def test_a_body_that_drips_is_given_up(chain: Chain) -> None:
    webhooks = WebhooksIn(chain.database, chain.sealer, chain.clock, Metrics(), body_within_s=0.1)
    app = Starlette(routes=[Route("/webhooks/{path}", webhooks.take, methods=["POST"])])
    body = payment()

    def drip() -> Iterator[bytes]:
        yield body[:10]
        time.sleep(0.5)
        yield body[10:]

    with served(app) as client:
        assert client.post(AT, content=drip(), headers=signed(body)).status_code == 408
    assert deliveries(chain) == 0
