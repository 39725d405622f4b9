"""How long the hub is waited for, and how soon it is tried again."""

import random
from collections.abc import Callable

from msgspec import Struct


class HubPace(Struct, frozen=True):
    """All of it in seconds; the tests hurry."""

    silence_s: float = 40.0
    call_s: float = 20.0
    articles_s: float = 120.0
    pauses_s: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0)
    #: How often another token is looked for, and when one that was refused is tried again.
    token_s: float = 5.0
    refused_s: float = 300.0
    #: How often the journal is looked at for new rows, and the rest between two batches while days of it are caught up with.
    books_s: float = 2.0
    rest_s: float = 0.05
    #: How often an open refund is read of which the hub says nothing by itself.
    refund_s: float = 30.0


class Pauses:
    """The pause before each next try: longer after every failure, up to a fifth more by chance, short again after a success."""

    def __init__(self, pace: HubPace, chance: Callable[[], float] = random.random) -> None:
        self._pauses_s = pace.pauses_s
        self._chance = chance
        self.failures = 0

    def after_failure(self) -> float:
        """Count a failure and return how long to wait."""
        self.failures += 1
        return self._pauses_s[min(self.failures, len(self._pauses_s)) - 1] * (1 + self._chance() / 5)

    def forget(self) -> None:
        """Begin anew: it works."""
        self.failures = 0
