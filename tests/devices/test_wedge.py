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
