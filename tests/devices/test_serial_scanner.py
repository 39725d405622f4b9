"""A real serial scanner on a pseudo-terminal: read, pulled out, put back."""

import os
import pty
import queue
import tty
from pathlib import Path

from till.devices.serial_scanner import SerialOptions, SerialScanner
from till.devices.supervisor import ReaderSupervisor
from till.engine.ports import RawScan, ReaderChanged, ReaderState

WAIT_S = 15


def test_a_scanner_is_read_lost_and_found_again_by_itself(tmp_path: Path) -> None:
    """Fault catalogue H1; known pain 24."""
    link = tmp_path / "scanner"

    def plug_in() -> tuple[int, int]:
        master, slave = pty.openpty()
        tty.setraw(slave)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(slave))
        return master, slave

    arrived: queue.Queue[object] = queue.Queue()
    supervisor = ReaderSupervisor("scanner", SerialScanner(SerialOptions(str(link))), arrived.put)
    master, slave = plug_in()
    supervisor.start()
    assert arrived.get(timeout=WAIT_S) == ReaderChanged("scanner", ReaderState.OPENING)
    assert arrived.get(timeout=WAIT_S) == ReaderChanged("scanner", ReaderState.READY)
    os.write(master, b"]E07038010001659\r]Q1https://qr.vipps.no/p/abc\r7038")
    assert arrived.get(timeout=WAIT_S) == RawScan("7038010001659", "E0")
    assert arrived.get(timeout=WAIT_S) == RawScan("https://qr.vipps.no/p/abc", "Q1")
    os.close(slave)
    os.close(master)
    assert arrived.get(timeout=WAIT_S) == ReaderChanged("scanner", ReaderState.LOST)
    master, slave = plug_in()
    assert arrived.get(timeout=WAIT_S) == ReaderChanged("scanner", ReaderState.READY)
    os.write(master, b"70311235\r")
    assert arrived.get(timeout=WAIT_S) == RawScan("70311235")
    supervisor.stop()
    os.close(slave)
    os.close(master)


def test_a_scanner_that_is_not_there_is_looked_for(tmp_path: Path) -> None:
    arrived: queue.Queue[object] = queue.Queue()
    supervisor = ReaderSupervisor("scanner", SerialScanner(SerialOptions("FFFF:FFFF")), arrived.put)
    supervisor.start()
    assert arrived.get(timeout=WAIT_S) == ReaderChanged("scanner", ReaderState.OPENING)
    assert arrived.get(timeout=WAIT_S) == ReaderChanged("scanner", ReaderState.LOST)
    supervisor.stop()
