"""Articles in one SQLite file: look-ups by index, search over folded names held in memory."""

import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from till.domain.catalogue import Article, Deposit, Unit
from till.domain.money import Currency, Money
from till.domain.vat import VatRate

SCHEMA_VERSION = 1
_SCHEMA = """
create table article (
    plu text primary key, gtin text unique, place integer not null, name text not null,
    price_minor integer not null, currency text not null, unit text not null, vat integer not null,
    category text not null, deposit text, min_age integer, favourite text, colour text
) strict, without rowid;
"""
_COLUMNS = "plu, gtin, name, price_minor, currency, unit, vat, category, deposit, min_age, favourite, colour"


class CatalogueRefused(Exception):
    """The article file cannot be used; import the articles again. `reason` names why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ArticleStore:
    """The domain's `Articles` over one file; used by the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # Filled by the first search: a few thousand short texts are quicker to walk than any index is to ask.
        self._names: list[tuple[str, str, str]] = []

    def by_gtin(self, gtin14: str) -> Article | None:
        """Return the article with this GTIN of 14 digits, or None."""
        return self._one(f"select {_COLUMNS} from article where gtin = ?", gtin14)  # noqa: S608

    def by_plu(self, plu: str) -> Article | None:
        """Return the article with this PLU, or None."""
        return self._one(f"select {_COLUMNS} from article where plu = ?", plu)  # noqa: S608

    def search(self, text: str, limit: int) -> tuple[Article, ...]:
        """Return up to `limit` articles that have every word: as a word's beginning in the name, PLU, or end of GTIN."""
        wanted = _fold(text).split()
        if not wanted:
            return ()
        if not self._names:
            rows = self._connection.execute("select plu, gtin, name from article order by name")
            self._names = [(_fold(name), plu, gtin or "") for plu, gtin, name in rows]
        hits = [
            (not name.startswith(wanted[0]), place, plu)
            for place, (name, plu, gtin) in enumerate(self._names)
            if all(
                f" {word}" in f" {name}" or plu == word or (len(word) >= 4 and gtin.endswith(word)) for word in wanted
            )
        ]
        articles = (self.by_plu(plu) for _, _, plu in sorted(hits)[:limit])
        return tuple(article for article in articles if article is not None)

    def favourites(self) -> tuple[Article, ...]:
        """Return the articles with a button of their own, in the shop's order."""
        rows = self._connection.execute(
            f"select {_COLUMNS} from article where favourite is not null order by place"  # noqa: S608
        )
        return tuple(_article(row) for row in rows)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _one(self, statement: str, key: str) -> Article | None:
        row = self._connection.execute(statement, (key,)).fetchone()
        return None if row is None else _article(row)


def open_catalogue(path: Path) -> ArticleStore:
    """Open an article file; raise CatalogueRefused."""
    if not path.is_file():
        raise CatalogueRefused("missing")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        (version,) = connection.execute("pragma user_version").fetchone()
        if version != SCHEMA_VERSION:
            connection.close()
            raise CatalogueRefused("newer" if version > SCHEMA_VERSION else "old")
        connection.execute("select plu from article limit 1").fetchone()
        return ArticleStore(connection)
    except sqlite3.Error as error:
        raise CatalogueRefused("damaged") from error


def write_catalogue(path: Path, articles: Iterable[Article]) -> None:
    """Write all articles to a new file and put it in the old one's place: whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        connection.execute("pragma journal_mode = off")
        connection.execute(_SCHEMA)
        connection.execute("begin")
        connection.executemany(
            "insert into article values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (_row(place, article) for place, article in enumerate(articles)),
        )
        connection.execute("commit")
        connection.execute(f"pragma user_version = {SCHEMA_VERSION}")
    finally:
        connection.close()
    descriptor = os.open(new, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.replace(path)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _row(place: int, article: Article) -> tuple[object, ...]:
    deposit = article.deposit
    return (
        article.plu,
        article.gtin,
        place,
        article.name,
        article.price.minor,
        article.price.currency.value,
        article.unit.value,
        article.vat.basis_points,
        article.group,
        None if deposit is None else json.dumps([deposit.name, deposit.price.minor, deposit.vat.basis_points]),
        article.min_age,
        article.favourite,
        article.colour,
    )


def _article(row: tuple[object, ...]) -> Article:
    plu, gtin, name, price_minor, currency_code, unit, vat, group, deposit, min_age, favourite, colour = row
    currency = Currency(currency_code)
    return Article(
        plu=str(plu),
        gtin=None if gtin is None else str(gtin),
        name=str(name),
        price=Money(int(str(price_minor)), currency),
        unit=Unit(unit),
        vat=VatRate(int(str(vat))),
        group=str(group),
        deposit=None if deposit is None else _deposit(str(deposit), currency),
        min_age=None if min_age is None else int(str(min_age)),
        favourite=None if favourite is None else str(favourite),
        colour=None if colour is None else str(colour),
    )


def _deposit(text: str, currency: Currency) -> Deposit:
    name, price_minor, basis_points = json.loads(text)
    return Deposit(name, Money(price_minor, currency), VatRate(basis_points))
