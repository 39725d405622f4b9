"""Finding a payment at the window: by keys alone, by touch, and what its page shows."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.engine.test_inquiry import sold
from tests.ui.test_windows import Counter
from till.domain.history import ByAmount, ByName, Newest
from till.domain.payment import Reported
from till.engine.ports import WalletEvent, WalletHistory
from till.engine.snapshot import Panel
from till.engine.wishes import FindPayments, ShowPanel, ShowPayment


@pytest.fixture
def sale(qtbot: QtBot) -> tuple[Counter, Reported]:
    till, paid = sold()
    counter = Counter(qtbot, till)
    counter.show()
    return counter, paid


def texts(counter: Counter) -> str:
    return "\n".join(one.text() for one in counter.window.findChildren(QLabel) if one.isVisible())


def test_the_newest_payments_are_two_keys_away(sale: tuple[Counter, Reported]) -> None:
    counter, paid = sale
    for key in (Qt.Key.Key_F2, Qt.Key.Key_Return):
        counter.key(key)
    assert counter.asked[-1] == FindPayments(Newest())
    counter.key(Qt.Key.Key_2)
    counter.let_time_pass()
    assert counter.asked[-1] == ShowPayment(paid.reference)
    event = WalletEvent("CAPTURED", None, paid.captured, is_success=True, psp_reference="8123456789")
    counter.take(WalletHistory(paid.reference, paid, (event,)))
    counter.let_time_pass()
    assert "8123456789" in texts(counter)
    counter.key(Qt.Key.Key_F5)
    assert counter.asked[-1] == ShowPayment(paid.reference)
    counter.key(Qt.Key.Key_Escape)
    assert counter.till.shown.around.panel is Panel.FOUND_PAYMENTS


def test_an_amount_is_typed_as_digits_and_stands_there_as_an_amount(sale: tuple[Counter, Reported]) -> None:
    counter, paid = sale
    counter.take(ShowPanel(Panel.FIND_PAYMENT))
    next(one for one in counter.window.findChildren(QPushButton) if one.text() == "Beløp").click()
    counter.let_time_pass()
    counter.type_text(str(paid.amount.minor), 80)
    counter.let_time_pass()
    field = next(one for one in counter.window.findChildren(QLineEdit) if one.isVisible())
    assert field.hasFocus()
    assert field.text().replace(",", "") == str(paid.amount.minor)
    counter.key(Qt.Key.Key_Return)
    assert counter.asked[-1] == FindPayments(ByAmount(paid.amount.minor))


def test_a_number_that_is_in_no_receipt_leaves_the_field_open(sale: tuple[Counter, Reported]) -> None:
    counter, _ = sale
    counter.take(ShowPanel(Panel.FIND_PAYMENT))
    counter.type_text("77", 80)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    assert counter.asked[-1] == FindPayments(ByName("77"))
    assert counter.till.shown.around.panel is Panel.FIND_PAYMENT
