"""A scanner that types, told from a person who types, at every speed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.devices.layout import repair
from till.devices.wedge import Burst, Verdict
from till.engine.ports import RawScan, RefusedScan, ScanRefusal

PERSONAL = "https://qr.vipps.no/28/2/01/031/4700000001?v=1"


def type_text(burst: Burst[str], text: str, gap_s: float, start_s: float = 0.0) -> tuple[list[Verdict[str]], float]:
    verdicts, now = [], start_s
    for character in text:
        verdicts.append(burst.end(character, now) if character == "\n" else burst.press(character, character, now))
        now += gap_s
    return verdicts, now


@pytest.mark.parametrize("gap_s", [0.0, 0.001, 0.005, 0.02, 0.035, 0.06])
def test_ten_codes_in_one_burst_are_ten_scans_and_no_key_comes_back(gap_s: float) -> None:
    """Known pains 12, 13, 15."""
    codes = [f"70380100{number:05}" for number in range(10)]
    verdicts, _ = type_text(Burst(), "\n".join(codes) + "\n", gap_s)
    assert [scan.text for verdict in verdicts if isinstance(scan := verdict.scan, RawScan)] == codes
    assert all(verdict.replay == () for verdict in verdicts)


@pytest.mark.parametrize("gap_s", [0.005, 0.02, 0.06])
def test_a_personal_code_has_no_total_time_limit(gap_s: float) -> None:
    verdicts, _ = type_text(Burst(), PERSONAL + "\n", gap_s)
    assert verdicts[-1].scan == RawScan(PERSONAL)


@given(st.text("0123456789abcdef", min_size=1, max_size=20), st.floats(0.08, 0.5))
def test_a_person_gets_every_key_back_in_order(text: str, gap_s: float) -> None:
    burst: Burst[str] = Burst()
    verdicts, now = type_text(burst, text + "\n", gap_s)
    assert "".join(key for verdict in verdicts for key in verdict.replay) == text + "\n"
    assert all(verdict.scan is None for verdict in verdicts)
    assert not burst.expire(now + 1).replay


def test_two_digits_and_enter_are_a_quantity() -> None:
    """Known pain 12."""
    verdicts, _ = type_text(Burst(), "12\n", 0.01)
    assert verdicts[-1].replay == ("1", "2", "\n")


def test_a_customers_code_never_reaches_a_widget_even_without_its_end() -> None:
    """Fault catalogue H4, H5."""
    burst: Burst[str] = Burst()
    _, now = type_text(burst, PERSONAL, 0.01)
    late = burst.expire(now + 1)
    assert late.replay == ()
    assert late.scan == RawScan(PERSONAL)


def test_a_flood_of_keys_is_one_refused_scan() -> None:
    """Fault catalogue H2, I13."""
    verdicts, _ = type_text(Burst(), "x" * 5000 + "\n", 0.0)
    assert verdicts[-1].scan == RefusedScan(5000, ScanRefusal.TOO_LONG)


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("httpsØ--qr.vipps.no-28-2-01-031-4700000001_v\\1", PERSONAL),
        ("httpsØ--qr.vipps.no-p-qWjhewq", "https://qr.vipps.no/p/qWjhewq"),
        ("httpsÆ--qr.vipps.no-p-qWjhewq", "https://qr.vipps.no/p/qWjhewq"),
        ("httpsÖ--qr.vipps.no-p-qWjhewq", "https://qr.vipps.no/p/qWjhewq"),
        ("httpsÆ--qr.vipps.no-28-2-01-031-4700000001_v´1", PERSONAL),
        ("HTTPS://QR.VIPPS.NO/P/QwJHEWQ", "https://qr.vipps.no/p/qWjhewq"),
    ],
)
def test_a_foreign_layout_is_put_right_and_said(typed: str, whole: str) -> None:
    """Known pain 14; the table of the Nordic layouts."""
    repaired = repair(typed)
    assert repaired is not None
    assert (repaired.text, repaired.is_whole) == (whole, True)
    verdicts, _ = type_text(Burst(), typed + "\n", 0.01)
    assert verdicts[-1].scan == RawScan(whole, is_repaired=True)


def test_a_code_that_a_dead_key_damaged_is_refused() -> None:
    verdicts, _ = type_text(Burst(), "httpsÖ--qr.vipps.no-28-2-01-031-4700000001_v1\n", 0.01)
    assert verdicts[-1].scan == RefusedScan(45, ScanRefusal.LAYOUT_DAMAGED)


@pytest.mark.parametrize("head", ["]Q1", "¨Q1", "Q1", ""])
@pytest.mark.parametrize("code", [PERSONAL, "httpsØ--qr.vipps.no-p-qWjhewq", "HTTPS://QR.VIPPS.NO/P/QwJHEWQ"])
@pytest.mark.parametrize("typed_share", [0.6, 1.0])
def test_no_form_of_a_customers_code_is_typed_into_a_widget(head: str, code: str, typed_share: float) -> None:
    """Fault catalogue H4: with the symbology in front, through another layout, with Caps Lock on, and cut short."""
    text = (head.swapcase() if "HTTPS" in code else head) + code
    burst: Burst[str] = Burst()
    verdicts, now = type_text(burst, text[: int(len(text) * typed_share)], 0.005)
    verdicts.append(burst.expire(now + 1))
    verdicts.append(burst.end("\n", now + 2))
    assert [verdict.replay for verdict in verdicts if verdict.replay] == [("\n",)], "two seconds later a person presses"
    assert sum(verdict.scan is not None for verdict in verdicts) == 1


@given(st.integers(12, len(PERSONAL)), st.floats(0.0, 0.45))
def test_a_stall_within_a_customers_code_neither_cuts_it_nor_lets_its_end_go(place: int, stall_s: float) -> None:
    """Known pain 13; fault catalogue H4, H5."""
    burst: Burst[str] = Burst()
    before, now = type_text(burst, PERSONAL[:place], 0.005)
    assert burst.deadline_s() is not None
    assert burst.expire(now + stall_s) == Verdict()
    after, _ = type_text(burst, PERSONAL[place:] + "\n", 0.005, now + stall_s)
    assert [verdict for verdict in (*before, *after) if verdict != Verdict()] == [Verdict(scan=RawScan(PERSONAL))]


@pytest.mark.parametrize("place", [24, 30, 42, 45])
def test_the_rest_of_a_customers_code_that_was_taken_early_reaches_nothing(place: int) -> None:
    """Fault catalogue H4, H5: a dead key in the middle makes the caller decide at once."""
    burst: Burst[str] = Burst()
    _, now = type_text(burst, PERSONAL[:place], 0.005)
    assert burst.flush().scan is not None
    rest, now = type_text(burst, PERSONAL[place:] + "\n", 0.005, now)
    assert all(verdict == Verdict() for verdict in rest)
    verdicts, _ = type_text(burst, "12\n", 0.1, now + 0.1)
    assert [key for verdict in verdicts for key in verdict.replay] == ["1", "2", "\n"], "the next keys are a person's"


def test_a_person_who_types_on_after_a_code_without_an_end_is_heard_again() -> None:
    burst: Burst[str] = Burst()
    _, now = type_text(burst, PERSONAL, 0.005)
    burst.flush()
    verdicts, now = type_text(burst, "123", 0.1, now + 0.1)
    verdicts.append(burst.expire(now + 1))
    assert "".join(key for verdict in verdicts for key in verdict.replay) == "23"


@given(st.lists(st.tuples(st.sampled_from("7038a"), st.floats(0.0, 0.3)), max_size=40))
def test_every_key_comes_back_once_in_order_or_goes_into_a_scan(keys: list[tuple[str, float]]) -> None:
    burst: Burst[str] = Burst()
    now, seen = 0.0, ""
    for character, gap_s in (*keys, ("\n", 0.02)):
        now += gap_s
        verdict = burst.end("\n", now) if character == "\n" else burst.press(character, character, now)
        seen += "".join(verdict.replay) + (f"{verdict.scan.text}\n" if isinstance(verdict.scan, RawScan) else "")
    assert seen == "".join(character for character, _ in keys) + "\n"
    assert not burst.is_holding


@pytest.mark.parametrize("gap_s", [0.06, 0.12, 0.2])
def test_the_gap_can_be_set_for_a_slow_scanner(gap_s: float) -> None:
    verdicts, _ = type_text(Burst(gap_s + 0.005), "7038010001659\n", gap_s)
    assert verdicts[-1] == Verdict(scan=RawScan("7038010001659"))
