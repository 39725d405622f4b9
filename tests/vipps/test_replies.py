"""Replies, whatever comes: a definite answer, a definite no, or unknown; and nothing ever breaks the client."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.transport import JSON, Scripted, payment, reply, scripted_client
from till.domain.money import Currency, Money
from till.domain.payment import Reported
from till.vipps.answers import fact_of_payment
from till.vipps.epayment import ModificationAnswer, PaymentAnswer
from till.vipps.errors import RateLimited, Refused, Silence, Unanswered, VippsError
from till.vipps.replies import DEFINITE, RETRY_AFTER_MOST_S, refusal_of, retry_after_s
from till.vipps.transport import HttpReply

REF = "test-kasse1-261121-0001-1"
AMOUNT = Money(10000, Currency.NOK)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(["NOK", "DKK", REF])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
PLACES = ("reference", "state", "amount", "aggregate", "pspReference", "captureGuaranteedUntil", "redirectUrl")


def outcome(ask: Callable[[], object]) -> object:
    """Return the answer, or the error that stands for none; anything else breaks the test."""
    try:
        return ask()
    except Unanswered as error:
        return error


def test_every_status_is_a_definite_no_of_the_api_or_unknown() -> None:
    """Rule R6: a 4xx that the API does not give comes from something in between."""
    for status in range(201, 600):
        for body in (b"", b"<html>", b'{"statusCode":401,"message":"no"}', b"[]", b"\xff", b"[" * 9000):
            client = scripted_client(Scripted([HttpReply(status, {}, body)]))
            with pytest.raises(VippsError) as error:
                client.capture(REF, AMOUNT, "key")
            assert isinstance(error.value, Refused) is (status in DEFINITE)
            assert isinstance(error.value, Refused) or (isinstance(error.value, Unanswered) and error.value.is_sent)


@given(st.sampled_from(PLACES), TREES)
def test_a_payment_with_anything_in_one_place_is_read_or_unknown(place: str, value: object) -> None:
    """Fault catalogue B30."""
    body = json.dumps({**payment(REF), place: value}).encode()
    client = scripted_client(Scripted([HttpReply(200, JSON, body)]))
    for ask in (lambda: client.get(REF), lambda: client.capture(REF, AMOUNT, "key")):
        answer = outcome(ask)
        if isinstance(answer, Unanswered):
            assert answer.reason is Silence.BAD_REPLY
            continue
        assert isinstance(answer, PaymentAnswer | ModificationAnswer)
        assert answer.reference == REF
        parts = (answer.authorized, answer.captured, answer.cancelled, answer.refunded)
        assert len({part.currency for part in parts}) == 1
        assert all(type(part.minor) is int and 0 <= part.minor <= 65_000_000 for part in parts)


@given(st.sampled_from([*sorted(DEFINITE), 500, 503]), TREES)
def test_a_problem_of_any_shape_is_told_by_its_status(status: int, body: object) -> None:
    """Fault catalogue B36."""
    said = refusal_of(HttpReply(status, JSON, json.dumps(body).encode()))
    assert isinstance(said, Unanswered if status >= 500 else Refused)


@given(TREES)
def test_an_event_log_with_anything_in_it_is_read_or_unknown(entries: object) -> None:
    """Fault catalogue B30."""
    client = scripted_client(Scripted([HttpReply(200, JSON, json.dumps(entries).encode())]))
    answer = outcome(lambda: client.events(REF))
    assert isinstance(answer, tuple) or (isinstance(answer, Unanswered) and answer.reason is Silence.BAD_REPLY)


@pytest.mark.parametrize("name", ["authorizedAmount", "capturedAmount", "cancelledAmount", "refundedAmount"])
def test_amounts_of_two_currencies_are_no_answer(name: str) -> None:
    """Fault catalogue B23."""
    body = json.loads(json.dumps(payment(REF)))
    body["aggregate"][name]["currency"] = "DKK"
    client = scripted_client(Scripted([reply(200, body)]))
    for ask in (lambda: client.get(REF), lambda: client.capture(REF, AMOUNT, "key")):
        with pytest.raises(Unanswered):
            ask()


@pytest.mark.parametrize(
    ("kind", "is_read"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ("application/problem+json", True),
        ("text/html", False),
        ("text/plain; note=json", False),
        ("", False),
    ],
)
def test_a_reply_says_that_it_is_json(kind: str, is_read: bool) -> None:
    """Fault catalogue B29."""
    body = json.dumps(payment(REF)).encode()
    client = scripted_client(Scripted([HttpReply(200, {"content-type": kind}, body)]))
    if is_read:
        assert client.get(REF).authorized == AMOUNT
    else:
        with pytest.raises(Unanswered):
            client.get(REF)


@pytest.mark.parametrize("doubled", ["state", "reference", "amount"])
def test_a_key_that_stands_twice_is_no_answer(doubled: str) -> None:
    """Fault catalogue B30."""
    text = json.dumps(payment(REF))
    again = f'"{doubled}": {json.dumps(payment(REF)[doubled])}, '
    client = scripted_client(Scripted([HttpReply(200, JSON, (text[0] + again + text[1:]).encode())]))
    with pytest.raises(Unanswered):
        client.get(REF)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2027-01-12T10:15:30.123+00:00", 2027),
        ("2027-01-12T10:15:30.1234567Z", 2027),
        ("2027-01-12T10:15:30", None),
        ("soon", None),
        (5, None),
        (None, None),
    ],
)
def test_the_end_of_a_guarantee_is_read_and_one_that_is_no_time_is_none(text: object, year: int | None) -> None:
    """Fault catalogue D9."""
    client = scripted_client(Scripted([reply(200, payment(REF, captureGuaranteedUntil=text))] * 2))
    until = client.get(REF).capture_guaranteed_until
    assert (until.year if until else None) == year
    fact = fact_of_payment(client.get(REF), datetime(2026, 11, 21, tzinfo=UTC))
    assert isinstance(fact, Reported)
    assert fact.guaranteed_until == until


def test_a_link_of_another_kind_is_no_answer() -> None:
    """Fault catalogue B30."""
    for link in (5, [], {"a": "b"}, True):
        client = scripted_client(Scripted([reply(201, {"reference": REF, "redirectUrl": link})]))
        with pytest.raises(Unanswered):
            client.create(REF, b"{}", "key")
    client = scripted_client(Scripted([reply(201, {"reference": REF, "redirectUrl": None})]))
    assert client.create(REF, b"{}", "key").link is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_retry_after_is_a_pause_of_at_most_five_minutes_or_none(text: str, date: str) -> None:
    """Fault catalogue B15, B16."""
    pause = retry_after_s(HttpReply(429, {"retry-after": text, "date": date}))
    assert pause is None or 0 <= pause <= RETRY_AFTER_MOST_S


@pytest.mark.parametrize(
    "date", ["Sat, 21 Nov 2026 12:00:00 -0000", "Sat, 21 Nov 2026 13:00:00 +0100", "Sat, 21 Nov 2026 12:00:00 GMT"]
)
def test_a_date_in_any_zone_or_none_is_understood(date: str) -> None:
    """Fault catalogue B15."""
    for until in ("Sat, 21 Nov 2026 12:00:30 GMT", "Sat, 21 Nov 2026 12:00:30 -0000"):
        assert retry_after_s(HttpReply(429, {"retry-after": until, "date": date})) == 30


def test_a_failed_call_leaves_a_line_with_everything_support_needs_and_nothing_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Requirement 5 of the published checklist; invariant I11."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    problem = {"title": "4799887766", "extraDetails": [{"name": "ErrorCode", "reason": "6090"}], "traceId": trace}
    with caplog.at_level(logging.WARNING, "till.vipps"), pytest.raises(Refused):
        scripted_client(Scripted([reply(400, problem)])).capture(REF, AMOUNT, "the-idempotency-key")
    (record,) = caplog.records
    line = record.__dict__
    assert (line["method"], line["status"], line["code"], line["trace"]) == ("POST", 400, 6090, trace)
    assert line["path"] == f"/epayment/v1/payments/{REF}/capture"
    assert len(line["key_digest"]) == 12
    assert not any(mark in str(line) for mark in ("4799887766", "the-idempotency-key", "token-1", "the-secret"))


def test_a_reply_that_does_not_fit_leaves_a_line_too(caplog: pytest.LogCaptureFixture) -> None:
    """Rule R6: a suspicious reply is written down."""
    client = scripted_client(Scripted([reply(200, payment("another-reference"))]))
    with caplog.at_level(logging.WARNING, "till.vipps"), pytest.raises(Unanswered):
        client.get(REF)
    assert [record.__dict__["reason"] for record in caplog.records] == ["bad_reply"]


def test_too_many_calls_say_how_long_to_wait() -> None:
    """Fault catalogue B15."""
    client = scripted_client(Scripted([reply(429, retry_after="7")]))
    with pytest.raises(RateLimited) as limited:
        client.get(REF)
    assert limited.value.retry_after_s == 7
