"""A scanner on a serial port or a USB port that looks like one."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from till.devices.framing import Framing
from till.engine.ports import RawScan, ReaderLost, RefusedScan

if TYPE_CHECKING:
    import serial

#: How long one read waits.
READ_S = 0.05
_READ_BYTES = 4096


class SerialOptions(Struct, frozen=True):
    """Where the scanner is (`/dev/...`, `/dev/serial/by-id/...` or `VID:PID[:SERIAL]`) and how it talks."""

    port: str
    baud: int = 9600
    idle_gap_s: float = 0.08


class PortFound(Struct, frozen=True):
    """A serial port that is there: its device, USB id and serial number where it has them, and what it calls itself."""

    device: str
    usb_id: str
    serial: str
    description: str


class SerialScanner:
    """A `Reader` over pyserial: 8N1, no handshakes, since a scanner that waits for one goes silent."""

    def __init__(self, options: SerialOptions) -> None:
        self._options = options
        self._framing = Framing(options.idle_gap_s)
        self._port: serial.Serial | None = None

    def open(self) -> None:
        """Take the port; raise ReaderLost."""
        import serial  # only where there is a serial scanner

        with _losses():
            self._port = serial.Serial(
                find_port(self._options.port), self._options.baud, timeout=READ_S, exclusive=True
            )

    def read(self) -> tuple[RawScan | RefusedScan, ...]:
        """Wait a moment at most and return whole codes; raise ReaderLost."""
        assert self._port is not None
        with _losses():
            received = self._port.read(1)
            if received:
                received += self._port.read(min(self._port.in_waiting, _READ_BYTES))
        now = time.monotonic()
        return self._framing.feed(received, now) if received else self._framing.idle(now)

    def close(self) -> None:
        """Give the port back and throw half a code away; a port that is gone may fail even at this."""
        self._framing.reset()
        port, self._port = self._port, None
        if port is not None:
            with suppress(ReaderLost), _losses():
                port.close()


def find_port(stated: str) -> str:
    """Return the device of a stated port; `VID:PID[:SERIAL]` in hex is looked up; raise ReaderLost if it is absent."""
    parts = stated.split(":")
    if stated.startswith(("/", "COM")) or len(parts) not in (2, 3):
        return stated
    for port in present_ports():
        if ":".join(parts[:2]).upper() == port.usb_id and (len(parts) == 2 or parts[2] == port.serial):
            return port.device
    raise ReaderLost(stated)


def present_ports() -> tuple[PortFound, ...]:
    """Return the serial ports that are there now; raise ReaderLost where the system does not tell."""
    from serial.tools import list_ports  # only where there is a serial scanner, or somebody asks

    with _losses():
        return tuple(
            PortFound(
                str(port.device),
                f"{port.vid:04X}:{port.pid:04X}" if port.vid and port.pid else "",
                port.serial_number or "",
                port.description or "",
            )
            for port in list_ports.comports()
        )


@contextmanager
def _losses() -> Iterator[None]:
    """Turn what a port that is absent, taken or gone raises into ReaderLost; pyserial's own error is an OSError.

    ValueError is a speed that the port cannot do, TypeError a port that was closed under a read, and the terminal's own
    error, which pyserial lets through when a port goes while it is opened, is no OSError.
    """
    gone: tuple[type[Exception], ...] = (OSError, ValueError, TypeError)
    if sys.platform != "win32":
        import termios

        gone = (*gone, termios.error)
    try:
        yield
    except gone as error:
        raise ReaderLost from error
