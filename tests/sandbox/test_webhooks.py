"""Deliveries of the sandbox: signed, in order, tried again by the published table, and only to this machine."""

import asyncio
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.doubles.office import calls_of
from tests.doubles.service import InProcess, client_of
from tests.vipps.test_against_sandbox import Shop, qr_body, shop  # noqa: F401
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.sandbox.desk import PlantedFault
from till.sandbox.problems import Problem
from till.sandbox.qr import CheckIn
from till.sandbox.units import SalesUnit
from till.sandbox.webhook_wire import courier_of
from till.sandbox.webhooks import CHECK_IN, DAY_S, HOUR_S, MOST, Webhooks, pause_s
from till.vipps import signature
from till.vipps.epayment import State
from till.vipps.qr import QrApi
from till.vipps.qr_requests import Location
from till.vipps.requests import CreateRequest, Customer, CustomerKey, QrFormat, UserFlow, create_body
from till.vipps.webhooks import PAYMENT_EVENTS, Registration
from till.vipps.webhooks import Webhooks as Client

NOK = Currency.NOK
CREATED = "epayments.payment.created.v1"
AWAY = "http://127.0.0.1:9/hooks"


@dataclass
class Receiver:
    """A shop's server: keeps what it was sent, and answers what it is told."""

    url: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [json.loads(body)["name"] for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver("")

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(kept.answers.pop(0) if kept.answers else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    kept.url = f"http://127.0.0.1:{server.server_port}/hooks/vipps?till=7"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


def registered(transport: InProcess, url: str, events: tuple[str, ...] = PAYMENT_EVENTS) -> Registration:
    return Client(calls_of(transport)).register(url, events)


def create(transport: InProcess, reference: str) -> None:
    request = CreateRequest(reference, Money(1000, NOK), UserFlow.QR, "Kasse 1", qr_format=QrFormat.TEXT)
    client_of(transport).create(reference, create_body(request), f"{reference}-create")


def deliver(transport: InProcess) -> None:
    asyncio.run(courier_of(transport.desk).deliver_due())


def states(transport: InProcess) -> list[object]:
    return [entry["state"] for entry in transport.desk.webhooks.log()]


def test_a_delivery_is_signed_so_that_the_client_believes_it(receiver: Receiver) -> None:
    transport = InProcess()
    made = registered(transport, receiver.url)
    create(transport, "socket-0001")
    deliver(transport)
    ((headers, body),) = receiver.got
    address = signature.RegisteredAddress.of(receiver.url)
    signature.verify(headers, body, secret=made.secret, address=address)
    assert headers["webhook-id"] == made.id
    assert headers["content-type"] == "application/json"
    assert set(json.loads(body)) == {
        "msn", "reference", "pspReference", "name", "amount", "timestamp", "idempotencyKey", "success",
    }  # fmt: skip
    with pytest.raises(signature.SignatureRefused):
        signature.verify(headers, body + b" ", secret=made.secret, address=address)


def test_a_whole_life_arrives_in_its_order(receiver: Receiver) -> None:
    transport = InProcess()
    registered(transport, receiver.url)
    client, reference = client_of(transport), "socket-0001"
    create(transport, reference)
    payment = transport.desk.payments.by_reference(reference)
    assert payment is not None
    transport.desk.payments.approve(payment)
    client.capture(reference, Money(400, NOK), "a")
    client.cancel(reference, "b", only_if_not_approved=False)
    client.refund(reference, Money(100, NOK), "c")
    deliver(transport)
    assert receiver.names == ["CREATED", "AUTHORIZED", "CAPTURED", "CANCELLED", "REFUNDED"]


def test_only_the_events_asked_for_come_and_only_of_the_own_sales_unit(receiver: Receiver) -> None:
    transport = InProcess()
    danish = transport.desk.units[1]
    registered(transport, receiver.url, ("epayments.payment.terminated.v1",))
    Client(calls_of(transport, danish)).register(receiver.url, PAYMENT_EVENTS)
    create(transport, "socket-0001")
    client_of(transport).cancel("socket-0001", "a", only_if_not_approved=True)
    deliver(transport)
    assert receiver.names == ["TERMINATED"]


def test_the_pauses_are_the_published_ones() -> None:
    pauses = [pause_s(attempt) for attempt in range(1, 31)]
    assert pauses[:5] == [2, 2, 2, 60, 120]
    assert set(pauses[5:28]) == {HOUR_S}
    assert pauses[28:] == [DAY_S, DAY_S]


def test_an_attempt_that_failed_is_made_again_when_the_table_says(receiver: Receiver) -> None:
    transport = InProcess()
    registered(transport, receiver.url)
    receiver.answers = [500, 302, 404, 429, 503]
    create(transport, "socket-0001")
    for seconds, attempts in ((0, 1), (1, 1), (1.5, 2), (2, 3), (2, 4), (58, 4), (3, 5), (121, 6), (9999, 6)):
        transport.desk.clock.turn(seconds)
        deliver(transport)
        assert len(receiver.got) == attempts, seconds
    assert states(transport) == ["delivered"]
    (entry,) = transport.desk.webhooks.log()
    assert [one["result"] for one in entry["attempts"]] == ["500", "302", "404", "429", "503", "200"]  # type: ignore[attr-defined]


def checked_in(transport: InProcess) -> CheckIn:
    unit = transport.desk.units[0]
    transport.desk.qr.put_sticker(unit, "kasse1", {"locationDescription": "Kasse 1"})
    content = transport.desk.qr.sticker(unit, "kasse1").content
    made = transport.desk.qr.scan(content, transport.desk.customers[0])
    assert made is not None
    return made


def test_a_scanned_sticker_is_told_to_the_one_who_listens_signed_and_with_nothing_more(receiver: Receiver) -> None:
    transport = InProcess()
    made = registered(transport, receiver.url, (CHECK_IN,))
    Client(calls_of(transport, transport.desk.units[1])).register(receiver.url, (CHECK_IN,))
    check_in = checked_in(transport)
    assert transport.desk.webhooks.is_told(check_in.reference) is None
    deliver(transport)
    assert transport.desk.webhooks.is_told(check_in.reference) is True
    ((headers, body),) = receiver.got
    signature.verify(headers, body, secret=made.secret, address=signature.RegisteredAddress.of(receiver.url))
    told = json.loads(body)
    assert set(told) == {"customerToken", "merchantQrId", "msn", "initiatedAt"}
    assert told == check_in.payload()
    assert check_in.token not in json.dumps(transport.desk.webhooks.log())


@pytest.mark.parametrize("has_webhook", [True, False])
def test_the_app_cannot_connect_where_nobody_listens_or_the_answer_is_no_success(
    receiver: Receiver, has_webhook: bool
) -> None:
    transport = InProcess()
    receiver.answers = [500]
    if has_webhook:
        registered(transport, receiver.url, (CHECK_IN,))
    check_in = checked_in(transport)
    deliver(transport)
    assert transport.desk.webhooks.is_told(check_in.reference) is False


def test_a_check_in_is_not_held_back_by_one_that_was_not_taken(receiver: Receiver) -> None:
    transport = InProcess()
    registered(transport, receiver.url, (CHECK_IN,))
    receiver.answers = [500]
    first = checked_in(transport)
    deliver(transport)
    second = checked_in(transport)
    deliver(transport)
    told = [transport.desk.webhooks.is_told(one.reference) for one in (first, second)]
    assert told == [False, True]


def test_the_sales_units_own_registration_goes_before_the_partners(receiver: Receiver) -> None:
    transport = InProcess()
    webhooks, unit = transport.desk.webhooks, transport.desk.units[0]
    partners = webhooks.register(None, {"url": receiver.url, "events": [CHECK_IN, CREATED]})["id"]
    with pytest.raises(Problem):
        webhooks.register(None, {"url": receiver.url, "events": [CHECK_IN]})
    checked_in(transport)
    own = webhooks.register(unit, {"url": receiver.url, "events": [CHECK_IN, CREATED]})["id"]
    checked_in(transport)
    create(transport, "socket-0001")
    deliver(transport)
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [partners, own, own, partners]


def test_it_is_given_up_after_a_week_and_not_before() -> None:
    transport = InProcess()
    registered(transport, AWAY)
    create(transport, "socket-0001")
    deliver(transport)
    transport.desk.clock.turn(6.9 * DAY_S)
    deliver(transport)
    assert states(transport) == ["waiting"]
    transport.desk.clock.turn(0.2 * DAY_S)
    deliver(transport)
    assert states(transport) == ["given_up"]
    (entry,) = transport.desk.webhooks.log()
    # 28 up to the hourly ones' end, then one a day.
    assert len(entry["attempts"]) == 29 + 6  # type: ignore[arg-type]


def test_a_registration_that_fails_for_two_weeks_is_removed() -> None:
    transport = InProcess()
    registered(transport, AWAY)
    for day in range(16):
        create(transport, f"socket-{day:04}")
        deliver(transport)
        transport.desk.clock.turn(DAY_S)
    deliver(transport)
    assert Client(calls_of(transport)).list() == ()
    assert "waiting" not in states(transport)


def test_a_failing_event_holds_back_its_own_payment_and_no_other(receiver: Receiver) -> None:
    transport = InProcess()
    registered(transport, receiver.url)
    receiver.answers = [500]
    create(transport, "socket-0001")
    deliver(transport)
    client_of(transport).cancel("socket-0001", "a", only_if_not_approved=True)
    create(transport, "socket-0002")
    deliver(transport)
    assert states(transport) == ["waiting", "waiting", "delivered"]
    transport.desk.clock.turn(3)
    deliver(transport)
    assert receiver.names == ["CREATED", "CREATED", "CREATED", "TERMINATED"]
    assert states(transport) == ["delivered"] * 3


def test_what_is_not_on_this_machine_is_registered_and_never_called() -> None:
    transport = InProcess()
    registered(transport, "https://shop.example/hooks")
    create(transport, "socket-0001")
    deliver(transport)
    assert states(transport) == ["not_sent"]


def test_a_deleted_registration_gets_nothing_more() -> None:
    transport = InProcess()
    made = registered(transport, AWAY)
    create(transport, "socket-0001")
    Client(calls_of(transport)).delete(made.id)
    deliver(transport)
    assert states(transport) == ["dropped"]


def test_twenty_five_may_listen_to_an_event_and_one_to_check_ins() -> None:
    transport = InProcess()
    unit: SalesUnit = transport.desk.units[0]
    webhooks: Webhooks = transport.desk.webhooks
    first = str(webhooks.register(unit, {"url": AWAY, "events": [CHECK_IN]})["id"])
    with pytest.raises(Problem):
        webhooks.register(unit, {"url": AWAY, "events": [CREATED, CHECK_IN]})
    for _ in range(MOST):
        webhooks.register(unit, {"url": AWAY, "events": [CREATED]})
    with pytest.raises(Problem):
        webhooks.register(unit, {"url": AWAY, "events": [CREATED]})
    webhooks.register(transport.desk.units[1], {"url": AWAY, "events": [CREATED, CHECK_IN]})
    with pytest.raises(Problem):
        webhooks.delete(transport.desk.units[1], first)


@pytest.mark.parametrize(("kind", "arrivals"), [("drop", 1), ("twice", 2), ("forged", 1)])
def test_a_delivery_can_be_lost_doubled_or_forged(receiver: Receiver, kind: str, arrivals: int) -> None:
    transport = InProcess()
    made = registered(transport, receiver.url)
    transport.desk.plant(PlantedFault("delivery", kind))
    create(transport, "socket-0001")
    deliver(transport)
    transport.desk.clock.turn(3)
    deliver(transport)
    assert len(receiver.got) == arrivals
    headers, body = receiver.got[0]
    address = signature.RegisteredAddress.of(receiver.url)
    if kind == "forged":
        with pytest.raises(signature.SignatureRefused):
            signature.verify(headers, body, secret=made.secret, address=address)
    else:
        signature.verify(headers, body, secret=made.secret, address=address)


def test_a_fault_for_any_call_does_not_strike_a_delivery(receiver: Receiver) -> None:
    transport = InProcess()
    registered(transport, receiver.url)
    create(transport, "socket-0001")
    transport.desk.plant(PlantedFault("*", "drop"))
    deliver(transport)
    assert receiver.names == ["CREATED"]


def test_the_running_sandbox_delivers_by_itself_and_shows_its_log(shop: Shop, receiver: Receiver) -> None:  # noqa: F811
    """Over real sockets: what the phone and time do arrives too."""
    client = Client(shop.client._calls)
    made = client.register(receiver.url, PAYMENT_EVENTS)
    receiver.answers = [503]
    for reference in ("hooked-kasse1-0001", "hooked-kasse1-0002"):
        shop.client.create(reference, qr_body(reference), f"{reference}-create")
    shop.approve("hooked-kasse1-0001")
    wait_for(lambda: len(receiver.got) == 2)
    shop.control("clock", seconds=601)
    wait_for(lambda: len(receiver.got) == 5)
    client.delete(made.id)
    assert sorted(receiver.names[2:]) == ["AUTHORIZED", "CREATED", "EXPIRED"]
    for headers, body in receiver.got:
        address = signature.RegisteredAddress.of(receiver.url)
        signature.verify(headers, body, secret=made.secret, address=address)
    with urllib.request.urlopen(f"{shop.base_url}/_sandbox/deliveries", timeout=5) as reply:
        assert {entry["state"] for entry in json.loads(reply.read())} == {"delivered"}


def test_a_scanned_sticker_becomes_a_payment_over_real_sockets(shop: Shop, receiver: Receiver) -> None:  # noqa: F811
    """The whole way: sticker, check-in, webhook, push by its token, approval."""
    webhooks, qr = Client(shop.client._calls), QrApi(shop.client._calls)
    registration = webhooks.register(receiver.url, (CHECK_IN,))
    qr.put_callback("kasse1", Location("Kasse 1"))
    shop.control("check-ins", content=qr.callback("kasse1").content, number=shop.phone_number)
    wait_for(lambda: len(receiver.got) == 1)
    headers, body = receiver.got[0]
    address = signature.RegisteredAddress.of(receiver.url)
    signature.verify(headers, body, secret=registration.secret, address=address)
    customer = Customer(CustomerKey.CUSTOMER_TOKEN, Secret(json.loads(body)["customerToken"]))
    reference = "hooked-kasse1-0003"
    request = CreateRequest(reference, Money(1000, NOK), UserFlow.PUSH_MESSAGE, "Kasse 1", customer=customer)
    shop.client.create(reference, create_body(request), f"{reference}-create")
    with urllib.request.urlopen(f"{shop.base_url}/_sandbox/payments", timeout=5) as reply:
        assert json.loads(reply.read())[0]["number"] == shop.phone_number
    shop.approve(reference)
    assert shop.client.get(reference).state is State.AUTHORIZED
    webhooks.delete(registration.id)


def wait_for(is_so: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.02)
