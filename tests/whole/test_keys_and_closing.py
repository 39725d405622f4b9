"""Keys that change under a running till, and a window that is closed while a payment is open."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from tests.outside.heartbeat import KEPT
from tests.whole.test_whole_till import Headless, seen
from till import engine_room
from till.app import DesktopTill
from till.demo import DemoKeys, make_demo_shop, running_sandbox
from till.domain.faults import FaultCode
from till.domain.intents import AddArticle, StartPayment
from till.domain.payment import Captured, Flow, Waiting
from till.domain.secret import Secret
from till.engine.ports import KeyStoreUnavailable
from till.journal.sqlite import SqliteJournal

pytestmark = pytest.mark.whole


class ChangingKeys(DemoKeys):
    """A key store whose content is wrong, right, or locked."""

    is_wrong = False
    is_locked = False

    def get(self, name: str) -> Secret | None:
        if self.is_locked:
            raise KeyStoreUnavailable("locked")
        kept = super().get(name)
        return Secret("wrong-" + kept.reveal()) if kept is not None and self.is_wrong else kept


def test_new_keys_are_taken_while_a_payment_is_open_and_it_goes_on_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault catalogue D5, D7, B1: locked, then wrong, then right; nothing needs a restart."""
    monkeypatch.setattr(engine_room, "KEYS_PAUSE_S", 0.2)
    monkeypatch.setattr(engine_room, "KEYS_WAIT_S", 0.1)
    with running_sandbox("NO") as sandbox:
        keys = ChangingKeys(sandbox)
        keys.is_locked = keys.is_wrong = True
        till = Headless(sandbox, tmp_path, keys=keys)
        try:
            till.until(lambda shot: _fault(shot) is FaultCode.KEYS_MISSING)
            keys.is_locked = False
            till.until(lambda shot: _fault(shot) is None)
            till.room.offer(AddArticle("1001"))
            till.room.offer(StartPayment(Flow.CUSTOMER_SCREEN))
            till.until(lambda shot: _fault(shot) is FaultCode.KEYS_REFUSED)
            keys.is_wrong = False
            for _ in range(40):
                till.room.offer(StartPayment(Flow.CUSTOMER_SCREEN))
                time.sleep(0.3)
                if Headless._is_in(till.until(lambda _: True), Waiting):
                    break
            reference = till.reference(Waiting)
            sandbox.post(f"/_sandbox/payments/{reference}/approve")
            till.reference(Captured)
            assert seen(sandbox, reference)["captured"] == seen(sandbox, reference)["amount"]
        finally:
            till.room.stop()


def _fault(shot: object) -> FaultCode | None:
    fault = shot.around.wallet_fault
    return None if fault is None else fault.code


@pytest.fixture
def open_till(qtbot: QtBot, tmp_path: Path) -> object:
    with running_sandbox("NO") as sandbox:
        settings, folders = make_demo_shop("NO", sandbox, tmp_path)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        till = DesktopTill(app, settings, folders, DemoKeys(sandbox))
        till.start()
        qtbot.waitUntil(lambda: till.snapshot is not None, timeout=10_000)
        till.ask(AddArticle("1001"))
        till.ask(StartPayment(Flow.CUSTOMER_SCREEN))
        qtbot.waitUntil(lambda: till.customer.shows_code, timeout=10_000)
        yield till, folders
        till.stop()
        till.cashier.may_close = True
        till.cashier.close()
        till.customer.close()
        KEPT.append(till)


def test_closing_with_an_open_payment_asks_and_leaves_it_open(qtbot: QtBot, open_till: object) -> None:
    """Fault catalogue E12: nothing is cancelled by itself; the journal takes it up at the next start."""
    till, folders = open_till
    asked: list[str] = []

    def answer(role: QMessageBox.ButtonRole) -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        next(button for button in box.buttons() if box.buttonRole(button) is role).click()

    for count, role in enumerate((QMessageBox.ButtonRole.RejectRole, QMessageBox.ButtonRole.AcceptRole), start=1):
        till.cashier.close()
        QTimer.singleShot(200, lambda role=role: answer(role))
        qtbot.waitUntil(lambda count=count: len(asked) == count, timeout=5_000)
        assert till.cashier.isVisible() is (role is QMessageBox.ButtonRole.RejectRole)
    till.stop()
    journal = SqliteJournal.open(folders.journal)
    kinds = [type(fact).__name__ for fact in journal.facts()]
    journal.close()
    assert "PaymentRequested" in kinds
    assert "CancelAsked" not in kinds


def test_the_system_may_end_the_session_without_being_asked_back(qtbot: QtBot, open_till: object) -> None:
    """Fault catalogue G5: a log-off or an update closes the window at once; what is open stays open in the journal."""
    till, _ = open_till
    till.let_go()
    assert till.cashier.close()
    assert not till.cashier.isVisible()
