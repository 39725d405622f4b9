"""Authorisation at the sandbox to "paid" on the screen, beside its floor; and the GUI's heartbeat while the wallet is silent.

The till reads as in a shop, not as briskly as the demo does, and the customer approves after what a customer needs. The bound of
each sale: one polling interval of that moment, and two round trips (read and capture) measured bare in the same run.
"""

import os
import random
import signal
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measure import percentile
from benchmarks.scan_to_line import wait, wait_s
from till.app import DesktopTill
from till.demo import DemoKeys, make_demo_shop, running_sandbox
from till.domain.intents import AddArticle, StartPayment
from till.domain.payment import Flow
from till.engine.wishes import NextSale
from till.settings.model import PollingSettings
from till.vipps.pacing import Rhythm

SALES = 12
#: When the customers approve, in seconds after the code is shown: from the quickest to the usual.
APPROVED_S = (5.0, 15.0)
#: What the till itself may take, beside waiting for the next read and for the network.
OWN_MS = 50.0
SILENCE_S = 8.0


def main() -> None:
    """Measure payments, then cut the wallet off and measure the window."""
    app = QApplication(["benchmark"])
    app.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as folder, running_sandbox("NO") as sandbox:
        settings, folders = make_demo_shop("NO", sandbox, Path(folder))
        settings = replace(settings, polling=PollingSettings())
        till = DesktopTill(app, settings, folders, DemoKeys(sandbox))
        till.start()
        wait(app, lambda: till.snapshot is not None)
        wait_s(app, 1.0)
        chance = random.Random(1)
        sales = [pay(app, till, sandbox, chance.uniform(*APPROVED_S)) for _ in range(SALES)]
        trip = statistics.median(round_trip(sandbox.base_url) for _ in range(20))
        took = [took for took, _ in sales]
        shares = [took / (interval + 2 * trip + OWN_MS) for took, interval in sales]
        print(f"authorised to paid: median {statistics.median(took):.0f} ms, worst {max(took):.0f} ms")
        print(
            f"bound: the interval of the moment + 2 round trips of {trip:.1f} ms + {OWN_MS:.0f} ms;"
            f" kept by {sum(share <= 1 for share in shares)} of {SALES}, worst is x{max(shares):.2f}"
        )
        late = heartbeat_in_silence(app, till, sandbox.pid)
        print(
            f"heartbeat while the wallet is silent: p99 {percentile(late, 0.99):.1f} ms late, p99.9 {percentile(late, 0.999):.1f} ms, worst {max(late):.1f} ms of {len(late)} beats"
        )
        till.stop()
        till.cashier.may_close = True
        till.cashier.close()
        till.customer.close()


def pay(app: QApplication, till: DesktopTill, sandbox: object, after_s: float) -> tuple[float, float]:
    """Return milliseconds from the customer's approval to the painted "paid", and the longest pause that ends then."""
    till.ask(NextSale())
    till.ask(AddArticle("1001"))
    till.ask(StartPayment(Flow.CUSTOMER_SCREEN))
    wait(app, lambda: till.customer.shows_code)
    wait_s(app, after_s)
    payment = till.snapshot.state.payment
    sandbox.post(f"/_sandbox/payments/{payment.terms.reference}/approve")
    began = time.perf_counter()
    wait(app, lambda: till.snapshot.state.sale.is_completed)
    app.processEvents()
    took_ms = (time.perf_counter() - began) * 1000
    # The read before the approval was a moment ago, when another pause may have held.
    pauses_s = [Rhythm().pause_s(shows_code=True, age_s=age_s) for age_s in (after_s - 2, after_s)]
    return took_ms, max(pauses_s) * 1000


def round_trip(base_url: str) -> float:
    """Return milliseconds of one bare exchange with the sandbox."""
    began = time.perf_counter()
    with urllib.request.urlopen(base_url + "/_sandbox/calls") as answer:
        answer.read()
    return (time.perf_counter() - began) * 1000


def heartbeat_in_silence(app: QApplication, till: DesktopTill, sandbox_pid: int) -> list[float]:
    """Return how many milliseconds late each beat of a 5 ms timer was while the wallet answered nothing."""
    till.ask(NextSale())
    till.ask(AddArticle("1001"))
    till.ask(StartPayment(Flow.CUSTOMER_SCREEN))
    wait(app, lambda: till.customer.shows_code)
    os.kill(sandbox_pid, signal.SIGSTOP)
    late: list[float] = []
    last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append(max(0.0, (now - last) * 1000 - 5))
        last = now

    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(beat)
    timer.start()
    QTimer.singleShot(int(SILENCE_S * 1000), lambda: app.exit(0))
    app.exec()
    timer.stop()
    os.kill(sandbox_pid, signal.SIGCONT)
    return late


if __name__ == "__main__":
    main()
