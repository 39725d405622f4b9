"""A reader is opened again with growing pauses, whatever it raises, and its states are told once each."""

import logging
import queue
import threading

import pytest

from tests.doubles.reader import CountedPauses, ScriptedReader
from till.devices.supervisor import REOPEN_MOST_S, ReaderSupervisor
from till.engine.ports import RawScan, ReaderChanged, ReaderLost, ReaderState, RefusedScan, ScanRefusal

WAIT_S = 15
OPENING, READY, LOST = (
    ReaderChanged("scanner", state) for state in (ReaderState.OPENING, ReaderState.READY, ReaderState.LOST)
)


def run(reader: ScriptedReader, pauses: CountedPauses) -> list[object]:
    """Run a supervisor until its pauses are used up; return all that it delivered."""
    arrived: queue.Queue[object] = queue.Queue()
    supervisor = ReaderSupervisor("scanner", reader, arrived.put, pause=pauses)
    supervisor.start()
    assert pauses.used_up.wait(WAIT_S)
    supervisor._stopping.set()
    pauses.let_go(supervisor.stop)
    assert not supervisor._thread.is_alive()
    return [arrived.get() for _ in range(arrived.qsize())]


def test_pauses_grow_to_a_limit_while_the_reader_is_absent() -> None:
    """Known pain 24."""
    reader, pauses = ScriptedReader([], open_error=ReaderLost()), CountedPauses(6)
    assert run(reader, pauses) == [OPENING, LOST]
    assert pauses.seconds == [0.5, 1.0, 2.0, 4.0, REOPEN_MOST_S, REOPEN_MOST_S]
    assert reader.closed == reader.opened == 6


def test_a_reader_that_opens_but_cannot_be_read_is_not_tried_ever_faster() -> None:
    pauses = CountedPauses(4)
    run(ScriptedReader([]), pauses)
    assert pauses.seconds == [0.5, 1.0, 2.0, 4.0]


def test_pauses_begin_anew_after_a_reader_has_been_read() -> None:
    scan, refused = RawScan("70311235"), RefusedScan(9, ScanRefusal.NOT_TEXT)
    pauses = CountedPauses(3)
    delivered = run(ScriptedReader([ReaderLost(), (scan,), (), (refused,), ReaderLost(), ReaderLost()]), pauses)
    assert delivered == [OPENING, READY, LOST, READY, scan, refused, LOST, READY, LOST]
    assert pauses.seconds == [0.5, 0.5, 1.0]


@pytest.mark.parametrize("where", ["open", "read", "close"])
def test_a_bug_in_a_reader_does_not_silence_it(where: str, caplog: pytest.LogCaptureFixture) -> None:
    bug = ZeroDivisionError()
    reader = ScriptedReader([bug] * 5 if where == "read" else [], open_error=bug if where == "open" else None)
    reader.close_error = bug if where == "close" else None
    pauses = CountedPauses(3)
    with caplog.at_level(logging.CRITICAL, "till.devices"):
        delivered = run(reader, pauses)
    assert delivered[-1] == LOST
    assert reader.opened == 3
    assert len(pauses.seconds) == 3


def test_stopping_ends_a_long_pause_at_once() -> None:
    lost = threading.Event()
    supervisor = ReaderSupervisor(
        "scanner", ScriptedReader([], open_error=ReaderLost()), lambda told: lost.set() if told == LOST else None
    )
    supervisor.start()
    assert lost.wait(WAIT_S)
    supervisor.stop()
    assert not supervisor._thread.is_alive()


def test_a_supervisor_that_was_never_started_can_be_stopped() -> None:
    ReaderSupervisor("scanner", ScriptedReader([]), lambda _: None).stop()
