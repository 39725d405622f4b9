"""Looking a payment up at the till: found in the journal, told by the wallet, and never acted upon."""

from datetime import timedelta

from msgspec.structs import replace

from tests.engine.test_engine import Till, paying
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.history import ByAmount, ByName, ByTime, Newest
from till.domain.intents import AddArticle, StartPayment
from till.domain.payment import Captured, Flow, Pace, Reported, Verdict
from till.engine.ports import Ask, RawScan, ReadHistory, WalletHistory
from till.engine.snapshot import Panel
from till.engine.wishes import FindPayments, LookIntoApp, NextSale, ShowPanel, ShowPayment


def sold() -> tuple[Till, Reported]:
    """Return a till with one paid sale and another that waits for its customer."""
    till = paying()
    paid = till.report(Verdict.AUTHORIZED, captured=True)
    till.take(till.report(Verdict.AUTHORIZED), paid, NextSale(), AddArticle("1001"))
    till.take(StartPayment(Flow.CUSTOMER_SCREEN))
    till.take(till.report(Verdict.CREATED))
    return till, paid


def test_one_hit_is_shown_at_once_and_read_at_the_wallet() -> None:
    till, paid = sold()
    till.take(ShowPanel(Panel.FIND_PAYMENT), FindPayments(ByName("1")))
    chosen = till.shown.around.inquiry.chosen
    assert chosen is not None
    assert (chosen.terms.reference, chosen.receipt_number) == (paid.reference, 1)
    assert till.shown.around.panel is Panel.PAYMENT
    assert till.wallet.sent[-1] == ReadHistory(paid.reference, "900001"), (
        "a payment that has ended is read for the person alone"
    )


def test_several_hits_are_a_list_and_the_way_back_leads_through_it() -> None:
    till, paid = sold()
    till.take(ShowPanel(Panel.FIND_PAYMENT), FindPayments(Newest()))
    assert till.shown.around.panel is Panel.FOUND_PAYMENTS
    till.take(ShowPayment(paid.reference), ShowPanel(Panel.FOUND_PAYMENTS))
    assert (len(till.shown.around.inquiry.found), till.shown.around.inquiry.chosen) == (2, None)
    till.take(ShowPanel(Panel.FIND_PAYMENT))
    assert till.shown.around.inquiry.found == ()


def test_nothing_found_is_said_and_the_field_stays() -> None:
    till, _ = sold()
    long_ago = till.clock.now() - timedelta(days=99)
    till.take(ShowPanel(Panel.FIND_PAYMENT))
    for wanted in (ByName("77"), ByAmount(1), ByTime(long_ago, long_ago + timedelta(days=1))):
        till.take(FindPayments(wanted))
        assert till.notice() is RefusalCode.PAYMENT_NOT_FOUND
    assert till.shown.around.panel is Panel.FIND_PAYMENT


def test_an_open_payment_is_checked_too_and_its_news_join_its_past() -> None:
    till, _ = sold()
    reference = till.reference
    till.take(ShowPayment(reference))
    assert till.wallet.sent[-2:] == [
        ReadHistory(reference, "900001"),
        Ask(reference, "900001", shows_code=True, pace=Pace.URGENT),
    ]
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True))
    chosen = till.shown.around.inquiry.chosen
    assert chosen is not None
    assert isinstance(chosen.payment.state, Captured)
    assert chosen.receipt_number == 2


def test_what_the_wallet_tells_is_shown_of_the_chosen_payment_alone_and_journaled_never() -> None:
    till, paid = sold()
    till.take(ShowPayment(paid.reference))
    written = len(till.journal.written)
    told = WalletHistory(paid.reference, standing=paid)
    till.take(WalletHistory(till.reference, standing=paid))
    assert till.shown.around.inquiry.told is None
    till.take(told)
    assert till.shown.around.inquiry.told == told
    fault = Fault(FaultCode.NO_ANSWER)
    till.take(WalletHistory(paid.reference, fault=fault))
    assert till.shown.around.inquiry.told == replace(told, fault=fault), "what was told before stays beside the fault"
    assert len(till.journal.written) == written


def test_a_receipt_that_is_scanned_there_is_looked_up_and_elsewhere_refunded() -> None:
    till, paid = sold()
    scan = RawScan(f"till:receipt:{paid.reference}")
    till.take(ShowPanel(Panel.FIND_PAYMENT), scan)
    assert till.shown.around.panel is Panel.PAYMENT
    till.take(till.report(Verdict.AUTHORIZED, captured=True), NextSale(), ShowPanel(Panel.SELLING), scan)
    assert till.shown.around.panel is Panel.REFUND


def test_a_look_into_the_app_leads_back_to_the_page() -> None:
    till, paid = sold()
    till.take(ShowPayment(paid.reference), LookIntoApp(paid.reference))
    assert till.shown.around.panel is Panel.SHOWN
    assert till.shown.around.inquiry.chosen is not None
