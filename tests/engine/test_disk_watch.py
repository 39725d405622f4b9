"""The room on the journal's disk: said when it changes, looked at more often when there is little."""

import queue
from pathlib import Path

import pytest

from till import engine_room
from till.domain.faults import Fault, FaultCode
from till.engine.ports import DiskChanged
from till.engine_room import DiskWatch
from till.journal.keeping import Room


def test_little_room_none_and_room_again_are_each_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault catalogue F3."""
    monkeypatch.setattr(engine_room, "DISK_PAUSE_S", 0.01)
    monkeypatch.setattr(engine_room, "DISK_SHORT_PAUSE_S", 0.01)
    rooms = iter([Room.PLENTY, Room.LITTLE, Room.LITTLE, Room.NONE, Room.NONE])
    said: queue.Queue[object] = queue.Queue()
    watch = DiskWatch(tmp_path, said.put, look=lambda _: next(rooms, Room.PLENTY))
    watch.start()
    expected = [Fault(FaultCode.DISK_NEARLY_FULL), Fault(FaultCode.DISK_FULL), None]
    assert [said.get(timeout=5) for _ in expected] == [DiskChanged(fault) for fault in expected]
    watch.stop()
    assert said.empty()
