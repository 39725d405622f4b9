"""What every article store promises: the real one and the double inherit the same tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.doubles.articles import InMemoryArticles, article, small_shop
from till.catalogue.store import ArticleStore, open_catalogue, write_catalogue
from till.domain.catalogue import Article, Articles, Unit

SHOP = tuple(small_shop()._articles)
NAMED = (
    article("2001", "Lys sol", 100),
    article("2002", "ØL lyst", 100),
    article("2003", "WC-paperi 8 rll", 100),
    article("2004", "Ärter åt alla", 100),
)


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
        shop = self.shop(tmp_path, (*SHOP, *NAMED))
        assert [one.name for one in shop.search("sol", 9)] == ["Solbrus 0,5 l", "Lys sol"]
        assert [one.name for one in shop.search("sol lys", 9)] == ["Lys sol"]
        assert shop.search("rus", 9) == ()

    @pytest.mark.parametrize("text", ["øl", "ØL", "ØL LYST", "  øl   ly "])
    def test_a_search_sees_no_difference_between_large_and_small_letters(self, tmp_path: Path, text: str) -> None:
        assert "2002" in {one.plu for one in self.shop(tmp_path, (*SHOP, *NAMED)).search(text, 9)}

    @pytest.mark.parametrize("text", ["ärt åt", "A\N{COMBINING DIAERESIS}RT", "a\N{COMBINING RING ABOVE}t"])
    def test_a_letter_may_be_written_in_one_sign_or_two(self, tmp_path: Path, text: str) -> None:
        assert [one.plu for one in self.shop(tmp_path, NAMED).search(text, 9)] == ["2004"]

    @pytest.mark.parametrize("text", ["paperi", "wc-paperi", "wc paperi", "WC-pap 8"])
    def test_a_hyphen_parts_words(self, tmp_path: Path, text: str) -> None:
        assert [one.plu for one in self.shop(tmp_path, NAMED).search(text, 9)] == ["2003"]

    def test_a_plu_and_the_digits_of_a_gtin_are_found_and_the_exact_plu_first(self, tmp_path: Path) -> None:
        shop = self.shop(tmp_path, (*SHOP, article("100", "Åpen", 100), replace(SHOP[0], plu="A-7", gtin=None)))
        assert [one.plu for one in shop.search("1004", 9)] == ["1004"]
        assert shop.search("100", 9)[0].plu == "100"
        assert {one.plu for one in shop.search("100", 9)} == {"100", *(one.plu for one in SHOP)}
        assert [one.plu for one in shop.search("a-7", 9)] == ["A-7"]
        for one in SHOP:
            assert one.gtin is not None
            assert one in shop.search(one.gtin, 9)
            assert one in shop.search(one.gtin[1:], 9)
            assert one in shop.search(one.gtin[-6:], 9)

    @pytest.mark.parametrize("text", ["", "   ", "-", "%", "_ *", "'; drop table article --", "\x00"])
    def test_a_search_for_nothing_or_for_signs_finds_nothing(self, tmp_path: Path, text: str) -> None:
        assert self.shop(tmp_path, SHOP).search(text, 9) == ()

    def test_a_search_stops_at_its_limit(self, tmp_path: Path) -> None:
        assert len(self.shop(tmp_path, (*SHOP, *NAMED)).search("l", 1)) == 1

    def test_favourites_come_in_the_shops_order(self, tmp_path: Path) -> None:
        last = article("0001", "Avis", 100, favourite="Hurtigtaster")
        assert [one.plu for one in self.shop(tmp_path, (*SHOP, last)).favourites()] == ["1001", "0001"]

    def test_an_empty_shop_answers_every_question(self, tmp_path: Path) -> None:
        shop = self.shop(tmp_path, ())
        assert (shop.by_plu("1"), shop.search("sol", 9), shop.favourites()) == (None, (), ())

    def test_an_article_without_gtin_keeps_its_weight_and_age(self, tmp_path: Path) -> None:
        loose = Article("7", None, "Løs vekt", SHOP[0].price, Unit.KG, SHOP[0].vat, "", None, 18, None, "#123456")
        assert self.shop(tmp_path, (*SHOP, loose)).by_plu("7") == loose


class TestInMemoryArticles(ArticlesPromise):
    def shop(self, tmp_path: Path, articles: tuple[Article, ...]) -> Articles:
        return InMemoryArticles(articles)


class TestArticleStore(ArticlesPromise):
    @pytest.fixture(autouse=True)
    def _closed(self) -> Iterator[None]:
        self.open: list[ArticleStore] = []
        yield
        for store in self.open:
            store.close()

    def shop(self, tmp_path: Path, articles: tuple[Article, ...]) -> Articles:
        write_catalogue(tmp_path / "articles.db", articles)
        self.open.append(open_catalogue(tmp_path / "articles.db"))
        return self.open[-1]
