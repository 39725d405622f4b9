"""A till that is run with marked secrets and marked customers, as a process of its own: told on stdin, tells on stdout.

First line out: the marks that only the till itself knows. Second line: all that its windows and the clipboard showed.
It then waits for a line, so that it can be looked at from outside, and ends.
"""

import json
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QClipboard
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget

from till.app import DesktopTill
from till.demo import DemoKeys, Sandbox
from till.domain.intents import AddArticle, CancelOpenPayment, StartPayment
from till.domain.payment import Captured, Ended, Flow, Payment, Waiting
from till.domain.secret import Secret
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import NextSale, ShowPanel
from till.logs import start_log, stop_log
from till.presentation.present_payment import ShowReceipt
from till.settings.file import load
from till.settings.paths import data_folder
from till.settings.secrets import SecretName

WAIT_S = 20.0
#: A person's pause between two keys, longer than any scanner's.
PERSON_MS = 80
TEXTS = ("text", "accessibleName", "accessibleDescription", "toolTip", "whatsThis", "statusTip", "windowTitle")


class BrokenSecret(Secret):
    """A customer's number that makes whoever reads it fail, with the number in the error's own words."""

    def reveal(self) -> str:
        raise ArithmeticError(super().reveal())


class MarkedShop:
    """One till over a sandbox, and everything that was seen of it."""

    def __init__(self, told: dict[str, object]) -> None:
        keys = {name: Secret(told["keys"][name.value]) for name in SecretName}  # type: ignore[index]
        customers = tuple(told["customers"])  # type: ignore[arg-type]
        self.sandbox = Sandbox(str(told["base_url"]), str(told["msn"]), "", keys, customers)
        self.stranger = str(told["stranger"])
        settings = load(Path(str(told["settings"])))
        folders = data_folder(settings.data.folder, settings.till.id)
        self.log = start_log(folders.log)
        self.receipts = folders.receipts
        app = QApplication(["till"])
        self.till = DesktopTill(app, settings, folders, DemoKeys(self.sandbox))
        self.seen: set[str] = set()
        self.links: list[str] = []
        self.till.start()
        self.until(lambda: self.till.snapshot is not None and self.till.customer.isVisible())

    @property
    def shot(self) -> Snapshot:
        assert self.till.snapshot is not None
        return self.till.snapshot

    @property
    def payment(self) -> Payment | None:
        return self.shot.state.payment

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < end, f"waited in vain; {self.till.snapshot and self.payment}"
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.002)

    def wait(self, pause_s: float) -> None:
        """Let the windows live for a while; `QTest.qWait` would keep a handler's error to itself and break over it."""
        end = time.monotonic() + pause_s
        self.until(lambda: time.monotonic() >= end)

    def until_in(self, state: type) -> str:
        self.until(lambda: self.payment is not None and isinstance(self.payment.state, state))
        self.look()
        assert self.payment is not None
        return self.payment.terms.reference

    def look(self) -> None:
        """Note every text of every widget, shown or not, and what is on the clipboard."""
        for widget in QApplication.allWidgets():
            self.seen |= set(_texts(widget))
        clipboard = QApplication.clipboard()
        for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
            contents = clipboard.mimeData(mode)
            for kind in contents.formats() if contents is not None else ():
                self.seen.add(f"clipboard {kind} {contents.data(kind).data()!r}")

    def ring_up(self) -> None:
        self.till.ask(NextSale())
        self.till.ask(AddArticle("1001"))
        self.until(lambda: self.shot.state.sale is not None and self.shot.state.sale.basket.lines and not self.is_over)

    @property
    def is_over(self) -> bool:
        sale = self.shot.state.sale
        return sale is None or sale.is_over or sale.is_completed

    def type(self, text: str, pause_ms: int = 0) -> None:
        for sign in text:
            QTest.keyClick(self.till.cashier.windowHandle(), Qt.Key.Key_Return if sign == "\n" else sign)
            if pause_ms:
                self.wait(pause_ms / 1000)

    def fault(self, operation: str, kind: str, **more: object) -> None:
        self.sandbox.post("/_sandbox/faults", {"operation": operation, "kind": kind, **more})

    def approve(self, reference: str) -> None:
        self.sandbox.post(f"/_sandbox/payments/{reference}/approve")


def _texts(widget: QWidget) -> list[str]:
    texts = [str(getattr(widget, name)()) for name in TEXTS if callable(getattr(widget, name, None))]
    if isinstance(widget, QLineEdit):
        texts += [widget.placeholderText(), widget.displayText(), widget.selectedText()]
    if isinstance(widget, QComboBox):
        texts += [widget.itemText(place) for place in range(widget.count())]
    assert not isinstance(widget, QLabel | QAbstractButton) or widget.text() in texts
    return [text for text in texts if text]


def sell(shop: MarkedShop) -> None:
    """Sell by each flow, with answers lost, false and refused on the way."""
    number, code = shop.sandbox.customers[0]["phone_number"], shop.sandbox.customers[0]["personal_qr"]

    shop.ring_up()
    shop.fault("get", "status", status=500)
    shop.type(code + "\n")
    shop.approve(shop.until_in(Waiting))
    shop.until_in(Captured)

    shop.ring_up()
    shop.till.ask(StartPayment(Flow.CUSTOMER_SCREEN))
    reference = shop.until_in(Waiting)
    shop.until(lambda: shop.till.customer.shows_code)
    shop.links = [str(one["qr_content"]) for one in shop.sandbox.payments() if one["qr_content"]]
    shop.look()
    shop.till.ask(CancelOpenPayment(reference))
    shop.until_in(Ended)

    shop.till.ask(ShowPanel(Panel.NUMBER))
    shop.until(lambda: shop.shot.around.panel is Panel.NUMBER)
    shop.till.cashier.activateWindow()  # without a screen the window shown last is the active one
    shop.until(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    shop.fault("create", "drop", after=True)
    shop.type(number[2:] + "\n", PERSON_MS)
    shop.approve(shop.until_in(Waiting))
    shop.until_in(Captured)

    shop.ring_up()
    for is_scanned in (False, True):
        before = shop.payment
        shop.fault("create", "status", status=400)
        if is_scanned:
            shop.type(code + "\n")
        else:
            shop.till.ask(StartPayment(Flow.PHONE_NUMBER, Secret(shop.stranger)))
        shop.until(lambda before=before: shop.payment is not before)
        shop.until_in(Ended)


def fail(shop: MarkedShop) -> None:
    """Let handlers fail in the engine, in a thread and in the windows, each with a number in the error's words."""
    number = shop.sandbox.customers[0]["phone_number"]

    def fails() -> None:
        raise ArithmeticError(number)

    before = shop.shot.revision
    shop.till.ask(StartPayment(Flow.PHONE_NUMBER, BrokenSecret(number)))
    shop.until(lambda: shop.shot.revision > before)
    shop.till.ask(BrokenSecret(number))
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    receipt = next((sale for sale in shop.shot.state.sales.values() if sale.is_completed), None)
    if receipt is not None:
        shop.till.ask(ShowReceipt(receipt.number))
    shop.look()
    QTimer.singleShot(0, fails)
    shop.wait(0.3)
    shop.look()


def main() -> None:
    """Sell, fail, tell, wait, and end."""
    shop = MarkedShop(json.loads(sys.stdin.readline()))
    try:
        sell(shop)
        fail(shop)
        shop.until(lambda: len(list(shop.receipts.glob("*.pdf"))) == 2)
    except AssertionError:
        traceback.print_exc()  # the till's own way with errors keeps their words to itself
        raise
    (tokens,) = shop.till._room._keys._tokens.values()
    assert tokens._token is not None
    marks = {"token": tokens._token.reveal(), **{f"link {place}": link for place, link in enumerate(shop.links)}}
    print(json.dumps(marks), flush=True)
    print(json.dumps(sorted(shop.seen)), flush=True)
    sys.stdin.readline()
    shop.till.stop()
    shop.till.cashier.may_close = True
    shop.till.cashier.close()
    shop.till.customer.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    stop_log(shop.log)


if __name__ == "__main__":
    main()
