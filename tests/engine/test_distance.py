"""Selling to a customer who is elsewhere: the request is sent, the next customer served, the money taken when it may be."""

import json
from datetime import timedelta

import pytest

from tests.doubles.journal import MemoryJournal
from tests.engine.test_engine import Till
from till.domain.facts import PaymentRequested
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.intents import (
    AddArticle,
    CompleteOpenPayment,
    PutAway,
    ReleaseOpenPayment,
    SetAside,
    StartPayment,
    TakeUp,
)
from till.domain.payment import (
    Captured,
    Created,
    Ended,
    Ending,
    Flow,
    Operation,
    Pace,
    Refused,
    Reserved,
    Verdict,
    Waiting,
)
from till.domain.secret import Secret
from till.engine.ports import Act, Ask, Create, RawScan
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel
from till.journal.codec import decode

NUMBER = Secret("4700000001")
HOUR = timedelta(hours=1)


def asked(*, is_sent_later: bool = True, till: Till | None = None) -> Till:
    """A till whose request has reached a customer elsewhere."""
    till = till or Till()
    till.take(AddArticle("1001"), ShowPanel(Panel.DISTANCE))
    till.take(StartPayment(Flow.DISTANCE, NUMBER, HOUR, is_sent_later))
    till.take(Created(till.reference, till.clock.now()))
    return till


def acts(till: Till) -> list[Operation]:
    return [errand.operation for errand in till.wallet.sent if isinstance(errand, Act)]


def test_the_next_article_begins_the_next_customers_sale_and_the_request_stays_open() -> None:
    till = asked()
    first = till.reference
    till.take(AddArticle("1004"))
    state = till.shown.state
    assert state.sale is not None
    assert [line.article.plu for line in state.sale.basket.lines] == ["1004"]
    assert state.sales[1].is_aside
    assert isinstance(state.payments[first].state, Waiting)
    till.take(RawScan("7038010001659", "E0"))
    assert till.notice() is RefusalCode.ARTICLE_UNKNOWN
    till.take(TakeUp(1))
    assert till.reference == first


def test_a_code_that_is_no_article_begins_no_sale() -> None:
    till = asked()
    till.take(RawScan("7038010001659", "E0"), AddArticle("1002"))
    assert till.shown.state.current == 1, "neither an unknown code nor an article without its weight"


def test_goods_handed_over_are_paid_while_the_next_customer_is_served() -> None:
    till = asked(is_sent_later=False)
    approved, captured = till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True)
    till.take(SetAside(), AddArticle("1004"), approved)
    assert acts(till) == [Operation.CAPTURE]
    till.take(captured)
    sale = till.shown.state.sales[1]
    assert (sale.is_completed, sale.receipt_number) == (True, 1)
    assert till.shown.state.current == 2


def test_goods_that_are_sent_later_are_paid_when_somebody_says_that_they_are_sent() -> None:
    till = asked()
    reference = till.reference
    approved, captured = till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True)
    till.take(SetAside(), approved)
    assert acts(till) == []
    again = Till(MemoryJournal(till.journal.written))
    assert isinstance(again.shown.state.payments[reference].state, Reserved)
    assert again.wallet.sent[-1] == Ask(reference, "900001", shows_code=False, pace=Pace.URGENT)
    again.take(approved)
    assert acts(again) == [], "a restart takes nothing"
    again.take(CompleteOpenPayment(reference))
    assert acts(again) == [Operation.CAPTURE]
    again.take(captured)
    assert isinstance(again.shown.state.payments[reference].state, Captured)


def test_goods_that_are_not_sent_after_all_give_the_money_back() -> None:
    till = asked()
    reference = till.reference
    till.take(till.report(Verdict.AUTHORIZED), ReleaseOpenPayment(reference))
    assert acts(till) == [Operation.RELEASE]


@pytest.mark.parametrize("good_for", [None, timedelta(minutes=10), timedelta(days=1, seconds=1)])
def test_a_time_that_is_not_granted_is_refused_before_anything_is_journaled(good_for: timedelta | None) -> None:
    till = Till().take(AddArticle("1001"), StartPayment(Flow.DISTANCE, NUMBER, good_for))
    assert till.notice() is RefusalCode.REQUEST_NOT_POSSIBLE
    assert till.shown.state.payment is None
    till.take(StartPayment(Flow.CUSTOMER_SCREEN, None, HOUR))
    assert till.notice() is RefusalCode.REQUEST_NOT_POSSIBLE, "at the counter the wallet's own time holds"


def test_a_refused_request_stays_with_the_cashier_who_is_still_on_the_telephone() -> None:
    till = Till().take(AddArticle("1001"), StartPayment(Flow.DISTANCE, NUMBER, HOUR))
    fault = Fault(FaultCode.LONG_REQUEST_NOT_ALLOWED, wallet_code=5050)
    till.take(AddArticle("1004"))
    assert till.notice() is RefusalCode.BASKET_LOCKED, "whether it was sent is not known yet"
    till.take(Refused(till.reference, till.clock.now(), Operation.CREATE, fault))
    payment = till.shown.state.payment
    assert payment is not None
    assert payment.state == Ended(Ending.REFUSED, fault)
    assert till.shown.state.current == 1


def test_the_number_is_nowhere_but_in_the_request() -> None:
    """Invariant I11."""
    till = asked()
    assert "4700000001" not in repr(till.journal.written) + repr(till.snapshots) + repr(till.wallet.sent)
    (create,) = (errand for errand in till.wallet.sent if isinstance(errand, Create))
    assert "4700000001" in create.body.reveal()


def test_what_was_paid_meanwhile_leaves_the_list_once_it_was_seen() -> None:
    till = asked(is_sent_later=False)
    approved, captured = till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True)
    till.take(SetAside(), PutAway(1))
    assert till.notice() is RefusalCode.NOT_POSSIBLE_NOW, "it is not paid yet"
    till.take(approved, captured, ShowPanel(Panel.OPEN_PAYMENTS), PutAway(1))
    assert till.shown.state.sales == {}
    assert till.shown.around.panel is Panel.OPEN_PAYMENTS, "there may be more on the list"
    assert Till(MemoryJournal(till.journal.written)).shown.state.sales == {}


def test_a_payment_that_an_older_till_journaled_is_read_as_one_at_the_counter() -> None:
    at = "2026-11-21T12:00:00+00:00"
    terms = {"reference": "test-kasse1-261121-0001-1", "sale": 1, "amount": {"minor": 3990, "currency": "NOK"}}
    body = {"terms": {**terms, "flow": "phone_number", "msn": "900001", "requested_at": at}}
    fact = decode("payment-requested", 1, json.dumps({**body, "key": "k", "digest": "0", "body": None}).encode())
    assert isinstance(fact, PaymentRequested)
    assert (fact.terms.expires_at, fact.terms.is_sent_later) == (None, False)
