"""A sale that is paid twice: the second payment is told at once, and stays on the list until somebody has settled it."""

import pytest
from msgspec.structs import replace

from tests.doubles.journal import MemoryJournal
from tests.engine.test_engine import Till, paying
from till.domain.double_payment import SettleDouble
from till.domain.facts import DoubleSettled
from till.domain.faults import RefusalCode
from till.domain.intents import (
    AddArticle,
    CancelOpenPayment,
    CompleteOpenPayment,
    ReleaseOpenPayment,
    StartPayment,
)
from till.domain.money import Currency, Money
from till.domain.payment import Cancelling, Captured, Ended, Flow, Overtaken, Pace, Reported, Verdict
from till.domain.refund_start import StartRefund
from till.engine.ports import Ask, Forget
from till.engine.wishes import FindPaid, NextSale


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


def ended_twice(till: Till | None = None) -> tuple[Till, Reported, str]:
    """A till whose customer is asked a second time, what the wallet would say of money in the first, and the second's name."""
    till = paying(till=till)
    first = till.report(Verdict.AUTHORIZED, captured=True)
    till.take(till.report(Verdict.EXPIRED), StartPayment(Flow.CUSTOMER_SCREEN))
    return till, first, till.reference


def paid_twice(till: Till | None = None) -> Till:
    """A till on which both attempts of a sale were captured after all."""
    till, first, _ = ended_twice(till)
    return till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True), first)


def test_a_second_captured_attempt_is_on_the_list_and_no_second_sale() -> None:
    """Known pains 3; fault catalogue E8; invariant I3: what cannot be undone is told at once."""
    till = paid_twice()
    (paid,) = till.shown.state.doubles.values()
    assert (paid.reference, paid.amount, paid.receipt_number) == ("test-kasse1-261121-0001-1", nok(6780), 1)
    assert till.shown.state.sale is not None
    assert len(till.shown.state.sale.tenders) == 1
    assert till.shown.state.next_receipt == 2
    totals = till.shown.state.day.totals
    assert (totals.sales.amount, totals.taken[0].tally.amount, totals.doubles.amount) == (nok(6780),) * 3


def test_it_outlives_the_next_sale_and_a_restart() -> None:
    till = paid_twice().take(NextSale(), AddArticle("1001"))
    again = Till(MemoryJournal(till.journal.written))
    assert again.shown.state.doubles == till.shown.state.doubles != {}


def test_ended_attempts_are_read_once_more_before_and_after_another_is_paid() -> None:
    till, first, _ = ended_twice()
    read = Ask(first.reference, "900001", shows_code=True, pace=Pace.URGENT)
    assert till.wallet.sent.count(read) == 1
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True))
    assert till.wallet.sent.count(read) == 2
    till.take(NextSale(), AddArticle("1001"))
    assert Forget(first.reference) in till.wallet.sent[-2:]


@pytest.mark.parametrize("parts", [(6780,), (5000, 1780)])
def test_it_is_over_when_all_of_it_is_given_back(parts: tuple[int, ...]) -> None:
    till, first, second = ended_twice()
    till.take(first)
    paid = replace(first, reference=second)
    till.take(paid)
    assert [*till.shown.state.doubles] == [second], "the later one is given back"
    given = 0
    for part in parts:
        assert till.shown.state.doubles
        till.take(FindPaid(second), replace(paid, refunded=nok(given)), StartRefund(second, nok(part)))
        given += part
        till.take(replace(paid, refunded=nok(given)))
    assert till.shown.state.doubles == {}
    totals = till.shown.state.day.totals
    assert (totals.doubles_returned.number, totals.doubles_returned.amount) == (len(parts), nok(6780))
    assert totals.given_back.number == 0
    assert till.shown.state.day.grand.returns == nok(0)


def test_a_person_may_say_that_it_is_settled_and_that_is_journaled() -> None:
    till = paid_twice()
    (reference,) = till.shown.state.doubles
    till.take(SettleDouble(reference))
    assert till.shown.state.doubles == {}
    assert isinstance(till.journal.written[-1], DoubleSettled)
    till.take(SettleDouble(reference))
    assert till.notice() is RefusalCode.NOT_POSSIBLE_NOW


def test_a_late_capture_pays_the_sale_and_the_attempt_beside_it_is_cancelled() -> None:
    """Rule R5: what the customer may still approve is never taken by itself."""
    till, first, second = ended_twice()
    till.take(first)
    state = till.shown.state
    assert state.sale is not None
    assert state.sale.is_completed
    assert isinstance(state.payments[second].state, Cancelling)
    till.take(replace(first, reference=second, captured=nok(0)))
    assert isinstance(till.shown.state.payments[second].state, Overtaken)
    till.take(CompleteOpenPayment(second))
    assert till.notice() is RefusalCode.NOT_POSSIBLE_NOW
    till.take(ReleaseOpenPayment(second))
    assert till.shown.state.doubles == {}


def test_money_that_is_reserved_after_all_waits_for_a_person_and_is_never_taken_beside_a_later_attempt() -> None:
    """Fault catalogue B3, E8: it turned up after the cashier had given it up."""
    till, first, second = ended_twice()
    reserved = replace(first, captured=nok(0))
    till.take(reserved)
    assert isinstance(till.shown.state.payments[first.reference].state, Overtaken)
    assert first.reference in till.shown.state.open_references
    till.take(CompleteOpenPayment(first.reference))
    assert till.notice() is RefusalCode.NOT_POSSIBLE_NOW
    till.take(
        CancelOpenPayment(second),
        replace(first, reference=second, verdict=Verdict.TERMINATED, authorized=nok(0), captured=nok(0)),
    )
    assert isinstance(till.shown.state.payments[second].state, Ended)
    till.take(StartPayment(Flow.CUSTOMER_SCREEN))
    assert till.notice() is RefusalCode.PAYMENT_STILL_OPEN


def test_what_was_paid_for_another_basket_pays_for_none() -> None:
    till = paying()
    first = till.report(Verdict.AUTHORIZED, captured=True)
    till.take(till.report(Verdict.EXPIRED), AddArticle("1004"), first)
    assert [*till.shown.state.doubles] == [first.reference]
    assert isinstance(till.shown.state.payments[first.reference].state, Captured)
    assert till.shown.state.sale is not None
    assert not till.shown.state.sale.is_completed
