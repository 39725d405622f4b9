"""The hub between the sandbox and a till, all of them real processes or sockets: from a scanned sticker to a captured payment."""

import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doubles.hub_process import HubHouse
from tests.doubles.sandbox_process import sandbox_process
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.hub import check_ins, stores
from till.vipps.access import Credentials, System
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.qr import QrApi
from till.vipps.qr_requests import Location
from till.vipps.requests import CreateRequest, Customer, CustomerKey, UserFlow, create_body
from till.vipps.transport import HttpxTransport
from till.vipps.webhooks import Webhooks

REFERENCE = "kasse1-261121-0001-1"
AMOUNT = Money(12550, Currency.NOK)
KEYS = ("client_id", "client_secret", "subscription_key")


@dataclass
class Shop:
    """The sandbox as its merchant and its customers reach it."""

    told: dict[str, Any]
    calls: Calls

    @property
    def keys(self) -> Credentials:
        return keys_of(self.told)

    def control(self, path: str, body: object = None) -> Any:
        """Play the customer; without a body, look."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.told['base_url']}/_sandbox/{path}", data, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read())


@pytest.fixture
def shop() -> Iterator[Shop]:
    with sandbox_process() as told, closing(HttpxTransport()) as transport:
        system = System("till", "0.1.0")
        yield Shop(told, Calls.with_keys(keys_of(told), transport=transport, base_url=told["base_url"], system=system))


def keys_of(told: dict[str, Any]) -> Credentials:
    client_id, client_secret, subscription = (Secret(told[name]) for name in KEYS)
    return Credentials(client_id, client_secret, subscription, told["msn"])


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.whole
def test_a_scanned_sticker_becomes_a_payment_that_the_till_hears_of_at_every_turn(shop: Shop, tmp_path: Path) -> None:
    house = HubHouse(tmp_path, msn=shop.keys.msn, base_url=shop.told["base_url"], port=free_port())
    with closing(house.database()) as database:
        database.write(lambda transaction: stores.keep_keys(transaction, house.sealer, "gronland", shop.keys))
        database.write(lambda transaction: check_ins.hang_sticker(transaction, shop.keys.msn, "disk1", "kasse1"))
    QrApi(shop.calls).put_callback("disk1", Location("Kasse 1"))
    hub = house.start()
    try:
        assert play(shop, hub.address, house.tokens["kasse1"]) == [
            "hello",
            "check-in",
            "payment of CREATED",
            "payment of AUTHORIZED",
            "payment of CAPTURED",
        ]
    finally:
        hub.stop()


def play(shop: Shop, address: str, token: str) -> list[str]:
    """Play till and customer; return what the till heard, with the state of the payment at that moment."""
    payments = EPayment(shop.calls)
    with httpx.stream(
        "GET", f"{address}/till/v1/events", headers={"Authorization": f"Bearer {token}"}, timeout=20
    ) as reply:
        events = told_in(reply.iter_lines())
        heard = [next(events)[0]]
        while not Webhooks(shop.calls).list():  # the hub registers itself, soon after its start
            time.sleep(0.05)
        (sticker,) = shop.control("stickers")
        customer = shop.told["customers"][0]["phone_number"]
        shop.control("check-ins", {"content": sticker["content"], "number": customer})
        kind, told = next(events)
        heard.append(kind)
        person = Customer(CustomerKey.CUSTOMER_TOKEN, Secret(told["customerToken"]))
        request = CreateRequest(REFERENCE, AMOUNT, UserFlow.PUSH_MESSAGE, "Kasse 1", customer=person)
        payments.create(REFERENCE, create_body(request), f"{REFERENCE}-create")
        heard.append(hint(events, payments))
        shop.control(f"payments/{REFERENCE}/approve", {})
        heard.append(hint(events, payments))
        payments.capture(REFERENCE, AMOUNT, f"{REFERENCE}-capture")
        heard.append(hint(events, payments))
    return heard


def hint(events: Iterator[tuple[str, dict[str, Any]]], payments: EPayment) -> str:
    kind, told = next(events)
    assert told == {"reference": REFERENCE}
    answer = payments.get(REFERENCE)
    return f"{kind} of {'CAPTURED' if answer.captured == AMOUNT else answer.state.value}"


def told_in(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return kind and body of each event."""
    kind = ""
    for line in lines:
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))
