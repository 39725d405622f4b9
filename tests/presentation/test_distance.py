"""What is shown of a request to a customer who is elsewhere."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.engine.test_distance import asked
from tests.engine.test_engine import Till
from tests.engine.test_partial_completion import reserved
from tests.presentation.test_presenters import LANGUAGES, house
from till.domain.faults import Fault, FaultCode
from till.domain.intents import (
    AddArticle,
    CancelOpenPayment,
    CompleteOpenPayment,
    PutAway,
    ReleaseOpenPayment,
    SetAside,
    VoidLine,
)
from till.domain.payment import REQUEST_LEAST, REQUEST_MOST, Verdict
from till.domain.scan import Market
from till.engine.ports import Link, LinkKind, Look, Shown
from till.engine.snapshot import Panel
from till.engine.wishes import LookIntoApp, ShowPanel
from till.presentation.customer_views import WelcomeView
from till.presentation.present import CashierPresenter
from till.presentation.present_customer import CustomerPresenter
from till.presentation.views import (
    OpenPaymentRow,
    OpenPaymentsPanel,
    PanelView,
    PaymentPanel,
    RequestPanel,
    ShownPanel,
    TenderPanel,
    Tone,
    Weight,
)
from till.settings.model import CURRENCIES


def shown(till: Till, language: str = "en", market: Market = Market.NORWAY) -> PanelView:
    shop = replace(house(language), sells_at_a_distance=True, market=market)
    return CashierPresenter(shop).present(till.shown, till.clock.now()).panel


def payment_panel(till: Till) -> PaymentPanel:
    view = shown(till)
    assert isinstance(view, PaymentPanel)
    return view


def row(till: Till) -> OpenPaymentRow:
    view = shown(till.take(ShowPanel(Panel.OPEN_PAYMENTS)))
    assert isinstance(view, OpenPaymentsPanel)
    return view.rows[0]


def test_the_fourth_way_to_pay_is_there_only_where_the_shop_has_it() -> None:
    till = Till().take(AddArticle("1001"), ShowPanel(Panel.TENDER))
    view = shown(till)
    assert isinstance(view, TenderPanel)
    assert [choice.key for choice in view.choices] == ["1", "2", "3", "4"]
    assert view.choices[3].wish == ShowPanel(Panel.DISTANCE)
    without = CashierPresenter(house()).present(till.shown, till.clock.now()).panel
    assert isinstance(without, TenderPanel)
    assert len(without.choices) == 3


@pytest.mark.parametrize("market", list(Market))
def test_every_time_on_offer_is_one_that_the_wallet_grants(market: Market) -> None:
    till = Till().take(AddArticle("1005"), ShowPanel(Panel.DISTANCE))
    view = shown(till, market=market)
    assert isinstance(view, RequestPanel)
    assert all(REQUEST_LEAST < time <= REQUEST_MOST[CURRENCIES[market]] for _, time in view.times)
    assert [is_later for _, is_later in view.goods] == [True, False], "sent later, unless somebody says otherwise"
    assert "18" in view.number.hint


def test_a_sent_request_says_until_when_and_enter_serves_the_next_customer() -> None:
    till = asked()
    view = payment_panel(till)
    assert view.tone is Tone.CALM
    assert view.ring is None
    (primary,) = (action for action in view.actions if action.weight is Weight.PRIMARY)
    assert (primary.wish, primary.key) == (SetAside(), "Enter")
    assert CancelOpenPayment(till.reference) in [action.wish for action in view.actions]
    expires = till.clock.now() + timedelta(hours=1)
    assert house().figures.clock(expires) in view.headline
    assert house().figures.clock(expires) in row(till.take(SetAside())).note


def test_whoever_stands_at_the_counter_sees_nothing_of_a_request_to_somebody_else() -> None:
    till = asked()
    presenter = CustomerPresenter(house())
    assert isinstance(presenter.present(till.shown, till.clock.now()), WelcomeView)
    till.take(till.report(Verdict.AUTHORIZED))
    assert isinstance(presenter.present(till.shown, till.clock.now()), WelcomeView)


@pytest.mark.parametrize("language", LANGUAGES)
def test_approved_money_for_goods_to_be_sent_is_named_with_its_last_day_and_takes_no_careless_key(
    language: str,
) -> None:
    till = asked()
    till.take(till.report(Verdict.AUTHORIZED))
    view = shown(till, language)
    assert isinstance(view, PaymentPanel)
    complete = next(action for action in view.actions if action.wish == CompleteOpenPayment(till.reference))
    assert (complete.key, complete.weight) == ("", Weight.PRIMARY)
    assert ReleaseOpenPayment(till.reference) in [action.wish for action in view.actions]
    last = till.clock.now() + timedelta(days=180)
    assert f"{last:%d.%m.}" in view.detail
    listed = row(till.take(SetAside()))
    assert f"{last:%d.%m.}" in listed.note
    assert complete.wish in [action.wish for action in listed.actions]


def test_what_was_paid_meanwhile_is_listed_until_somebody_has_seen_it() -> None:
    till = asked(is_sent_later=False)
    approved, captured = till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True)
    listed = row(till.take(SetAside(), approved, captured))
    assert (listed.tone, listed.actions[-1].wish) == (Tone.WELL, PutAway(1))
    view = shown(till.take(PutAway(1)))
    assert isinstance(view, OpenPaymentsPanel)
    assert view.rows == ()


def test_past_its_time_a_request_says_that_only_the_wallet_knows() -> None:
    till = asked()
    till.clock.turn(3601)
    assert payment_panel(till).headline == house("en").words.say("waiting.detail_over")


def test_a_request_that_ran_out_does_not_speak_of_ten_minutes() -> None:
    till = asked()
    till.take(till.report(Verdict.EXPIRED))
    view = payment_panel(till)
    assert "ten minutes" not in view.detail
    assert view.detail == house("en").words.say("distance.expired")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_app_shows_is_said_as_far_as_it_is_known(language: str) -> None:
    till = asked()
    reference = till.reference
    link = Link(LinkKind.DELIVERY, "https://shop.example/" + "x" * 300)

    def panel(*messages: object) -> ShownPanel:
        view = shown(till.take(*messages), language)
        assert isinstance(view, ShownPanel)
        return view

    unknown = panel(LookIntoApp(reference))
    assert till.wallet.sent[-1] == Look(reference, "900001")
    assert panel(Shown("somebody-else-0001", lines=7, is_read=True)) == unknown
    assert "3" in panel(Shown(reference, lines=3, is_read=True)).note
    refused = panel(LookIntoApp(reference, link), Shown(reference, fault=Fault(FaultCode.LINK_NOT_ACCEPTED)))
    assert till.wallet.sent[-1] == Look(reference, "900001", link)
    assert refused.tone is Tone.LOOK
    put = panel(Shown(reference, lines=3, link=link, is_read=True, is_put=True))
    assert put.tone is Tone.WELL
    assert len(put.note) < 200
    till.take(ShowPanel(Panel.SELLING))
    assert isinstance(shown(till), PaymentPanel)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_sent_can_be_taken_out_and_the_button_says_what_is_taken(language: str) -> None:
    till = reserved()
    view = CashierPresenter(house(language)).present(till.shown, till.clock.now())
    assert not view.basket.is_locked
    assert view.basket.lock_note
    till.take(VoidLine(2))
    sale = till.shown.state.sale
    assert sale is not None
    due, rest = (
        house(language).figures.money(one) for one in (sale.due, till.report(Verdict.AUTHORIZED).amount - sale.due)
    )
    panel = CashierPresenter(house(language)).present(till.shown, till.clock.now()).panel
    assert isinstance(panel, PaymentPanel)
    assert due in panel.actions[-1].label
    assert rest in panel.note
    till.take(CompleteOpenPayment(till.reference))
    taken = replace(till.report(Verdict.AUTHORIZED), captured=sale.due)
    till.take(taken)
    panel = CashierPresenter(house(language)).present(till.shown, till.clock.now()).panel
    assert isinstance(panel, PaymentPanel)
    assert rest in panel.title, "what is given back now is the rest"
    till.take(replace(taken, cancelled=taken.amount - sale.due))
    panel = CashierPresenter(house(language)).present(till.shown, till.clock.now()).panel
    assert isinstance(panel, PaymentPanel)
    assert (panel.tone, due in panel.detail) == (Tone.WELL, True)
