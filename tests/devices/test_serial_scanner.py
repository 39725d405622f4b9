"""A real serial scanner on a pseudo-terminal: read, pulled out, put back."""

import os
import pty
import queue
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from till.devices.serial_scanner import SerialOptions, SerialScanner
from till.devices.supervisor import ReaderSupervisor
from till.engine.ports import RawScan, ReaderChanged, ReaderLost, ReaderState

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


@contextmanager
def plugged_in() -> Iterator[tuple[int, SerialScanner]]:
    """A scanner open on a pseudo-terminal: the end to write to, and the scanner."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    scanner = SerialScanner(SerialOptions(os.ttyname(slave)))
    scanner.open()
    try:
        yield master, scanner
    finally:
        scanner.close()
        os.close(slave)
        os.close(master)


def read_until(scanner: SerialScanner, count: int) -> list[object]:
    found: list[object] = []
    for _ in range(200):
        found.extend(scanner.read())
        if len(found) >= count:
            break
    return found


def test_ten_codes_written_at_once_are_ten_scans() -> None:
    """Known pain 15."""
    codes = [f"70380100{number:05}" for number in range(10)]
    with plugged_in() as (master, scanner):
        os.write(master, "".join(f"{code}\r\n" for code in codes).encode())
        assert read_until(scanner, 10) == [RawScan(code) for code in codes]


def test_a_stall_of_400_ms_in_the_middle_does_not_cut_a_code() -> None:
    """Known pain 13: the port has shown its terminator once."""
    with plugged_in() as (master, scanner):
        os.write(master, b"70311235\r")
        assert read_until(scanner, 1) == [RawScan("70311235")]
        os.write(master, b"https://qr.vipps")
        stalled = threading.Event()
        found: list[object] = []
        timer = threading.Timer(0.4, stalled.set)
        timer.start()
        while not stalled.is_set():
            found.extend(scanner.read())
        timer.join()
        os.write(master, b".no/p/abc\r")
        assert found + read_until(scanner, 1) == [RawScan("https://qr.vipps.no/p/abc")]


def test_a_scanner_without_a_terminator_is_read_and_says_so() -> None:
    with plugged_in() as (master, scanner):
        os.write(master, b"7038010001659")
        assert read_until(scanner, 1) == [RawScan("7038010001659", is_terminated=False)]


def test_a_port_that_another_program_has_is_lost_until_it_is_free() -> None:
    with plugged_in() as (_, scanner), pytest.raises(ReaderLost):
        SerialScanner(scanner._options).open()


def test_closing_a_port_that_is_gone_raises_nothing() -> None:
    with plugged_in() as (_, scanner):
        assert scanner._port is not None
        scanner._port.close()
        with pytest.raises(ReaderLost):
            scanner.read()
        scanner.close()
        scanner.close()


@pytest.mark.parametrize("port", ["/dev/absent", "FFFF:FFFF:none", "", "/dev/null", "COM\n", "a:b:c:d"])
def test_a_port_that_is_none_is_lost(port: str) -> None:
    with pytest.raises(ReaderLost):
        SerialScanner(SerialOptions(port)).open()
