"""A refund has the payment's shape: the aggregate decides, and the unknown is read back."""

from datetime import UTC, datetime

import pytest

from till.domain.faults import Fault, FaultCode
from till.domain.money import Currency, Money
from till.domain.refund import (
    AskRefund,
    Refund,
    RefundAnsweredNo,
    RefundDone,
    RefundFact,
    Refunding,
    RefundNeedsPerson,
    RefundRefused,
    RefundReported,
    RefundState,
    RefundTerms,
    RefundUnanswered,
    SendRefund,
    refundable,
    resume,
    step,
)

AT = datetime(2026, 11, 21, tzinfo=UTC)
FAULT = Fault(FaultCode.NO_ANSWER)


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


def refund(state: RefundState = Refunding()) -> Refund:  # noqa: B008
    return Refund(RefundTerms("ref-00000001", 1, nok(300), nok(1000), nok(200), AT), state)


def reported(minor: int) -> RefundReported:
    return RefundReported("ref-00000001", AT, nok(1000), nok(minor))


@pytest.mark.parametrize(
    "state", [Refunding(), Refunding(FAULT), RefundDone(AT), RefundRefused(FAULT), RefundNeedsPerson(FAULT)]
)
@pytest.mark.parametrize(
    "fact",
    [reported(200), reported(500), reported(1), RefundAnsweredNo("r", AT, FAULT), RefundUnanswered("r", AT, FAULT)],
)
def test_every_state_meets_every_fact(state: RefundState, fact: RefundFact) -> None:
    after = step(refund(state), fact)
    is_over = isinstance(after.refund.state, RefundDone | RefundRefused)
    assert len(after.commands) == (0 if is_over else 1)


def test_a_lost_answer_is_read_back_and_a_refund_that_happened_is_done_once() -> None:
    """Fault catalogue A20, A21."""
    lost = step(refund(), RefundUnanswered("ref-00000001", AT, FAULT))
    assert lost.commands == (AskRefund("ref-00000001"),)
    assert step(lost.refund, reported(500)).refund.state == RefundDone(AT)


def test_a_refund_that_did_not_happen_is_sent_again_with_the_same_amount() -> None:
    """Fault catalogue A19."""
    assert step(refund(), reported(200)).commands == (SendRefund("ref-00000001", 1, nok(300)),)
    assert resume(refund()).commands == (AskRefund("ref-00000001"),)


def test_a_refusal_is_believed_only_after_a_read() -> None:
    """Fault catalogue B14."""
    refused = step(refund(), RefundAnsweredNo("ref-00000001", AT, FAULT))
    assert refused.commands == (AskRefund("ref-00000001"),)
    assert step(refused.refund, reported(200)).refund.state == RefundRefused(FAULT)


def test_what_is_left_is_captured_less_refunded() -> None:
    assert refundable(captured=nok(1000), refunded=nok(300)) == nok(700)
