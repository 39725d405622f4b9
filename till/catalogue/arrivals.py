"""Articles that arrive while the till sells: checked whole and laid beside those in use, for the engine's thread to turn to."""

from pathlib import Path

from till.catalogue.importer import ImportRefused, articles_in
from till.catalogue.store import CatalogueRefused, arrival_of, origin_of, write_catalogue
from till.domain.money import Currency
from till.engine.article_ports import ArticlesRefused


class Arrivals:
    """The port's `ArticleArrivals` beside one article file; `path` is the file in use."""

    def __init__(self, path: Path, currency: Currency) -> None:
        self._path = path
        self._currency = currency

    def origin(self) -> str:
        """Return the digest of the newest file that was laid here."""
        return origin_of(arrival_of(self._path)) or origin_of(self._path)

    def lay_ready(self, content: bytes, origin: str) -> None:
        """Check a CSV file and lay its articles ready; raise ArticlesRefused, and everything is as it was."""
        try:
            write_catalogue(arrival_of(self._path), articles_in(content, self._currency), origin=origin)
        except ImportRefused as error:
            raise ArticlesRefused(str(error.complaints[0]), is_for_good=True) from error
        except CatalogueRefused as error:
            raise ArticlesRefused(error.reason, is_for_good=False) from error
