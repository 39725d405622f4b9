"""The client against the sandbox over a loopback socket: a whole life of a payment, and answers that get lost."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count

import pytest

from tests.doubles.sandbox_process import sandbox_process
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.vipps.access import Credentials, System
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment, PaymentAnswer, State
from till.vipps.errors import Conflict, NotFound, RateLimited, Refused, Silence, Unanswered
from till.vipps.picture import fetch_picture
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
from till.vipps.transport import HttpxTransport

NOK = Currency.NOK
WHOLE = Money(48712, NOK)
NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Shop:
    """A client over a real socket, the transport under it, and the sandbox's control."""

    client: EPayment
    transport: HttpxTransport
    base_url: str
    phone_number: str
    personal_qr: str

    def control(self, path: str, **body: object) -> dict[str, object]:
        """Play the customer, the clock or the weather."""
        request = urllib.request.Request(
            f"{self.base_url}/_sandbox/{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as reply:
            answer: dict[str, object] = json.loads(reply.read())
            return answer

    def approve(self, reference: str) -> None:
        assert self.control(f"payments/{reference}/approve") == {"done": True}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with sandbox_process() as told, closing(HttpxTransport(read_s=2.0, total_s=3.0)) as transport:
        keys = Credentials(
            Secret(told["client_id"]), Secret(told["client_secret"]), Secret(told["subscription_key"]), told["msn"]
        )
        base_url, customer = told["base_url"], told["customers"][0]
        calls = Calls.with_keys(keys, transport=transport, base_url=base_url, system=System("till", "0.1.0"))
        yield Shop(EPayment(calls), transport, base_url, customer["phone_number"], customer["personal_qr"])


@pytest.fixture
def reference() -> str:
    return f"socket-kasse1-{next(NUMBERS):04}-1"


def qr_body(reference: str) -> bytes:
    lines = OrderLines(
        (OrderLine("Grovbrød", "1001", WHOLE.minor, 0, 0, WHOLE.minor, "1", "PCS"),),
        pos_id="kasse1",
        receipt_number="0001",
    )
    return create_body(
        CreateRequest(
            reference,
            WHOLE,
            UserFlow.QR,
            "Kasse 1",
            qr_format=QrFormat.PNG,
            order_lines=lines,
            metadata=(("till", "kasse1"),),
        )
    )


def amounts(answer: PaymentAnswer) -> tuple[int, int, int, int]:
    return (answer.authorized.minor, answer.captured.minor, answer.cancelled.minor, answer.refunded.minor)


def test_a_payment_is_shown_approved_captured_and_given_back(shop: Shop, reference: str) -> None:
    client = shop.client
    created = client.create(reference, qr_body(reference), f"{reference}-create")
    assert created.link is not None
    assert fetch_picture(shop.transport, created.link, is_test=True).startswith(b"\x89PNG")
    assert client.get(reference).state is State.CREATED
    shop.approve(reference)
    assert amounts(client.get(reference)) == (48712, 0, 0, 0)
    captured = client.capture(reference, WHOLE, f"{reference}-capture")
    assert captured.captured == WHOLE
    refunded = client.refund(reference, Money(700, NOK), f"{reference}-refund")
    assert refunded.refunded == Money(700, NOK)
    answer = client.get(reference)
    assert (answer.state, amounts(answer)) == (State.AUTHORIZED, (48712, 48712, 0, 700))
    assert answer.psp_reference
    events = client.events(reference)
    assert [event.name for event in events] == ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED"]
    assert [event.amount.minor for event in events] == [48712, 48712, 48712, 700]
    assert len({event.psp_reference for event in events}) == 4


def test_the_same_key_and_bytes_have_one_effect_and_other_bytes_none(shop: Shop, reference: str) -> None:
    """Fault catalogue B5, B6, C8; invariant I2."""
    client = shop.client
    first = client.create(reference, qr_body(reference), f"{reference}-create")
    again = client.create(reference, qr_body(reference), f"{reference}-create")
    assert first.link == again.link
    with pytest.raises(Conflict):
        client.create(reference, qr_body(reference), f"{reference}-other")
    shop.approve(reference)
    client.capture(reference, Money(10000, NOK), f"{reference}-capture")
    client.capture(reference, Money(10000, NOK), f"{reference}-capture")
    with pytest.raises(Conflict) as conflict:
        client.capture(reference, Money(10001, NOK), f"{reference}-capture")
    assert conflict.value.code == 4010
    assert client.get(reference).captured == Money(10000, NOK)


def test_a_part_is_captured_and_the_rest_released(shop: Shop, reference: str) -> None:
    client = shop.client
    client.create(reference, qr_body(reference), f"{reference}-create")
    shop.approve(reference)
    client.capture(reference, Money(40000, NOK), f"{reference}-capture")
    with pytest.raises(Refused) as refused:
        client.capture(reference, Money(8713, NOK), f"{reference}-capture-2")
    assert refused.value.code == 6090
    released = client.cancel(reference, f"{reference}-release", only_if_not_approved=False)
    assert released.cancelled == Money(8712, NOK)
    assert amounts(client.get(reference)) == (48712, 40000, 8712, 0)


def test_a_cancel_ends_what_waits_and_not_what_was_approved(shop: Shop, reference: str) -> None:
    """Fault catalogue B12, B13, E1."""
    client = shop.client
    created = client.create(reference, qr_body(reference), f"{reference}-create")
    client.cancel(reference, f"{reference}-cancel", only_if_not_approved=True)
    assert client.get(reference).state is State.TERMINATED
    assert created.link is not None
    second = f"{reference}-2"
    client.create(second, qr_body(second), f"{second}-create")
    shop.approve(second)
    with pytest.raises(Refused) as refused:
        client.cancel(second, f"{second}-cancel", only_if_not_approved=True)
    assert refused.value.code == 6060
    assert amounts(client.get(second)) == (48712, 0, 0, 0)


@pytest.mark.parametrize("is_code", [True, False])
def test_a_customer_named_by_code_or_number_is_asked_without_a_link(shop: Shop, reference: str, is_code: bool) -> None:
    key = CustomerKey.PERSONAL_QR if is_code else CustomerKey.PHONE_NUMBER
    customer = Customer(key, Secret(shop.personal_qr if is_code else shop.phone_number))
    body = create_body(CreateRequest(reference, WHOLE, UserFlow.PUSH_MESSAGE, "Kasse 1", customer=customer))
    assert shop.client.create(reference, body, f"{reference}-create").link is None
    shop.client.force_approve(reference, customer)
    assert shop.client.get(reference).authorized == WHOLE


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_is_unknown_until_it_is_read_back(shop: Shop, reference: str, after: bool) -> None:
    """Fault catalogue A4, A5, A13, C5."""
    client = shop.client
    shop.control("faults", operation="create", kind="drop", after=after, reference=reference)
    with pytest.raises(Unanswered) as unanswered:
        client.create(reference, qr_body(reference), f"{reference}-create")
    assert unanswered.value.is_sent
    if after:
        assert client.get(reference).state is State.CREATED
    else:
        with pytest.raises(NotFound):
            client.get(reference)
    client.create(reference, qr_body(reference), f"{reference}-create")
    shop.approve(reference)
    shop.control("faults", operation="capture", kind="drop", after=after, reference=reference)
    with pytest.raises(Unanswered):
        client.capture(reference, WHOLE, f"{reference}-capture")
    assert (client.get(reference).captured == WHOLE) is after
    client.capture(reference, WHOLE, f"{reference}-capture")
    assert client.get(reference).captured == WHOLE


def test_a_slow_answer_is_given_up_in_time(shop: Shop, reference: str) -> None:
    """Fault catalogue C4."""
    shop.client.create(reference, qr_body(reference), f"{reference}-create")
    shop.control("faults", operation="get", kind="delay", seconds=3.0, reference=reference)
    with pytest.raises(Unanswered) as unanswered:
        shop.client.get(reference)
    assert unanswered.value.reason is Silence.TIMED_OUT
    assert shop.client.get(reference).state is State.CREATED


def test_a_token_that_ran_out_is_renewed_without_a_word(shop: Shop, reference: str) -> None:
    """Fault catalogue D3, B1."""
    shop.client.create(reference, qr_body(reference), f"{reference}-create")
    shop.control("clock", seconds=4000)
    assert shop.client.get(reference).state is State.EXPIRED


def test_the_sixth_operation_in_a_minute_is_told_when_to_come_again(shop: Shop, reference: str) -> None:
    """Fault catalogue B15; invariant I14."""
    shop.client.create(reference, qr_body(reference), f"{reference}-create")
    shop.approve(reference)
    for number in range(5):
        shop.client.capture(reference, Money(100, NOK), f"{reference}-capture-{number}")
    with pytest.raises(RateLimited) as limited:
        shop.client.capture(reference, Money(100, NOK), f"{reference}-capture-5")
    assert limited.value.retry_after_s is not None
    assert 0 < limited.value.retry_after_s <= 60
