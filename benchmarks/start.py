"""Start to the first usable frame, and memory: `till run`, and a bare PySide6 window with a table, each in processes of their own.

The bare window shows the rows of a Python model, as the till's does. Usable: the journal is verified, the articles are open, and the
engine has answered. Memory is read when the wallet has its keys and its client too, after lines were rung up one by one as a cashier does.
"""

import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 9
END = """
import os, sys, time
def end():
    status = open("/proc/self/status").read()
    print(time.time() - float(os.environ["BEGAN"]), int(status.split("VmRSS:")[1].split()[0]) / 1024, flush=True)
    os._exit(0)
"""
BARE = """
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QTableView, QVBoxLayout, QWidget
class Rows(QAbstractTableModel):
    def rowCount(self, parent=QModelIndex()): return LINES
    def columnCount(self, parent=QModelIndex()): return 4
    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        return f"{index.row()} {index.column()}" if role == Qt.ItemDataRole.DisplayRole else None
app = QApplication([])
window = QWidget(); box = QVBoxLayout(window); table = QTableView(); rows = Rows(); table.setModel(rows)
box.addWidget(table)
for number in range(12): box.addWidget(QPushButton(str(number)))
window.resize(1280, 800); window.show(); app.processEvents(); window.grab()
end()
"""
#: `till run` as it is typed; `frame` is called with the till once the engine's first snapshot is in its window.
TILL = """
from contextlib import contextmanager
from till import run_command
from till.__main__ import main
logged_into = run_command.logged_into
@contextmanager
def watched(log):
    from PySide6.QtCore import QTimer
    from till import app
    class Till(app.DesktopTill):
        def _take(self, arrived):
            is_first = self.snapshot is None
            super()._take(arrived)
            if is_first: QTimer.singleShot(0, lambda: frame(self))
    app.DesktopTill = Till
    with logged_into(log): yield
run_command.logged_into = watched
sys.argv[1:] = ["--settings", sys.argv[1], "run"]
main()
"""
FRAME = """
def frame(till):
    till.cashier.grab()
    end()
"""
FILL = """
def frame(till):
    from PySide6.QtWidgets import QApplication
    from till.domain.intents import AddArticle
    finish = time.time() + 3
    while time.time() < finish: QApplication.processEvents()
    for number in range(LINES):
        till.ask(AddArticle(f"{number + 1:05}"))
        while till.snapshot.state.sale is None or len(till.snapshot.state.sale.basket.lines) <= number:
            QApplication.processEvents()
    QApplication.processEvents()
    till.cashier.grab()
    end()
"""


def run(program: str, *arguments: str) -> tuple[float, float]:
    """Return seconds from the process's start to its frame, and its memory in MiB."""
    import time

    environment = {
        **os.environ,
        "BEGAN": str(time.time()),
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
    }
    done = subprocess.run(
        [sys.executable, "-c", END + program, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def main() -> None:
    """Measure both, one after the other, so that a busy machine is busy for both."""
    from pathlib import Path

    from tests.doubles.articles import many_articles
    from till.catalogue.store import write_catalogue
    from till.settings.secrets import SecretName
    from till.settings.template import settings_text

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        settings = path / "till.toml"
        text = settings_text(market="NO", msn="900001", shop="Shop")
        keys = path / "keys.toml"
        keys.write_text("".join(f'"{name.of("900001")}" = "none"\n' for name in SecretName))
        keys.chmod(0o600)
        secrets = f'[secrets]\nstore = "file"\nfile = "{keys}"\n'
        settings.write_text(f'{text}\n[data]\nfolder = "{folder}"\n\n{secrets}')
        write_catalogue(path / "articles.db", many_articles(10_000))
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(run(FRAME + TILL, str(settings)))
            bare.append(run(BARE.replace("LINES", "200")))
        start, floor = statistics.median(one[0] for one in ours), statistics.median(one[0] for one in bare)
        print(f"start to first usable frame   {start:.3f} s (bare window {floor:.3f} s, x{start / floor:.2f})")
        for lines in (50, 500):
            fill = FILL.replace("LINES", str(lines))
            memory = statistics.median(_fresh(path, settings, fill) for _ in range(3))
            bare_memory = statistics.median(run(BARE.replace("LINES", str(lines)))[1] for _ in range(3))
            print(
                f"memory after {lines:>3} lines         {memory:.0f} MiB (bare window {bare_memory:.0f} MiB, x{memory / bare_memory:.2f})"
            )


def _fresh(folder: object, settings: object, fill: str) -> float:
    from pathlib import Path

    data = Path(str(folder))
    for path in (data / "journal.db", data / "journal.db-wal", data.parent / f"{data.name}.mark"):
        path.unlink(missing_ok=True)
    return run(fill + TILL, str(settings))[1]


if __name__ == "__main__":
    main()
