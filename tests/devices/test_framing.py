"""Bytes of a scanner become whole codes, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.devices.framing import Framing
from till.engine.ports import RawScan, RefusedScan, ScanRefusal

PERSONAL = "https://qr.vipps.no/28/2/01/031/4700000001?v=1"
codes = st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=60), max_size=8)


@given(codes, st.data())
def test_any_cutting_gives_the_same_codes(texts: list[str], data: st.DataObject) -> None:
    """Fault catalogue H3; known pain 13."""
    whole = "".join(f"{text}\r\n" for text in texts).encode()
    framing, found, place = Framing(), [], 0
    while place < len(whole):
        size = data.draw(st.integers(1, 40))
        found.extend(framing.feed(whole[place : place + size], 0.0))
        place += size
    read = [scan for scan in found if isinstance(scan, RawScan)]
    assert len(found) == len(texts)
    assert [scan.text for scan in read if scan.aim is None] == [text for text in texts if not _has_aim(text)]


def _has_aim(text: str) -> bool:
    return len(text) >= 3 and text[0] == "]" and text[1:3].isascii() and text[1].isalpha() and text[2].isalnum()


def test_the_symbology_stands_apart_and_a_scan_never_prints_itself() -> None:
    (scan,) = Framing().feed(f"]Q1{PERSONAL}\r".encode(), 0.0)
    assert scan == RawScan(PERSONAL, "Q1")
    assert "4700000001" not in repr(scan)


def test_without_a_terminator_a_gap_ends_the_code_until_a_terminator_was_ever_seen() -> None:
    framing = Framing(0.08)
    framing.feed(b"7038010001659", 0.0)
    assert framing.idle(0.05) == ()
    assert framing.idle(0.09) == (RawScan("7038010001659", None, is_terminated=False),)
    framing.feed(b"7038010001659\r", 1.0)
    framing.feed(b"https://qr.vipps", 2.0)
    assert framing.idle(2.4) == (), "a stall of 400 ms does not cut a terminated code in two"
    assert framing.feed(b".no/p/x\r", 2.4) == (RawScan("https://qr.vipps.no/p/x"),)


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (b"\xff\xfe\xfd\r", ScanRefusal.NOT_TEXT),
        (b"a\x1b[2Jb\r", ScanRefusal.CONTROL_CHARACTERS),
        (b"a\x00b\r", ScanRefusal.CONTROL_CHARACTERS),
        (b"x" * 100_000 + b"\r", ScanRefusal.TOO_LONG),
    ],
)
def test_what_is_no_text_is_refused_with_its_length_only(received: bytes, reason: ScanRefusal) -> None:
    """Fault catalogue H2, invariant I13."""
    framing = Framing()
    (scan,) = framing.feed(received, 0.0)
    assert scan == RefusedScan(len(received) - 1, reason)
    assert framing.feed(b"ok\r", 0.0) == (RawScan("ok"),)


def test_half_a_code_is_thrown_away_when_the_scanner_goes() -> None:
    """Fault catalogue H1."""
    framing = Framing()
    framing.feed(b"70380", 0.0)
    framing.reset()
    assert framing.feed(b"7038010001659\r", 1.0) == (RawScan("7038010001659"),)


def test_half_a_code_whose_end_never_came_is_not_glued_to_the_next() -> None:
    """Fault catalogue H1: the port stays, the radio scanner behind it went."""
    framing = Framing()
    framing.feed(b"7038010001659\r", 0.0)
    framing.feed(b"70380", 1.0)
    assert framing.feed(b"7038010001659\r", 2.1) == (RawScan("7038010001659"),)
    framing.feed(b"70380", 3.0)
    assert framing.idle(3.9) == ()
    assert framing.idle(4.1) == ()
    assert framing.feed(b"ok\r", 4.2) == (RawScan("ok"),)


def test_a_flood_that_never_ends_is_one_refused_scan_and_holds_little() -> None:
    """Fault catalogue H2."""
    framing = Framing()
    framing.feed(b"ok\r", 0.0)
    for turn in range(100):
        assert framing.feed(b"x" * 1000, turn / 100) == ()
    assert len(framing._held) == 4096
    assert framing.idle(3.0) == (RefusedScan(100_000, ScanRefusal.TOO_LONG),)
    assert framing.idle(9.0) == ()


@given(st.lists(st.integers(0, 45), max_size=6), st.floats(0.0, 0.4))
def test_a_stall_anywhere_in_a_terminated_code_does_not_cut_it(places: list[int], stall_s: float) -> None:
    """Known pain 13."""
    framing, now, found = Framing(), 0.0, []
    framing.feed(b"7038010001659\r", now)
    for place, byte in enumerate(f"{PERSONAL}\r".encode()):
        now += stall_s if place in places else 0.001
        found.extend(framing.idle(now))
        found.extend(framing.feed(bytes([byte]), now))
    assert found == [RawScan(PERSONAL)]


@given(st.binary(max_size=200), st.integers(1, 30))
def test_any_bytes_give_only_scans_and_refusals(received: bytes, size: int) -> None:
    """Fault catalogue H2: what comes through is text that a window can show."""
    framing, found = Framing(), []
    for place in range(0, len(received), size):
        found.extend(framing.feed(received[place : place + size], 0.0))
    found.extend(framing.feed(b"\r", 0.0))
    assert all(scan.text.isprintable() for scan in found if isinstance(scan, RawScan))
    assert all(scan.length > 0 for scan in found if isinstance(scan, RefusedScan))
