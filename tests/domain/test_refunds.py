"""A refund has the payment's shape: the aggregate decides, and the unknown is read back."""

from datetime import UTC, datetime, timedelta

import pytest

from till.domain.faults import Fault, FaultCode
from till.domain.money import Currency, Money
from till.domain.payment import (
    AskPayment,
    CancelAsked,
    Created,
    Missing,
    Operation,
    PaymentFact,
    Refused,
    Reported,
    Unanswered,
    Verdict,
)
from till.domain.refund import (
    PaidSale,
    Refund,
    RefundDone,
    Refunding,
    RefundNeedsPerson,
    RefundRefused,
    RefundState,
    RefundTerms,
    SendRefund,
    resume,
    step,
)

AT = datetime(2026, 11, 21, tzinfo=UTC)
REF = "test-kasse1-261121-0001-1"
FAULT = Fault(FaultCode.REFUND_REFUSED, wallet_code=6150)
LOST = Fault(FaultCode.NO_ANSWER)


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


def refund(state: RefundState = Refunding()) -> Refund:  # noqa: B008
    paid = PaidSale(REF, 1, 1, nok(1000), AT, "900001")
    return Refund(RefundTerms(REF, 1, nok(300), nok(200), AT, paid), state)


def reported(refunded: int, *, amount: int = 1000) -> Reported:
    return Reported(REF, AT, Verdict.AUTHORIZED, nok(amount), nok(1000), nok(1000), nok(0), nok(refunded))


def lost(*, trying_for: timedelta = timedelta(0)) -> Unanswered:
    return Unanswered(REF, AT, Operation.REFUND, LOST, is_sent=True, trying_for=trying_for)


STATES = [Refunding(), Refunding(FAULT), RefundDone(AT), RefundRefused(FAULT), RefundNeedsPerson(FAULT)]
FACTS = [
    reported(200),
    reported(500),
    reported(1),
    reported(900),
    reported(500, amount=1),
    lost(),
    lost(trying_for=timedelta(hours=25)),
    Refused(REF, AT, Operation.REFUND, FAULT),
    Refused(REF, AT, Operation.REFUND, LOST),
    Missing(REF, AT),
    Created(REF, AT),
    CancelAsked(REF, AT),
]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("fact", FACTS)
def test_every_state_meets_every_fact_and_only_an_end_gives_no_further_command(
    state: RefundState, fact: PaymentFact
) -> None:
    after = step(refund(state), fact)
    assert len(after.commands) == (0 if after.refund.is_final else 1)


def test_a_lost_answer_is_read_back_and_a_refund_that_happened_is_done_once() -> None:
    """Fault catalogue A20, A21."""
    after = step(refund(), lost())
    assert isinstance(after.commands[0], AskPayment)
    done = step(after.refund, reported(500))
    assert done.refund.state == RefundDone(AT)
    assert step(done.refund, reported(200)).commands == ()


def test_a_refund_that_did_not_happen_is_sent_again_with_the_same_amount() -> None:
    """Fault catalogue A19."""
    assert step(refund(), reported(200)).commands == (SendRefund(REF, nok(300)),)
    assert isinstance(resume(refund()).commands[0], AskPayment)


def test_a_refusal_is_believed_only_after_a_read() -> None:
    """Fault catalogue B14."""
    refused = step(refund(), Refused(REF, AT, Operation.REFUND, FAULT))
    assert isinstance(refused.commands[0], AskPayment)
    assert step(refused.refund, reported(200)).refund.state == RefundRefused(FAULT)
    assert step(refused.refund, reported(500)).refund.state == RefundDone(AT)


def test_a_gateways_refusal_says_nothing_of_a_refund_that_may_be_on_its_way() -> None:
    """Fault catalogue B14, B36."""
    after = step(refund(), Refused(REF, AT, Operation.REFUND, LOST))
    assert step(after.refund, reported(200)).commands == (SendRefund(REF, nok(300)),)


def test_a_taken_key_calls_a_person_and_the_refund_on_its_way_is_still_believed() -> None:
    """Fault catalogue B6."""
    taken = Fault(FaultCode.REFERENCE_TAKEN, wallet_code=4010)
    stuck = step(refund(), Refused(REF, AT, Operation.REFUND, taken)).refund
    assert step(stuck, reported(200)).refund == stuck
    assert step(stuck, reported(500)).refund.state == RefundDone(AT)


def test_an_amount_that_fits_neither_calls_a_person_and_a_later_fit_is_believed() -> None:
    """Fault catalogue B34, E9."""
    stuck = step(refund(), reported(900)).refund
    assert isinstance(stuck.state, RefundNeedsPerson)
    assert step(stuck, reported(500)).refund.state == RefundDone(AT)


def test_after_a_day_without_an_answer_a_person_is_called() -> None:
    """Rule R2."""
    assert isinstance(step(refund(), lost(trying_for=timedelta(hours=25))).refund.state, RefundNeedsPerson)
