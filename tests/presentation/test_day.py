"""What the cashier is shown at the end of a day, and what stands on its report."""

import pytest

from tests.engine.test_day import sold
from tests.engine.test_engine import Till, paying
from tests.presentation.test_presenters import LANGUAGES, house, shown
from till.domain.day_close import CloseDay, ReportDay
from till.domain.intents import AddArticle, SetAside
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel
from till.presentation.present_day import LEFT_MOST, present_report
from till.presentation.views import PaymentPanel, ReceiptRow, ReportPanel, SellingPanel, Tone, Weight


def day_panel(till: Till, language: str = "nb") -> PaymentPanel:
    view = shown(till.take(ShowPanel(Panel.DAY)), language).panel
    assert isinstance(view, PaymentPanel)
    return view


def strong_wish(view: PaymentPanel) -> object:
    (action,) = [action for action in view.actions if action.weight is Weight.PRIMARY]
    return action.wish


def test_an_empty_screen_offers_the_end_of_the_day_on_a_key() -> None:
    till = Till()
    view = shown(till).panel
    assert isinstance(view, SellingPanel)
    assert ("F9", ShowPanel(Panel.DAY)) in [(action.key, action.wish) for action in view.actions]


def test_the_one_strong_step_closes_the_day_or_leads_to_what_is_open() -> None:
    """Fault catalogue E13."""
    till = sold()
    view = day_panel(till)
    assert (view.tone, strong_wish(view)) == (Tone.CALM, CloseDay())
    assert "1 salg" in view.headline
    paying(till=till).take(SetAside())
    view = day_panel(till)
    assert (view.tone, strong_wish(view)) == (Tone.LOOK, ShowPanel(Panel.OPEN_PAYMENTS))
    assert till.shown.state.open_references[0] in view.steps[0].label


def test_many_open_things_are_counted_and_not_all_named() -> None:
    till = Till()
    for _ in range(LEFT_MOST + 2):
        till.take(AddArticle("1001"), SetAside())
    assert len(day_panel(till).steps) == LEFT_MOST + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_shown_and_leads_back_to_selling(language: str) -> None:
    till = sold()
    for wish, number in ((ReportDay(), ""), (CloseDay(), "1")):
        view = shown(till.take(wish), language).panel
        assert isinstance(view, ReportPanel)
        assert view.report.title.endswith(number)
        assert view.done.wish == ShowPanel(Panel.SELLING)
    assert isinstance(shown(till.take(ShowPanel(Panel.SELLING)), language).panel, SellingPanel)


def test_the_grand_totals_come_last_and_what_is_left_open_is_named() -> None:
    till = sold()
    till.take(AddArticle("1001"), SetAside(), ReportDay())
    made = till.shown.state.day.report
    assert made is not None
    paper = present_report(house(), made)
    *_, left, grand = paper.sections
    assert left.rows == (ReceiptRow("Salg til side", "39,90", "0002"),)
    assert grand.rows[0] == ReceiptRow("Salg", "67,80 kr")
    assert paper.name.startswith("x-report-2026")
    assert paper.mark
