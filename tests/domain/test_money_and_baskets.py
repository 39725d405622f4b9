"""Money, tax, baskets: the figures a shop is held to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.articles import article
from till.domain.basket import Basket, Line
from till.domain.catalogue import Unit
from till.domain.money import Currency, CurrencyMismatch, Money, divide_half_up
from till.domain.vat import VatRate, summarise_vat

NOK = Currency.NOK
amounts = st.integers(-10_000_000, 10_000_000)
rates = st.sampled_from([0, 1111, 1200, 1350, 1500, 2500, 2550])


def test_two_currencies_never_add() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, NOK) + Money(1, Currency.DKK)


@given(amounts, rates)
def test_tax_of_a_return_mirrors_tax_of_its_sale(minor: int, rate: int) -> None:
    vat = VatRate(rate)
    assert vat.contained_in(Money(-minor, NOK)) == -vat.contained_in(Money(minor, NOK))


@given(amounts, rates)
def test_net_and_tax_make_the_gross(minor: int, rate: int) -> None:
    (share,) = summarise_vat([(VatRate(rate), Money(minor, NOK))], NOK)
    assert share.net + share.tax == Money(minor, NOK)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**5))
def test_halves_go_away_from_zero(dividend: int, divisor: int) -> None:
    result = divide_half_up(dividend, divisor)
    assert abs(2 * (abs(result) * divisor - abs(dividend))) <= divisor


def test_tax_is_taken_per_line_and_not_from_the_sum() -> None:
    """Three lines of 10.00 at 15 % hold 3.90, although 30.00 would hold 3.91."""
    (share,) = summarise_vat([(VatRate(1500), Money(1000, NOK))] * 3, NOK)
    assert share.tax == Money(390, NOK)


def test_a_weighed_line_rounds_half_up() -> None:
    line = Line(1, article(unit=Unit.KG, price_minor=15976), 412, Money(15976, NOK))
    assert line.total == Money(6582, NOK)


def test_the_deposit_follows_its_drink_with_its_own_tax() -> None:
    line = Line(1, article(price_minor=2590, deposit_minor=200), 6000, Money(2590, NOK))
    basket = Basket(NOK).with_line(line)
    assert basket.total == Money(6 * 2790, NOK)
    assert {share.rate.basis_points: share.gross.minor for share in basket.vat} == {1500: 6 * 2590, 0: 1200}
    assert basket.without_line(1).is_empty


@given(st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 50_000), rates), max_size=20))
def test_the_total_is_the_sum_of_its_tax_shares(parts: list[tuple[int, int, int]]) -> None:
    basket = Basket(NOK)
    for number, (quantity, price, rate) in enumerate(parts):
        one = article(unit=Unit.KG, price_minor=price, rate=rate)
        basket = basket.with_line(Line(number, one, quantity, one.price))
    assert Money.total((share.gross for share in basket.vat), NOK) == basket.total
    for number in range(0, len(parts), 2):
        basket = basket.with_quantity(number, 1000) if number % 4 else basket.without_line(number)
        assert basket.total == Money.total((line.total for line in basket.lines), NOK)
