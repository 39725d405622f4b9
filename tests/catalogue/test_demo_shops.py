"""The demo shops: every row imports, follows the market's law, and can be scanned."""

import csv
import tomllib
from pathlib import Path

import pytest

from till.catalogue.importer import read_articles
from till.catalogue.store import open_catalogue, write_catalogue
from till.domain.catalogue import Article, Unit
from till.domain.money import Currency
from till.domain.scan import ArticleCode, Market, WeightCode, gtin_check_digit, gtin_is_valid, meaning_of
from till.resource_files import resource_path

CURRENCIES = {Market.NORWAY: Currency.NOK, Market.DENMARK: Currency.DKK, Market.FINLAND: Currency.EUR}
RATES = {Market.NORWAY: {0, 1500, 2500}, Market.DENMARK: {0, 2500}, Market.FINLAND: {1350, 2550}}
DEPOSITS = {Market.NORWAY: {200, 300}, Market.DENMARK: {100, 150, 300}, Market.FINLAND: {15, 20, 40}}
DEPOSIT_RATE = {Market.NORWAY: 0, Market.DENMARK: 2500, Market.FINLAND: 2550}
#: Weight 1.155 kg in the market's layout: what stands in place of the base number's zeros.
WEIGHED = {Market.NORWAY: "1155", Market.DENMARK: "001155", Market.FINLAND: "1155"}
ADULT_GROUPS = {"Øl", "Olut", "Tobakk", "Tobak", "Tupakka"}

every_market = pytest.mark.parametrize("market", list(Market))


def articles_of(market: Market) -> tuple[Article, ...]:
    return read_articles(resource_path(f"demo/{market.value}.csv"), CURRENCIES[market])


@every_market
def test_every_row_of_a_demo_file_becomes_an_article(market: Market) -> None:
    with resource_path(f"demo/{market.value}.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    articles = articles_of(market)
    assert len(articles) == len(rows) >= 200
    for row, article in zip(rows, articles, strict=True):
        assert (article.plu, article.name) == (row["plu"], row["name"])
        assert gtin_is_valid(row["gtin"])
    assert len({article.name for article in articles}) == len(articles)


@every_market
def test_a_demo_shop_has_all_four_kinds_at_rates_of_its_market(market: Market) -> None:
    articles = articles_of(market)
    assert {article.vat.basis_points for article in articles} <= RATES[market]
    assert {article.unit for article in articles} == set(Unit)
    assert any(article.min_age for article in articles)
    deposits = [article.deposit for article in articles if article.deposit]
    assert {deposit.price.minor for deposit in deposits} == DEPOSITS[market]
    assert {deposit.vat.basis_points for deposit in deposits} == {DEPOSIT_RATE[market]}


@every_market
def test_beer_and_tobacco_are_at_the_standard_rate_and_not_for_children(market: Market) -> None:
    strong = [article for article in articles_of(market) if article.group in ADULT_GROUPS]
    assert len(strong) >= 6
    for article in strong:
        assert article.vat.basis_points == max(RATES[market])
        assert (article.min_age or 0) >= (16 if market is Market.DENMARK else 18)


@every_market
def test_a_demo_shop_has_favourites_on_a_few_tabs_each_with_its_colour(market: Market) -> None:
    favourites = [article for article in articles_of(market) if article.favourite]
    assert 12 <= len(favourites) <= 18
    assert 3 <= len({article.favourite for article in favourites}) <= 4
    assert all(article.colour for article in favourites)


@every_market
def test_what_the_scanner_reads_is_found_in_the_demo_shop(market: Market, tmp_path: Path) -> None:
    """The code of an article by weight carries the weight; the look-up is by its base number."""
    articles = articles_of(market)
    write_catalogue(tmp_path / "articles.db", articles)
    store = open_catalogue(tmp_path / "articles.db")
    try:
        for article in articles:
            assert article.gtin is not None
            code = article.gtin[1:]
            if article.unit is Unit.KG:
                body = code[: 12 - len(WEIGHED[market])] + WEIGHED[market]
                meaning = meaning_of(body + gtin_check_digit(body), aim=None, market=market)
                assert meaning == WeightCode(article.gtin, 1155)
            else:
                assert meaning_of(code, aim=None, market=market) == ArticleCode(article.gtin)
            assert store.by_gtin(article.gtin) == article
    finally:
        store.close()


@every_market
def test_a_demo_shop_has_a_name_an_address_and_a_number_of_the_right_form(market: Market) -> None:
    shop = tomllib.loads(resource_path("demo/shops.toml").read_text(encoding="utf-8"))[market.value]
    assert set(shop) == {"name", "address", "organisation_number", "till", "currency"}
    assert all(shop.values())
    assert shop["currency"] == CURRENCIES[market].value
    digits = [int(sign) for sign in shop["organisation_number"] if sign.isdigit()]
    # Each number's own check: the weighted sum of all digits leaves nothing when divided by eleven.
    weights = {
        Market.NORWAY: (3, 2, 7, 6, 5, 4, 3, 2, 1),
        Market.DENMARK: (2, 7, 6, 5, 4, 3, 2, 1),
        Market.FINLAND: (7, 9, 10, 5, 8, 4, 2, 1),
    }[market]
    assert sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0
