"""The whole till as a shop has it: real processes, real sockets, real files; killed and started again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from till.demo import DemoKeys, Sandbox, make_demo_shop, running_sandbox
from till.domain.intents import AddArticle, CancelOpenPayment, CompleteOpenPayment, StartPayment
from till.domain.payment import Captured, Ended, Ending, Flow, Reserved, Waiting
from till.domain.secret import Secret
from till.engine.ports import Link, LinkKind, SecretStore
from till.engine.snapshot import Snapshot
from till.engine.wishes import CheckNow, LookIntoApp
from till.engine_room import EngineRoom, Stopped
from till.journal.sqlite import SqliteJournal

pytestmark = pytest.mark.whole
WAIT_S = 30.0


class Headless:
    """A till without windows over a sandbox, driven by wishes and watched by snapshots."""

    def __init__(self, sandbox: Sandbox, folder: Path, market: str = "NO", *, keys: SecretStore | None = None) -> None:
        settings, self.folders = make_demo_shop(market, sandbox, folder)
        self.arrived: list[Snapshot | Stopped] = []
        self.room = EngineRoom(settings, self.folders, keys or DemoKeys(sandbox), self.arrived.append)
        self.room.start()
        self.room.start_world()

    def until(self, condition: Callable[[Snapshot], bool]) -> Snapshot:
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            newest = self.arrived[-1] if self.arrived else None
            if isinstance(newest, Snapshot) and condition(newest):
                return newest
            time.sleep(0.005)
        raise AssertionError(f"waited in vain; newest is {self.arrived[-1:]}")

    def pay(self, flow: Flow, customer: str = "") -> str:
        self.until(lambda _: True)
        self.room.offer(AddArticle("1001"))
        self.room.offer(AddArticle("3141"))
        self.until(lambda shot: shot.state.sale is not None and len(shot.state.sale.basket.lines) == 2)
        self.room.offer(StartPayment(flow, Secret(customer) if customer else None))
        return self.reference(Waiting)

    def reference(self, state: type) -> str:
        payment = self.until(lambda shot: self._is_in(shot, state)).state.payment
        assert payment is not None
        return payment.terms.reference

    @staticmethod
    def _is_in(shot: Snapshot, state: type) -> bool:
        return shot.state.payment is not None and isinstance(shot.state.payment.state, state)


@contextlib.contextmanager
def headless(sandbox: Sandbox, folder: Path, market: str = "NO") -> Iterator[Headless]:
    till = Headless(sandbox, folder, market)
    try:
        yield till
    finally:
        till.room.stop()


def seen(sandbox: Sandbox, reference: str) -> dict[str, object]:
    return next(one for one in sandbox.payments() if one["reference"] == reference)


@pytest.mark.parametrize("market", ["NO", "DK", "FI"])
def test_a_sale_is_captured_once_on_every_market(tmp_path: Path, market: str) -> None:
    with running_sandbox(market) as sandbox, headless(sandbox, tmp_path, market) as till:
        reference = till.pay(Flow.CUSTOMER_SCREEN)
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        till.reference(Captured)
        payment = seen(sandbox, reference)
        assert payment["captured"] == payment["amount"]
        assert len(payment["lines"]) == 3  # type: ignore[arg-type]  # two articles and a deposit


def test_a_cancelled_payment_stays_open_until_the_wallet_agrees(tmp_path: Path) -> None:
    """Requirement 25; fault catalogue A17."""
    with running_sandbox("NO") as sandbox, headless(sandbox, tmp_path) as till:
        reference = till.pay(Flow.CUSTOMER_SCREEN)
        till.room.offer(CancelOpenPayment(reference))
        shot = till.until(lambda shot: till._is_in(shot, Ended))
        assert shot.state.payment is not None
        assert shot.state.payment.state == Ended(Ending.TERMINATED)
        assert seen(sandbox, reference)["state"] == "TERMINATED"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("operation", ["create", "capture"])
def test_a_lost_answer_is_found_by_reading_and_nothing_is_doubled(tmp_path: Path, operation: str, after: bool) -> None:
    """Fault catalogue A5, A13, C5; known pain 3."""
    with running_sandbox("NO") as sandbox, headless(sandbox, tmp_path) as till:
        sandbox.post("/_sandbox/faults", {"operation": operation, "kind": "drop", "after": after})
        reference = till.pay(Flow.PHONE_NUMBER, sandbox.customers[0]["phone_number"])
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        till.reference(Captured)
        payments = sandbox.payments()
        assert len(payments) == 1
        assert payments[0]["captured"] == payments[0]["amount"]


def test_a_throttled_and_troubled_wallet_is_waited_for(tmp_path: Path) -> None:
    """Fault catalogue B1, B15, B17, B29, B36."""
    with running_sandbox("NO") as sandbox, headless(sandbox, tmp_path) as till:
        reference = till.pay(Flow.CUSTOMER_SCREEN)
        for fault in (
            {"kind": "status", "status": 503},
            {"kind": "status", "status": 429, "fields": {"Retry-After": "1"}},
            {"kind": "status", "status": 401},
            {"kind": "html", "status": 200},
            {"kind": "alter", "after": True, "fields": {"reference": "another-payment"}},
        ):
            sandbox.post("/_sandbox/faults", {"operation": "get", **fault})
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        till.reference(Captured)


PROGRAM = """
import sys, time
from pathlib import Path
from tests.whole.test_whole_till import *
sandbox = Sandbox(sys.argv[2], sys.argv[3], "", {name: Secret(key) for name, key in zip(
    __import__("till.settings.secrets", fromlist=["SecretName"]).SecretName, sys.argv[4:7])}, ())
till = Headless(sandbox, Path(sys.argv[1]))
till.pay(Flow.CUSTOMER_SCREEN)
print(till.reference(Waiting), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("is_approved", [False, True])
def test_a_till_killed_while_waiting_or_before_the_capture_takes_the_money_once(
    tmp_path: Path, is_approved: bool
) -> None:
    """Fault catalogue A8-A12, G1, G3: SIGKILL, then started again."""
    with running_sandbox("NO") as sandbox:
        if is_approved:
            # The capture never arrives before the kill: it is lost on the way.
            sandbox.post("/_sandbox/faults", {"operation": "capture", "kind": "delay", "seconds": 3, "times": 1})
        keys = [key.reveal() for key in sandbox.keys.values()]
        arguments = [sys.executable, "-c", PROGRAM, str(tmp_path), sandbox.base_url, sandbox.msn, *keys]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            reference = child.stdout.readline().strip()
            if is_approved:
                sandbox.post(f"/_sandbox/payments/{reference}/approve")
                time.sleep(1.5)
            os.kill(child.pid, signal.SIGKILL)
        with headless(sandbox, tmp_path) as till:
            if not is_approved:
                assert till.reference(Waiting) == reference
                sandbox.post(f"/_sandbox/payments/{reference}/approve")
            assert till.reference(Captured) == reference
        payment = seen(sandbox, reference)
        assert payment["captured"] == payment["amount"]
    journal = SqliteJournal.open(till.folders.journal)
    kinds = [type(fact).__name__ for fact in journal.facts()]
    journal.close()
    assert kinds.count("OperationIntended") == 1
    assert kinds.count("SaleCompleted") == 1


def ask_elsewhere(till: Headless, sandbox: Sandbox) -> str:
    """Send a request for goods that are sent later, and serve the next customer."""
    till.until(lambda _: True)
    number = Secret(sandbox.customers[0]["phone_number"])
    till.room.offer(AddArticle("1001"))
    till.room.offer(StartPayment(Flow.DISTANCE, number, timedelta(hours=1), is_sent_later=True))
    reference = till.reference(Waiting)
    till.room.offer(AddArticle("3141"))
    till.until(lambda shot: shot.state.payment is None)
    return reference


def until_it_is(till: Headless, reference: str, state: type) -> None:
    """Have the payment read until it stands so."""
    till.until(lambda shot: reference in shot.state.payments)
    till.room.offer(CheckNow(reference))
    till.until(lambda shot: isinstance(shot.state.payments[reference].state, state))


def test_a_request_outlives_a_restart_and_takes_its_money_when_the_goods_are_sent(tmp_path: Path) -> None:
    """Requirement 59."""
    with running_sandbox("NO") as sandbox:
        with headless(sandbox, tmp_path) as till:
            reference = ask_elsewhere(till, sandbox)
            assert len(seen(sandbox, reference)["lines"]) == 1  # type: ignore[arg-type]
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        with headless(sandbox, tmp_path) as till:
            until_it_is(till, reference, Reserved)
            till.room.offer(LookIntoApp(reference, Link(LinkKind.DELIVERY, "https://shop.example/42")))
            shot = till.until(lambda shot: shot.around.shown is not None and shot.around.shown.is_put)
            assert shot.around.shown is not None
            assert shot.around.shown.lines == 1
            assert seen(sandbox, reference)["captured"] == 0
            till.room.offer(CompleteOpenPayment(reference))
            until_it_is(till, reference, Captured)
        payment = seen(sandbox, reference)
        assert payment["captured"] == payment["amount"]


def test_a_request_that_nobody_answers_ends_after_its_own_time_and_not_after_ten_minutes(tmp_path: Path) -> None:
    with running_sandbox("DK") as sandbox, headless(sandbox, tmp_path, "DK") as till:
        reference = ask_elsewhere(till, sandbox)
        sandbox.post("/_sandbox/clock", {"seconds": 3000})
        until_it_is(till, reference, Waiting)
        assert seen(sandbox, reference)["state"] == "CREATED"
        sandbox.post("/_sandbox/clock", {"seconds": 700})
        until_it_is(till, reference, Ended)


def test_a_second_till_on_the_same_folder_is_told(tmp_path: Path) -> None:
    """Fault catalogue G2, G4; invariant I9."""
    with running_sandbox("NO") as sandbox, headless(sandbox, tmp_path) as till:
        till.until(lambda _: True)
        second = EngineRoom(
            make_demo_shop("NO", sandbox, tmp_path)[0], till.folders, DemoKeys(sandbox), (told := []).append
        )
        second.start()
        second._thread.join(10)
        assert told == [Stopped("journal_in_use")]


def test_the_scripted_demo_leaves_what_it_promises(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "till", "demo", "--script", "--out", str(tmp_path)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["open"] == 0
    assert [sale["flow"] for sale in summary["sales"]] == ["personal_qr", "customer_screen", "phone_number"]
    assert all(sale["captured"] == sale["amount"] > 0 for sale in summary["sales"])
    (found,) = zxingcpp.read_barcodes(Image.open(tmp_path / "customer-qr.png"))
    assert found.text.startswith("https://qr.vipps.no/s/")
    for name in ("cashier-basket.png", "cashier-paid.png", "customer-paid.png", "journal.db"):
        assert (tmp_path / name).stat().st_size > 1000
    assert len(list(tmp_path.glob("receipt-*.pdf"))) == 3
