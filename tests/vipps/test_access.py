"""Tokens and keys: what the token service says is never taken for something about a payment."""

import threading
from datetime import UTC, datetime

import pytest

from tests.doubles.transport import Scripted, payment, reply, scripted_client, token
from till.domain.money import Currency, Money
from till.domain.payment import Missing, Operation, Refused
from till.domain.secret import Secret
from till.vipps.access import Credentials, System
from till.vipps.answers import fact_of_error
from till.vipps.errors import InvalidRequest, KeysRefused, RateLimited, Silence, Unanswered, VippsError
from till.vipps.transport import HttpReply, HttpRequest

REF = "test-kasse1-261121-0001-1"
AMOUNT = Money(10000, Currency.NOK)


@pytest.mark.parametrize("status", [402, 404, 405, 408, 409, 415, 422, 423, 500, 503, 302, 204])
@pytest.mark.parametrize("operation", list(Operation))
def test_a_refused_token_says_nothing_about_a_payment(status: int, operation: Operation) -> None:
    """Invariant I12: it is neither missing nor refused because the token service answered 404 or 409."""
    client = scripted_client(Scripted([reply(200, payment(REF))], tokens=[reply(status, {})]))
    with pytest.raises(Unanswered) as unanswered:
        client.capture(REF, AMOUNT, "key")
    assert not unanswered.value.is_sent
    fact = fact_of_error(unanswered.value, REF, operation, datetime(2026, 11, 21, tzinfo=UTC))
    assert not isinstance(fact, Missing | Refused)


@pytest.mark.parametrize("status", [400, 401])
def test_refused_keys_are_told_apart_from_a_refused_operation_and_asked_for_once(status: int) -> None:
    """Fault catalogue B1."""
    transport = Scripted([reply(200, payment(REF))], tokens=[reply(status, {})])
    with pytest.raises(KeysRefused) as refused:
        scripted_client(transport).capture(REF, AMOUNT, "key")
    assert len(transport.token_calls) == 1
    assert transport.asked == []
    fact = fact_of_error(refused.value, REF, Operation.CAPTURE, datetime(2026, 11, 21, tzinfo=UTC))
    assert not isinstance(fact, Refused)


def test_the_same_request_is_repeated_once_after_a_401_with_the_same_key_and_bytes() -> None:
    """Fault catalogue B1; invariant I2."""
    transport = Scripted([reply(401), reply(200, payment(REF))], tokens=[token("old"), token("new")])
    scripted_client(transport).capture(REF, AMOUNT, "key")
    first, second = transport.asked
    assert first.body == second.body
    assert first.headers["Authorization"] == "Bearer old"
    assert second.headers["Authorization"] == "Bearer new"
    assert {**first.headers, "Authorization": ""} == {**second.headers, "Authorization": ""}


def test_a_second_401_is_not_tried_a_third_time() -> None:
    """Fault catalogue B1."""
    transport = Scripted([reply(401)])
    with pytest.raises(KeysRefused):
        scripted_client(transport).get(REF)
    assert len(transport.asked) == 2


@pytest.mark.parametrize(
    "silence", [Unanswered(Silence.NO_CONNECTION, is_sent=False), reply(503), reply(429), reply(200, {})]
)
def test_sales_go_on_while_the_token_is_good_and_its_service_is_down(silence: HttpReply | Exception) -> None:
    """Fault catalogue D4."""
    now = [0.0]
    transport = Scripted([reply(200, payment(REF))], tokens=[token(), silence])
    client = scripted_client(transport, now=now)
    client.get(REF)
    now[0] = 3300
    client.get(REF)
    now[0] = 3310
    client.get(REF)
    assert len(transport.token_calls) == 2, "one that is not answered is not asked for with every call"
    now[0] = 3340
    client.get(REF)
    assert len(transport.token_calls) == 3
    now[0] = 3600
    with pytest.raises((Unanswered, RateLimited)):
        client.get(REF)
    assert len(transport.asked) == 4


def test_a_token_is_renewed_in_time_by_the_clock_that_never_jumps() -> None:
    """Fault catalogue D3: at nine tenths of its life or a minute before its end, whichever is sooner."""
    for life, renew_at in ((3600, 3240), (86400, 77760), (300, 240), (30, 0)):
        now = [0.0]
        transport = Scripted([reply(200, payment(REF))], tokens=[token(life=str(life))])
        client = scripted_client(transport, now=now)
        client.get(REF)
        before = len(transport.token_calls)
        now[0] = max(0.0, renew_at - 1)
        client.get(REF)
        assert len(transport.token_calls) == before + (renew_at == 0)
        now[0] = renew_at
        client.get(REF)
        assert len(transport.token_calls) > before


@pytest.mark.parametrize("life", ["3600", 3600])
def test_numbers_are_read_as_text_and_as_numbers(life: object) -> None:
    scripted_client(Scripted([reply(200, payment(REF))], tokens=[token(life=life)])).get(REF)


@pytest.mark.parametrize("life", ["", "0", "-1", "9" * 1000, "9" * 5000, "1e3", "٣", True, None, [], 0, -5])
def test_a_token_of_no_sensible_life_is_none(life: object) -> None:
    """Fault catalogue B30."""
    with pytest.raises(Unanswered) as unanswered:
        scripted_client(Scripted([reply(200, payment(REF))], tokens=[token(life=life)])).get(REF)
    assert not unanswered.value.is_sent


@pytest.mark.parametrize("text", ["", "a b", "a\r\nX-Other: b", "a\u2028", "å", "x" * 20_000])
def test_a_token_that_would_break_a_header_is_none(text: str) -> None:
    """Fault catalogue B30."""
    with pytest.raises(Unanswered) as unanswered:
        scripted_client(Scripted([reply(200, payment(REF))], tokens=[token(text)])).get(REF)
    assert not unanswered.value.is_sent


def test_every_call_carries_its_headers_and_the_token_call_too() -> None:
    """Requirement 6 of the published checklist; each system header has at most 30 characters."""
    transport = Scripted([reply(200, payment(REF))])
    client = scripted_client(transport)
    client.get(REF)
    client.capture(REF, AMOUNT, "key")
    always = {"Ocp-Apim-Subscription-Key", "Merchant-Serial-Number", *System().headers()}
    for request in (*transport.token_calls, *transport.asked):
        assert always <= set(request.headers)
    read, capture = transport.asked
    assert "Idempotency-Key" not in read.headers
    assert capture.headers["Idempotency-Key"] == "key"
    assert capture.headers["Content-Type"] == "application/json"
    assert "client_secret" not in capture.headers
    assert all(len(value) <= 30 for value in System("n" * 99, "1" * 99).headers().values())


@pytest.mark.parametrize("key", ["", "k" * 51, "two words", "line\nbreak", "nøkkel"])
def test_a_key_that_is_no_header_is_refused_before_anything_is_sent(key: str) -> None:
    transport = Scripted([reply(200, payment(REF))])
    with pytest.raises(InvalidRequest):
        scripted_client(transport).capture(REF, AMOUNT, key)
    assert transport.asked == []


@pytest.mark.parametrize("pasted", ["", " a", "a\n", "a\u2028", "a\u00a0b", "ключ"])
def test_pasted_keys_with_a_stray_character_are_refused_by_name_and_not_by_value(pasted: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Credentials(Secret("a"), Secret("b"), Secret(pasted), "900001")
    assert refused.value.field == "subscription_key"
    assert not pasted.strip() or pasted not in str(refused.value)


def test_two_lanes_that_find_the_token_old_renew_it_once() -> None:
    """Fault catalogue D3: one renewal at a time."""
    both_wait, go_on = threading.Event(), threading.Event()

    class Slow(Scripted):
        def send(self, request: HttpRequest) -> HttpReply:
            if request.url.endswith("/accesstoken/get"):
                both_wait.set()
                assert go_on.wait(5)
            return super().send(request)

    transport = Slow([reply(200, payment(REF))])
    client = scripted_client(transport)
    lanes = [threading.Thread(target=client.get, args=(REF,)) for _ in range(2)]
    for lane in lanes:
        lane.start()
    assert both_wait.wait(5)
    go_on.set()
    for lane in lanes:
        lane.join(5)
    assert len(transport.token_calls) == 1
    assert len(transport.asked) == 2


def test_no_error_and_no_request_tells_a_secret() -> None:
    """Invariant I11."""
    transport = Scripted([reply(403, {"detail": "4799887766 the-secret"})])
    with pytest.raises(VippsError) as error:
        scripted_client(transport).get(REF)
    seen = repr(error.value) + str(error.value) + repr(transport.asked) + repr(transport.token_calls)
    assert not any(mark in seen for mark in ("the-id", "the-secret", "the-subscription", "token-1", "4799887766"))
