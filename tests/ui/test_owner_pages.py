"""The owner's pages with real widgets: opened from selling, left by whatever concerns a customer, and worked at the sandbox."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.doubles.clock import ManualClock
from tests.doubles.service import InProcess
from tests.engine.test_engine import paying
from tests.presentation.test_owner_presenters import owners
from tests.ui.test_windows import Counter, codes_of
from tests.whole.test_back_office import Kept, settings
from till.domain.intents import AddArticle
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel
from till.owner.pages import OwnerPages
from till.presentation.owner_state import OwnerPage, RunPhase
from till.settings.paths import Folders
from till.ui import theme
from till.ui.buttons import ActionButton
from till.ui.owner.pages import OwnerPagesWidget


class Shop:
    """The pages over the sandbox in this process."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        look = theme.Look(has_motion=False)
        theme.load_fonts()
        theme.apply(app, look)
        self.transport = InProcess()
        self.forwarded: list[object] = []
        self.window = OwnerPagesWidget(look)
        self.window.resize(1280, 752)
        self.pages = OwnerPages(
            self.window,
            owners(),
            settings(),
            Folders(folder),
            Kept(self.transport),
            facts=lambda: iter(()),
            forward=self.forwarded.append,
            clock=ManualClock(),
            connect=lambda: self.transport,
        )
        self._qtbot = qtbot
        qtbot.addWidget(self.window)
        self.window.show()
        self.pages.open()

    def until(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=20_000)

    def fill(self, name: str, text: str) -> None:
        field = self.window.page.form.field(name)
        assert isinstance(field, QLineEdit)
        field.setText(text)

    def press(self, label: str) -> None:
        self.until(lambda: bool(self._buttons(label)))
        self._buttons(label)[0].click()

    def _buttons(self, label: str) -> list[ActionButton]:
        buttons = self.window.findChildren(ActionButton)
        return [one for one in buttons if one.isVisible() and one.isEnabled() and _says(one, label)]

    def codes(self) -> list[str]:
        return [one.id for one in self.pages.state.codes.codes or ()]


def _says(button: ActionButton, label: str) -> bool:
    return button.action_view is not None and button.action_view.label == label


@pytest.fixture
def shop(qtbot: QtBot, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(qtbot, tmp_path)
    yield shop
    shop.pages.close()


def owner_is_shown(counter: Counter) -> bool:
    return counter.window._is_owners


# ------------------------------------------------------------------------------------------------ beside selling


def test_a_key_opens_the_pages_and_esc_leads_back(qtbot: QtBot) -> None:
    counter = Counter(qtbot)
    counter.key(Qt.Key.Key_F10)
    assert owner_is_shown(counter)
    assert not counter.window._basket.isVisible()
    counter.take(ShowPanel(Panel.SELLING))
    assert not owner_is_shown(counter)
    assert counter.window._basket.isVisible()


@pytest.mark.parametrize("is_known", [True, False])
def test_a_scan_leads_back_to_selling(qtbot: QtBot, is_known: bool) -> None:
    counter = Counter(qtbot)
    counter.key(Qt.Key.Key_F10)
    code = codes_of(counter.till)[0] if is_known else "no such code"
    counter.type_text(f"{code}\n")
    assert not owner_is_shown(counter)
    assert (counter.till.shown.around.notice is None) is is_known


def test_a_payment_that_is_open_has_the_window(qtbot: QtBot) -> None:
    counter = Counter(qtbot, paying())
    counter.take(ShowPanel(Panel.SHOP))
    assert not owner_is_shown(counter)
    assert counter.window._panels.currentWidget() is counter.window._payment


def test_the_pages_do_not_open_over_a_basket(qtbot: QtBot) -> None:
    counter = Counter(qtbot)
    counter.take(AddArticle("1001"))
    counter.take(ShowPanel(Panel.SHOP))
    assert not owner_is_shown(counter)


def test_nothing_of_the_pages_is_imported_before_they_are_opened() -> None:
    program = (
        "import sys, till.app\n"
        "print([name for name in sys.modules if name.startswith(('till.owner', 'till.ui.owner', 'till.back_office',"
        " 'till.verify', 'till.presentation.owner', 'till.presentation.present_codes'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


# ------------------------------------------------------------------------------------------------ at work


def test_a_sticker_is_made_put_right_changed_and_deleted(shop: Shop) -> None:
    shop.until(lambda: shop.pages.state.codes.codes == ())
    shop.press("Nytt klistremerke")
    shop.fill("text", "x" * 37)
    assert shop.window.press_key("Enter")
    shop.until(lambda: shop.pages.state.codes.hitch is not None)
    assert shop.window.page.form.isVisible(), "what is wrong can be put right"
    shop.fill("text", "Bakeri")
    assert shop.window.press_key("Enter")
    shop.until(lambda: shop.codes() == ["kasse1"])
    shop.until(lambda: not shop.window.page.form.isVisible())
    shop.window.page.table.view.selectRow(0)
    shop.press("Slett")
    shop.press("Slett den")
    shop.until(lambda: shop.codes() == [])


def test_a_dialog_for_a_file_closes_with_the_pages(shop: Shop, tmp_path: Path) -> None:
    shop.window.press_key("2")
    shop.press("Velg en liste (CSV)")
    dialog = shop.window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.isVisible()
    shop.window.hide()
    shop.until(lambda: shop.window.findChild(QFileDialog) is None)
    path = tmp_path / "list.csv"
    path.write_text("beacon_id;pos_name\n100000000000001;Kasse 1\n")
    shop.window.show()
    shop.press("Velg en liste (CSV)")
    dialog = shop.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    shop.until(lambda: shop.pages.state.stickers.phase is RunPhase.READY)
    shop.window.press_key("S")
    shop.until(lambda: shop.pages.state.stickers.phase is RunPhase.ENDED)


def test_every_page_is_reached_by_its_digit_and_what_was_typed_stays(shop: Shop) -> None:
    shop.press("Nytt klistremerke")
    for digit in ("2", "3", "4", "5", "6"):
        assert shop.window.press_key(digit)
        assert shop.pages._shown.page is list(OwnerPage)[int(digit) - 1]
    shop.until(lambda: shop.pages.state.units.units is not None)
    assert not shop.window.press_key("F1")
    shop.window.press_key("Esc")
    assert shop.forwarded == [ShowPanel(Panel.SELLING)]


def test_the_check_is_run_from_its_page(shop: Shop) -> None:
    shop.window.press_key("5")
    shop.window.press_key("S")
    assert shop.window.press_key("Enter")
    shop.until(lambda: shop.pages.state.trial.phase is RunPhase.ENDED)
    shop.until(lambda: shop.window.page.message.accessibleName().startswith("Alle"))
    assert {row.outcome for row in shop.pages.state.trial.rows} == {"passed"}


def test_nothing_on_a_page_is_clipped_by_a_small_window(shop: Shop) -> None:
    shop.window.resize(1024, 652)
    shop.until(lambda: shop.pages.state.codes.codes is not None)
    for button in shop.window.findChildren(ActionButton):
        if button.isVisible():
            edge = button.mapTo(shop.window, button.rect().bottomRight())
            assert edge.x() <= shop.window.width(), button.accessibleName()
            assert edge.y() <= shop.window.height(), button.accessibleName()
    assert isinstance(shop.window, QWidget)
