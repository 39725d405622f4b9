"""Tells a scanner that types like a keyboard from a person, key by key. Pure: times are given, nothing is drawn.

Keys are held back while they might be a scan and given back if they turn out to be a person's. There is no limit on the
whole, since a personal QR at 60 ms a character takes 2.8 s; only the gap between two keys decides.
"""

from typing import Generic, TypeVar

from msgspec import Struct, field

from till.devices.framing import split_aim
from till.devices.layout import HEAD_LENGTH, is_mangled_code, repair
from till.domain.scan import PERSONAL_CODE_PREFIX
from till.engine.ports import RawScan, RefusedScan, ScanRefusal

#: Fewer characters than this are a person's, however fast.
SCAN_LEAST = 6
SCAN_MOST = 4096
#: A person may press Enter at once after typing; only a burst this fast throughout is a scanner's.
GAP_S = 0.065
#: Once the beginning of a customer's code has come at a scanner's speed no person is waiting for these keys: a stall this
#: long must not cut the code in two, nor its end reach a widget.
STALL_S = 0.5

K = TypeVar("K")


class Verdict(Struct, Generic[K], frozen=True):
    """What to do with the keys held so far: give them back as typing, or take them as a scan."""

    replay: tuple[K, ...] = ()
    scan: RawScan | RefusedScan | None = None


class Burst(Struct, Generic[K]):
    """Collects keys with their characters; `K` is whatever the caller needs to give a key back."""

    gap_s: float = GAP_S
    _keys: list[K] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _last_s: float = 0.0
    _dropped: int = 0
    #: Until when keys are the rest of a customer's code that had to be taken before its end.
    _tail_until_s: float | None = None

    @property
    def is_holding(self) -> bool:
        """Whether keys are held back, so that the next one belongs to them."""
        return bool(self._keys)

    @property
    def wait_s(self) -> float:
        """How long the next key may take: longer once a customer's code has begun."""
        return max(self.gap_s, STALL_S) if self._is_customers() else self.gap_s

    def deadline_s(self) -> float | None:
        """Return when the held keys must be decided without another key, or None when nothing is held."""
        return self._last_s + self.wait_s if self._keys else None

    def press(self, key: K, character: str, now_s: float) -> Verdict[K]:
        """Take a key with a character; it is held back. Keys that waited too long come back with it."""
        if self._swallow(now_s):
            return Verdict()
        late = self.expire(now_s)
        self._tail_until_s = None
        if len(self._text) < SCAN_MOST:
            self._keys.append(key)
            self._text.append(character)
        else:
            self._dropped += 1
        self._last_s = now_s
        return late

    def end(self, key: K, now_s: float) -> Verdict[K]:
        """Take Enter or Tab: it ends a scan, or it is a person's and comes back with what was held."""
        if self._swallow(now_s):
            self._tail_until_s = None
            return Verdict()
        if self._keys and now_s - self._last_s <= self.wait_s and len(self._text) >= SCAN_LEAST:
            return Verdict(scan=self._take())
        held = self.flush()
        return Verdict(replay=(*held.replay, key), scan=held.scan)

    def expire(self, now_s: float) -> Verdict[K]:
        """Decide held keys that no key followed in time."""
        if not self._keys or now_s - self._last_s <= self.wait_s:
            return Verdict()
        return self.flush()

    def flush(self) -> Verdict[K]:
        """Give held keys back as typing; a customer's code never reaches a widget, ended or not."""
        if self._dropped or self._is_customers():
            self._tail_until_s = self._last_s + STALL_S
            return Verdict(scan=self._take())
        keys = tuple(self._keys)
        self._clear()
        return Verdict(replay=keys)

    def _is_customers(self) -> bool:
        return is_customer_code("".join(self._text[:HEAD_LENGTH]))

    def _swallow(self, now_s: float) -> bool:
        """Whether a key is the rest of a code that was taken already; it must reach nothing and nobody."""
        if self._tail_until_s is None or now_s > self._tail_until_s:
            return False
        self._tail_until_s = now_s + self.gap_s
        return True

    def _take(self) -> RawScan | RefusedScan:
        text, dropped = "".join(self._text), self._dropped
        self._clear()
        return read_typed(text, dropped=dropped)

    def _clear(self) -> None:
        self._keys.clear()
        self._text.clear()
        self._dropped = 0


def is_customer_code(text: str) -> bool:
    """Whether typed text begins as a customer's code, also as a wrong keyboard layout would write it."""
    return split_aim(text)[1].lower().startswith(PERSONAL_CODE_PREFIX[:12]) or is_mangled_code(text)


def read_typed(text: str, *, dropped: int = 0) -> RawScan | RefusedScan:
    """Return typed text as a scan: its AIM id apart, a foreign layout repaired and said so, or refused."""
    if dropped:
        return RefusedScan(len(text) + dropped, ScanRefusal.TOO_LONG)
    if not text.isprintable():
        return RefusedScan(len(text), ScanRefusal.CONTROL_CHARACTERS)
    repaired = repair(text)
    if repaired is not None:
        if not repaired.is_whole:
            return RefusedScan(len(text), ScanRefusal.LAYOUT_DAMAGED)
        return RawScan(repaired.text, repaired.aim, is_repaired=True)
    aim, rest = split_aim(text)
    return RawScan(rest, aim)
