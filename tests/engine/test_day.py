"""The end of the day: what stands in its way, what its report says, and what the next day begins with."""

import pytest
from msgspec.structs import replace

from tests.doubles.journal import MemoryJournal
from tests.engine.test_double_payment import paid_twice
from tests.engine.test_engine import Till, paying
from tests.engine.test_refunds import Shop, nok
from till.domain.day import DayClose, DayReport, DayTotals, GroupTally, LeftOpen, MeansTally, OpenKind, Tally
from till.domain.day_close import CloseDay, ReportDay
from till.domain.facts import DayClosed, DayReported
from till.domain.faults import RefusalCode
from till.domain.intents import AddArticle, ChangeQuantity, SetAside, TakeUp, VoidLine, VoidSale
from till.domain.money import Currency
from till.domain.payment import Verdict
from till.domain.tender import TenderKind
from till.domain.vat import VatRate, VatShare
from till.engine.snapshot import Panel
from till.engine.wishes import NextSale


def sold(till: Till | None = None) -> Till:
    """A till on which one more customer has paid, and left."""
    till = paying(till=till)
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True), NextSale())
    return till


def listing(journal: MemoryJournal | None = None) -> Till:
    """A till that names what is open on the report instead of refusing to close."""
    return Till(journal, day_close=DayClose.LIST)


def report(till: Till) -> DayReport:
    made = till.shown.state.day.report
    assert made is not None
    return made


def closed(till: Till) -> list[DayClosed]:
    return [fact for fact in till.journal.written if isinstance(fact, DayClosed)]


def test_the_report_of_a_day_says_what_was_sold_taken_given_back_and_put_right() -> None:
    till = sold()
    till.take(AddArticle("1003"), ChangeQuantity(1, 3000), ChangeQuantity(1, 1000), VoidLine(1))
    till.take(AddArticle("1001"), VoidSale())
    shop = Shop(sold(till)).refunded(1000)
    shop.till.take(shop.says(1000), VoidSale())
    till.take(CloseDay())
    assert report(till).totals == DayTotals(
        sales=Tally(3, nok(3 * 6780)),
        given_back=Tally(1, nok(1000)),
        corrections=Tally(2, nok(2 * 2790 + 2790)),
        voided=Tally(2, nok(3990 + 3990)),
        doubles=Tally(0, nok(0)),
        doubles_returned=Tally(0, nok(0)),
        vat=(
            VatShare(VatRate(1500), nok(3 * 6580), nok(3 * (520 + 338))),
            VatShare(VatRate(0), nok(3 * 200), nok(0)),
        ),
        groups=(
            GroupTally("Dagligvarer", Tally(3, nok(3 * 6580))),
            GroupTally("Pant", Tally(3, nok(3 * 200))),
        ),
        taken=(MeansTally(TenderKind.WALLET, Tally(3, nok(3 * 6780))),),
        first_receipt=1,
        last_receipt=3,
    )


def test_a_closed_day_is_numbered_and_the_next_begins_with_nothing() -> None:
    till = sold()
    till.take(CloseDay())
    assert (report(till).number, report(till).at, report(till).left_open) == (1, till.clock.now(), ())
    assert till.shown.around.panel is Panel.DAY_REPORT
    assert till.shown.state.day.totals == DayTotals.empty(Currency.NOK)
    assert till.shown.state.day.since == report(till).at
    first = report(till)
    sold(till).take(CloseDay())
    second = report(till)
    assert (second.number, second.since) == (2, first.at)
    assert (second.totals.first_receipt, second.totals.last_receipt) == (2, 2)
    assert second.totals.sales == Tally(1, nok(6780))
    assert second.grand.sales == nok(2 * 6780)


def test_a_sale_that_is_paid_after_the_close_belongs_to_the_next_day() -> None:
    """Known pains 21: nothing is hidden between two days."""
    till = sold(listing())
    paying(till=till).take(SetAside(), CloseDay())
    (waiting,) = till.shown.state.open_payments
    assert report(till).left_open == (LeftOpen(OpenKind.PAYMENT, waiting.terms.reference, nok(6780)),)
    till.take(TakeUp(2))
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True), NextSale(), CloseDay())
    assert report(till).totals.sales == Tally(1, nok(6780))
    assert report(till).totals.first_receipt == 2


def test_a_refund_of_an_earlier_day_is_in_the_day_on_which_the_wallet_gave_it_back() -> None:
    shop = Shop()
    shop.till.take(VoidSale(), CloseDay())
    shop.till.take(AddArticle("1001"))
    shop.find().refunded(500).till.take(shop.says(500), VoidSale(), CloseDay())
    made = report(shop.till)
    assert (made.totals.sales.number, made.totals.given_back) == (0, Tally(1, nok(500)))
    assert (made.grand.sales, made.grand.returns, made.grand.net) == (nok(6780), nok(500), nok(6280))


def test_an_x_report_twice_in_a_row_gives_equal_figures_and_changes_nothing_but_the_journal() -> None:
    till = sold()
    before = till.shown.state
    till.take(ReportDay())
    first = report(till)
    till.clock.turn(60)
    till.take(ReportDay())
    assert replace(report(till), at=first.at) == first
    assert first.number is None
    assert len([fact for fact in till.journal.written if isinstance(fact, DayReported)]) == 2
    assert replace(till.shown.state, day=before.day) == before
    assert replace(till.shown.state.day, report=None) == before.day


def test_a_day_with_a_sale_on_the_screen_is_not_closed() -> None:
    till = sold()
    till.take(AddArticle("1001"), CloseDay())
    assert till.notice() is RefusalCode.DAY_SALE_UNFINISHED
    assert closed(till) == []


def leave_open(till: Till, what: OpenKind) -> None:
    match what:
        case OpenKind.PAYMENT:
            paying(till=till).take(SetAside())
        case OpenKind.REFUND:
            Shop(till).refunded(500).till.take(VoidSale())
        case OpenKind.SET_ASIDE:
            till.take(AddArticle("1001"), SetAside())
        case OpenKind.DOUBLE:
            paid_twice(till)


@pytest.mark.parametrize("what", list(OpenKind))
def test_a_day_with_something_open_is_not_closed(what: OpenKind) -> None:
    """Fault catalogue E13."""
    till = sold()
    leave_open(till, what)
    till.take(CloseDay())
    assert till.notice() is RefusalCode.DAY_STILL_OPEN
    assert closed(till) == []


@pytest.mark.parametrize("what", list(OpenKind))
def test_where_the_shop_says_so_what_is_open_is_named_on_the_report_and_carried_over(what: OpenKind) -> None:
    """Fault catalogue E13."""
    till = sold(listing())
    leave_open(till, what)
    before = till.shown.state
    till.take(CloseDay())
    assert [one.kind for one in report(till).left_open] == [what]
    assert replace(till.shown.state, day=before.day) == before


def test_a_day_on_which_nothing_happened_is_not_closed_a_second_time() -> None:
    """Fault catalogue E4: whoever presses twice closes once."""
    till = sold()
    till.take(CloseDay(), CloseDay())
    assert till.notice() is RefusalCode.DAY_EMPTY
    assert len(closed(till)) == 1
    assert till.shown.around.panel is Panel.DAY_REPORT


def test_a_close_that_cannot_be_written_has_not_happened_and_gives_the_same_figures_later() -> None:
    """Fault catalogue A22, F1: one fact holds the whole close."""
    till = sold()
    till.journal.is_full = True
    before = till.shown.state
    till.take(CloseDay())
    assert till.notice() is RefusalCode.SELLING_STOPPED
    assert till.shown.state == before
    till.journal.is_full = False
    again = Till(MemoryJournal(till.journal.written))
    assert again.shown.state.day == before.day
    again.take(CloseDay())
    assert report(again).totals == before.day.totals
    assert Till(MemoryJournal(again.journal.written)).shown.state.day == again.shown.state.day
