"""Last byte of a scan to the painted line, with 10,000 articles and a basket of 1 and of 300 lines.

Ours: a pseudo-terminal as the scanner, the real reader, engine, journal and window. Floor: the same look-up in bare SQLite, one
synced append, and a bare QTableView that appends a row and paints it, in the same process and the same run.
"""

import os
import pty
import sqlite3
import sys
import tempfile
import time
import tty
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QTableView

from benchmarks.measure import report
from tests.doubles.articles import many_articles
from till.app import DesktopTill, set_aside
from till.catalogue.store import write_catalogue
from till.domain.secret import Secret
from till.settings.file import parse
from till.settings.paths import Folders
from till.settings.template import settings_text

SCANS = 200
ARTICLES = many_articles(10_000)


class NoKeys:
    """A key store with nothing in it: no payment is made here."""

    def get(self, _: str) -> Secret | None:
        """Return nothing."""
        return None

    def put(self, name: str, secret: Secret) -> None:
        """Keep nothing."""

    def delete(self, name: str) -> None:
        """Forget nothing."""


def main() -> None:
    """Measure both basket sizes."""
    app = QApplication(["benchmark"])
    app.setQuitOnLastWindowClosed(False)
    for lines in (1, 300):
        ours = measure_till(app, lines)
        floor = measure_bare(app, lines)
        print(f"first scan after the start: {ours[0]:.2f} ms", flush=True)
        report(f"scan to painted line, basket of {lines}", ours[1:], floor)


def measure_till(app: QApplication, lines: int) -> list[float]:
    """Return milliseconds per scan."""
    scanner, port = pty.openpty()
    tty.setraw(port)
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        folders = Folders(Path(folder))
        write_catalogue(folders.articles, ARTICLES)
        extra = f'\n[scanner]\nkind = "serial"\nport = "{os.ttyname(port)}"\n'
        settings = parse(settings_text(market="NO", msn="900001", shop="Shop", extra=extra))
        till = DesktopTill(app, settings, folders, NoKeys())
        till.start()
        wait(app, lambda: till.snapshot is not None and bool(till.snapshot.around.readers))
        wait_s(app, 0.5)
        set_aside()
        table = till.cashier.findChild(QTableView)
        assert table is not None
        painted = PaintWatch(table)
        for number in range(lines - 1):
            scan(app, till, scanner, number)
        for number in range(lines - 1, lines - 1 + SCANS):
            began = time.perf_counter()
            os.write(scanner, code(number))
            wait(app, lambda number=number: painted.rows == number + 1)
            took.append((time.perf_counter() - began) * 1000)
            wait_s(app, 0.01)
        till.stop()
        till.cashier.may_close = True
        till.cashier.close()
        till.customer.close()
        till.deleteLater()
    os.close(scanner)
    os.close(port)
    return took


def measure_bare(app: QApplication, lines: int) -> list[float]:
    """Return milliseconds per scan done bare."""
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        articles = sqlite3.connect(f"{folder}/a.db", isolation_level=None)
        articles.execute("create table a (gtin text primary key, name text, price integer) without rowid")
        articles.execute("begin")
        articles.executemany("insert into a values (?, ?, ?)", [(one.gtin, one.name, 1) for one in ARTICLES])
        articles.execute("commit")
        journal = sqlite3.connect(f"{folder}/j.db", isolation_level=None)
        journal.executescript("pragma locking_mode=exclusive; pragma journal_mode=wal; pragma synchronous=full;")
        journal.execute("create table j (n integer primary key, body text)")
        model, table = QStandardItemModel(0, 4), BareTable()
        table.setModel(model)
        table.resize(740, 640)
        table.show()
        for number in range(lines - 1 + SCANS):
            began = time.perf_counter()
            row = articles.execute("select * from a where gtin = ?", (ARTICLES[number].gtin,)).fetchone()
            journal.execute("begin immediate")
            journal.execute("insert into j (body) values (?)", (str(row) * 8,))
            journal.execute("commit")
            table.painted = False
            model.appendRow([QStandardItem(str(part)) for part in (1, row[1], row[2], row[2])])
            table.scrollToBottom()
            wait(app, lambda: table.painted)
            if number >= lines - 1:
                took.append((time.perf_counter() - began) * 1000)
        table.close()
        articles.close()
        journal.close()
    return took


class BareTable(QTableView):
    """A table that tells when it has painted."""

    painted = False

    def paintEvent(self, event: object) -> None:  # noqa: N802
        """Paint, and tell."""
        super().paintEvent(event)  # type: ignore[arg-type]
        self.painted = True


class PaintWatch(QObject):
    """Notes how many rows the basket had when it was last painted."""

    def __init__(self, table: QTableView) -> None:
        super().__init__()
        self.rows = 0
        self._table = table
        table.viewport().installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802
        """Note a paint event; the painting itself follows in the same turn of the loop."""
        if event.type() == QEvent.Type.Paint:
            self.rows = self._table.model().rowCount()
        return False


def scan(app: QApplication, till: DesktopTill, scanner: int, number: int) -> None:
    """Scan one article and wait for its line."""
    os.write(scanner, code(number))
    wait(
        app,
        lambda: (
            till.snapshot is not None
            and till.snapshot.state.sale is not None
            and len(till.snapshot.state.sale.basket.lines) > number
        ),
    )


def code(number: int) -> bytes:
    """Return what a scanner sends for an article."""
    gtin = ARTICLES[number].gtin
    assert gtin is not None
    return f"]E0{gtin[1:]}\r".encode()


def wait(app: QApplication, condition: object) -> None:
    """Let the windows live until a condition holds; asleep between events as a till is, so that no thread is held up."""
    end = time.perf_counter() + 20
    beat = QTimer()
    beat.start(50)
    while not condition():  # type: ignore[operator]
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.perf_counter() > end:
            sys.exit("waited in vain")


def wait_s(app: QApplication, seconds: float) -> None:
    """Let the windows live for a while."""
    is_over: list[bool] = []
    QTimer.singleShot(round(seconds * 1000), lambda: is_over.append(True))
    wait(app, lambda: bool(is_over))


if __name__ == "__main__":
    main()
