"""The bar at the top: its words come and go."""

from pytestqt.qtbot import QtBot

from tests.ui.test_windows import Counter
from till.domain.faults import Fault, FaultCode
from till.engine.ports import DiskChanged
from till.ui.status_bar import StatusWord


def bar_words(counter: Counter) -> list[str]:
    return [word.accessibleName() for word in counter.window.findChildren(StatusWord) if word.isVisible()]


def test_a_third_word_in_the_bar_has_a_place(qtbot: QtBot) -> None:
    """Fault catalogue G2: the disk is short of room."""
    counter = Counter(qtbot)
    counter.take(DiskChanged(Fault(FaultCode.DISK_NEARLY_FULL)))
    assert "Disk: lite plass" in bar_words(counter)
    counter.take(DiskChanged(None))
    assert "Disk: lite plass" not in bar_words(counter)
