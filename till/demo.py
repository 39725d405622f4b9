"""The demo: a small shop, the till's windows, and the sandbox beside them; by hand, or three sales by script."""

import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from till.catalogue.importer import read_articles
from till.catalogue.store import write_catalogue
from till.domain.payment import Captured, Flow, Waiting
from till.domain.secret import Secret
from till.engine.ports import ReaderState
from till.resource_files import resource_path
from till.settings.file import parse
from till.settings.model import Settings
from till.settings.paths import Folders
from till.settings.secrets import SecretName
from till.settings.template import settings_text

if TYPE_CHECKING:
    from till.app import DesktopTill
    from till.engine.snapshot import Snapshot

#: How long the script waits for any one thing.
STEP_S = 30.0
SANDBOX_START_S = 20.0


class DemoFailed(Exception):
    """Something that the demo waited for did not come; the text says what."""


class Sandbox(Struct, frozen=True):
    """A running sandbox and what it told about itself."""

    base_url: str
    msn: str
    phone_url: str
    keys: dict[SecretName, Secret]
    customers: tuple[dict[str, str], ...]
    pid: int = 0

    def post(self, path: str, body: dict[str, object] | None = None) -> None:
        """Use the sandbox's control."""
        request = urllib.request.Request(  # noqa: S310  # the address is our own sandbox's
            self.base_url + path, data=json.dumps(body or {}).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=STEP_S) as answer:  # noqa: S310
            answer.read()

    def payments(self) -> list[dict[str, object]]:
        """Return what the sandbox knows of every payment."""
        with urllib.request.urlopen(self.base_url + "/_sandbox/payments", timeout=STEP_S) as answer:  # noqa: S310
            seen: list[dict[str, object]] = json.loads(answer.read())
        return seen


class DemoKeys:
    """The sandbox's keys, in memory: they are worth nothing, and go with it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._kept = {name.of(sandbox.msn): secret for name, secret in sandbox.keys.items()}

    def get(self, name: str) -> Secret | None:
        """Return a key of the sandbox."""
        return self._kept.get(name)

    def put(self, name: str, secret: Secret) -> None:
        """Keep a key for as long as the demo runs."""
        self._kept[name] = secret

    def delete(self, name: str) -> None:
        """Forget a key."""
        self._kept.pop(name, None)


@contextmanager
def running_sandbox(market: str) -> Iterator[Sandbox]:
    """Run a sandbox on a free port for as long as the block lasts."""
    command = [sys.executable, "-m", "till", "sandbox", "--port", "0", "--json", "--market", market]
    process = subprocess.Popen(  # noqa: S603  # our own program
        [*command, "--until-stdin-closes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise DemoFailed("the sandbox did not start")
        told = json.loads(line)
        keys = {name: Secret(told[name.value]) for name in SecretName}
        yield Sandbox(told["base_url"], told["msn"], told["phone_url"], keys, tuple(told["customers"]), process.pid)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(SANDBOX_START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def run_demo_windows(market: str) -> int:
    """Open the till over a fresh demo shop; print where the customer's phone is."""
    from till.app import run

    with tempfile.TemporaryDirectory(prefix="till-demo-") as folder, running_sandbox(market) as sandbox:
        settings, folders = make_demo_shop(market, sandbox, Path(folder))
        print(f"The customer's phone: {sandbox.phone_url}", flush=True)
        print("Scan or pick articles, press F12, and approve on that page. Close the window to end.", flush=True)
        return run(settings, folders, DemoKeys(sandbox))


def make_demo_shop(market: str, sandbox: Sandbox, folder: Path, *, scanner_port: str = "") -> tuple[Settings, Folders]:
    """Lay out a demo shop in a folder: settings, and the market's articles."""
    shop = tomllib.loads(resource_path("demo/shops.toml").read_text(encoding="utf-8"))[market]
    extra = (
        "distance_sales = true\n\n[polling]\npace_percent = 400\n"  # on the phone page nobody has to take a phone out
    )
    extra += f'\n[scanner]\nkind = "serial"\nport = "{scanner_port}"\n' if scanner_port else ""
    text = settings_text(
        market=market,
        msn=sandbox.msn,
        shop=shop["name"],
        base_url=sandbox.base_url,
        till_name=shop["till"],
        extra=extra,
    )
    numbers = f'organisation_number = "{shop["organisation_number"]}"\naddress = "{shop["address"]}"\n'
    settings = parse(text.replace("\n[till]\n", f"{numbers}\n[till]\n"))
    folders = Folders(folder)
    articles = read_articles(resource_path(f"demo/{market}.csv"), settings.shop.currency)
    write_catalogue(folders.articles, articles)
    return settings, folders


def run_demo_script(market: str, out: Path) -> int:
    """Ring up three sales, one per flow, without display or person; leave pictures, receipts, journal and a summary."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    out.mkdir(parents=True, exist_ok=True)
    for name in ("journal.db", "journal.db-wal", "summary.json", "till.log"):
        (out / name).unlink(missing_ok=True)
    for old in out.glob("receipt-*.pdf"):
        old.unlink()
    try:
        with running_sandbox(market) as sandbox:
            summary = _three_sales(market, sandbox, out)
    except DemoFailed as error:
        print(f"The demo failed: {error}", file=sys.stderr)
        return 1
    (out / "summary.json").write_text(json.dumps(summary, indent=2), encoding="utf-8")
    sales = summary["sales"]
    assert isinstance(sales, list)
    is_whole = len(sales) == len(_FLOWS) and summary["open"] == 0
    is_captured = all(sale["state"] == "captured" and sale["captured"] == sale["amount"] for sale in sales)
    for sale in sales:
        print(
            f"{sale['flow']:>16}  {sale['reference']}  {sale['captured'] / 100:.2f} {sale['currency']}  {sale['state']}"
        )
    print(f"Pictures, receipts and journal: {out}")
    return 0 if is_whole and is_captured else 1


_FLOWS = (Flow.PERSONAL_QR, Flow.CUSTOMER_SCREEN, Flow.PHONE_NUMBER)


def _three_sales(market: str, sandbox: Sandbox, out: Path) -> dict[str, object]:
    import pty
    import shutil
    import tty

    from PySide6.QtWidgets import QApplication

    from till.app import DesktopTill

    scanner, port = pty.openpty()
    tty.setraw(port)
    settings, folders = make_demo_shop(market, sandbox, out, scanner_port=os.ttyname(port))
    app = QApplication.instance() or QApplication(["till"])
    assert isinstance(app, QApplication)
    till = DesktopTill(app, settings, folders, DemoKeys(sandbox))
    till.start()
    try:
        script = _Script(till, sandbox, scanner, out, _codes(folders))
        sales = [script.sell(place, flow) for place, flow in enumerate(_FLOWS)]
        still_open = len(script.snapshot.state.open_payments)
        script.open_shop()
    finally:
        till.stop()
        till.cashier.may_close = True
        till.cashier.close()
        till.customer.close()
        os.close(scanner)
        os.close(port)
    for receipt in folders.receipts.glob("*.pdf"):
        receipt.replace(out / receipt.name)
    shutil.rmtree(folders.receipts, ignore_errors=True)
    folders.articles.unlink(missing_ok=True)
    return {"sales": sales, "open": still_open}


def _codes(folders: Folders) -> list[str]:
    """Return the codes of a few everyday articles of the demo shop, as a scanner would send them."""
    from till.catalogue.store import open_catalogue
    from till.domain.catalogue import Unit

    store = open_catalogue(folders.articles)
    try:
        names = ("3011", "3017", "3141", "3035", "3121", "3091", "3181", "3051", "3065")
        articles = [store.by_plu(plu) for plu in names]
        return [
            article.gtin[1:]
            for article in articles
            if article is not None and article.gtin and article.unit is Unit.PIECE
        ]
    finally:
        store.close()


class _Script:
    """Plays cashier and customer, one step after the other."""

    def __init__(self, till: "DesktopTill", sandbox: Sandbox, scanner: int, out: Path, codes: list[str]) -> None:
        self._till = till
        self._sandbox = sandbox
        self._scanner = scanner
        self._out = out
        self._codes = codes

    @property
    def snapshot(self) -> "Snapshot":
        """The till's newest snapshot."""
        snapshot = self._till.snapshot
        if snapshot is None:
            raise DemoFailed("the till showed nothing")
        return snapshot

    def sell(self, place: int, flow: Flow) -> dict[str, object]:
        """Ring up a few articles, have them paid by one flow, and return what became of it."""
        self._until(lambda: self._till.snapshot is not None, "the till to be ready")
        self._until(lambda: ReaderState.READY in self.snapshot.around.readers.values(), "the scanner")
        self._ring_up(place)
        self._start(flow)
        self._until(lambda: self._is_in(Waiting), "the payment to wait for the customer")
        if flow is Flow.CUSTOMER_SCREEN:
            self._until(lambda: self._till.customer.shows_code, "the code on the customer's screen")
            self._picture(self._till.customer, "customer-qr")
        payment = self.snapshot.state.payment
        assert payment is not None
        reference = payment.terms.reference
        self._sandbox.post(f"/_sandbox/payments/{reference}/approve")
        self._until(lambda: self._is_in(Captured), "the money to be captured")
        self._picture(self._till.cashier, "cashier-paid")
        self._picture(self._till.customer, "customer-paid")
        seen = next(one for one in self._sandbox.payments() if one["reference"] == reference)
        return {
            "flow": flow.value,
            "reference": reference,
            "currency": payment.terms.amount.currency.value,
            "amount": payment.terms.amount.minor,
            "captured": seen["captured"],
            "state": "captured" if self._is_in(Captured) else "not captured",
        }

    def open_shop(self) -> None:
        """Open the owner's pages after the last sale, make two stickers, and take a picture."""
        from till.engine.snapshot import Panel
        from till.engine.wishes import NextSale, ShowPanel
        from till.presentation.owner_state import CodeKind, MakeCode

        self._till.ask(NextSale())
        self._till.ask(ShowPanel(Panel.SHOP))
        self._until(lambda: self.snapshot.around.panel is Panel.SHOP, "the owner's pages")
        for qr_id, place in (("bakeri", "Bakeriet"), ("kasse1", "Kasse 1")):
            self._till.owner.ask(MakeCode(CodeKind.CALLBACK, qr_id, place))
        self._until(lambda: len(self._till.owner.state.codes.codes or ()) == 2, "two stickers")
        self._picture(self._till.cashier, "owner-stickers")

    def _ring_up(self, place: int) -> None:
        codes = self._codes[place * 2 : place * 2 + 4]
        for count, code in enumerate(codes, start=1):
            os.write(self._scanner, f"]E0{code}\r".encode())
            self._until(_lines_are(self, count), f"line {count} of the basket")
        if place == 0:
            self._picture(self._till.cashier, "cashier-basket")

    def _start(self, flow: Flow) -> None:
        from till.domain.intents import StartPayment

        customer = self._sandbox.customers[0]
        if flow is Flow.PERSONAL_QR:
            os.write(self._scanner, f"]Q1{customer['personal_qr']}\r".encode())
        elif flow is Flow.PHONE_NUMBER:
            self._till.ask(StartPayment(flow, Secret(customer["phone_number"])))
        else:
            self._till.ask(StartPayment(flow))

    def count_lines(self) -> int:
        """Return how many lines the basket has."""
        sale = self.snapshot.state.sale
        return 0 if sale is None or sale.is_completed else len(sale.basket.lines)

    def _is_in(self, state: type) -> bool:
        payment = self.snapshot.state.payment
        return payment is not None and isinstance(payment.state, state)

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        """Let the windows live until a condition holds; raise DemoFailed when it does not in time."""
        from PySide6.QtCore import QEventLoop
        from PySide6.QtWidgets import QApplication

        end = time.monotonic() + STEP_S
        while not condition():
            if time.monotonic() > end:
                raise DemoFailed(f"waited in vain for {what}")
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.002)

    def _picture(self, window: object, name: str) -> None:
        from PySide6.QtWidgets import QApplication, QWidget

        assert isinstance(window, QWidget)
        QApplication.processEvents()
        window.grab().save(str(self._out / f"{name}.png"))


def _lines_are(script: _Script, count: int) -> Callable[[], bool]:
    return lambda: script.count_lines() == count
