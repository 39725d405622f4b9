"""Real windows while the network is silent or drips; `benchmarks/heartbeat.py` has the strict figures."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.outside.heartbeat import shop_behind
from tests.outside.proxy import Fault, Kind, Side, fault_proxies
from till.demo import running_sandbox

pytestmark = [pytest.mark.gui, pytest.mark.whole]
SECONDS = 1.5
#: Generous, since machines are noisy: a window that waited for the network would be late by seconds.
LATE_MOST_MS, WORST_MS = 200.0, 1500.0
FAULTS = [
    Fault(kind, side, SECONDS)
    for kind, side in (
        (Kind.SILENCE, Side.REQUEST),
        (Kind.SILENCE, Side.REPLY),
        (Kind.DRIP_HEAD, Side.REPLY),
        (Kind.DRIP_BODY, Side.REPLY),
    )
]


def test_the_window_lives_while_the_network_is_silent_or_drips(qtbot: QtBot, tmp_path: Path) -> None:
    """Fault catalogue C4, C6; invariant I10."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    with (
        running_sandbox("NO") as sandbox,
        fault_proxies(sandbox) as open_proxy,
        shop_behind(app, sandbox, open_proxy(), tmp_path) as shop,
    ):
        for fault in FAULTS:
            late = sorted(shop.beats_during(fault))
            shop.finish()
            worst, p999, p99 = late[-1], late[int(len(late) * 0.999)], late[int(len(late) * 0.99)]
            print(
                f"{fault.kind.value} of the {fault.side.value}: p99.9 {p999:.1f} ms late, worst {worst:.1f} ms "
                f"of {len(late)} beats"
            )
            assert p99 < LATE_MOST_MS
            assert worst < WORST_MS
