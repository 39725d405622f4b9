"""More than one store at the counter, as the cashier has it: chosen by name, out of the way where there is only one."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox
from pytestqt.qtbot import QtBot

from tests.engine.test_engine import Till
from tests.presentation.test_presenters import house
from tests.ui.test_bar import bar_words
from tests.ui.test_windows import Counter, text_of
from till.domain.faults import Fault, FaultCode
from till.domain.intents import AddArticle, StartPayment
from till.domain.money import Currency, Money
from till.domain.payment import Flow, Missing, Operation, Reported, Unanswered, Verdict
from till.domain.receipt import receipt_of
from till.domain.store import Store, Stores
from till.domain.store_choice import ChooseStore
from till.engine.ports import Act, Ask, PaymentFound, RawScan
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel
from till.presentation.present_receipt import present_receipt

SHOPS = Stores(
    (
        Store("Storgata Kolonial", "900001", "stor", sells_here=True, refunds_here=True),
        Store("Storgata Bakeri", "900006", "bak", sells_here=True, refunds_here=True),
        Store("Havna", "", "havna"),
    )
)
BAKERY = "test-bak-kasse2-261120-0007-1"


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


@pytest.fixture
def counter(qtbot: QtBot) -> Counter:
    return Counter(qtbot, Till(stores=SHOPS), SHOPS)


def found(refunded: int = 0) -> PaymentFound:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    return PaymentFound(BAKERY, nok(50000), nok(50000), nok(refunded), at)


def test_a_cashier_changes_the_store_with_two_keys_and_sees_which_it_is(counter: Counter) -> None:
    """Requirement 41."""
    counter.take(AddArticle("1001"))
    assert "Bytt butikk  F4" in bar_words(counter)
    counter.key(Qt.Key.Key_F4)
    assert "Hvem selger du for?" in text_of(counter.window)
    counter.key(Qt.Key.Key_2)
    assert counter.till.shown.around.panel is Panel.SELLING
    assert counter.till.shown.state.store_in_use == "Storgata Bakeri"
    assert "Storgata Bakeri" in text_of(counter.window)
    counter.take(StartPayment(Flow.CUSTOMER_SCREEN))
    counter.key(Qt.Key.Key_F4)
    assert counter.till.shown.around.panel is not Panel.STORES, "not while a payment is open"


def test_the_press_of_a_store_chooses_it(counter: Counter, qtbot: QtBot) -> None:
    counter.take(ShowPanel(Panel.STORES))
    buttons = [one for one in counter.window.findChildren(QAbstractButton) if one.isVisible()]
    (button,) = [one for one in buttons if "Bakeri" in one.accessibleName()]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert counter.till.shown.state.store == "Storgata Bakeri"


def test_a_till_with_one_store_shows_no_choice_of_any(qtbot: QtBot) -> None:
    counter = Counter(qtbot)
    counter.key(Qt.Key.Key_F4)
    assert counter.till.shown.around.panel is Panel.SELLING
    counter.key(Qt.Key.Key_F7)
    assert [one for one in counter.window.findChildren(QComboBox) if one.isVisible()] == []
    assert not any("Bytt butikk" in word for word in bar_words(counter))


def test_a_store_that_sells_here_no_longer_can_be_left_for_another(qtbot: QtBot) -> None:
    till = Till(stores=SHOPS).take(AddArticle("1001"), ChooseStore("Storgata Bakeri"))
    counter = Counter(qtbot, Till(till.journal))
    counter.take(StartPayment(Flow.CUSTOMER_SCREEN))
    assert "Storgata Bakeri selger ikke på denne kassen. Velg butikk med F4." in text_of(counter.window)
    counter.key(Qt.Key.Key_F4)
    assert "Hvem selger du for?" in text_of(counter.window)


def test_a_payment_of_another_store_is_given_back_with_the_keyboard_alone(counter: Counter) -> None:
    """Requirements 40, 41 and 44."""
    counter.key(Qt.Key.Key_F7)
    (store,) = [one for one in counter.window.findChildren(QComboBox) if one.isVisible()]
    offered = [store.itemText(place) for place in range(store.count())]
    assert offered == ["denne kassen", "Storgata Bakeri", "Havna"]
    store.setCurrentText("Storgata Bakeri")
    counter.type_text("kasse2-261120-0007-1", 90)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    asked = counter.till.wallet.sent[-1]
    assert isinstance(asked, Ask)
    assert (asked.reference, asked.msn, asked.wants_history) == (BAKERY, "900006", True)
    assert "Tilbakefør betaling hos Storgata Bakeri" in text_of(counter.window)
    counter.take(found(refunded=40000))
    assert "100,00 kr kan tilbakeføres." in text_of(counter.window)
    counter.key(Qt.Key.Key_Return)
    act = counter.till.wallet.sent[-1]
    assert isinstance(act, Act)
    assert (act.msn, act.operation, act.amount) == ("900006", Operation.REFUND, nok(10000))
    at, nothing = counter.till.clock.now(), nok(0)
    whole = Reported(BAKERY, at, Verdict.AUTHORIZED, nok(50000), nok(50000), nok(50000), nothing, nok(50000))
    counter.take(whole)
    assert "Gjelder betaling hos Storgata Bakeri." in text_of(counter.window)


def test_what_cannot_be_given_back_here_is_said_in_words(qtbot: QtBot) -> None:
    counter = Counter(qtbot, Till(stores=SHOPS, has_hub=False), SHOPS)
    counter.take(RawScan("till:receipt:test-havna-kasse1-261120-0001-1"))
    assert "Tilbakeføring for Havna gjøres fra sentralen." in text_of(counter.window)
    counter.take(RawScan(f"till:receipt:{BAKERY}"))
    now = counter.till.clock.now()
    counter.take(Unanswered(BAKERY, now, Operation.ASK, Fault(FaultCode.KEYS_MISSING), is_sent=False))
    assert "Nøklene for Storgata Bakeri mangler på denne kassen." in text_of(counter.window)
    assert "Nett" in bar_words(counter), "the till's own sales unit has its keys"
    counter.take(Missing(BAKERY, now))
    assert "kjenner ingen slik betaling hos Storgata Bakeri" in text_of(counter.window)


def test_the_receipt_names_the_store_below_the_shop() -> None:
    till = Till(stores=SHOPS).take(ChooseStore("Storgata Bakeri"), AddArticle("1001"))
    till.take(StartPayment(Flow.CUSTOMER_SCREEN))
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True))
    sale = till.shown.state.sale
    assert sale is not None
    head = present_receipt(replace(house(), shop="Storgata Kolonial"), receipt_of(sale)).head
    assert head[:2] == ("Storgata Kolonial", "Storgata Bakeri")
