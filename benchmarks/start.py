"""Start to the first usable frame, and memory: the till, and a bare PySide6 window with a table, each in processes of their own.

Memory is read when the wallet has started too, after lines were rung up one by one as a cashier does.
"""

import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 9
BARE = """
import os, time
from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem, QWidget, QVBoxLayout, QPushButton
app = QApplication([])
window = QWidget(); box = QVBoxLayout(window); table = QTableWidget(LINES, 4)
for row in range(LINES):
    for column in range(4): table.setItem(row, column, QTableWidgetItem(f"{row} {column}"))
box.addWidget(table)
for number in range(12): box.addWidget(QPushButton(str(number)))
window.resize(1280, 800); window.show(); app.processEvents(); window.grab()
"""
TILL = """
import sys, time, pathlib
from PySide6.QtWidgets import QApplication
from till.app import DesktopTill
from till.settings.file import load
from till.settings.paths import data_folder
from till.settings.secrets import open_store
from till.domain.intents import AddArticle
settings = load(pathlib.Path(sys.argv[1]))
app = QApplication([])
till = DesktopTill(app, settings, data_folder(settings.data.folder, "kasse1"), open_store(settings.secrets))
till.start()
while till.snapshot is None: app.processEvents()
app.processEvents(); till.cashier.grab()
"""
END = """
status = open("/proc/self/status").read()
rss = int(status.split("VmRSS:")[1].split()[0]) / 1024
print(time.time() - float(os.environ["BEGAN"]), rss, flush=True)
os._exit(0)
"""
FILL = """
end = time.time() + 2
while time.time() < end: app.processEvents()
for number in range(LINES):
    till.ask(AddArticle(f"{number + 1:05}"))
    while till.snapshot.state.sale is None or len(till.snapshot.state.sale.basket.lines) <= number: app.processEvents()
app.processEvents(); till.cashier.grab()
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
        [sys.executable, "-c", "import os, time\n" + program + END, *arguments],
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
    from till.settings.template import settings_text

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        settings = path / "till.toml"
        text = settings_text(market="NO", msn="900001", shop="Shop")
        settings.write_text(f'{text}\n[data]\nfolder = "{folder}"\n')
        write_catalogue(path / "articles.db", many_articles(10_000))
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(run(TILL, str(settings)))
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
    return run(TILL + fill, str(settings))[1]


if __name__ == "__main__":
    main()
