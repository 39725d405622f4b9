"""Twenty thousand answers through the real client: what is false is never believed, and nothing breaks over it."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles.transport import JSON, Scripted, reply, scripted_client, token
from tests.hostile.answers import NO_REFERENCES, REFERENCE, answer
from till.domain.money import Currency, Money
from till.domain.payment import (
    Cancelling,
    Captured,
    CapturePayment,
    Capturing,
    Ended,
    Flow,
    Payment,
    Released,
    Releasing,
    Reported,
    Requested,
    State,
    Terms,
    Verdict,
    Waiting,
)
from till.domain.payment_step import step
from till.vipps.answers import fact_of_payment
from till.vipps.epayment import EPayment, ModificationAnswer, PaymentAnswer
from till.vipps.errors import Unanswered, VippsError
from till.vipps.transport import HttpReply

#: 200 x 60 single answers, 200 x 40 in a series: 20,000.
BATCHES, SINGLE, SERIES = 200, 60, 40
AMOUNT, NOTHING = Money(10000, Currency.NOK), Money(0, Currency.NOK)
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TERMS = Terms(REFERENCE, 1, AMOUNT, Flow.CUSTOMER_SCREEN, "900001", AT)
STATES: tuple[State, ...] = (
    Requested(may_exist=True, may_resend=False),
    Waiting(),
    Cancelling(may_exist=True, does_exist=True),
    Capturing(),
    Releasing(),
)
WORDS = ("CREATED", "AUTHORIZED", "ABORTED", "EXPIRED", "TERMINATED", "NEVER_SEEN")
ENDS = (Verdict.ABORTED, Verdict.EXPIRED, Verdict.TERMINATED)
seeds = st.integers(0, 2**64)


def outcome(ask: Callable[[], object]) -> object:
    """Return the answer, or the error that stands for none; anything else breaks the test."""
    try:
        return ask()
    except VippsError as error:
        return error


def client_of(script: list[HttpReply]) -> EPayment:
    return scripted_client(Scripted(list(script)))


@settings(max_examples=BATCHES, deadline=None)
@given(seeds)
def test_a_false_answer_is_unknown_or_refused_and_a_true_one_in_odd_clothes_is_read(seed: int) -> None:
    """Fault catalogue B22, B23, B29, B30; rule R6."""
    chance = random.Random(seed)
    given_answers = [answer(chance) for _ in range(SINGLE)]
    for one in given_answers:
        client = client_of([one.reply])
        is_read = chance.random() < 0.5
        ask = (
            (lambda client=client: client.get(REFERENCE))
            if is_read
            else chance.choice(
                (
                    lambda client=client: client.capture(REFERENCE, AMOUNT, "key"),
                    lambda client=client: client.refund(REFERENCE, AMOUNT, "key"),
                    lambda client=client: client.cancel(REFERENCE, "key", only_if_not_approved=True),
                )
            )
        )
        found = outcome(ask)
        is_believed = not isinstance(found, VippsError)
        assert is_believed is (one.is_true if is_read else one.is_true_of_change), one.reply.body[:300]
        if not is_believed:
            assert len(str(found)) < 200
            continue
        assert isinstance(found, PaymentAnswer | ModificationAnswer)
        assert (found.reference, found.authorized, found.captured) == (REFERENCE, AMOUNT, NOTHING)


def amounts(chance: random.Random) -> HttpReply:
    """Return a well-formed answer whose figures may be anything."""
    currency = chance.choice(("NOK",) * 8 + ("DKK", "EUR"))

    def money(*figures: int) -> dict[str, object]:
        return {"currency": currency, "value": chance.choice(figures)}

    aggregate = {
        "authorizedAmount": money(10000, 10000, 0, 9999, 10001, 1),
        "capturedAmount": money(0, 0, 10000, 10000, 9999, 10001, 1),
        "cancelledAmount": money(0, 0, 0, 10000, 1),
        "refundedAmount": money(0, 0, 0, 10000, 1),
    }
    amount = money(10000, 10000, 10000, 10000, 9999, 10001, 1)
    return reply(200, {"reference": REFERENCE, "state": chance.choice(WORDS), "amount": amount, "aggregate": aggregate})


def holds(before: Payment, after: Payment, said: Reported) -> None:
    """Hold one step to what its answer may make of a payment."""
    figures = (said.amount, said.authorized, said.captured, said.cancelled, said.refunded)
    if before.is_final:
        assert after is before
    elif isinstance(after.state, Captured):
        assert figures[:3] == (AMOUNT, AMOUNT, AMOUNT)
    elif isinstance(after.state, Released):
        assert said.captured.minor == 0
        assert said.cancelled == said.authorized
        assert said.authorized.minor > 0
    elif isinstance(after.state, Ended):
        assert said.verdict in ENDS
        assert said.captured.minor == 0
        assert said.authorized.minor == 0 or said.cancelled == said.authorized
    if before.last is not None:
        assert after.last is not None
        for name in ("authorized", "captured", "cancelled", "refunded"):
            assert getattr(after.last, name).minor >= getattr(before.last, name).minor


@settings(max_examples=BATCHES, deadline=None)
@given(seeds, st.sampled_from(STATES))
def test_no_series_of_answers_makes_a_payment_paid_or_over_that_is_not(seed: int, state: State) -> None:
    """Fault catalogue B22 to B28; invariants I4, I5, I12: wrong figures, and figures that shrink."""
    chance = random.Random(seed)
    payment = Payment(TERMS, state)
    client = client_of([amounts(chance) for _ in range(SERIES)])
    for turn in range(SERIES):
        said = fact_of_payment(client.get(REFERENCE), AT + timedelta(seconds=turn))
        assert isinstance(said, Reported)
        taken = step(payment, said)
        holds(payment, taken.payment, said)
        assert all(command.amount == AMOUNT for command in taken.commands if isinstance(command, CapturePayment))
        payment = taken.payment
        if payment.is_final:
            payment = Payment(TERMS, chance.choice(STATES))


@pytest.mark.parametrize("foreign", [Money(10000, Currency.EUR), Money(1, Currency.NOK)])
@pytest.mark.parametrize("state", [state for state in STATES if not isinstance(state, Capturing)])
def test_an_answer_of_another_amount_or_currency_never_releases_a_payment(state: State, foreign: Money) -> None:
    """Fault catalogue B22, B23; invariant I5."""
    nothing = Money(0, foreign.currency)
    said = Reported(REFERENCE, AT, Verdict.AUTHORIZED, foreign, foreign, nothing, foreign, nothing)
    assert not step(Payment(TERMS, state), said).payment.is_final


@pytest.mark.parametrize("link", [1, True, ["https://qr.vipps.no/"], {"href": "https://qr.vipps.no/"}, 1.5])
def test_a_created_payment_whose_link_is_no_text_is_unknown(link: object) -> None:
    """Fault catalogue B30."""
    with pytest.raises(Unanswered):
        client_of([reply(201, {"reference": REFERENCE, "redirectUrl": link})]).create(REFERENCE, b"{}", "key")


@pytest.mark.parametrize("named", NO_REFERENCES)
def test_a_created_payment_of_another_name_is_unknown(named: object) -> None:
    """Fault catalogue B22."""
    with pytest.raises(Unanswered):
        client_of([reply(201, {"reference": named})]).create(REFERENCE, b"{}", "key")


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.none(), st.text(max_size=40), st.integers(), st.floats(), st.lists(st.integers(), max_size=2)),
    st.one_of(st.none(), st.booleans(), st.text(max_size=12), st.integers(), st.floats()),
)
def test_a_token_of_any_shape_is_sent_whole_or_never_leaves(text: object, life: object) -> None:
    """Fault catalogue B1, B30: what cannot stand in a header, or says no life, is no token."""
    transport = Scripted([reply(500)], tokens=[token(text, life)])  # type: ignore[arg-type]
    error = outcome(lambda: scripted_client(transport).get(REFERENCE))
    assert isinstance(error, VippsError)
    if not transport.asked:
        assert isinstance(error, Unanswered)
        assert not error.is_sent
    for request in transport.asked:
        assert request.headers["Authorization"] == f"Bearer {text}"
        assert request.headers["Authorization"].isascii()
        assert request.headers["Authorization"].isprintable()


def test_a_reply_of_a_megabyte_of_nesting_or_names_is_unknown_and_quick() -> None:
    """Fault catalogue B30; invariant I13."""
    names = ", ".join(f'"{number}": {number}' for number in range(60_000))
    for raw in (b"[" * 1_000_000, b'{"a":' * 200_000, f"{{{names}}}".encode(), b'"' + b"\\u0000" * 170_000 + b'"'):
        with pytest.raises(Unanswered):
            client_of([HttpReply(200, JSON, raw)]).get(REFERENCE)
        with pytest.raises(VippsError):
            client_of([HttpReply(400, JSON, json.dumps({"extraDetails": raw.decode()}).encode())]).get(REFERENCE)
