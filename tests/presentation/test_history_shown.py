"""A payment's page in words: how it stands, its amounts, its past, and nothing of the customer."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.engine.test_engine import Till
from tests.engine.test_inquiry import sold
from tests.presentation.test_presenters import LANGUAGES, house, shown, words_of
from till.domain.faults import Fault, FaultCode
from till.domain.history import ByAmount, ByName, ByTime, Newest
from till.domain.intents import AddArticle, StartPayment, StartRefund
from till.domain.money import Currency, Money
from till.domain.payment import Created, Flow, Operation, Refused
from till.domain.secret import Secret
from till.engine.ports import WalletEvent, WalletHistory
from till.engine.snapshot import Panel
from till.engine.wishes import FindPaid, FindPayments, LookIntoApp, ShowPanel, ShowPayment
from till.presentation.figures import Figures
from till.presentation.present_history import present_search
from till.presentation.views import OpenPaymentsPanel, PaymentPage, SearchKind, Tone

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def page(till: Till, language: str = "nb") -> PaymentPage:
    view = shown(till, language).panel
    assert isinstance(view, PaymentPage)
    return view


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paid_payment_shows_its_receipt_its_amounts_and_offers_a_refund(language: str) -> None:
    till, paid = sold()
    event = WalletEvent("CAPTURED", till.clock.now(), paid.captured, is_success=True, psp_reference="8123456789")
    failed = replace(event, name="SOMETHING_NEW", is_success=False)
    till.take(ShowPayment(paid.reference), WalletHistory(paid.reference, paid, (event, failed)))
    view = page(till, language)
    assert view.tone is Tone.WELL
    assert "0001" in view.lead
    amount = house(language).figures.money(paid.amount)
    assert [value for _, value in view.amounts] == [amount, amount, amount, "0,00 kr", "0,00 kr"] or language == "en"
    assert "8123456789" in view.wallet_rows[0].note
    assert "CAPTURED" in view.wallet_rows[0].text
    assert view.wallet_rows[1].tone is Tone.BROKEN
    assert FindPaid(paid.reference) in [action.wish for action in view.actions]
    assert len(view.till_rows) == len(till.shown.around.inquiry.chosen.facts)  # type: ignore[union-attr]


def test_until_the_wallet_has_spoken_the_amounts_are_what_the_till_heard_last() -> None:
    till, paid = sold()
    till.take(ShowPayment(paid.reference))
    assert page(till).source == words_of("nb").say("page.reading")
    assert page(till).amounts[2][1] == house().figures.money(paid.captured)
    till.take(WalletHistory(paid.reference, fault=Fault(FaultCode.NO_ANSWER, TRACE)))
    assert TRACE in page(till).source


def test_a_refusal_of_the_wallet_shows_code_and_trace_for_support() -> None:
    till = Till().take(AddArticle("1001"), StartPayment(Flow.CUSTOMER_SCREEN))
    refused = Refused(
        till.reference, till.clock.now(), Operation.CREATE, Fault(FaultCode.AMOUNT_NOT_ACCEPTED, TRACE, 4040)
    )
    till.take(refused, ShowPayment(till.reference))
    note = page(till).till_rows[-1].note
    assert TRACE in note
    assert "C5/4040" in note


def test_what_the_wallet_says_otherwise_is_shouted_about() -> None:
    till, paid = sold()
    other = replace(paid, captured=nok(0), cancelled=paid.authorized)
    till.take(ShowPayment(paid.reference), WalletHistory(paid.reference, other))
    assert page(till).tone is Tone.BROKEN
    assert page(till).strong


def test_what_was_given_back_in_full_is_not_offered_again() -> None:
    till, paid = sold()
    till.take(FindPaid("1"), paid, StartRefund(paid.reference, paid.amount), replace(paid, refunded=paid.amount))
    till.take(ShowPayment(paid.reference), WalletHistory(paid.reference, replace(paid, refunded=paid.amount)))
    assert page(till).state == words_of("nb").say("page.refunded", amount=house().figures.money(paid.amount))
    assert FindPaid(paid.reference) not in [action.wish for action in page(till).actions]


def test_a_request_to_a_customer_elsewhere_leads_into_the_app_and_shows_no_number() -> None:
    till = Till().take(AddArticle("1001"))
    till.take(StartPayment(Flow.DISTANCE, Secret("4700000001"), timedelta(hours=1), is_sent_later=True))
    till.take(Created(till.reference, till.clock.now()), ShowPayment(till.reference))
    assert LookIntoApp(till.reference) in [action.wish for action in page(till).actions]
    assert "00000001" not in repr(page(till))
    till.take(LookIntoApp(till.reference))
    assert shown(till).panel.back.wish == ShowPayment(till.reference)  # type: ignore[union-attr]


def test_hits_are_listed_with_a_key_for_the_first_nine() -> None:
    till, _ = sold()
    till.take(FindPayments(Newest()))
    view = shown(till).panel
    assert isinstance(view, OpenPaymentsPanel)
    assert [row.actions[0].key for row in view.rows] == ["1", "2"]
    assert view.back.wish == ShowPanel(Panel.FIND_PAYMENT)


@pytest.mark.parametrize(
    ("kind", "typed", "written", "wanted"),
    [
        (SearchKind.NAME, "kasse1-261121-0001-1", "kasse1-261121-0001-1", ByName("kasse1-261121-0001-1")),
        (SearchKind.AMOUNT, "5", "0,05", ByAmount(5)),
        (SearchKind.AMOUNT, "0,0548712", "5487,12", ByAmount(548712)),
        (SearchKind.TIME, "2", "2", None),
        (SearchKind.TIME, "3102", "31.02", None),
        (SearchKind.TIME, "", "", Newest()),
    ],
)
def test_what_is_typed_is_written_in_its_kinds_form(kind: SearchKind, typed: str, written: str, wanted: object) -> None:
    view = present_search(house(), NOW)
    assert view.written(kind, typed) == written
    wish = view.wish_of(kind, written)
    assert wish == (None if wanted is None else FindPayments(wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("digits", "since", "until"),
    [
        ("2111", datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)),
        ("2211", datetime(2025, 11, 22, tzinfo=UTC), datetime(2025, 11, 23, tzinfo=UTC)),
        ("2902", datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)),
        ("201109", datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("20110930", datetime(2026, 11, 20, 9, 15, tzinfo=UTC), datetime(2026, 11, 20, 9, 45, tzinfo=UTC)),
    ],
)
def test_a_day_and_time_is_of_the_newest_year_that_fits(digits: str, since: datetime, until: datetime) -> None:
    assert Figures(words_of("nb"), UTC).span_of(digits, NOW) == (since, until)
    assert present_search(replace(house(), figures=Figures(words_of("nb"), UTC)), NOW).wish_of(
        SearchKind.TIME, Figures(words_of("nb"), UTC).written_moment(digits)
    ) == FindPayments(ByTime(since, until))
