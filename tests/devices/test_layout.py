"""What the Nordic layouts make of a scanner's US keys, undone where that is certain."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.devices.layout import repair
from till.devices.wedge import read_typed
from till.engine.ports import RawScan, RefusedScan

PREFIX = "https://qr.vipps.no/"
#: US sign -> received, as the layouts' own definitions have it; dead keys as the bare accent.
COMMON = dict(zip("/-?_+&()*^<>@$\\[]{}|", "-+_?`/)=(&;:\"¤'å¨Å^*", strict=True))
LAYOUTS = {
    "NO": COMMON | dict(zip(":;\"'=`~", "ØøÆæ\\|§", strict=True)),
    "DK": COMMON | dict(zip(":;\"'=`~", "ÆæØø´½§", strict=True)),
    "FI": COMMON | dict(zip(":;\"'=`~", "ÖöÄä´§½", strict=True)),
}
tails = st.text(string.ascii_letters + string.digits + string.punctuation, min_size=1, max_size=60)
layouts = pytest.mark.parametrize("layout", LAYOUTS)


def through(layout: str, text: str) -> str:
    return "".join(LAYOUTS[layout].get(sign, sign) for sign in text)


@layouts
def test_a_layout_maps_no_two_signs_to_one(layout: str) -> None:
    typed = string.ascii_letters + string.digits + string.punctuation
    assert len(set(through(layout, typed))) == len(typed)


@layouts
@given(tail=tails)
def test_every_sign_of_a_customers_code_comes_back(layout: str, tail: str) -> None:
    """Known pain 14."""
    repaired = repair(through(layout, PREFIX + tail))
    assert repaired is not None
    assert repaired.text == PREFIX + tail


@layouts
@given(tail=tails)
def test_with_caps_lock_on_it_comes_back_too(layout: str, tail: str) -> None:
    repaired = repair(through(layout, PREFIX + tail).swapcase())
    assert repaired is not None
    assert repaired.text == PREFIX + tail


@layouts
@pytest.mark.parametrize("dead", ["¨", ""])
def test_the_symbology_in_front_survives_a_dead_bracket(layout: str, dead: str) -> None:
    typed = dead + "Q1" + through(layout, PREFIX + "p/aB3")
    assert read_typed(typed) == RawScan(PREFIX + "p/aB3", "Q1", is_repaired=True)


@pytest.mark.parametrize("typed", ["Ë07038010001659", "¨E07038010001659", "E07038010001659"])
def test_an_articles_code_with_a_damaged_symbology_is_read_and_said(typed: str) -> None:
    assert read_typed(typed) == RawScan("7038010001659", "E0", is_repaired=True)


@pytest.mark.parametrize("layout", ["DK", "FI"])
def test_a_swallowed_equals_sign_is_refused_with_its_length_only(layout: str) -> None:
    typed = through(layout, PREFIX + "28/2/01/031/4700000001?v=1").replace("´", "")
    scan = read_typed(typed)
    assert isinstance(scan, RefusedScan)
    assert scan.length == len(typed)


@given(st.text(max_size=60))
def test_nothing_else_is_ever_repaired(text: str) -> None:
    assert repair(text) is None or text[:1] in "hHqQ]¨EË"


@pytest.mark.parametrize(
    "text", ["7038010001659", PREFIX + "p/abc", "]E07038010001659", "E0", "https", "", "till:receipt:x"]
)
def test_what_is_whole_is_left_alone(text: str) -> None:
    assert repair(text) is None


def test_what_was_repaired_never_prints_itself() -> None:
    assert "4700000001" not in repr(repair(through("NO", PREFIX + "28/2/01/031/4700000001?v=1")))
