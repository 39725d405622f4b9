"""What the engine is told of articles that come while the till sells, and where they are laid until it turns to them."""

from typing import Protocol

from msgspec import Struct

from till.domain.faults import Fault


class ArticlesChanged(Struct, frozen=True):
    """Other articles lie ready (no fault), or those that were to come cannot be used."""

    fault: Fault | None


class ArticlesRefused(Exception):
    """Articles that arrived were not laid ready; `reason` is for the log, `is_for_good` whether the same file is refused again."""

    def __init__(self, reason: str, *, is_for_good: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_for_good = is_for_good


class ArticleArrivals(Protocol):
    """Where articles are laid that come while the till sells."""

    def origin(self) -> str:
        """Return the digest of the newest file that was laid here, empty where there is none."""

    def lay_ready(self, content: bytes, origin: str) -> None:
        """Check a file of articles and lay it ready; slow, for a background thread; raise ArticlesRefused."""
