"""The GUI thread's heartbeat: how late a 5 ms timer is while the world outside misbehaves."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from tests.outside.proxy import READ, Fault, FaultProxy
from till.app import DesktopTill
from till.demo import DemoKeys, Sandbox, make_demo_shop
from till.domain.intents import AddArticle, StartPayment
from till.domain.payment import Flow, Waiting
from till.engine.wishes import NextSale
from till.logs import start_log, stop_log

BEAT_MS = 5
WAIT_S = 30.0
KEPT: list[DesktopTill] = []


class ShopBehindProxy:
    """Both windows over a real engine room, with a proxy between it and the sandbox."""

    def __init__(self, app: QApplication, sandbox: Sandbox, proxy: FaultProxy, folder: Path) -> None:
        self._app = app
        self._sandbox = sandbox
        self._proxy = proxy
        through = Sandbox(proxy.base_url, sandbox.msn, "", sandbox.keys, sandbox.customers)
        settings, folders = make_demo_shop("NO", through, folder)
        self.till = DesktopTill(app, settings, folders, DemoKeys(through))

    def beats_during(self, fault: Fault) -> list[float]:
        """Start a payment, let the fault strike the next read, and return how many ms late each beat was meanwhile."""
        self.till.ask(NextSale())
        self.till.ask(AddArticle("1001"))
        self.till.ask(StartPayment(Flow.CUSTOMER_SCREEN))
        self.until(lambda: self.till.customer.shows_code and self._is_waiting())
        self._proxy.strike_at(fault, READ)
        self.until(self._proxy.has_struck.is_set)
        late = beats(fault.seconds)
        self._proxy.switch_off()
        return late

    def finish(self) -> None:
        """Let the customer approve, and wait until the sale is complete."""
        payment = self.till.snapshot.state.payment
        self._sandbox.post(f"/_sandbox/payments/{payment.terms.reference}/approve")
        self.until(lambda: self.till.snapshot.state.sale.is_completed)

    def until(self, condition: object) -> None:
        """Let the windows live until a condition holds."""
        end = time.monotonic() + WAIT_S
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < end, "waited in vain"
            self._app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
            time.sleep(0.002)

    def _is_waiting(self) -> bool:
        payment = self.till.snapshot.state.payment
        return payment is not None and isinstance(payment.state, Waiting)


@contextmanager
def shop_behind(app: QApplication, sandbox: Sandbox, proxy: FaultProxy, folder: Path) -> Iterator[ShopBehindProxy]:
    """Open the windows, and close everything again.

    The till itself lives until the process ends: destroying both windows of a whole till one by one, in whatever order the
    collector finds them, has ended the process.
    """
    log = start_log(folder / "till.log")
    shop = ShopBehindProxy(app, sandbox, proxy, folder)
    shop.till.start()
    try:
        shop.until(lambda: shop.till.snapshot is not None)
        yield shop
    finally:
        shop.till.stop()
        shop.till.cashier.may_close = True
        shop.till.cashier.close()
        shop.till.customer.close()
        stop_log(log)
        KEPT.append(shop.till)


def beats(seconds: float) -> list[float]:
    """Return how many milliseconds late each beat was for so long."""
    late: list[float] = []
    last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append(max(0.0, (now - last) * 1000 - BEAT_MS))
        last = now

    timer, loop = QTimer(), QEventLoop()
    timer.setInterval(BEAT_MS)
    timer.timeout.connect(beat)
    timer.start()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()
    timer.stop()
    return late
