"""What a scanned text means."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.domain.reference import keyed_check, make_reference
from till.domain.scan import (
    ArticleCode,
    Market,
    NoMeaning,
    PersonalCode,
    PriceCode,
    UnknownCode,
    WeightCode,
    gtin_check_digit,
    gtin_is_valid,
    meaning_of,
)
from till.domain.secret import Secret

NO, DK, FI = Market.NORWAY, Market.DENMARK, Market.FINLAND


@pytest.mark.parametrize("code", ["7038010001659", "70311235", "036000291452", "17038010001656"])
def test_published_samples_have_right_check_digits(code: str) -> None:
    assert gtin_is_valid(code)
    assert meaning_of(code, aim=None, market=NO) == ArticleCode(code.zfill(14))


@pytest.mark.parametrize(
    ("code", "market", "meaning"),
    [
        ("2300123411553", NO, WeightCode("02300123400007", 1155)),
        ("2300123411553", FI, WeightCode("02300123400007", 1155)),
        ("2400123411550", FI, WeightCode("02400123400004", 11550)),
        ("2000123409955", NO, PriceCode("02000123400006", 995)),
        ("2112340039751", DK, PriceCode("02112340000003", 3975)),
        ("2612340015057", DK, WeightCode("02612340000008", 1505)),
        ("2712340015054", DK, WeightCode("02712340000005", 1505)),
        ("2388060112344", NO, WeightCode("02388060100006", 1234)),
        ("2135040039753", DK, PriceCode("02135040000005", 3975)),
        ("2088060112343", FI, ArticleCode("02088060112343")),
    ],
)
def test_in_store_codes_mean_what_the_market_says(code: str, market: Market, meaning: object) -> None:
    """Fault catalogue H7: the table follows the country."""
    found = meaning_of(code, aim="E0", market=market)
    if isinstance(meaning, WeightCode | PriceCode):
        assert type(found) is type(meaning)
        assert gtin_is_valid(getattr(found, "base_gtin14", ""))
        value = "grams" if isinstance(meaning, WeightCode) else "price_minor"
        assert getattr(found, value) == getattr(meaning, value)
    else:
        assert found == meaning


def test_a_wrong_check_digit_is_refused_and_not_looked_up() -> None:
    """Fault catalogue H7."""
    assert meaning_of("7038010001658", aim=None, market=NO) == UnknownCode(13, NoMeaning.WRONG_CHECK_DIGIT)


def test_a_personal_code_stays_whole_and_never_prints() -> None:
    """Fault catalogue H4, invariant I11."""
    text = "https://qr.vipps.no/28/2/01/031/4700000001?v=1"
    meaning = meaning_of(text, aim="Q1", market=NO)
    assert isinstance(meaning, PersonalCode)
    assert meaning.content.reveal() == text
    assert "4700000001" not in repr(meaning)


def test_only_a_qr_symbol_may_be_a_customer() -> None:
    assert isinstance(meaning_of("https://qr.vipps.no/p/abc", aim="C0", market=NO), UnknownCode)


def test_the_shops_own_sticker_is_no_customer() -> None:
    meaning = meaning_of("https://qr.vipps.no/28/2/05/031/123456", aim="Q1", market=NO)
    assert meaning == UnknownCode(38, NoMeaning.SHOP_STICKER)


@given(st.text(max_size=6000))
def test_any_text_means_something_and_nothing_falls(text: str) -> None:
    """Fault catalogue H2, H6: generated scans."""
    for market in Market:
        meaning_of(text, aim=None, market=market)


@given(st.text("0123456789", min_size=7, max_size=13))
def test_one_wrong_digit_is_always_found(body: str) -> None:
    whole = body + gtin_check_digit(body)
    wrong = str((int(whole[0]) + 1) % 10) + whole[1:]
    assert gtin_is_valid(whole)
    assert not gtin_is_valid(wrong)


@given(st.integers(1, 9999999), st.integers(1, 99), st.sampled_from(["test", "production"]))
def test_a_reference_fits_the_description_and_leaves_room_for_its_keys(sale: int, attempt: int, mode: str) -> None:
    """Requirement 9; fault catalogue D6: references differ by mode."""
    import re
    from datetime import datetime

    day = datetime(2026, 11, 21, tzinfo=UTC)
    reference = make_reference(
        till="kasse123",
        mode=mode,
        day=day,
        sale=sale,
        attempt=attempt,
        check=lambda text: keyed_check(Secret("client id"), text),
    )
    assert re.fullmatch(r"[a-zA-Z0-9-]{8,64}", reference)
    assert reference.startswith("test-") is (mode == "test")
    assert len(f"{reference}-release") <= 50
