"""Taking a part of what is reserved: the part is captured once, the rest is released, and only then is it over."""

import pytest

from tests.domain.test_payments import AMOUNT, AT, LOST, NOTHING, REF, payment, report
from till.domain.faults import Fault, FaultCode
from till.domain.money import Money
from till.domain.payment import (
    AskPayment,
    Captured,
    CapturePayment,
    Capturing,
    CompleteAsked,
    Flow,
    NeedsPerson,
    Operation,
    Payment,
    Refused,
    ReleaseAsked,
    Released,
    ReleasePayment,
    Releasing,
    Reserved,
    Unanswered,
)
from till.domain.payment_step import resume, step

PART = Money(1000, AMOUNT.currency)
REST = AMOUNT - PART


def completing() -> Payment:
    reserved = payment(Reserved(), Flow.DISTANCE, is_sent_later=True)
    after = step(reserved, CompleteAsked(REF, AT, PART))
    assert after.commands == (CapturePayment(REF, PART),)
    return after.payment


def test_the_part_is_taken_then_the_rest_is_released_and_only_then_is_it_captured() -> None:
    taken = step(completing(), report(captured=PART))
    assert taken.payment.state == Releasing()
    assert taken.commands == (ReleasePayment(REF),)
    over = step(taken.payment, report(captured=PART, cancelled=REST))
    assert over.payment.state == Captured(AT)
    assert over.payment.to_take == PART


def test_a_lost_capture_of_a_part_is_read_back_and_repeated_with_the_same_amount() -> None:
    lost = step(completing(), Unanswered(REF, AT, Operation.CAPTURE, LOST, is_sent=True))
    assert isinstance(lost.commands[0], AskPayment)
    assert step(lost.payment, report()).commands == (CapturePayment(REF, PART),)
    assert step(resume(lost.payment).payment, report(captured=PART)).commands == (ReleasePayment(REF),)


def test_a_release_of_the_rest_that_is_lost_is_repeated_until_nothing_is_reserved() -> None:
    taken = step(completing(), report(captured=PART)).payment
    lost = step(taken, Unanswered(REF, AT, Operation.RELEASE, LOST, is_sent=True)).payment
    assert step(resume(lost).payment, report(captured=PART)).commands == (ReleasePayment(REF),)
    assert step(lost, report(captured=PART, cancelled=REST)).payment.state == Captured(AT)


@pytest.mark.parametrize("captured", [PART + PART, AMOUNT])
def test_another_amount_than_the_part_is_nobodys_to_act_upon_but_a_persons(captured: Money) -> None:
    after = step(completing(), report(captured=captured))
    assert after.payment.state == NeedsPerson(Fault(FaultCode.AMOUNT_DIFFERS))


def test_a_rest_that_cannot_be_released_needs_a_person_and_is_not_tried_without_end() -> None:
    taken = step(completing(), report(captured=PART)).payment
    fault = Fault(FaultCode.RELEASE_REFUSED, wallet_code=6030)
    refused = step(taken, Refused(REF, AT, Operation.RELEASE, fault)).payment
    assert isinstance(refused.state, NeedsPerson)
    waiting = step(refused, report(captured=PART))
    assert [type(command) for command in waiting.commands] == [AskPayment]
    assert step(waiting.payment, ReleaseAsked(REF, AT)).commands == (ReleasePayment(REF),)
    assert step(waiting.payment, report(captured=PART, cancelled=REST)).payment.state == Captured(AT)


def test_a_part_that_was_taken_after_all_has_its_rest_released_though_a_person_was_called() -> None:
    late = completing()
    gone = step(late, Refused(REF, AT, Operation.CAPTURE, Fault(FaultCode.FUNDS_GONE, wallet_code=6260))).payment
    called = step(gone, report()).payment
    assert isinstance(called.state, NeedsPerson)
    assert step(called, report(captured=PART)).commands == (ReleasePayment(REF),)


def test_a_person_who_gives_up_has_all_of_it_released() -> None:
    called = Payment(completing().terms, NeedsPerson(Fault(FaultCode.FUNDS_GONE)), part=PART)
    releasing = step(called, ReleaseAsked(REF, AT)).payment
    assert step(releasing, report(cancelled=AMOUNT)).payment.state == Released()


def test_a_whole_that_is_completed_stays_a_whole() -> None:
    reserved = payment(Reserved(), Flow.DISTANCE, is_sent_later=True)
    whole = step(reserved, CompleteAsked(REF, AT)).payment
    assert whole.state == Capturing()
    assert whole.to_take == AMOUNT
    assert step(whole, report(captured=AMOUNT, cancelled=NOTHING)).payment.state == Captured(AT)
