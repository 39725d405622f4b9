"""The sandbox behaves as published: states, limits, keys, time, and what goes wrong when it is told to."""

import json
import socket
import subprocess
import sys
import urllib.request

import pytest

from tests.doubles.service import BASE, InProcess, client_of
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.sandbox.desk import PlantedFault
from till.vipps.access import Credentials, System, Tokens
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment, State
from till.vipps.errors import KeysRefused, NotFound, NotPermitted, RateLimited, Refused, Unanswered
from till.vipps.management import ManagementApi
from till.vipps.requests import CreateRequest, Customer, CustomerKey, QrFormat, UserFlow, create_body
from till.vipps.transport import HttpRequest

REF = "test-kasse1-261121-0001-1"
NOK = Currency.NOK


def create(client: EPayment, minor: int = 48712, *, reference: str = REF, number: str = "") -> None:
    customer = Customer(CustomerKey.PHONE_NUMBER, Secret(number)) if number else None
    flow = UserFlow.PUSH_MESSAGE if number else UserFlow.QR
    qr_format = None if number else QrFormat.TEXT
    body = create_body(
        CreateRequest(reference, Money(minor, NOK), flow, "Kasse 1", customer=customer, qr_format=qr_format)
    )
    client.create(reference, body, f"{reference}-create")


def approve(transport: InProcess, reference: str = REF) -> bool:
    payment = transport.desk.payments.by_reference(reference)
    assert payment is not None
    return transport.desk.payments.approve(payment)


def code_of(act: object) -> int | None:
    with pytest.raises(Refused) as refused:
        act()  # type: ignore[operator]
    return refused.value.code


def test_a_payment_runs_out_of_time_after_ten_minutes() -> None:
    transport = InProcess()
    client = client_of(transport)
    create(client)
    transport.desk.clock.turn(599)
    assert client.get(REF).state is State.CREATED
    transport.desk.clock.turn(2)
    assert client.get(REF).state is State.EXPIRED
    assert not approve(transport)


@pytest.mark.parametrize(("age", "may_pay"), [(14, False), (35, True)])
def test_a_shown_code_is_not_opened_by_who_is_too_young_for_the_goods(age: int, may_pay: bool) -> None:
    transport = InProcess()
    customer = next(one for one in transport.desk.customers if one.age == age)
    request = CreateRequest(REF, Money(9900, NOK), UserFlow.QR, "Kasse 1", qr_format=QrFormat.TEXT, minimum_age=18)
    client_of(transport).create(REF, create_body(request), f"{REF}-create")
    payment = transport.desk.payments.by_reference(REF)
    assert payment is not None
    assert (transport.desk.payments.scan(payment.qr_content, customer) is payment) is may_pay


def test_money_moves_as_published_and_never_twice() -> None:
    transport = InProcess()
    client = client_of(transport)
    create(client)
    whole = Money(48712, NOK)
    assert code_of(lambda: client.capture(REF, whole, "a")) == 6080
    assert approve(transport)
    assert code_of(lambda: client.cancel(REF, "b", only_if_not_approved=True)) == 6060
    assert code_of(lambda: client.capture(REF, Money(48713, NOK), "c")) == 6090
    client.capture(REF, Money(40000, NOK), "d")
    client.capture(REF, Money(40000, NOK), "d")
    client.cancel(REF, "e", only_if_not_approved=False)
    answer = client.get(REF)
    assert (answer.captured.minor, answer.cancelled.minor) == (40000, 8712)
    assert code_of(lambda: client.capture(REF, whole, "f")) == 6070
    assert code_of(lambda: client.refund(REF, Money(40001, NOK), "g")) == 6150
    client.refund(REF, Money(40000, NOK), "h")
    assert code_of(lambda: client.refund(REF, Money(1, NOK), "i")) == 6180
    names = [event.name for event in client.events(REF)]
    assert names == ["CREATED", "AUTHORIZED", "CAPTURED", "CANCELLED", "REFUNDED"]


def test_a_key_keeps_its_answer_and_another_body_under_it_is_a_conflict() -> None:
    transport = InProcess()
    client = client_of(transport)
    create(client)
    create(client)
    assert code_of(lambda: create(client, 500)) == 4020
    approve(transport)
    assert (
        code_of(
            lambda: (
                client.capture(REF, Money(1, Currency.NOK), f"{REF}-c")
                and client.capture(REF, Money(2, NOK), f"{REF}-c")
            )
        )
        == 4010
    )


def test_customers_who_cannot_be_asked_are_refused_without_a_reason() -> None:
    client = client_of(InProcess())
    assert code_of(lambda: create(client, number="4799999999")) == 7010
    assert code_of(lambda: create(client, number="4700000003", reference=REF + "x")) == 7010


def test_some_amounts_are_never_approved() -> None:
    transport = InProcess()
    client = client_of(transport)
    create(client, 151)
    assert not approve(transport)
    assert client.get(REF).state is State.CREATED


def test_an_unknown_result_becomes_known_after_an_hour() -> None:
    """Fault catalogue B32."""
    transport = InProcess()
    client = client_of(transport)
    create(client, 201)
    assert code_of(lambda: client.cancel(REF, "a", only_if_not_approved=True)) == 6250
    assert not approve(transport)
    transport.desk.clock.turn(3601)
    assert client.get(REF).state is State.EXPIRED


def test_limits_hold_per_minute_and_reference() -> None:
    transport = InProcess()
    transport.desk.is_limited = True
    client = client_of(transport)
    create(client)
    for _ in range(120):
        client.get(REF)
    with pytest.raises(RateLimited) as limited:
        client.get(REF)
    assert limited.value.retry_after_s is not None
    transport.desk.clock.turn(61)
    client.get(REF)


def test_keys_speak_for_their_own_sales_unit_only() -> None:
    transport = InProcess()
    norwegian, danish = transport.desk.units[:2]
    mixed = client_of(transport, unit=norwegian)
    create(mixed)
    with pytest.raises(NotFound):
        client_of(transport, unit=danish).get(REF)
    from dataclasses import replace

    with pytest.raises(NotPermitted):
        client_of(transport, unit=replace(norwegian, msn=danish.msn)).get(REF)
    for wrong in (replace(norwegian, client_secret="wrong"), replace(norwegian, subscription_key="0" * 32)):
        with pytest.raises(KeysRefused):
            client_of(transport, unit=wrong).get(REF)


def test_a_partners_keys_speak_for_the_sales_units_that_are_connected_to_it_when_they_are_named() -> None:
    transport = InProcess()
    keys = transport.desk.partner
    credentials = Credentials(
        Secret(keys.client_id), Secret(keys.client_secret), Secret(keys.subscription_key), "900001"
    )
    system = System("till", "0.1.0")
    tokens = Tokens(transport=transport, base_url=BASE, credentials=credentials, system=system, monotonic_s=lambda: 0.0)

    def speaking_for(msn: str) -> Calls:
        return Calls(transport=transport, tokens=tokens, base_url=BASE, system=system, monotonic_s=lambda: 0.0, msn=msn)

    create(EPayment(speaking_for("900001")))
    assert EPayment(speaking_for("900001")).get(REF).reference == REF
    with pytest.raises(NotFound):
        EPayment(speaking_for("900006")).get(REF)
    for stranger in ("900002", "999999"):
        with pytest.raises(NotPermitted):
            EPayment(speaking_for(stranger)).get(REF)
    request = transport.exchanges[-1].request
    unnamed = {name: value for name, value in request.headers.items() if name != "Merchant-Serial-Number"}
    for path in (f"/epayment/v1/payments/{REF}", "/management/v1/sales-units"):
        assert transport.send(HttpRequest("GET", BASE + path, unnamed, None)).status == 403
    assert [one.msn for one in ManagementApi(speaking_for("900006")).sales_units()] == ["900001", "900006"]


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_can_be_lost_before_or_after_acting(after: bool) -> None:
    """Fault catalogue A4, A5, C5, C8."""
    transport = InProcess()
    client = client_of(transport)
    transport.desk.plant(PlantedFault("create", "drop", after=after))
    with pytest.raises(Unanswered):
        create(client)
    assert (transport.desk.payments.by_reference(REF) is not None) is after
    create(client)


def test_answers_can_be_altered_cut_or_replaced() -> None:
    """Fault catalogue B22, B24, B28, B29, C11."""
    transport = InProcess()
    client = client_of(transport)
    create(client)
    for fault in (
        PlantedFault("get", "alter", after=True, fields={"reference": "another"}),
        PlantedFault("get", "cut", after=True),
        PlantedFault("get", "html", status=200),
        PlantedFault("get", "status", status=503),
    ):
        transport.desk.plant(fault)
        with pytest.raises(Unanswered):
            client.get(REF)
    assert client.get(REF).state is State.CREATED


def start(*options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "till", "sandbox", "--json", "--until-stdin-closes", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_prints_one_line_and_serves_until_its_caller_goes() -> None:
    process = start("--port", "0", "--market", "DK")
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert {"base_url", "client_id", "client_secret", "subscription_key", "msn"} <= set(told)
    with urllib.request.urlopen(told["phone_url"]) as page:
        assert b"customer's phone" in page.read()
    with urllib.request.urlopen(told["base_url"] + "/_sandbox/customers") as customers:
        assert len(json.loads(customers.read())) == 9
    out, errors = process.communicate(timeout=10)
    assert (process.returncode, out, errors) == (0, "", "")


def test_a_port_in_use_and_a_public_address_get_their_words() -> None:
    """Fault catalogue J14."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "in use" in errors
    process = start("--host", "0.0.0.0")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "this machine only" in errors
