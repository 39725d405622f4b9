"""A clock that can be turned forward, and ids that a seed decides."""

import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(slots=True)
class TurnableClock:
    """Seconds since the epoch, plus what it was turned forward by."""

    turned_s: float = 0.0

    def now_s(self) -> float:
        """Return the sandbox's time in seconds."""
        return time.time() + self.turned_s

    def turn(self, seconds: float) -> None:
        """Turn the clock forward."""
        self.turned_s += seconds


@dataclass(slots=True)
class Ids:
    """Identifiers in the published forms, the same again for the same seed."""

    seed: int | None = None
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  # a simulation, not a secret

    def uuid(self) -> str:
        """Return a UUID, as the CREATED event's pspReference has."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def digits(self) -> str:
        """Return ten digits, as later events' pspReference has."""
        return str(self._random.randrange(1_000_000_000, 10_000_000_000))

    def token(self, length: int = 32) -> str:
        """Return opaque text."""
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=length))

    def trace(self) -> str:
        """Return a trace id in the W3C form."""
        return f"00-{self._random.getrandbits(128):032x}-{self._random.getrandbits(64):016x}-01"


def timestamp(at_s: float, *, digits: int) -> str:
    """Return RFC 3339 in UTC with 3 or 7 fractional digits; the published samples have both."""
    text = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return (text[:-3] if digits == 3 else text + "0") + "Z"
