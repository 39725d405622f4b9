"""What the shop sells: articles, and the questions a till asks about them."""

from enum import Enum
from typing import Protocol

from msgspec import Struct

from till.domain.money import Money
from till.domain.vat import VatRate


class Unit(Enum):
    """How an article is counted: by the piece, or by weight in kilograms."""

    PIECE = "piece"
    KG = "kg"


class Deposit(Struct, frozen=True):
    """The bottle deposit that follows a drink, with the tax treatment of its own that law gives it."""

    name: str
    price: Money
    vat: VatRate


class Article(Struct, frozen=True):
    """One thing for sale; `price` is gross, per piece or per kilogram; `gtin` has 14 digits."""

    plu: str
    gtin: str | None
    name: str
    price: Money
    unit: Unit
    vat: VatRate
    group: str
    deposit: Deposit | None = None
    min_age: int | None = None
    favourite: str | None = None
    colour: str | None = None


class Articles(Protocol):
    """The article store as the engine sees it; every look-up is local and quick."""

    def by_gtin(self, gtin14: str) -> Article | None:
        """Return the article with this GTIN of 14 digits, or None."""

    def by_plu(self, plu: str) -> Article | None:
        """Return the article with this PLU, or None."""

    def search(self, text: str, limit: int) -> tuple[Article, ...]:
        """Return up to `limit` articles whose name, PLU or GTIN fits `text`, best first."""

    def favourites(self) -> tuple[Article, ...]:
        """Return the articles that have a button of their own, in the shop's order."""
