"""The GUI thread's heartbeat while the network fails in ten ways, beside its floor: the same beat with an idle bare window."""

import sys
import tempfile
from pathlib import Path

from PySide6.QtWidgets import QApplication, QTableView

from benchmarks.measure import percentile
from tests.outside.heartbeat import beats, shop_behind
from tests.outside.proxy import Fault, Kind, Side, fault_proxies
from till.app import set_aside
from till.demo import running_sandbox

SECONDS = 5.0
#: What is to be held, in milliseconds: 50 at the 99th percentile, 200 at most.
LATE_MOST_MS, WORST_MS = 50.0, 200.0


def main() -> int:
    """Measure every kind of fault; return 1 if the window stood still for longer than it may."""
    app = QApplication(["benchmark"])
    app.setQuitOnLastWindowClosed(False)
    floor = measure_bare()
    show("idle bare window", floor, floor)
    is_held = True
    with (
        tempfile.TemporaryDirectory() as folder,
        running_sandbox("NO") as sandbox,
        fault_proxies(sandbox) as open_proxy,
        shop_behind(app, sandbox, open_proxy(), Path(folder)) as shop,
    ):
        set_aside()  # as `till run` does once it has started: otherwise the collector looks at the whole till now and then
        for kind in Kind:
            late = shop.beats_during(Fault(kind, Side.REPLY, SECONDS))
            shop.finish()
            show(kind.value, late, floor)
            is_held = is_held and percentile(late, 0.99) <= LATE_MOST_MS and max(late) <= WORST_MS
    return 0 if is_held else 1


def measure_bare() -> list[float]:
    """Return how late each beat is with a window that has nothing to do."""
    table = QTableView()
    table.resize(740, 640)
    table.show()
    late = beats(SECONDS)
    table.close()
    return late


def show(name: str, late: list[float], floor: list[float]) -> None:
    """Print one line of figures."""
    p999, bare = percentile(late, 0.999), percentile(floor, 0.999)
    print(
        f"heartbeat, {name:<18} p99 {percentile(late, 0.99):5.1f} ms late   p99.9 {p999:5.1f} ms (floor {bare:5.1f}, "
        f"x{p999 / bare:.1f})   worst {max(late):5.1f} ms of {len(late)} beats",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
