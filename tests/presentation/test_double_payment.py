"""What the cashier is shown when a sale is paid twice: at once, on the list, in the bar, and at the end of the day."""

import pytest
from msgspec.structs import replace

from tests.engine.test_double_payment import ended_twice, nok, paid_twice
from tests.engine.test_engine import paying
from tests.presentation.test_day import day_panel
from tests.presentation.test_presenters import LANGUAGES, house, panel, shown
from till.domain.day_close import CloseDay, ReportDay
from till.domain.double_payment import SettleDouble
from till.domain.intents import AddArticle, CompleteOpenPayment, ReleaseOpenPayment
from till.domain.payment import Verdict
from till.engine.snapshot import Panel
from till.engine.wishes import FindPaid, NextSale, ShowPanel
from till.presentation.present_day import present_report
from till.presentation.views import OpenPaymentsPanel, Tone, Weight


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cashier_is_told_at_once_and_led_to_the_refund(language: str) -> None:
    """Known pains 3."""
    till = paid_twice()
    (reference,) = till.shown.state.doubles
    view = shown(till, language)
    assert view.panel.tone is Tone.BROKEN  # type: ignore[union-attr]
    actions = {action.weight: action.wish for action in panel(till).actions}
    assert actions[Weight.PRIMARY] == FindPaid(reference)
    assert view.bar.statuses[-1].tone is Tone.BROKEN
    assert view.bar.open_payments.amount == "1"


def test_it_stays_on_the_list_and_in_the_bar_after_the_next_sale_has_begun() -> None:
    till = paid_twice().take(NextSale(), AddArticle("1001"), ShowPanel(Panel.OPEN_PAYMENTS))
    (reference,) = till.shown.state.doubles
    view = shown(till)
    assert isinstance(view.panel, OpenPaymentsPanel)
    (row,) = view.panel.rows
    assert row.tone is Tone.BROKEN
    assert [action.wish for action in row.actions] == [FindPaid(reference), SettleDouble(reference)]
    assert shown(till.take(SettleDouble(reference))).bar.open_payments.amount == "0"


def test_an_older_attempt_with_money_after_all_has_a_row_of_its_own_that_only_gives_it_back() -> None:
    till, first, second = ended_twice()
    till.take(replace(first, captured=nok(0)), ShowPanel(Panel.OPEN_PAYMENTS))
    view = shown(till).panel
    assert isinstance(view, OpenPaymentsPanel)
    wishes = [action.wish for row in view.rows for action in row.actions]
    assert ReleaseOpenPayment(first.reference) in wishes
    assert CompleteOpenPayment(first.reference) not in wishes
    assert len(view.rows) == 2
    assert second != first.reference


def test_money_for_another_basket_is_not_shown_as_paid() -> None:
    till = paying()
    first = till.report(Verdict.AUTHORIZED, captured=True)
    till.take(till.report(Verdict.EXPIRED), AddArticle("1004"), first)
    assert shown(till).bar.statuses[-1].name == "double"


def test_the_day_is_not_closed_over_it_and_its_report_names_it() -> None:
    till = paid_twice().take(NextSale())
    assert day_panel(till).tone is Tone.LOOK
    till.take(ReportDay())
    made = till.shown.state.day.report
    assert made is not None
    counts, left, _ = present_report(house(), made).sections
    assert [row.left for row in counts.rows][-2:] == ["Betalt for mye (1)", "Av dette tilbakeført (0)"]
    assert left.rows[0].note == "test-kasse1-261121-0001-1"
    till.take(SettleDouble("test-kasse1-261121-0001-1"), CloseDay())
    assert till.shown.state.day.closes == 1
