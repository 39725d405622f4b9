"""What both windows show of the hub: a customer who waits, the way to be paid by them, and trouble in words."""

import pytest

from tests.engine.test_engine import PERSONAL, Till, paying
from tests.presentation.test_presenters import LANGUAGES, house, shown, words_of
from till.domain.faults import Fault, FaultCode
from till.domain.intents import AddArticle, StartPayment
from till.domain.payment import Created, Flow
from till.domain.secret import Secret
from till.engine.article_ports import ArticlesChanged
from till.engine.hub_ports import BooksChanged, CustomerArrived, HubChanged
from till.engine.ports import RawScan
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel, UseCheckIn, UseWaitingCode
from till.presentation.customer_views import CustomerCallView
from till.presentation.present_customer import CustomerPresenter
from till.presentation.views import PaymentPanel, TenderPanel, Tone, Weight

ARRIVED = CustomerArrived("one", "Kasse 2", Secret("dG9rZW4="), 900)


def tender(till: Till) -> TenderPanel:
    view = shown(till).panel
    assert isinstance(view, TenderPanel)
    return view


def test_a_customer_who_waits_stays_in_view_and_says_which_key_is_next() -> None:
    till = Till().take(ARRIVED)
    notice = shown(till).notice
    assert notice is not None
    assert (notice.tone, notice.text, notice.stays) == (Tone.WELL, "En kunde venter ved Kasse 2", True)
    till.take(AddArticle("1001"))
    notice = shown(till).notice
    assert notice is not None
    assert notice.text == "En kunde venter ved Kasse 2. Trykk F12."
    till.take(StartPayment(Flow.CUSTOMER_SCREEN))
    notice = shown(till).notice
    assert notice is not None
    assert notice.text == "En kunde venter ved Kasse 2"


def test_a_notice_comes_before_the_customer_who_waits_and_goes_by_itself() -> None:
    till = Till().take(ARRIVED, UseCheckIn())
    notice = shown(till).notice
    assert notice is not None
    assert not notice.stays
    assert "kurven er tom" in notice.text.lower()


def test_the_customer_who_waits_is_the_first_way_to_be_paid() -> None:
    till = Till(starts_on_check_in=False).take(AddArticle("1001"), ShowPanel(Panel.TENDER))
    assert len(tender(till).choices) == 3
    till.take(ARRIVED)
    first, *others = tender(till).choices
    assert (first.wish, first.key, first.weight) == (UseCheckIn(), "Enter", Weight.PRIMARY)
    assert "Kasse 2" in first.note
    assert shown(till).notice is None
    assert [choice.key for choice in others] == ["1", "2", "3"]


def test_a_customer_whose_code_was_just_scanned_is_the_one_who_pays() -> None:
    till = Till(starts_on_scan=False, starts_on_check_in=False).take(AddArticle("1001"), ARRIVED, RawScan(PERSONAL))
    assert [choice.wish for choice in tender(till).choices if choice.key == "Enter"] == [UseWaitingCode()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_customers_window_shows_nothing_of_a_check_in_but_the_call_to_pay(language: str) -> None:
    presenter = CustomerPresenter(house(language))
    till = Till().take(AddArticle("1001"))
    before = presenter.present(till.shown, till.clock.now())
    till.take(ARRIVED)
    assert presenter.present(till.shown, till.clock.now()) == before
    till.take(UseCheckIn(), Created("test-kasse1-261121-0001-1", till.clock.now()))
    call = presenter.present(till.shown, till.clock.now())
    assert isinstance(call, CustomerCallView)
    assert "Kasse 2" not in repr(call)
    assert "dG9rZW4=" not in repr(call)


def test_a_payment_by_check_in_is_shown_as_a_push() -> None:
    till = Till().take(AddArticle("1001"), ARRIVED, UseCheckIn())
    till.take(Created(till.reference, till.clock.now()))
    view = shown(till).panel
    assert isinstance(view, PaymentPanel)
    assert view.kicker == "Vipps · kunde ved klistremerket"
    assert view.title.startswith("Be kunden åpne Vipps")


@pytest.mark.parametrize(
    ("message", "label", "tone"),
    [
        (HubChanged(Fault(FaultCode.HUB_AWAY)), "hub_away", Tone.LOOK),
        (HubChanged(Fault(FaultCode.HUB_REFUSED)), "hub_refused", Tone.BROKEN),
        (BooksChanged(Fault(FaultCode.BOOKS_BEHIND)), "hub_books", Tone.LOOK),
        (BooksChanged(Fault(FaultCode.BOOKS_DIFFER)), "hub_books", Tone.BROKEN),
        (ArticlesChanged(Fault(FaultCode.ARTICLES_NOT_TAKEN)), "hub_articles", Tone.LOOK),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_trouble_with_the_hub_is_a_word_in_the_bar_with_its_reason_and_stops_nothing(
    language: str, message: object, label: str, tone: Tone
) -> None:
    till = Till()
    assert [status.name for status in shown(till, language).bar.statuses] == ["scanner", "network"]
    till.take(message)
    status = shown(till, language).bar.statuses[-1]
    assert (status.name, status.label, status.tone) == ("hub", words_of(language).say(f"bar.{label}"), tone)
    assert status.explanation
    assert paying(till=till).shown.state.payment is not None
