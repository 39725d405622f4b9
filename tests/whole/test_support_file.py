"""The file for support, made from the window: of a running till, of one that could not start, and beside the GUI's thread."""

import json
import os
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.whole.test_keys_and_closing import open_till  # noqa: F401  # a fixture
from till.app import DesktopTill
from till.demo import DemoKeys, make_demo_shop, running_sandbox
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel
from till.journal.sqlite import SqliteJournal
from till.presentation.present_support import MakeSupportFile
from till.settings.paths import Folders

pytestmark = pytest.mark.whole


def journal_of(folders: Folders) -> dict[str, object]:
    (path,) = folders.support.glob("till-support-*.zip")
    with zipfile.ZipFile(path) as made:
        return json.loads(made.read("report.json"))["journal"]


def words_on(till: DesktopTill) -> str:
    return " ".join(one.text() for one in till.cashier.findChildren(QLabel) if one.isVisible())


def test_a_key_leads_to_the_file_and_the_window_says_where_it_is(qtbot: QtBot, open_till: object) -> None:  # noqa: F811
    """Requirement 57: the cashier can do it while a payment is open."""
    till, folders = open_till
    QTest.keyClick(till.cashier.windowHandle(), Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: till.snapshot.around.panel is Panel.SUPPORT, timeout=5_000)
    QTest.keyClick(till.cashier.windowHandle(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: str(folders.support) in words_on(till), timeout=10_000)
    assert journal_of(folders)["open"] == 1
    till.ask(ShowPanel(Panel.SELLING))
    qtbot.waitUntil(lambda: till.snapshot.around.support_file is None, timeout=5_000)


def test_the_window_goes_on_while_the_file_is_made(qtbot: QtBot, open_till: object) -> None:  # noqa: F811
    """Invariant I10: a log that cannot be read for a while holds nobody up."""
    till, folders = open_till
    os.mkfifo(folders.log)
    till.ask(ShowPanel(Panel.SUPPORT))
    till.cashier.asked.emit(MakeSupportFile())
    till.cashier.asked.emit(MakeSupportFile())
    till.ask(ShowPanel(Panel.OPEN_PAYMENTS))
    qtbot.waitUntil(lambda: till.snapshot.around.panel is Panel.OPEN_PAYMENTS, timeout=5_000)
    assert not folders.support.exists() or not [*folders.support.glob("*.zip")]
    folders.log.open("wb").close()
    qtbot.waitUntil(lambda: bool(till.snapshot.around.support_file), timeout=10_000)
    assert len([*folders.support.iterdir()]) == 1


def test_a_till_that_cannot_start_makes_it_all_the_same(qtbot: QtBot, tmp_path: Path) -> None:
    with running_sandbox("NO") as sandbox:
        settings, folders = make_demo_shop("NO", sandbox, tmp_path)
        in_use = SqliteJournal.open(folders.journal)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        till = DesktopTill(app, settings, folders, DemoKeys(sandbox))
        till.start()
        qtbot.waitUntil(lambda: "annen kasse" in words_on(till), timeout=20_000)
        QTest.keyClick(till.cashier.windowHandle(), Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: str(folders.support) in words_on(till), timeout=10_000)
        assert "said" in journal_of(folders)
        till.stop()
        in_use.close()
        till.cashier.may_close = True
        till.cashier.close()


def test_a_folder_that_cannot_be_written_is_said(qtbot: QtBot, open_till: object) -> None:  # noqa: F811
    till, folders = open_till
    folders.support.write_text("in the way")
    till.ask(ShowPanel(Panel.SUPPORT))
    till.cashier.asked.emit(MakeSupportFile())
    qtbot.waitUntil(lambda: till.snapshot.around.support_file == "", timeout=10_000)
    qtbot.waitUntil(lambda: "kunne ikke lages" in words_on(till), timeout=5_000)
