"""The end of the day in the cashier's window: by key, by touch, and on paper."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from tests.engine.test_day import sold
from tests.engine.test_double_payment import paid_twice
from tests.engine.test_engine import paying
from tests.presentation.test_presenters import house
from tests.ui.test_windows import Counter
from till.domain.day_close import CloseDay, ReportDay
from till.domain.faults import Fault, FaultCode
from till.domain.intents import SetAside
from till.engine.ports import DiskChanged
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel
from till.presentation.present_day import present_report
from till.ui.receipt import save_receipt
from till.ui.report_panel import ReportPanelWidget
from till.ui.status_bar import StatusWord


def press(counter: Counter, name: str) -> None:
    """Touch the button of that name on the panel that is shown."""
    buttons = counter.window.findChildren(QAbstractButton)
    (button,) = [one for one in buttons if one.isVisible() and one.accessibleName() == name]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_day_is_closed_with_keys_and_its_report_is_on_the_screen(qtbot: QtBot) -> None:
    counter = Counter(qtbot, sold())
    counter.key(Qt.Key.Key_F9)
    counter.key(Qt.Key.Key_X)
    counter.key(Qt.Key.Key_Return)
    counter.key(Qt.Key.Key_F9)
    counter.key(Qt.Key.Key_Return)
    (panel,) = counter.window.findChildren(ReportPanelWidget)
    assert panel.isVisible()
    counter.key(Qt.Key.Key_Return)
    selling = ShowPanel(Panel.SELLING)
    day = ShowPanel(Panel.DAY)
    assert counter.asked == [day, ReportDay(), selling, day, CloseDay(), selling]
    assert counter.till.shown.state.day.closes == 1


def test_the_day_is_closed_with_a_finger_and_goes_by_the_open_payments_first(qtbot: QtBot) -> None:
    """Fault catalogue E13."""
    counter = Counter(qtbot, paying(till=sold()))
    counter.take(SetAside())
    press(counter, "Dagslutt")
    press(counter, "Åpne betalinger")
    assert counter.till.shown.around.panel is Panel.OPEN_PAYMENTS
    assert counter.till.shown.state.day.closes == 0


def test_a_report_is_saved_as_a_paper_of_its_own(qtbot: QtBot, tmp_path: Path) -> None:
    till = sold().take(CloseDay())
    made = till.shown.state.day.report
    assert made is not None
    view = present_report(house(), made)
    save_receipt(view, tmp_path / f"{view.name}.pdf")
    assert (tmp_path / "z-report-0001.pdf").read_bytes().startswith(b"%PDF")


def test_the_bar_has_room_for_every_word_that_is_to_be_said(qtbot: QtBot) -> None:
    """Fault catalogue F3: a full disk, too, is said beside the rest."""
    counter = Counter(qtbot, paid_twice())
    counter.take(DiskChanged(Fault(FaultCode.DISK_FULL)))
    words = [one.accessibleName() for one in counter.window.findChildren(StatusWord) if one.isVisible()]
    assert len(words) == 6
    counter.take(DiskChanged(None))
    assert len([one for one in counter.window.findChildren(StatusWord) if one.isVisible()]) == 5
