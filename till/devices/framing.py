"""Cuts a scanner's bytes into whole codes: by terminator, by an idle gap where none is configured, and never too long."""

import re
from dataclasses import dataclass, field

from till.engine.ports import RawScan, RefusedScan, ScanRefusal

#: Longer than any code a till reads; more is a broken or hostile scanner.
SCAN_MOST_BYTES = 4096
TERMINATORS = b"\r\n\t"
_AIM = re.compile(r"\]([A-Za-z][0-9A-Za-z])")


@dataclass(slots=True)
class Framing:
    """Collects bytes of one port; times are monotonic seconds given by the caller."""

    idle_gap_s: float = 0.08
    _held: bytearray = field(default_factory=bytearray)
    _dropped: int = 0
    _last_s: float = 0.0
    _has_terminator: bool = False

    def feed(self, received: bytes, now_s: float) -> tuple[RawScan | RefusedScan, ...]:
        """Take bytes as they come; return the codes they complete."""
        scans: list[RawScan | RefusedScan] = []
        for byte in received:
            if byte in TERMINATORS:
                self._has_terminator = True
                scans.extend(self._complete(is_terminated=True))
            elif len(self._held) >= SCAN_MOST_BYTES:
                self._dropped += 1
            else:
                self._held.append(byte)
        self._last_s = now_s
        return tuple(scans)

    def idle(self, now_s: float) -> tuple[RawScan | RefusedScan, ...]:
        """Say that nothing came; a gap ends a code only on a port that has never sent a terminator."""
        if not self._held or self._has_terminator or now_s - self._last_s < self.idle_gap_s:
            return ()
        return self._complete(is_terminated=False)

    def reset(self) -> None:
        """Throw half a code away: the scanner was unplugged in the middle of it."""
        self._held.clear()
        self._dropped = 0

    def _complete(self, *, is_terminated: bool) -> tuple[RawScan | RefusedScan, ...]:
        received, dropped = bytes(self._held), self._dropped
        self.reset()
        if not received:
            return ()
        if dropped:
            return (RefusedScan(len(received) + dropped, ScanRefusal.TOO_LONG),)
        return (read_text(received, is_terminated=is_terminated),)


def read_text(received: bytes, *, is_terminated: bool) -> RawScan | RefusedScan:
    """Return a code's text, its AIM symbology id apart; refuse what is no plain text, keeping only its length."""
    try:
        text = received.decode("utf-8")
    except UnicodeDecodeError:
        return RefusedScan(len(received), ScanRefusal.NOT_TEXT)
    if not text.isprintable():
        return RefusedScan(len(received), ScanRefusal.CONTROL_CHARACTERS)
    aim = _AIM.match(text)
    if aim is not None:
        return RawScan(text[aim.end() :], aim.group(1), is_terminated)
    return RawScan(text, None, is_terminated)
