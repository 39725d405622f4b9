"""The client: tokens, strict replies, refusals by number, exact requests, pictures, and pace."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.service import InProcess, client_of
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.sandbox.desk import PlantedFault
from till.vipps import pacing
from till.vipps.access import Credentials
from till.vipps.epayment import State
from till.vipps.errors import (
    InvalidRequest,
    KeysRefused,
    NotPermitted,
    PictureRefused,
    RateLimited,
    Refused,
    Silence,
    Unanswered,
)
from till.vipps.picture import EXPECTED_DOMAINS, fetch_picture, is_expected
from till.vipps.replies import retry_after_s
from till.vipps.requests import CreateRequest, Customer, CustomerKey, QrFormat, UserFlow, create_body, modification_body
from till.vipps.transport import HttpReply, HttpRequest

REF = "test-kasse1-261121-0001-1"
AMOUNT = Money(48712, Currency.NOK)


def qr(minor: int = 48712) -> bytes:
    return create_body(CreateRequest(REF, Money(minor, Currency.NOK), UserFlow.QR, "Kasse 1", qr_format=QrFormat.PNG))


class Answering(InProcess):
    """Gives a fixed answer to everything but the token."""

    answer = HttpReply(200)

    def send(self, request: HttpRequest) -> HttpReply:
        return super().send(request) if "accesstoken" in request.url else self.answer


def answered(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Answering:
    transport = Answering()
    transport.answer = HttpReply(status, {"content-type": kind, **headers}, body)
    return transport


def test_one_token_serves_until_a_tenth_of_its_life_is_left() -> None:
    """Fault catalogue D3."""
    now = [0.0]
    transport = InProcess()
    client = client_of(transport, now=now)
    client.create(REF, qr(), "key-1")
    now[0] = 3200
    client.get(REF)
    now[0] = 3250
    client.get(REF)
    tokens = [one for one in transport.exchanges if "accesstoken" in one.request.url]
    assert len(tokens) == 2


def test_a_token_refused_once_is_fetched_anew_and_the_same_request_repeated() -> None:
    """Fault catalogue B1."""
    transport = InProcess()
    client = client_of(transport)
    client.create(REF, qr(), "key-1")
    transport.desk.clock.turn(4000)
    assert client.get(REF).state is State.EXPIRED
    transport.desk.plant(PlantedFault("get", "status", status=401, times=2))
    with pytest.raises(KeysRefused):
        client.get(REF)


@pytest.mark.parametrize(
    ("status", "body", "kind", "error"),
    [
        (401, b'{"statusCode":401,"message":"Access denied"}', "application/json", KeysRefused),
        (403, b"", "text/plain", NotPermitted),
        (429, b"<html>", "text/html", RateLimited),
    ],
)
def test_the_gateways_shapes_are_read_by_status_alone(
    status: int, body: bytes, kind: str, error: type[Refused]
) -> None:
    """Fault catalogue B2, B15, B36."""
    with pytest.raises(error):
        client_of(answered(status, body, kind)).get(REF)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 301, 302, 204])
def test_other_statuses_are_unknown_and_never_success(status: int) -> None:
    """Fault catalogue B17, B18, B29."""
    with pytest.raises(Unanswered) as unanswered:
        client_of(answered(status, b"")).capture(REF, AMOUNT, "key")
    assert unanswered.value.is_sent


def whole_reply(**changes: object) -> dict[str, object]:
    money = {"currency": "NOK", "value": 0}
    names = ("authorizedAmount", "capturedAmount", "cancelledAmount", "refundedAmount")
    return {
        "reference": REF,
        "state": "CREATED",
        "amount": {"currency": "NOK", "value": 48712},
        "aggregate": dict.fromkeys(names, money),
        **changes,
    }


@pytest.mark.parametrize("value", ['"100"', "100.0", "1e2", "true", "-1", "NaN", "null", "1" * 30, "{}"])
def test_an_amount_is_a_whole_number_and_nothing_else(value: str) -> None:
    """Fault catalogue B30."""
    body = json.dumps(whole_reply()).replace("48712", value).encode()
    with pytest.raises(Unanswered) as unanswered:
        client_of(answered(200, body)).get(REF)
    assert unanswered.value.reason is Silence.BAD_REPLY


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>log in</html>",
        b"[" * 5000 + b"]" * 5000,
        b'{"reference":"a","reference":"b"}',
        json.dumps(whole_reply(reference="another-reference")).encode(),
        json.dumps(whole_reply(state=5)).encode(),
        json.dumps(whole_reply(aggregate=[])).encode(),
        json.dumps(whole_reply(amount={"currency": "DKK", "value": 48712})).encode(),
    ],
)
def test_a_reply_that_does_not_fit_is_unknown(body: bytes) -> None:
    """Fault catalogue B24, B29, B30, C11; rule R6."""
    with pytest.raises(Unanswered):
        client_of(answered(200, body)).get(REF)


def test_unknown_fields_and_words_are_no_failure() -> None:
    """Fault catalogue B20, B21."""
    body = json.dumps(whole_reply(state="SOMETHING_NEW", weather={"sun": 1.5})).encode()
    assert client_of(answered(200, body)).get(REF).state is State.NOT_KNOWN


@given(st.binary(max_size=400))
def test_no_reply_brings_the_client_down(body: bytes) -> None:
    """Fault catalogue B30."""
    with pytest.raises(Unanswered):
        client_of(answered(200, body)).get(REF)


def test_a_refusal_is_its_number_and_its_trace_and_no_text() -> None:
    transport = InProcess()
    client = client_of(transport, unit=transport.desk.units[3])
    number = Customer(CustomerKey.PHONE_NUMBER, Secret("4700000001"))
    push = create_body(CreateRequest(REF, AMOUNT, UserFlow.PUSH_MESSAGE, "Kasse 1", customer=number))
    with pytest.raises(Refused) as refused:
        client.create(REF, push, "key-1")
    assert refused.value.code == 5080
    assert refused.value.trace_id is not None
    assert "not allowed" not in str(refused.value)


def test_the_same_request_is_the_same_bytes() -> None:
    """Invariant I2."""
    assert qr() == qr()
    assert modification_body(AMOUNT) == b'{"modificationAmount":{"currency":"NOK","value":48712}}'


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("amount.value", lambda: qr(99)),
        ("amount.value", lambda: qr(65_000_001)),
        ("reference", lambda: CreateRequest("short", AMOUNT, UserFlow.QR, "Kasse", qr_format=QrFormat.PNG)),
        ("paymentDescription", lambda: CreateRequest(REF, AMOUNT, UserFlow.QR, "x", qr_format=QrFormat.PNG)),
        ("customer", lambda: CreateRequest(REF, AMOUNT, UserFlow.PUSH_MESSAGE, "Kasse 1")),
        ("qrFormat", lambda: CreateRequest(REF, AMOUNT, UserFlow.QR, "Kasse 1")),
        ("client_secret", lambda: Credentials(Secret("a"), Secret("b\u2028"), Secret("c"), "900001")),
        ("msn", lambda: Credentials(Secret("a"), Secret("b"), Secret("c"), "9")),
    ],
)
def test_a_forbidden_request_is_refused_before_it_is_sent(field: str, make: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        make()  # type: ignore[operator]
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("link", "is_good"),
    [
        ("https://qr-image.vipps.no/v1?token=abc", True),
        ("https://vipps.no/v1", True),
        ("https://qr.mobilepay.dk/v1", True),
        ("http://127.0.0.1:8640/qr-image/v1", True),
        ("http://qr-image.vipps.no/v1", False),
        ("https://qr-image.vipps.no:8443/v1", False),
        ("https://evilvipps.no/v1", False),
        ("https://vipps.no.evil.example/v1", False),
        ("https://vipps.no@evil.example/v1", False),
        ("https://user:pass@vipps.no/", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("https://2130706433/", False),
        ("https://0x7f000001/", False),
        ("https://[::1]/", False),
        ("https://vipps.no\\@evil.example/", False),
        ("https://vipps.nо/", False),
        ("//vipps.no/", False),
        ("https:///v1", False),
    ],
)
def test_a_picture_is_fetched_only_from_where_it_may_come(link: str, is_good: bool) -> None:
    """Fault catalogue J1."""
    assert is_expected(link, domains=EXPECTED_DOMAINS, is_test=True) is is_good
    if link.startswith("http://127"):
        assert not is_expected(link, domains=EXPECTED_DOMAINS, is_test=False)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("image/svg+xml", b"<svg/>"),
        ("image/png", b"<svg/>"),
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (20000).to_bytes(4) * 2 + b"\0" * 20),
        ("image/png", b""),
    ],
)
def test_a_picture_of_another_kind_or_size_is_not_shown(kind: str, body: bytes) -> None:
    """Fault catalogue J2."""
    with pytest.raises(PictureRefused):
        fetch_picture(answered(200, body, kind), Secret("https://qr-image.vipps.no/v1?token=a"))


def test_the_sandboxs_picture_is_taken_and_gone_when_the_payment_ends() -> None:
    transport = InProcess()
    client = client_of(transport)
    link = client.create(REF, qr(), "key-1").link
    assert link is not None
    assert fetch_picture(transport, link, is_test=True).startswith(b"\x89PNG")
    client.cancel(REF, "key-2", only_if_not_approved=True)
    with pytest.raises(PictureRefused):
        fetch_picture(transport, link, is_test=True)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "99999"}, 300),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT", "date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 30),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_capped(headers: dict[str, str], pause: float | None) -> None:
    """Fault catalogue B15."""
    assert retry_after_s(HttpReply(429, headers)) == pause


def test_an_operation_is_repeated_on_the_plan() -> None:
    """Rule R2."""
    plan = [pacing.resend_due_s(100, sends) - 100 for sends in range(26)]
    assert plan[:7] == [0, 2, 5, 12, 30, 60, 90]
    assert plan[23] == 600
    assert plan[24] - plan[23] == 300


def test_a_budget_is_never_exceeded_in_any_minute() -> None:
    """Invariant I14."""
    budget, now, used = pacing.Budget(5), 0.0, []
    for _ in range(30):
        now = budget.due_s("ref", now)
        budget.use("ref", now)
        used.append(now)
    for moment in used:
        assert sum(moment <= other < moment + 60 for other in used) <= 5


def test_silence_slows_reads_down_but_never_far() -> None:
    """Fault catalogue C10, B16."""
    pauses = [pacing.read_pause_s(1.0, losses) for losses in range(70)]
    assert pauses[:4] == [1, 2, 4, 4]
    assert pauses[-1] == 30
    assert [pacing.back_off_s(count, lambda: 0.0) for count in range(1, 8)] == [2, 4, 8, 16, 32, 60, 60]
