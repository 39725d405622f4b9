"""What the hub tells the engine: hints go on to the wallet, a checked-in customer is met, rows are handed out."""

import threading

import pytest

from tests.engine.test_engine import Till, paying
from till.domain.facts import PaymentRequested
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.intents import AddArticle, VoidSale
from till.domain.payment import Created, Flow, Operation, Refused, Verdict
from till.domain.secret import Secret
from till.engine.engine import Stop
from till.engine.hub_ports import (
    BooksChanged,
    CheckInUsed,
    CustomerArrived,
    CustomerLeft,
    HubChanged,
    PaymentHinted,
    Rows,
    RowsWanted,
)
from till.engine.ports import Ask, Create, Forget, Hint, JournalRefused, JournalRow
from till.engine.snapshot import Panel, Visit
from till.engine.wishes import ShowPanel, UseCheckIn

TOKEN = Secret("dGhlLWN1c3RvbWVyLXRva2Vu")
AWAY = Fault(FaultCode.HUB_AWAY)


def arrived(
    check_in: str = "one", name: str = "Kasse 2", token: Secret = TOKEN, left_s: float = 900
) -> CustomerArrived:
    return CustomerArrived(check_in, name, token, left_s)


def choosing(till: Till | None = None) -> Till:
    """Return a till with goods in the basket whose cashier is choosing how to be paid."""
    return (till or Till()).take(AddArticle("1001"), ShowPanel(Panel.TENDER))


def flow_of(till: Till) -> Flow | None:
    payment = till.shown.state.payment
    return None if payment is None else payment.terms.flow


# ---------------------------------------------------------------- hints


def test_a_hint_goes_on_to_the_wallet_for_an_open_payment_only() -> None:
    till = paying()
    till.take(PaymentHinted(till.reference), PaymentHinted("another-till-0001"), PaymentHinted(""))
    assert [errand for errand in till.wallet.sent if isinstance(errand, Hint)] == [Hint(till.reference)]


def test_a_hint_says_nothing_of_how_the_payment_stands() -> None:
    till = paying()
    state, written = till.shown.state, len(till.journal.written)
    till.take(PaymentHinted(till.reference))
    assert till.shown.state == state
    assert len(till.journal.written) == written


def test_the_wallet_relies_on_hints_exactly_while_the_hub_is_well() -> None:
    till = Till()
    seen = [till.wallet.is_hinted]
    for fault in (None, AWAY, None, Fault(FaultCode.HUB_REFUSED)):
        till.take(HubChanged(fault))
        seen.append(till.wallet.is_hinted)
        assert till.shown.around.hub_fault == fault
    assert seen == [False, True, False, True, False]


# ---------------------------------------------------------------- check-in


def test_a_customer_who_checks_in_is_shown_without_anything_of_the_customers() -> None:
    till = Till().take(arrived())
    assert till.shown.around.visit == Visit(1, "Kasse 2")
    assert TOKEN.reveal() not in repr(till.shown)
    assert till.journal.written == Till().journal.written


def test_a_cashier_who_is_choosing_need_not_choose_any_more() -> None:
    till = choosing().take(arrived())
    assert flow_of(till) is Flow.CHECK_IN
    create = till.wallet.sent[-1]
    assert isinstance(create, Create)
    assert TOKEN.reveal() in create.body.reveal()
    assert till.hub.sent == [CheckInUsed("one")]
    assert till.shown.around.visit is None


def test_the_token_is_in_no_fact_and_no_snapshot() -> None:
    """Invariant I11."""
    till = choosing().take(arrived())
    requested = [fact for fact in till.journal.written if isinstance(fact, PaymentRequested)]
    assert [fact.body for fact in requested] == [None]
    assert not any(TOKEN.reveal() in row.body for row in till.journal.kept)
    assert not any(TOKEN.reveal() in repr(snapshot) for snapshot in till.snapshots)


def test_a_shop_that_wants_to_be_asked_first_is_asked() -> None:
    till = choosing(Till(starts_on_check_in=False)).take(arrived())
    assert flow_of(till) is None
    till.take(UseCheckIn())
    assert flow_of(till) is Flow.CHECK_IN


def test_nothing_starts_while_the_basket_is_still_being_filled() -> None:
    till = Till().take(AddArticle("1001"), arrived(), AddArticle("1003"))
    assert flow_of(till) is None
    till.take(ShowPanel(Panel.TENDER))
    assert flow_of(till) is None
    till.take(UseCheckIn())
    assert flow_of(till) is Flow.CHECK_IN


def test_the_latest_check_in_wins() -> None:
    """Fault catalogue E17."""
    till = choosing(Till(starts_on_check_in=False)).take(arrived("one"), arrived("two", token=Secret("second")))
    till.take(CustomerLeft("one"))
    assert till.shown.around.visit == Visit(2, "Kasse 2")
    till.take(UseCheckIn())
    assert till.hub.sent == [CheckInUsed("two")]
    assert "second" in till.wallet.sent[-1].body.reveal()  # type: ignore[union-attr]


def test_a_check_in_that_is_taken_back_is_gone() -> None:
    till = choosing(Till(starts_on_check_in=False)).take(arrived(), CustomerLeft("one"))
    assert till.shown.around.visit is None
    till.take(UseCheckIn())
    assert flow_of(till) is None


def test_a_check_in_lives_as_long_as_its_token_by_a_clock_that_never_jumps() -> None:
    till = choosing(Till(starts_on_check_in=False)).take(arrived(left_s=300))
    till.clock.turn(299)
    assert till.engine._hub_side.left_s == 1
    till.clock.turn(1)
    till.take(UseCheckIn())
    assert flow_of(till) is None


def test_the_engine_wakes_to_take_an_old_check_in_from_the_screen() -> None:
    till = Till()
    gone = threading.Event()
    publish = till.engine._publish

    def watch(snapshot: object) -> None:
        publish(snapshot)  # type: ignore[arg-type]
        if len(till.snapshots) > 2 and till.shown.around.visit is None:
            gone.set()

    till.engine._publish = watch
    till.take(arrived(left_s=10))
    till.clock.turn(10)
    thread = threading.Thread(target=till.engine.run)
    thread.start()
    assert gone.wait(10)
    till.engine.deliver(Stop())
    thread.join()


def test_a_used_check_in_that_is_told_again_is_nobody() -> None:
    till = choosing().take(arrived(), arrived())
    assert till.shown.around.visit is None


def test_a_customer_who_waits_and_is_told_again_is_still_the_cashiers_to_choose() -> None:
    till = choosing(Till().take(arrived()))
    till.take(arrived())
    assert flow_of(till) is None
    assert till.shown.around.visit == Visit(1, "Kasse 2")


def test_a_customer_who_comes_while_another_one_pays_waits() -> None:
    till = paying()
    till.take(arrived())
    assert flow_of(till) is Flow.CUSTOMER_SCREEN
    assert till.shown.around.visit is not None


def test_a_check_in_without_goods_is_kept_for_the_next_basket() -> None:
    till = Till().take(arrived(), UseCheckIn())
    assert till.notice() is RefusalCode.BASKET_EMPTY
    till.take(AddArticle("1001"), VoidSale(), AddArticle("1001"), UseCheckIn())
    assert flow_of(till) is Flow.CHECK_IN


def test_a_token_that_is_not_taken_ends_the_payment_and_another_way_is_open() -> None:
    till = choosing().take(arrived())
    fault = Fault(FaultCode.CHECK_IN_GONE, wallet_code=4050)
    till.take(Refused(till.reference, till.clock.now(), Operation.CREATE, fault))
    assert till.shown.state.payment is not None
    assert till.shown.state.payment.is_final
    till.take(ShowPanel(Panel.TENDER))
    assert till.shown.around.panel is Panel.TENDER


def test_after_a_restart_a_check_in_payment_is_only_read_back() -> None:
    first = choosing().take(arrived())
    again = Till(first.journal)
    assert [type(errand) for errand in again.wallet.sent] == [Ask]


def test_a_payment_by_check_in_is_captured_like_any_other() -> None:
    till = choosing().take(arrived())
    till.take(Created(till.reference, till.clock.now()), till.report(Verdict.AUTHORIZED))
    till.take(till.report(Verdict.AUTHORIZED, captured=True))
    assert till.shown.state.sale is not None
    assert till.shown.state.sale.receipt_number == 1
    assert isinstance(till.wallet.sent[-1], Forget)


# ---------------------------------------------------------------- the journal's copy


def test_rows_are_handed_out_and_the_screens_need_not_know() -> None:
    till = Till().take(AddArticle("1001"))
    shown = len(till.snapshots)
    till.take(RowsWanted(1, 1), RowsWanted(99, 10))
    assert till.hub.sent == [Rows(1, tuple(till.journal.kept[1:2])), Rows(99, ())]
    assert len(till.snapshots) == shown


def test_a_journal_that_cannot_be_read_for_the_hub_stops_no_sale() -> None:
    till = Till()

    def refuse(after: int, most: int) -> tuple[JournalRow, ...]:
        raise JournalRefused("damaged")

    till.journal.rows = refuse  # type: ignore[method-assign]
    till.take(RowsWanted(0, 10))
    assert till.hub.sent == [Rows(0, ())]
    assert paying(till=till).shown.around.stopped is None


@pytest.mark.parametrize("code", [FaultCode.BOOKS_DIFFER, FaultCode.BOOKS_BEHIND])
def test_trouble_with_the_copy_is_shown_and_stops_no_sale(code: FaultCode) -> None:
    till = Till().take(BooksChanged(Fault(code)))
    assert till.shown.around.books_fault == Fault(code)
    assert paying(till=till).shown.around.stopped is None
    till.take(BooksChanged(None))
    assert till.shown.around.books_fault is None
