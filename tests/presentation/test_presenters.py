"""What is shown when: views out of snapshots, in every language, with nothing left to compute."""

import tomllib
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.engine.test_engine import PERSONAL, Till, paying
from tests.engine.test_refunds import Shop
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.intents import AddArticle, CancelOpenPayment, SetAside, StartPayment
from till.domain.money import Currency, Money
from till.domain.payment import Flow, NeedsPerson, Operation, Refused, Unanswered, Verdict
from till.domain.receipt import receipt_of
from till.domain.scan import Market
from till.engine.ports import Code, CodeMissing, RawScan, ReaderChanged, ReaderState
from till.engine.snapshot import Panel
from till.engine.wishes import Acknowledge, FindArticles, NextSale, ShowPanel
from till.presentation.customer_views import CustomerBasketView, CustomerCallView, CustomerResultView, WelcomeView
from till.presentation.figures import Figures
from till.presentation.house import House
from till.presentation.present import CashierPresenter
from till.presentation.present_customer import CustomerPresenter
from till.presentation.present_receipt import present_receipt
from till.presentation.views import (
    CashierView,
    Mark,
    NumberPanel,
    OpenPaymentsPanel,
    PaymentPanel,
    SellingPanel,
    TenderPanel,
    Tone,
    Weight,
)
from till.presentation.words import Words, WordsIncomplete, flatten
from till.resource_files import resource_path

LANGUAGES = sorted(path.stem for path in resource_path("words").glob("*.toml"))


def words_of(language: str) -> Words:
    return Words(tomllib.loads(resource_path(f"words/{language}.toml").read_text(encoding="utf-8")), brand="Vipps")


def house(language: str = "nb") -> House:
    words = words_of(language)
    return House(
        "Storgata Kolonial",
        "Kasse 1",
        Market.NORWAY,
        words,
        Figures(words),
        is_test=True,
        is_push_allowed=True,
        has_customer_screen=True,
        starts_on_scan=True,
        organisation_number="974 760 673",
        address="Storgata 1",
    )


def shown(till: Till, language: str = "nb") -> CashierView:
    return CashierPresenter(house(language)).present(till.shown, till.clock.now())


def panel(till: Till) -> PaymentPanel:
    view = shown(till).panel
    assert isinstance(view, PaymentPanel)
    return view


def lost(till: Till, operation: Operation, *, sent: bool = True) -> Unanswered:
    return Unanswered(till.reference, till.clock.now(), operation, Fault(FaultCode.NO_ANSWER), is_sent=sent)


def test_an_empty_till_welcomes_and_has_nothing_to_pay() -> None:
    till = Till()
    view = shown(till)
    assert isinstance(view.panel, SellingPanel)
    assert not view.panel.pay.is_enabled
    assert view.bar.badge == "TEST"
    assert isinstance(CustomerPresenter(house()).present(till.shown, till.clock.now()), WelcomeView)


def test_a_basket_shows_its_rows_total_and_tax() -> None:
    till = Till().take(AddArticle("1001"), AddArticle("1002", 412), AddArticle("1003"))
    view = shown(till)
    assert [(row.quantity, row.total) for row in view.basket.rows] == [
        ("1", "39,90"),
        ("0,412 kg", "65,82"),
        ("1", "27,90"),
    ]
    assert view.basket.total == "133,62"
    assert "inkl. pant 2,00" in view.basket.rows[2].note
    assert isinstance(view.panel, SellingPanel)
    assert view.panel.pay.amount == "133,62 kr"
    customer = CustomerPresenter(house()).present(till.shown, till.clock.now())
    assert isinstance(customer, CustomerBasketView)
    assert customer.lines[1].name == "Gulost skorpefri 0,412 kg"


def test_rows_that_stay_the_same_are_the_same_objects() -> None:
    till = Till().take(AddArticle("1001"))
    presenter = CashierPresenter(house())
    first = presenter.present(till.shown, till.clock.now()).basket.rows[0]
    till.take(AddArticle("1004"))
    assert presenter.present(till.shown, till.clock.now()).basket.rows[0] is first


def test_the_ways_to_pay_come_recommended_first_with_one_strong_button() -> None:
    till = Till().take(AddArticle("1005"), ShowPanel(Panel.TENDER))
    view = shown(till).panel
    assert isinstance(view, TenderPanel)
    assert [choice.weight for choice in view.choices] == [Weight.PRIMARY, Weight.QUIET, Weight.QUIET]
    assert "18" in view.hint
    till.take(ReaderChanged("scanner", ReaderState.LOST))
    view = shown(till).panel
    assert isinstance(view, TenderPanel)
    assert view.choices[1].weight is Weight.PRIMARY, "without a scanner the customer's screen is the recommended way"
    till.take(ShowPanel(Panel.NUMBER))
    assert isinstance(shown(till).panel, NumberPanel)


def test_waiting_says_what_to_say_how_long_is_left_and_what_may_be_done() -> None:
    till = paying(Flow.PHONE_NUMBER)
    till.clock.turn(96)
    view = panel(till)
    assert view.title == "Be kunden åpne Vipps og godkjenne 67,80 kr"
    assert view.ring is not None
    assert view.ring.text == "8:24"
    assert [step.mark for step in view.steps] == [Mark.DONE, Mark.NOW, Mark.LATER]
    assert [action.key for action in view.actions] == ["F5", "F6", "Esc"]
    assert shown(till).basket.is_locked
    customer = CustomerPresenter(house()).present(till.shown, till.clock.now())
    assert isinstance(customer, CustomerCallView)
    assert "Vipps" in customer.title


def test_the_code_is_on_the_customers_screen_only_while_the_attempt_is_open() -> None:
    """Fault catalogue H9."""
    till = paying()
    assert isinstance(CustomerPresenter(house()).present(till.shown, till.clock.now()), CustomerCallView)
    till.take(Code(till.reference, b"png", None))
    coded = CustomerPresenter(house()).present(till.shown, till.clock.now())
    assert isinstance(coded, CustomerBasketView)
    assert coded.code is not None
    till.take(till.report(Verdict.ABORTED))
    assert isinstance(CustomerPresenter(house()).present(till.shown, till.clock.now()), CustomerResultView)


def test_one_lost_read_is_no_news_and_two_are_unknown() -> None:
    """Invariant I12."""
    till = paying()
    till.take(lost(till, Operation.ASK))
    assert panel(till).tone is Tone.CALM
    till.take(lost(till, Operation.ASK))
    view = panel(till)
    assert view.tone is Tone.UNKNOWN
    assert "Ikke ta betalt på nytt" in view.strong
    assert "N2" in view.corner
    assert till.reference in view.corner


def test_a_lost_capture_is_unknown_at_once_and_never_paid() -> None:
    """Invariant I4; fault catalogue A13."""
    till = paying()
    till.take(till.report(Verdict.AUTHORIZED))
    assert "Trekker" in panel(till).headline
    till.take(lost(till, Operation.CAPTURE))
    assert panel(till).tone is Tone.UNKNOWN


def test_paid_is_said_to_both_only_after_the_capture() -> None:
    till = paying()
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True))
    view = panel(till)
    assert (view.tone, view.title, view.headline) == (Tone.WELL, "Betalt", "Kvittering 0001")
    customer = CustomerPresenter(house()).present(till.shown, till.clock.now())
    assert isinstance(customer, CustomerResultView)
    assert (customer.tone, customer.amount) == (Tone.WELL, "67,80 kr")
    till.take(NextSale())
    assert isinstance(shown(till).panel, SellingPanel)
    assert isinstance(CustomerPresenter(house()).present(till.shown, till.clock.now()), WelcomeView)


@pytest.mark.parametrize("verdict", [Verdict.ABORTED, Verdict.EXPIRED, Verdict.TERMINATED])
def test_an_ordinary_end_offers_to_try_again_and_then_the_basket(verdict: Verdict) -> None:
    """Fault catalogue B19; requirement 3."""
    till = paying()
    till.take(till.report(verdict))
    view = panel(till)
    assert view.tone is Tone.LOOK
    assert [action.key for action in view.actions] == ["Esc", "Enter"]
    till.take(Acknowledge(till.reference))
    assert isinstance(shown(till).panel, SellingPanel)
    assert isinstance(CustomerPresenter(house()).present(till.shown, till.clock.now()), CustomerBasketView)


@pytest.mark.parametrize("code", list(FaultCode))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refused_create_has_its_words_and_no_claim_about_the_number(code: FaultCode, language: str) -> None:
    """Fault catalogue B35; requirements 4, 19, 20."""
    till = paying(Flow.PHONE_NUMBER)
    till.take(Acknowledge(till.reference))
    again = Till().take(AddArticle("1001"), RawScan(PERSONAL, "Q1"))
    again.take(Refused(again.reference, again.clock.now(), Operation.CREATE, Fault(code, None, 7010)))
    view = shown(again, language).panel
    assert isinstance(view, PaymentPanel)
    assert view.title
    assert "4700000001" not in repr(view)
    said = words_of(language).fault(FaultCode.CUSTOMER_NOT_REACHED)
    assert not any(word in said.happened.lower() for word in ("nummer", "number", "feil", "wrong"))


def test_cancelling_overtaken_and_a_person_each_have_their_panel() -> None:
    till = paying()
    till.take(CancelOpenPayment(till.reference))
    assert "Avbryter" in panel(till).title
    till.take(till.report(Verdict.AUTHORIZED))
    view = panel(till)
    assert "rakk" in view.title
    assert [action.weight for action in view.actions] == [Weight.QUIET, Weight.DANGER, Weight.PRIMARY]
    wrong = replace(till.report(Verdict.AUTHORIZED), captured=Money(1, Currency.NOK))
    till.take(wrong)
    assert isinstance(till.shown.state.payment and till.shown.state.payment.state, NeedsPerson)
    assert panel(till).tone is Tone.BROKEN


def test_a_missing_picture_tells_the_cashier_what_to_do() -> None:
    """Fault catalogue J2."""
    till = paying()
    till.take(CodeMissing(till.reference, Fault(FaultCode.PICTURE_NOT_SHOWN)))
    assert panel(till).tone is Tone.LOOK


def test_open_payments_are_counted_and_listed_with_their_age() -> None:
    till = paying()
    till.take(SetAside(), ShowPanel(Panel.OPEN_PAYMENTS))
    till.clock.turn(130)
    view = shown(till)
    assert view.bar.open_payments.amount == "1"
    assert isinstance(view.panel, OpenPaymentsPanel)
    assert "2 min" in view.panel.rows[0].note
    assert len(view.panel.rows[0].actions) == 3


def test_approved_money_that_is_about_to_go_back_is_shouted_about_a_day_before() -> None:
    """Fault catalogue D9; requirement 33."""
    till = paying()
    till.take(till.report(Verdict.AUTHORIZED), ShowPanel(Panel.OPEN_PAYMENTS))
    for days, tone in ((178, Tone.CALM), (179.5, Tone.BROKEN)):
        till.clock.turn(days * 86_400 - (till.clock.now() - paying().clock.now()).total_seconds())
        panel = shown(till).panel
        assert isinstance(panel, OpenPaymentsPanel)
        assert panel.rows[0].tone is tone
    assert "går tilbake" in panel.rows[0].note


@pytest.mark.parametrize(("hours", "is_near"), [(23, True), (25, False), (-100_000, False), (24 * 200, False)])
def test_the_day_until_which_the_wallet_guarantees_the_money_counts_if_it_comes_first(
    hours: int, *, is_near: bool
) -> None:
    """Fault catalogue D9; requirement 33: a card's money may be sure for days only."""
    till = paying()
    until = till.clock.now() + timedelta(hours=hours)
    reserved = replace(till.report(Verdict.AUTHORIZED), guaranteed_until=until)
    till.take(reserved, replace(reserved, guaranteed_until=None), ShowPanel(Panel.OPEN_PAYMENTS))
    view = shown(till)
    assert isinstance(view.panel, OpenPaymentsPanel)
    assert (view.panel.rows[0].tone is Tone.BROKEN) == is_near
    assert ("deadline" in [status.name for status in view.bar.statuses]) == is_near


def test_a_refund_that_is_open_near_the_end_of_its_year_is_shouted_about() -> None:
    """Fault catalogue B14, D9; requirement 33."""
    shop = Shop().refunded(500)
    shop.till.take(ShowPanel(Panel.OPEN_PAYMENTS))
    shop.till.clock.turn(364.5 * 86_400)
    view = shown(shop.till)
    assert isinstance(view.panel, OpenPaymentsPanel)
    assert (view.panel.rows[0].tone, view.bar.statuses[-1].name) == (Tone.BROKEN, "deadline")


def test_a_search_says_when_nothing_fits() -> None:
    till = Till().take(FindArticles("zzz"))
    view = shown(till).panel
    assert isinstance(view, SellingPanel)
    assert view.found == ()
    assert "zzz" in view.found_note


def test_the_customer_never_sees_a_number_and_the_time_never_runs_below_nothing() -> None:
    till = paying(Flow.PHONE_NUMBER)
    till.clock.turn(timedelta(minutes=11).total_seconds())
    view = CustomerPresenter(house()).present(till.shown, till.clock.now())
    assert "4700000001" not in repr(view)
    assert isinstance(view, CustomerCallView)
    assert view.ring is not None
    assert view.ring.text == "0:00"
    assert "Tiden er ute" in panel(till).detail


def test_a_receipt_has_what_the_law_wants_and_its_shares_add_up() -> None:
    till = paying()
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True))
    assert till.shown.state.sale is not None
    view = present_receipt(house(), receipt_of(till.shown.state.sale))
    assert view.title == "SALGSKVITTERING"
    assert "Org.nr 974 760 673 MVA" in view.head
    assert view.mark
    assert view.totals[0].right == "67,80 kr"
    assert till.reference in view.totals[1].note
    assert len(view.vat_rows) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_figures(language: str) -> None:
    import re

    def table(name: str) -> dict[str, str]:
        return flatten(tomllib.loads(resource_path(f"words/{name}.toml").read_text(encoding="utf-8")))

    mine, house_words = table(language), table("nb")
    assert set(mine) == set(house_words)
    for key, text in house_words.items():
        assert set(re.findall(r"{(\w+)}", mine[key])) == set(re.findall(r"{(\w+)}", text)), key
    words = words_of(language)
    for fault in FaultCode:
        said = words.fault(fault)
        assert all((said.happened, said.does, said.now, said.customer))
    for refusal in RefusalCode:
        assert words.refusal(refusal, "x")


def test_a_table_of_anything_but_text_is_refused() -> None:
    with pytest.raises(WordsIncomplete):
        flatten({"a": {"b": 3}})


def test_amounts_are_written_the_way_the_language_does() -> None:
    assert house("nb").figures.amount(Money(-123456, Currency.NOK)) == "−1 234,56"
    assert house("en").figures.money(Money(123456, Currency.EUR)) == "€ 1,234.56"
    assert house("nb").figures.percent(2550) == "25,5"
    assert isinstance(StartPayment(Flow.CUSTOMER_SCREEN), StartPayment)
