"""Cuts a scanner's bytes into whole codes: by terminator, by an idle gap where none is configured, and never too long."""

import re

from msgspec import Struct, field

from till.engine.ports import RawScan, RefusedScan, ScanRefusal

#: Longer than any code a till reads; more is a broken or hostile scanner.
SCAN_MOST_BYTES = 4096
#: Half a code that waits this long for its terminator is thrown away, lest the next code be glued to it. Longer than any
#: stall seen within a code (0.4 s).
HALF_CODE_MOST_S = 1.0
TERMINATORS = b"\r\n\t"
_AIM = re.compile(r"\]([A-Za-z][0-9A-Za-z])")


class Framing(Struct):
    """Collects bytes of one port; times are monotonic seconds given by the caller."""

    idle_gap_s: float = 0.08
    _held: bytearray = field(default_factory=bytearray)
    _dropped: int = 0
    _last_s: float = 0.0
    _has_terminator: bool = False

    def feed(self, received: bytes, now_s: float) -> tuple[RawScan | RefusedScan, ...]:
        """Take bytes as they come; return the codes they complete."""
        scans: list[RawScan | RefusedScan] = [*self._give_up(now_s)]
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
        if self._has_terminator:
            return self._give_up(now_s)
        if not self._held or now_s - self._last_s < self.idle_gap_s:
            return ()
        return self._complete(is_terminated=False)

    def reset(self) -> None:
        """Throw half a code away: the scanner was unplugged in the middle of it."""
        self._held.clear()
        self._dropped = 0

    def _give_up(self, now_s: float) -> tuple[RawScan | RefusedScan, ...]:
        """Throw away half a code that has waited too long for its terminator; only a flood is worth a word."""
        if not self._has_terminator or not self._held or now_s - self._last_s < HALF_CODE_MOST_S:
            return ()
        if self._dropped:
            return self._complete(is_terminated=False)
        self.reset()
        return ()

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
    aim, rest = split_aim(text)
    return RawScan(rest, aim, is_terminated)


def split_aim(text: str) -> tuple[str | None, str]:
    """Return the AIM symbology id in front of a code, without its bracket, and the code (ISO/IEC 15424)."""
    found = _AIM.match(text)
    return (found.group(1), text[found.end() :]) if found else (None, text)
