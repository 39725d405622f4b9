"""Articles in one SQLite file: look-ups by index, search over folded names held in memory."""

import contextlib
import json
import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from till.domain.catalogue import Article, Deposit, Unit
from till.domain.money import Currency, Money
from till.domain.vat import VatRate

SCHEMA_VERSION = 1
#: A few digits are in nearly every GTIN; a search by digits begins with this many.
GTIN_DIGITS_LEAST = 4
_SCHEMA = """
create table article (
    plu text primary key, gtin text unique, place integer not null, name text not null,
    price_minor integer not null, currency text not null, unit text not null, vat integer not null,
    category text not null, deposit text, min_age integer, favourite text, colour text
) strict, without rowid;
create table origin (digest text not null) strict;
"""
_INSERT = "insert into article values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT = """
select plu, gtin, name, price_minor, currency, unit, vat, category, deposit, min_age, favourite, colour from article
"""
_BY_GTIN = _SELECT + "where gtin = ?"
_BY_PLU = _SELECT + "where plu = ?"
_FAVOURITES = _SELECT + "where favourite is not null order by place"
_NAMES = "select plu, gtin, name from article"
_ORIGIN = "select digest from origin"
_NOT_WORD = re.compile(r"[\W_]+")


class CatalogueRefused(Exception):
    """The article file cannot be used; import the articles again. `reason` names why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Entry(NamedTuple):
    """What a search looks at; `words` is the folded name with a space before each word."""

    words: str
    code: str
    plu: str
    gtin: str


class ArticleStore:
    """The domain's `Articles` over one file; used by the thread that opened it. A damaged file is CatalogueRefused."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = _connected(path)
        # Filled by the first search: a few thousand short texts are quicker to walk than any index is to ask.
        self._entries: list[_Entry] | None = None

    def by_gtin(self, gtin14: str) -> Article | None:
        """Return the article with this GTIN of 14 digits, or None."""
        return next(iter(self._articles(_BY_GTIN, gtin14)), None)

    def by_plu(self, plu: str) -> Article | None:
        """Return the article with this PLU, or None."""
        return next(iter(self._articles(_BY_PLU, plu)), None)

    def search(self, text: str, limit: int) -> tuple[Article, ...]:
        """Return up to `limit` articles that every word fits: as words' beginnings, a PLU's, or digits of the GTIN.

        The one with exactly this PLU comes first, then names that begin so, then the others, each by name.
        """
        wanted = [word for word in _normal(text).split() if _words(word)]
        if not wanted:
            return ()
        hits = self._all_entries()
        for word in wanted:
            hits = _fitting(hits, word)
        first = _words(wanted[0])
        ranked = sorted(hits, key=lambda entry: (entry.code != wanted[0], not entry.words.startswith(first)))
        articles = (self.by_plu(entry.plu) for entry in ranked[:limit])
        return tuple(article for article in articles if article is not None)

    def favourites(self) -> tuple[Article, ...]:
        """Return the articles with a button of their own, in the shop's order."""
        return tuple(self._articles(_FAVOURITES))

    def renew(self) -> None:
        """Turn to the articles that have arrived, if any have; raise CatalogueRefused, and go on with those there are."""
        arrived = arrival_of(self._path)
        if not arrived.is_file():
            return
        _connected(arrived).close()
        # Windows replaces no file that is open.
        self._connection.close()
        try:
            arrived.replace(self._path)
        except OSError as error:
            raise CatalogueRefused("not_written") from error
        finally:
            self._connection = _connected(self._path)
            self._entries = None

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _all_entries(self) -> list[_Entry]:
        if self._entries is None:
            self._entries = sorted(
                _Entry(_words(_normal(name)), plu.lower(), plu, gtin or "")
                for plu, gtin, name in _asked(self._connection, _NAMES)
            )
        return self._entries

    def _articles(self, statement: str, *keys: str) -> list[Article]:
        try:
            return [_article(row) for row in _asked(self._connection, statement, *keys)]
        except ValueError as error:
            raise CatalogueRefused("damaged") from error


def open_catalogue(path: Path) -> ArticleStore:
    """Open an article file, or the one that has arrived for its place; raise CatalogueRefused: missing, damaged, old or newer."""
    arrived = arrival_of(path)
    if arrived.is_file():
        # Laid there before the till stopped. What cannot be used of it is said when it is fetched again.
        with contextlib.suppress(CatalogueRefused, OSError):
            _connected(arrived).close()
            arrived.replace(path)
    return ArticleStore(path)


def arrival_of(path: Path) -> Path:
    """Return where articles are laid that are to take the place of those at `path`."""
    return path.with_name(f"{path.stem}-arrived{path.suffix}")


def origin_of(path: Path) -> str:
    """Return the digest of the file that these articles came from; empty where nobody wrote it down."""
    try:
        with contextlib.closing(_connected(path)) as connection:
            return "".join(str(digest) for (digest,) in _asked(connection, _ORIGIN))
    except CatalogueRefused:
        return ""


def _connected(path: Path) -> sqlite3.Connection:
    """Open a file and look at all of it; raise CatalogueRefused."""
    if not path.is_file():
        raise CatalogueRefused("missing")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise CatalogueRefused("damaged") from error
    try:
        ((version,),) = _asked(connection, "pragma user_version")
        if version != SCHEMA_VERSION:
            raise CatalogueRefused("newer" if version > SCHEMA_VERSION else "old")
        # The whole file, now: damage further in would otherwise show up with a customer waiting.
        if _asked(connection, "pragma quick_check(1)") != [("ok",)]:
            raise CatalogueRefused("damaged")
        _asked(connection, f"{_BY_PLU} limit 1", "")
    except CatalogueRefused:
        connection.close()
        raise
    return connection


def write_catalogue(path: Path, articles: Iterable[Article], *, origin: str = "") -> None:
    """Write all articles to a new file and put it in the old one's place: whole, or not at all; raise CatalogueRefused.

    `origin` is the digest of the file they came from, where somebody asks for it again.
    """
    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        _write_new(new, articles, origin)
        _sync(new, os.O_RDWR)
        new.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise CatalogueRefused("not_written") from error
    finally:
        new.unlink(missing_ok=True)
    if os.name == "posix":
        # The new name is on the disk only when its folder is; Windows cannot open a folder, and needs no telling.
        _sync(path.parent, os.O_RDONLY)


def _write_new(new: Path, articles: Iterable[Article], origin: str) -> None:
    with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as connection:
        # A file that fails is thrown away whole, so it needs no journal of its own.
        connection.execute("pragma journal_mode = off")
        connection.executescript(_SCHEMA)
        connection.execute("begin")
        connection.executemany(_INSERT, (_row(place, article) for place, article in enumerate(articles)))
        connection.execute("insert into origin values (?)", (origin,))
        connection.execute("commit")
        connection.execute(f"pragma user_version = {SCHEMA_VERSION}")


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _asked(connection: sqlite3.Connection, statement: str, *keys: str) -> list[tuple[Any, ...]]:
    """Return all rows; the one place where the database's errors become ours."""
    try:
        return connection.execute(statement, keys).fetchall()
    except sqlite3.Error as error:
        raise CatalogueRefused("damaged") from error


def _fitting(entries: list[_Entry], word: str) -> list[_Entry]:
    begins = _words(word)
    digits = word if len(word) >= GTIN_DIGITS_LEAST and word.isdecimal() else None
    parts = [f" {part}" for part in begins.split()]
    if len(parts) > 1:
        return [e for e in entries if all(part in e.words for part in parts) or e.code.startswith(word)]
    return [
        e for e in entries if begins in e.words or e.code.startswith(word) or (digits is not None and digits in e.gtin)
    ]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _words(text: str) -> str:
    """Return a folded text's words, each with a space before it; empty where it has none."""
    return f" {_NOT_WORD.sub(' ', text)}".rstrip().replace("  ", " ")


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
