"""Articles in memory, for tests that need a shop without a file."""

import unicodedata
from collections.abc import Iterable

from till.domain.catalogue import Article, Deposit, Unit
from till.domain.money import Currency, Money
from till.domain.scan import gtin_check_digit
from till.domain.vat import VatRate


class InMemoryArticles:
    """The `Articles` protocol over a list; held to the same promises as the store."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._articles = tuple(articles)

    def by_gtin(self, gtin14: str) -> Article | None:
        return next((article for article in self._articles if article.gtin == gtin14), None)

    def by_plu(self, plu: str) -> Article | None:
        return next((article for article in self._articles if article.plu == plu), None)

    def search(self, text: str, limit: int) -> tuple[Article, ...]:
        wanted = [word for word in _folded(text).split() if _parts(word)]
        if not wanted:
            return ()
        hits = [article for article in self._articles if all(_fits(article, word) for word in wanted)]
        first = _parts(wanted[0])
        hits.sort(
            key=lambda article: (
                article.plu.lower() != wanted[0],
                not " ".join(_parts(_folded(article.name))).startswith(" ".join(first)),
                _parts(_folded(article.name)),
                article.plu,
            )
        )
        return tuple(hits[:limit])

    def favourites(self) -> tuple[Article, ...]:
        return tuple(article for article in self._articles if article.favourite)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _parts(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text).split()


def _fits(article: Article, word: str) -> bool:
    names = _parts(_folded(article.name))
    is_named = all(any(name.startswith(part) for name in names) for part in _parts(word))
    is_gtin = len(word) >= 4 and word.isdecimal() and word in (article.gtin or "")
    return is_named or article.plu.lower().startswith(word) or is_gtin


def ean(body: str) -> str:
    """Return a GTIN-14 for twelve digits without a check digit."""
    return "0" + body + gtin_check_digit(body)


def article(
    plu: str = "1001",
    name: str = "Grovbrød 750 g",
    price_minor: int = 3990,
    *,
    currency: Currency = Currency.NOK,
    unit: Unit = Unit.PIECE,
    rate: int = 1500,
    deposit_minor: int | None = None,
    min_age: int | None = None,
    favourite: str | None = None,
) -> Article:
    """Return one article with everything that a test does not care about filled in."""
    deposit = None if deposit_minor is None else Deposit("Pant", Money(deposit_minor, currency), VatRate(0))
    return Article(
        plu=plu,
        gtin=ean(f"7000000{plu:0>5}"),
        name=name,
        price=Money(price_minor, currency),
        unit=unit,
        vat=VatRate(rate),
        group="Dagligvarer",
        deposit=deposit,
        min_age=min_age,
        favourite=favourite,
    )


def small_shop() -> InMemoryArticles:
    """Return a shop of a few everyday things: by piece, by weight, with deposit, with an age limit."""
    return InMemoryArticles(
        (
            article("1001", "Grovbrød 750 g", 3990, favourite="Hurtigtaster"),
            article("1002", "Gulost skorpefri", 15976, unit=Unit.KG),
            article("1003", "Solbrus 0,5 l", 2590, deposit_minor=200),
            article("1004", "Ullsokker", 14900, rate=2500),
            article("1005", "Øl 0,5 l", 3990, rate=2500, deposit_minor=200, min_age=18),
        )
    )


def many_articles(count: int) -> tuple[Article, ...]:
    """Return that many different articles, for sizes that a small shop does not have."""
    return tuple(article(f"{number:05}", f"Vare {number}", 100 + number % 5000) for number in range(1, count + 1))
