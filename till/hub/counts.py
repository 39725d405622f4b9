"""What happened since the hub started, counted for its metrics."""

import threading
from collections import Counter


class Counts:
    """Counts by name and outcome; any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, outcome: str) -> None:
        """Count one."""
        with self._lock:
            self._counts[name, outcome] += 1

    def all(self) -> dict[tuple[str, str], int]:
        """Return all counts so far."""
        with self._lock:
            return dict(self._counts)
