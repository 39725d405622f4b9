"""The articles the engine sells from, and the favourites among them; others take their place between two messages."""

from collections.abc import Callable

from msgspec.structs import replace

from till.domain.catalogue import Articles
from till.domain.faults import Fault
from till.engine.snapshot import Found, Surroundings

#: How many hits a search shows.
FOUND_MOST = 30

#: Turns the articles to those that lie ready, if any do; the fault says why they stay as they are.
Renew = Callable[[], Fault | None]


class Shelf:
    """Belongs to the engine and its thread; a line in a basket holds its own article, so no sale changes under way."""

    def __init__(self, articles: Articles, renew: Renew | None) -> None:
        self.articles = articles
        self.favourites = articles.favourites()
        self._renew = renew

    def find(self, text: str) -> Found | None:
        """Return the answer to a search, None to an empty one."""
        return Found(text, self.articles.search(text, FOUND_MOST)) if text.strip() else None

    def renew(self, around: Surroundings) -> Surroundings:
        """Turn to the articles that lie ready; what the screens show of the old ones follows."""
        fault = self._renew() if self._renew is not None else None
        self.favourites = self.articles.favourites()
        found, weighing = around.found, around.weighing
        return replace(
            around,
            articles_fault=fault,
            found=None if found is None else self.find(found.text),
            weighing=None if weighing is None else self.articles.by_plu(weighing.plu) or weighing,
        )
