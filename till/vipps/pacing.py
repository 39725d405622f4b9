"""How often the wallet may be asked and told: the published limits, and the till's own slower ways inside them."""

from collections import deque
from collections.abc import Callable

from msgspec import Struct

#: ePayment rate limits per reference and minute; the till keeps a little below them.
READS_A_MINUTE = 110
#: The whole limit: the last one is not sent once more when it is answered 401.
OPERATIONS_A_MINUTE = 5
WINDOW_S = 60.0
#: Ended payments are remembered until so many are: a refund may follow within the minute.
REMEMBERED_MOST = 64
#: When an operation of unknown outcome is sent again, in seconds after its first send.
RESENDS_S = (2.0, 5.0, 12.0, 30.0)
#: After those: every half minute up to ten minutes, then every five minutes.
RESEND_SHORT_S, RESEND_SHORT_UNTIL_S, RESEND_LONG_S = 30.0, 600.0, 300.0
#: However fast a shop wants it, reads are no closer than this: 109 a minute.
READ_PAUSE_LEAST_S = 0.55
#: Reads that get no answer slow down to this, so that a returning network is noticed soon.
SILENT_READ_MOST_S = 4.0
#: ... and to this when nothing was heard for so many reads.
LONG_SILENCE_READS, LONG_SILENT_READ_S = 60, 30.0
#: How often a payment is read while the hub tells of what happens: a hint may be lost on its way to it.
HINTED_READ_S = 10.0
#: How often a payment is read while a person decides about it.
PATIENT_READ_S = 60.0
#: What may take days is read so soon while the customer may still be on the telephone, then whenever it has taken a tenth longer,
#: every minute after ten minutes, and never more rarely than the last.
LONG_READ_FIRST_S, LONG_READ_SHARE, LONG_READ_MOST_S = 5.0, 10, 300.0
#: Pauses after 429 without a word on how long, and their cap.
BACK_OFF_FIRST_S, BACK_OFF_MOST_S = 2.0, 60.0


#: From which second of a payment's life on, how long the pause to the next read is.
Pauses = tuple[tuple[float, float], ...]


class Rhythm(Struct, frozen=True):
    """How often a payment is read that nobody doubts: for a code on the customer's screen, and for a push to their phone.

    Dense where customers approve, sparse where few are left: the best pause goes with one over the root of the share of the
    waiting who approve each second. The figures are chosen, and held against the published ones, by `benchmarks/polling.py`.
    """

    screen: Pauses = ((0, 6), (6, 2), (10, 1.5), (30, 2), (50, 3), (120, 5), (240, 10))
    push: Pauses = ((0, 5), (5, 1.5), (20, 2), (40, 3), (120, 5), (240, 10))
    pace_percent: int = 100

    def pause_s(self, *, shows_code: bool, age_s: float) -> float:
        """Return the pause after a read at this age; age 0 is the start, before any read."""
        pauses = self.screen if shows_code else self.push
        pause = next(pause for since, pause in reversed(pauses) if since <= max(age_s, 0))
        return max(READ_PAUSE_LEAST_S, pause * 100 / self.pace_percent)


class Memory(Struct):
    """What a lane remembers of one payment, to pace itself."""

    first_sent_s: float = 0.0
    last_sent_s: float = float("-inf")
    sends: int = 0
    last_read_s: float = float("-inf")
    last_hint_s: float = float("-inf")
    losses: int = 0
    refusals: int = 0
    not_before_s: float = float("-inf")


class Budget:
    """Remembers when each reference was used, and says when it may be used again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._used: dict[str, deque[float]] = {}

    def due_s(self, reference: str, now_s: float) -> float:
        """Return the earliest moment at or after `now_s` that keeps inside the limit."""
        used = self._used.get(reference)
        if used is None or len(used) < self._most:
            return now_s
        return max(now_s, used[0] + WINDOW_S)

    def left(self, reference: str, now_s: float) -> int:
        """Return how many uses are left at this moment."""
        return self._most - sum(at_s > now_s - WINDOW_S for at_s in self._used.get(reference, ()))

    def use(self, reference: str, now_s: float, times: int = 1) -> None:
        """Note so many uses; none is noted as well."""
        self._used.setdefault(reference, deque(maxlen=self._most)).extend([now_s] * times)
        if len(self._used) > REMEMBERED_MOST:
            self._used = {name: used for name, used in self._used.items() if used and used[-1] > now_s - WINDOW_S}

    def use_up(self, reference: str, at_s: float) -> None:
        """Take the limit of a reference for used up at a moment, if nothing was noted of it."""
        if reference not in self._used:
            self.use(reference, at_s, self._most)


class Hints:
    """Whether hints can be relied on: whoever gives them is well, and none was missing when a payment last moved."""

    def __init__(self) -> None:
        self.is_giver_well = False
        self._is_missing = False

    @property
    def are_coming(self) -> bool:
        """Whether a hint may be waited for."""
        return self.is_giver_well and not self._is_missing

    def came(self) -> None:
        """Take a hint of a payment that is being watched."""
        self._is_missing = False

    def was_missing(self) -> None:
        """Note that a payment moved and nobody had told: the shop's webhooks may have ended, and nobody may notice."""
        self._is_missing = True


def resend_due_s(first_s: float, sends: int) -> float:
    """Return when to send for the next time, after `sends` sends of which the first was at `first_s`."""
    if sends == 0:
        return first_s
    if sends <= len(RESENDS_S):
        return first_s + RESENDS_S[sends - 1]
    short = RESENDS_S[-1] + (sends - len(RESENDS_S)) * RESEND_SHORT_S
    if short <= RESEND_SHORT_UNTIL_S:
        return first_s + short
    shorts = int((RESEND_SHORT_UNTIL_S - RESENDS_S[-1]) // RESEND_SHORT_S)
    longs = sends - len(RESENDS_S) - shorts
    return first_s + RESEND_SHORT_UNTIL_S + longs * RESEND_LONG_S


def read_pause_s(interval_s: float, losses: int) -> float:
    """Return the pause before the next read: the flow's own, doubled for each loss up to a few seconds."""
    if losses >= LONG_SILENCE_READS:
        return LONG_SILENT_READ_S
    return max(interval_s, min(interval_s * 2 ** min(losses, 8), SILENT_READ_MOST_S)) if losses else interval_s


def long_read_pause_s(waited_s: float) -> float:
    """Return the pause before the next read of what has taken `waited_s` and may take days."""
    return min(max(waited_s / LONG_READ_SHARE, LONG_READ_FIRST_S), LONG_READ_MOST_S)


def back_off_s(refusals: int, chance: Callable[[], float]) -> float:
    """Return the pause after the n-th 429 in a row without Retry-After: 2, 4, 8 ... 60 s, up to a fifth longer."""
    pause: float = min(BACK_OFF_FIRST_S * 2.0 ** min(refusals - 1, 8), BACK_OFF_MOST_S)
    return pause * (1 + chance() / 5)
