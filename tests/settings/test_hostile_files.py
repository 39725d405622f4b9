"""Whatever stands in a settings file, the till says what is wrong with it and where, and never fails over it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.settings.file import FILE_MOST_BYTES, Complaint, SettingsRefused, load, parse, save
from till.settings.model import Settings, is_loopback
from till.settings.template import settings_text

GOOD = settings_text(market="NO", msn="900001", shop="Storgata")

#: Line -> key of what is wrong in the file below: twenty wrong things.
WRONG = """version = 2
[shop]
market = "SE"
name = 7
organisation_number = "\\u0007"
address = ["Storgata 1"]
vat_registered = "yes"
[till]
id = "Kasse-Nummer-1"
name = ""
language = "norsk"
theme = "pink"
scale_percent = 100.5
[vipps]
mode = "live"
msn = 900001
qr = true
push_allowed = 1
[polling]
pace_percent = 5
push_first_s = 5.0
[scanner]
kind = "laser"
baud = -1
wedge_gap_ms = 9999
[colours]
red = 1
"""
LINES = {
    (1, "version"),
    (3, "shop.market"),
    (4, "shop.name"),
    (5, "shop.organisation_number"),
    (6, "shop.address"),
    (7, "shop.vat_registered"),
    (9, "till.id"),
    (10, "till.name"),
    (11, "till.language"),
    (12, "till.theme"),
    (13, "till.scale_percent"),
    (15, "vipps.mode"),
    (16, "vipps.msn"),
    (17, "vipps.qr"),
    (18, "vipps.push_allowed"),
    (20, "polling.pace_percent"),
    (21, "polling.push_first_s"),
    (23, "scanner.kind"),
    (24, "scanner.baud"),
    (25, "scanner.wedge_gap_ms"),
    (26, "colours"),
    (27, "colours.red"),
}


def complaints(text: str) -> set[tuple[int, str]]:
    with pytest.raises(SettingsRefused) as refused:
        parse(text)
    return {(complaint.line, complaint.key) for complaint in refused.value.complaints}


def test_twenty_wrong_settings_are_told_at_once_each_with_its_line() -> None:
    assert complaints(WRONG) == LINES


def test_no_complaint_repeats_what_stands_in_the_file() -> None:
    """Someone may have put a key where it does not belong."""
    with pytest.raises(SettingsRefused) as refused:
        parse(GOOD + 'client_secret = "not-a-real-key"\nbrand = 5551234\n')
    assert "not-a-real-key" not in str(refused.value)
    assert "5551234" not in str(refused.value)


def test_what_is_missing_is_told_at_its_section() -> None:
    assert complaints('version = 1\n\n[shop]\nmarket = "NO"\n[till]\nid = "k1"\n') == {
        (3, "shop.name"),
        (0, "vipps.mode"),
        (0, "vipps.msn"),
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("version = \n", 1),
        ("version = 1\n[shop\n", 2),
        ("version = 1\nversion = 1\n", 2),
        ("version = [\n1,\n", 2),
        ("a = " + "[" * 20_000, 0),
        ("version = " + "1" * 5000, 0),
        ("when = 2026-99-99\n", 1),
    ],
)
def test_broken_toml_is_one_complaint_with_its_line(text: str, line: int) -> None:
    assert complaints(text) == {(line, "file")}


@pytest.mark.parametrize(
    ("extra", "found"),
    [
        ('[x]\ny = """\n[scanner]\nbaud = 1\n"""\n[scanner]\nbaud = 1\n', {(1, "x"), (2, "x.y"), (7, "scanner.baud")}),
        ("[[scanner]]\nbaud = 1\n", {(1, "scanner")}),
        ('["scanner"]\n"baud" = 1\n', {(2, "scanner.baud")}),
        ("[scanner.baud]\nfast = true\n", {(1, "scanner.baud")}),
        ('[scanner]\n"\\u001b[2J" = 1\n', {(1, r"'scanner.\x1b[2J'")}),
    ],
)
def test_odd_but_valid_toml_is_understood(extra: str, found: set[tuple[int, str]]) -> None:
    before = len(GOOD.splitlines())
    assert {(line - before, key) for line, key in complaints(GOOD + extra)} == found


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "0", "1e400", "9" * 400, "true", '"1"', "[1]"])
@pytest.mark.parametrize(
    "key", ["polling.pace_percent", "scanner.baud", "scanner.idle_gap_ms", "till.scale_percent", "version"]
)
def test_a_number_out_of_its_range_is_refused(key: str, number: str) -> None:
    section, _, name = key.rpartition(".")
    kept = [line for line in GOOD.splitlines() if not (name == "version" and line.startswith("version"))]
    if section == "till":
        kept.insert(kept.index("[till]") + 1, f"{name} = {number}")
    else:
        kept.insert(0, f"{key} = {number}")
    assert complaints("\n".join(kept)) == {(kept.index("[till]") + 2 if section == "till" else 1, key)}


keys = st.sampled_from(
    ["version", "shop", "till", "vipps", "scanner", "market", "id", "mode", "msn", "port", "store", "x"]
)
values = st.recursive(
    st.one_of(
        st.integers().map(str),
        st.floats().map(str),
        st.booleans().map(lambda value: str(value).lower()),
        st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="'"), max_size=20).map(
            "'{}'".format
        ),
        st.sampled_from(["1979-05-27", "07:32:00", '"""a\nb"""', "'serial'", "'file'", "'NO'", "'production'"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.tuples(keys, inner).map(lambda pair: f"{{{pair[0]} = {pair[1]}}}"),
    ),
    max_leaves=4,
)
lines = st.one_of(
    st.tuples(keys, values).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.tuples(keys, keys, values).map(lambda three: f"{three[0]}.{three[1]} = {three[2]}"),
    keys.map("[{}]".format),
    keys.map("[[{}]]".format),
)


@given(st.sampled_from(["", GOOD]), st.lists(lines, max_size=12))
def test_any_toml_is_settings_or_complaints(before: str, written: list[str]) -> None:
    text = before + "\n".join(written)
    found = read(text)
    assert isinstance(found, Settings) or found
    for complaint in found if isinstance(found, tuple) else ():
        assert 0 <= complaint.line <= len(text.splitlines())
        assert complaint.key.isprintable()


def read(text: str) -> Settings | tuple[Complaint, ...]:
    try:
        return parse(text)
    except SettingsRefused as refused:
        return refused.complaints


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8640", True),
        ("http://localhost:8640/", True),
        ("http://[::1]:8640", True),
        ("http://127.0.0.1:1@elsewhere.example", False),
        ("http://localhost:1@elsewhere.example:80", False),
        ("http://127.0.0.1:8640/../@elsewhere.example", False),
        ("http://127.0.0.1:", False),
        ("http://127.0.0.1:8640\n", False),
        ("http://127.0.0.1.elsewhere.example:1", False),
        ("https://127.0.0.1:8640#elsewhere", False),
        ("", False),
    ],
)
def test_only_an_address_that_is_this_machine_is_a_sandbox(url: str, is_here: bool) -> None:
    """Fault catalogue D6: a test till's keys must not travel in the clear to another host."""
    assert is_loopback(url) is is_here


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_saved_by_an_editor_on_windows_is_read(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "till.toml"
    path.write_bytes(mark + GOOD.replace("\n", "\r\n").encode())
    assert load(path).shop.name == "Storgata"


@pytest.mark.parametrize("place", ["absent.toml", ".", "absent/till.toml"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, place: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load(tmp_path / place)
    assert len(refused.value.complaints) == 1


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "till.toml"
    path.write_bytes(GOOD.encode() + b"#" * FILE_MOST_BYTES)
    with pytest.raises(SettingsRefused):
        load(path)


def test_half_a_file_beside_the_settings_is_never_the_settings(tmp_path: Path) -> None:
    """Fault catalogue A26: the power went while the new file was written."""
    path = tmp_path / "till.toml"
    save(path, GOOD)
    path.with_name("till.toml.new").write_text("version = 1\n[sho", encoding="utf-8")
    assert load(path).vipps.msn == "900001"
    save(path, GOOD.replace("900001", "900002"))
    assert load(path).vipps.msn == "900002"
    assert list(tmp_path.iterdir()) == [path]
