"""The till with its windows: puts engine room, presenters and windows together, and keeps them in step."""

import gc
import logging
import time
import tomllib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication

from till.domain.receipt import receipt_of
from till.engine.ports import SecretStore
from till.engine.snapshot import Snapshot
from till.engine.wishes import CodeNotShown, SupportFileMade
from till.engine_room import VERSION, EngineRoom, Stopped, SystemClock
from till.presentation.figures import Figures
from till.presentation.house import House
from till.presentation.present import CashierPresenter
from till.presentation.present_customer import CustomerPresenter
from till.presentation.present_day import present_report
from till.presentation.present_payment import ShowReceipt
from till.presentation.present_receipt import present_receipt
from till.presentation.present_support import MakeSupportFile, present_stopped
from till.presentation.views import ReceiptView, ShopPanel
from till.presentation.words import Words
from till.resource_files import resource_path
from till.settings.model import Mode, Settings
from till.settings.paths import Folders
from till.ui import crash, theme
from till.ui.bridge import Bridge
from till.ui.i18n import install_language
from till.ui.keys import KeyGate
from till.ui.main_window import MainWindow
from till.ui.receipt import save_receipt
from till.ui.screens import ScreenKeeper

if TYPE_CHECKING:
    from till.owner.pages import OwnerPages
    from till.ui.customer_window import CustomerWindow

#: How often the clock and the countdown are looked at.
TICK_MS = 250
#: The customer's window, the wallet and the scanner start this long after the first frame.
WORLD_DELAY_MS = 30
#: By then all is made that lasts.
FREEZE_MS = 2000

log = logging.getLogger("till.app")


class DesktopTill(QObject):
    """Both windows over one engine room."""

    def __init__(self, app: QApplication, settings: Settings, folders: Folders, secrets: SecretStore) -> None:
        super().__init__()
        self._settings = settings
        self._folders = folders
        self._secrets = secrets
        self._clock = SystemClock()
        self._house = make_house(settings)
        self._cashier_presenter = CashierPresenter(self._house)
        self._customer_presenter = CustomerPresenter(self._house)
        self._snapshot: Snapshot | None = None
        self._saved: set[str] = set()
        self._is_world_started = False
        self._stopped: tuple[str, str] | None = None
        self._is_making_file = False
        self._end_watch: Callable[[], None] = _nothing
        look = theme.Look(
            theme.THEMES[settings.till.theme.value], settings.till.scale_percent, settings.till.has_motion
        )
        theme.load_fonts()
        theme.apply(app, look)
        install_language(app, settings.till.language)
        self._look = look
        self._bridge = Bridge()
        self._bridge.arrived.connect(self._take)
        self._room = EngineRoom(settings, folders, secrets, self._bridge.publish)
        app.commitDataRequest.connect(self.let_go, Qt.ConnectionType.DirectConnection)
        self._gate = KeyGate(
            app,
            scanned=self._room.offer,
            pressed=lambda key: self.cashier.press_key(key),
            monotonic_s=time.monotonic,
            gap_s=settings.scanner.wedge_gap_ms / 1000,
        )
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show)
        self._customer_turn = QTimer(self)
        self._customer_turn.setSingleShot(True)
        self._customer_turn.timeout.connect(self._show_customer)
        self._app = app

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot that has arrived."""
        return self._snapshot

    @cached_property
    def cashier(self) -> MainWindow:
        """The cashier's window, made when it is first asked for."""
        made = MainWindow(self._look, f"{self._settings.shop.name} · {self._settings.till.name}")
        made.asked.connect(self._ask)
        made.closing.connect(self._close, Qt.ConnectionType.QueuedConnection)
        return made

    @cached_property
    def customer(self) -> "CustomerWindow":
        """The customer's window, made when it is first asked for."""
        from till.ui.customer_window import CustomerWindow  # after the first frame

        return CustomerWindow(self._look, self._settings.shop.name)

    @cached_property
    def _screens(self) -> ScreenKeeper:
        screen = self._settings.customer_screen
        return ScreenKeeper(self._app, self.cashier, self.customer, name=screen.name, serial=screen.serial)

    @cached_property
    def owner(self) -> "OwnerPages":
        """The owner's pages, made when they are first opened."""
        from till.owner.pages import OwnerPages

        words = Words(read_words(f"owner/{self._settings.till.language}"), brand=self._settings.brand)
        return OwnerPages(
            self.cashier.owner,
            replace(self._house, words=words),
            self._settings,
            self._folders,
            self._secrets,
            facts=self._room.facts,
            forward=self._ask,
            clock=self._clock,
        )

    def start(self) -> None:
        """Start the engine, which reads the journal while the cashier's window is made; all else follows the first frame."""
        self._end_watch = crash.watch(self._show_crash)
        self._room.start()
        self.cashier.show()
        self._gate.stand_before(self.cashier.windowHandle())
        self._tick.start()

    def _start_world(self) -> None:
        """Show the customer's window, and start the wallet and the scanner."""
        if self._settings.customer_screen.is_shown:
            self._screens.place()
            self._gate.stand_before(self.customer.windowHandle())
        self._is_world_started = True
        self._show()
        self._room.start_world()

    def stop(self) -> None:
        """Stop everything in reverse; what is open stays open in the journal."""
        self._tick.stop()
        self._customer_turn.stop()
        self._gate.close()
        if "owner" in self.__dict__:
            self.owner.close()
        self._room.stop()
        QThreadPool.globalInstance().waitForDone()
        self._end_watch()

    def ask(self, wish: object) -> None:
        """Hand a wish to the engine, as the windows do."""
        self._ask(wish)

    def _take(self, arrived: object) -> None:
        if isinstance(arrived, Stopped):
            reason = f"stopped.{arrived.reason}"
            self._show_stopped(
                reason if self._house.words.has(reason) else "stopped.journal_not_readable", "stopped.title"
            )
            log.error("stopped", extra={"reason": arrived.reason})
            return
        if isinstance(arrived, SupportFileMade):
            self._is_making_file = False
            if self._stopped is not None:
                self.cashier.show_stopped(present_stopped(self._house, *self._stopped, arrived.path))
            self._room.offer(arrived)
            return
        assert isinstance(arrived, Snapshot)
        is_first = self._snapshot is None
        self._snapshot = arrived
        self._show()
        if is_first:
            QTimer.singleShot(WORLD_DELAY_MS, self, self._start_world)
        self._save_papers(arrived)

    def _show(self) -> None:
        if self._snapshot is None:
            return
        now = self._clock.now()
        view = self._cashier_presenter.present(self._snapshot, now)
        self.cashier.show_view(view)
        if isinstance(view.panel, ShopPanel):
            self.owner.open()
        if self._is_world_started and self._settings.customer_screen.is_shown:
            # Once the cashier's window is painted: a scan is 2 ms sooner on it.
            self._customer_turn.start()

    def _show_customer(self) -> None:
        if self._snapshot is not None:
            self.customer.show_view(self._customer_presenter.present(self._snapshot, self._clock.now()))
            code, fault = self._snapshot.around.code, self._snapshot.around.code_fault
            if code is not None and fault is None and self.customer.lacks_code(code.reference):
                self._room.offer(CodeNotShown(code.reference))

    def _ask(self, wish: object) -> None:
        if isinstance(wish, ShowReceipt):
            sale = self._snapshot.state.sales.get(wish.sale) if self._snapshot else None
            if sale is not None and sale.is_completed:
                self.cashier.show_receipt(present_receipt(self._house, receipt_of(sale)))
            return
        if isinstance(wish, MakeSupportFile):
            self._make_support_file()
            return
        self._room.offer(wish)

    def _make_support_file(self) -> None:
        """Have the file for support made in the background: it reads logs and asks every port; one at a time."""
        if self._is_making_file:
            return
        self._is_making_file = True
        state = self._snapshot.state if self._snapshot is not None else None
        screens = [f"{one.name()} {one.size().width()}x{one.size().height()}" for one in self._app.screens()]
        now = self._clock.now()
        path = self._folders.support / f"till-support-{self._house.figures.file_stamp(now)}.zip"
        settings, folders, publish = self._settings, self._folders, self._bridge.publish

        def make() -> None:
            from till import diagnostics  # only where somebody asks

            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                bundle = diagnostics.collect_of(settings, folders, state, version=VERSION, now=now, screens=screens)
                diagnostics.write(bundle, path)
            except OSError:
                log.exception("file for support not written")
                publish(SupportFileMade(""))
            else:
                publish(SupportFileMade(str(path)))

        QThreadPool.globalInstance().start(make)

    def _save_papers(self, snapshot: Snapshot) -> None:
        """Write the receipts of sales that have just been completed, and the newest report of a day."""
        for sale in snapshot.state.sales.values():
            if sale.receipt_number is not None and f"receipt {sale.receipt_number}" not in self._saved:
                self._saved.add(f"receipt {sale.receipt_number}")
                self._save(present_receipt(self._house, receipt_of(sale)))
        report = snapshot.state.day.report
        if report is not None and f"report {report.at}" not in self._saved:
            self._saved.add(f"report {report.at}")
            self._save(present_report(self._house, report))

    def _save(self, view: ReceiptView) -> None:
        """Write a paper unless it is there, in the background: a PDF takes a few frames."""
        path = self._folders.receipts / f"{view.name}.pdf"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            QThreadPool.globalInstance().start(lambda: save_receipt(view, path))

    def let_go(self, _: object = None) -> None:
        """Close without asking: the system ends the session. What is open stays open in the journal."""
        self.cashier.may_close = True

    def _close(self) -> None:
        """Close, asking first where payments are open: they stay open, and are taken up at the next start."""
        words = self._house.words
        count = len(self._snapshot.state.open_payments) if self._snapshot else 0
        if count:
            from PySide6.QtWidgets import QMessageBox  # its names cost the start 2 ms

            box = QMessageBox(self.cashier)
            box.setText(words.say("closing.title"))
            box.setInformativeText(words.say("closing.text", count=str(count)))
            leave = box.addButton(words.say("closing.leave"), QMessageBox.ButtonRole.AcceptRole)
            box.addButton(words.say("closing.stay"), QMessageBox.ButtonRole.RejectRole)
            box.exec()
            if box.clickedButton() is not leave:
                return
        self.cashier.may_close = True
        self.cashier.close()
        self.customer.close()
        self._app.quit()

    def _show_crash(self) -> None:
        self._show_stopped("stopped.crash", "stopped.crash_title")

    def _show_stopped(self, key: str, title: str) -> None:
        self._stopped = (key, title)
        self.cashier.show_stopped(present_stopped(self._house, key, title))


def _nothing() -> None:
    """End a watch that has not begun."""


def run(settings: Settings, folders: Folders, secrets: SecretStore) -> int:
    """Run the till until its window is closed; return the exit status."""
    app = QApplication.instance() or QApplication(["till"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    till = DesktopTill(app, settings, folders, secrets)
    till.start()
    QTimer.singleShot(FREEZE_MS, set_aside)
    status = app.exec()
    till.stop()
    return status


def set_aside() -> None:
    """Let the collector begin with what comes: what the start made lives as long as the till, and is not looked at again."""
    gc.freeze()
    gc.enable()


def make_house(settings: Settings) -> House:
    """Return what the presenters need to know, with the words of the settings' language."""
    words = Words(read_words(settings.till.language), brand=settings.brand)
    return House(
        shop=settings.shop.name,
        till=settings.till.name,
        market=settings.shop.market,
        words=words,
        figures=Figures(words),
        is_test=settings.vipps.mode is Mode.TEST,
        is_push_allowed=settings.vipps.is_push_allowed,
        has_customer_screen=settings.customer_screen.is_shown,
        starts_on_scan=settings.vipps.starts_on_scan,
        organisation_number=settings.shop.organisation_number,
        address=settings.shop.address,
        is_vat_registered=settings.shop.is_vat_registered,
        sells_at_a_distance=settings.vipps.sells_at_a_distance,
        stores=settings.known_stores,
        day_close=settings.till.day_close,
    )


def read_words(language: str) -> dict[str, object]:
    """Return a language's table of words; a language without one is answered in English."""
    path: Path = resource_path(f"words/{language}.toml")
    if not path.is_file():
        path = path.with_name("en.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
