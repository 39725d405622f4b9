"""Articles: the store's promises, the import's complaints, and the demo shops."""

import sqlite3
from pathlib import Path

import pytest

from tests.doubles.articles import InMemoryArticles, article, many_articles, small_shop
from till.catalogue.importer import ImportRefused, read_articles
from till.catalogue.store import ArticleStore, CatalogueRefused, open_catalogue, write_catalogue
from till.domain.catalogue import Article, Articles, Unit
from till.domain.money import Currency
from till.resource_files import resource_path

SHOP = tuple(small_shop()._articles)


class ArticlesPromise:
    """What every article store promises."""

    def shop(self, tmp_path: Path, articles: tuple[Article, ...]) -> Articles:
        raise NotImplementedError

    def test_articles_are_found_by_plu_and_gtin_unchanged(self, tmp_path: Path) -> None:
        shop = self.shop(tmp_path, SHOP)
        for one in SHOP:
            assert shop.by_plu(one.plu) == one
            assert one.gtin is not None
            assert shop.by_gtin(one.gtin) == one
        assert shop.by_plu("9") is None
        assert shop.by_gtin("9" * 14) is None

    def test_a_search_finds_words_from_their_beginning_and_the_best_first(self, tmp_path: Path) -> None:
        shop = self.shop(tmp_path, (*SHOP, article("2001", "Lys sol", 100), article("2002", "ØL lyst", 100)))
        assert [one.name for one in shop.search("sol", 9)] == ["Solbrus 0,5 l", "Lys sol"]
        assert {one.name for one in shop.search("øl", 9)} == {"Øl 0,5 l", "ØL lyst"}
        assert [one.plu for one in shop.search("1004", 9)] == ["1004"]
        assert len(shop.search("l", 1)) == 1

    def test_favourites_come_in_the_shops_order(self, tmp_path: Path) -> None:
        assert [one.plu for one in self.shop(tmp_path, SHOP).favourites()] == ["1001"]


class TestInMemoryArticles(ArticlesPromise):
    def shop(self, tmp_path: Path, articles: tuple[Article, ...]) -> Articles:
        return InMemoryArticles(articles)


class TestArticleStore(ArticlesPromise):
    @pytest.fixture(autouse=True)
    def _closed(self) -> object:
        self.open: list[ArticleStore] = []
        yield
        for store in self.open:
            store.close()

    def shop(self, tmp_path: Path, articles: tuple[Article, ...]) -> Articles:
        write_catalogue(tmp_path / "articles.db", articles)
        self.open.append(open_catalogue(tmp_path / "articles.db"))
        return self.open[-1]


def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    for content, reason in ((None, "missing"), (b"no database" * 99, "damaged"), (b"", "old")):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(CatalogueRefused) as refused:
            open_catalogue(path)
        assert refused.value.reason == reason
    path.unlink()
    newer = sqlite3.connect(path)
    newer.execute("pragma user_version = 9")
    newer.close()
    with pytest.raises(CatalogueRefused) as refused:
        open_catalogue(path)
    assert refused.value.reason == "newer"


def test_ten_thousand_articles_are_written_and_found(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "a.db", many_articles(10_000))
    store = open_catalogue(tmp_path / "a.db")
    assert len(store.search("vare 99", 30)) == 30
    store.close()


HEAD = "plu;gtin;name;price;unit;vat\n"


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (HEAD + "1;7038010001658;A;1,00;piece;15\n", 2, "gtin"),
        (HEAD + "1;;A;1,00;piece;15\n1;;B;1,00;piece;15\n", 3, "PLU"),
        (HEAD + "1;;A;cheap;piece;15\n", 2, "price"),
        (HEAD + "1;;A;-1,00;piece;15\n", 2, "price"),
        (HEAD + "1;;A;1,00;box;15\n", 2, "unit"),
        (HEAD + "1;;A;1,00;piece;150\n", 2, "vat"),
        (HEAD + "1;;A\u202e;1,00;piece;15\n", 2, "name"),
        (HEAD + "1;;" + "x" * 600 + ";1,00;piece;15\n", 2, "name"),
        (HEAD + "=1+1;;A;1,00;piece;15\n", 2, "plu"),
        ("plu;name\n", 1, "price"),
        ("plu;name;price;unit;vat;secret\n", 1, "secret"),
    ],
)
def test_a_wrong_file_is_refused_whole_with_its_line(tmp_path: Path, content: str, line: int, word: str) -> None:
    """Fault catalogue J5, J6, J8."""
    path = tmp_path / "articles.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        read_articles(path, Currency.NOK)
    assert any(one.line == line and word in one.what for one in refused.value.complaints)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "articles.csv"
    path.write_bytes(HEAD.encode() + b"1;;\xff\xfe;1,00;piece;15\n")
    with pytest.raises(ImportRefused):
        read_articles(path, Currency.NOK)


@pytest.mark.parametrize(
    ("market", "currency", "rates"),
    [("NO", Currency.NOK, {0, 1500, 2500}), ("DK", Currency.DKK, {0, 2500}), ("FI", Currency.EUR, {1350, 2550})],
)
def test_a_demo_shop_has_two_hundred_articles_of_every_kind(market: str, currency: Currency, rates: set[int]) -> None:
    articles = read_articles(resource_path(f"demo/{market}.csv"), currency)
    assert len(articles) >= 200
    assert {one.vat.basis_points for one in articles} <= rates
    assert {one.unit for one in articles} == set(Unit)
    assert any(one.deposit for one in articles)
    assert any(one.min_age for one in articles)
    assert 12 <= sum(one.favourite is not None for one in articles) <= 24
