"""Bad luck, drawn from a seed: the same seed gives the same run, and single strokes of it can be muted to find the ones that matter."""

import random
from collections.abc import Collection, Sequence
from typing import TypeVar

T = TypeVar("T")
STORM = 8


class Luck:
    """One stream of chances; every stroke of bad luck has a number."""

    def __init__(self, seed: int, muted: Collection[int] = (), *, harshness: float = 1.0) -> None:
        self._random = random.Random(seed)
        self._muted = frozenset(muted)
        self._harshness = harshness
        self._count = 0
        #: In a storm everything goes wrong more often, so that one mishap meets another.
        self.is_stormy = False
        self.strokes: list[tuple[int, str]] = []
        self.is_over = False

    def strikes(self, name: str, chance: float) -> bool:
        """Whether this goes wrong now; always draws, so that muting one stroke does not renumber the chance itself."""
        drawn = self._random.random()
        if self.is_over or drawn >= chance * self._harshness * (STORM if self.is_stormy and chance < 0.05 else 1):
            return False
        self._count += 1
        if self._count in self._muted:
            return False
        self.strokes.append((self._count, name))
        return True

    def one_of(self, choices: Sequence[T]) -> T:
        """Choose one."""
        return choices[int(self._random.random() * len(choices))]

    def seconds(self, least: float, most: float) -> float:
        """Choose a time."""
        return least + self._random.random() * (most - least)

    def about(self, mean: float) -> float:
        """Choose a time around a mean, now and then much longer."""
        return min(self._random.expovariate(1 / mean), mean * 8)
