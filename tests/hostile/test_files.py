"""Settings and article files of any kind: taken whole, or refused with complaints that repeat nothing of what stands in them."""

import os
import random
import re
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from till.catalogue.importer import COMPLAINTS_MOST, FIELD_MOST, ImportRefused, LineComplaint, read_articles
from till.catalogue.store import open_catalogue, write_catalogue
from till.domain.catalogue import Article
from till.domain.money import Currency
from till.settings.file import Complaint, SettingsRefused, load, parse
from till.settings.model import Settings
from till.settings.template import settings_text

GOOD = settings_text(market="NO", msn="900001", shop="Storgata")
HEAD = "plu;gtin;name;price;unit;vat\n"
GIBIBYTE = 1024**3
#: Signs that turn the direction of a line, break it, hide in it, or steer a terminal.
STEERING = ("\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2069", "\u200e", "\u200f", "\u061c")
BREAKING = (
    "\x00",
    "\x07",
    "\x08",
    "\x1b[2J",
    "\x7f",
    "\x85",
    "\x9b2J",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\u200b",
    "\ud800",
)
FORMULAS = ("=1+1", "+47", "-20 %", "@SUM(A1)", "=HYPERLINK(1)", "  =1+1", "\t=1+1", "'=1+1", "＝1+1", "|cmd")
MEMORY_MOST = 16 * 1024 * 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Fail a test that holds more than a little at any one time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MOST
    finally:
        tracemalloc.stop()


def articles(folder: Path, content: bytes) -> tuple[Article, ...] | tuple[LineComplaint, ...]:
    path = folder / "articles.csv"
    path.write_bytes(content)
    try:
        return read_articles(path, Currency.NOK)
    except ImportRefused as refused:
        return refused.complaints


def said_of(path: Path) -> Settings | tuple[Complaint, ...]:
    try:
        return load(path)
    except SettingsRefused as refused:
        return refused.complaints


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("begins", [b"", b"version = 1\n", b'version = "', b"# "])
def test_settings_of_a_gibibyte_are_refused_without_being_read(tmp_path: Path, begins: bytes) -> None:
    """Fault catalogue J8; invariant I13: the file is sparse, so only its size is real."""
    path = tmp_path / "till.toml"
    path.write_bytes(begins)
    os.truncate(path, GIBIBYTE)
    (complaint,) = said_of(path)  # type: ignore[misc]
    assert "large" in complaint.expected


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("begins", [b"", HEAD.encode(), HEAD.encode() + b'1;;"', HEAD.encode() + b"1;;A;1;kg;15\n"])
def test_articles_of_a_gibibyte_are_refused_in_a_little_memory(tmp_path: Path, begins: bytes) -> None:
    """Fault catalogue J8; invariant I13."""
    path = tmp_path / "articles.csv"
    path.write_bytes(begins)
    os.truncate(path, GIBIBYTE)
    with pytest.raises(ImportRefused) as refused:
        read_articles(path, Currency.NOK)
    assert 0 < len(refused.value.complaints) <= COMPLAINTS_MOST


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null", "pipe", "loop"])
def test_settings_that_are_no_file_are_refused_and_not_waited_for(tmp_path: Path, device: str) -> None:
    """Invariant I13: a device has no end, and a pipe may never have a beginning."""
    path = tmp_path / "till.toml"
    if device == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path if device == "loop" else device)
    said: list[object] = []
    reading = threading.Thread(target=lambda: said.append(said_of(path)), daemon=True)
    reading.start()
    reading.join(5)
    assert len(said) == 1, "still reading"
    (complaint,) = said[0]  # type: ignore[misc]
    assert isinstance(complaint, Complaint)


def toml_value(chance: random.Random) -> str:
    """Return something that may stand behind a key."""
    sign = chance.choice((*STEERING, *BREAKING[:-1], *FORMULAS))
    quoted = "".join(f"\\U{ord(one):08x}" for one in sign)
    return chance.choice(
        (
            f'"{quoted}"',
            f"'{sign}'",
            f'"""{sign}\n"""',
            f'"{"x" * chance.choice((61, 5000))}"',
            "[" * chance.choice((3, 5000)),
            "{a = {b = {c = 1}}}",
            "nan",
            "1e400",
            "9" * chance.choice((19, 5000)),
            "0x" + "f" * 40,
            "1979-05-27T07:32:00Z",
            '"../../etc/passwd"',
            '"http://127.0.0.1:1@evil.example"',
            "true",
        )
    )


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**64))
def test_settings_with_anything_in_any_place_are_taken_or_complained_of(folder: Path, seed: int) -> None:
    """Fault catalogue J5, J7: nothing is taken that could turn a line round, and no complaint repeats a value."""
    chance = random.Random(seed)
    lines = GOOD.splitlines()
    keys = [place for place, line in enumerate(lines) if " = " in line]
    for place in chance.sample(keys, chance.randint(1, 3)):
        lines[place] = f"{lines[place].split(' = ')[0]} = {toml_value(chance)}"
    if chance.random() < 0.3:
        lines.insert(chance.randrange(len(lines)), f'"{chance.choice(FORMULAS)}" = 1')
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    if chance.random() < 0.2:
        content = content[: chance.randrange(len(content))] + chance.randbytes(3)
    path = folder / "till.toml"
    path.write_bytes(content)
    said = said_of(path)
    if isinstance(said, Settings):
        assert (said.shop.name + said.till.name + said.vipps.base_url).isprintable()
        assert "evil" not in said.vipps.base_url
        assert re.fullmatch(r"[a-z][a-z0-9]{0,7}", said.till.id)
        assert re.fullmatch(r"[0-9]{4,10}", said.vipps.msn)
        return
    assert said
    for complaint in said:
        assert str(complaint).isprintable()
        assert len(str(complaint)) < 400
        assert "evil" not in str(complaint)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_settings_of_any_bytes_are_refused(folder: Path, content: bytes) -> None:
    path = folder / "till.toml"
    path.write_bytes(content)
    assert isinstance(said_of(path), tuple)


def cell(chance: random.Random) -> str:
    """Return something that may stand in a cell."""
    sign = chance.choice((*STEERING, *BREAKING))
    return chance.choice(
        (
            chance.choice(FORMULAS),
            f"A{sign}B",
            sign,
            f'"A\n{chance.choice(FORMULAS)}"',
            f'"{chance.choice(FORMULAS)}"',
            '"',
            '"A"B',
            "x" * chance.choice((500, 501, 70_000)),
            "<b>A</b><img src=file:///etc/passwd>",
            "../../etc/passwd",
            "%s{0}${x}",
            "12,50",
            "1e2",
            "nan",
            "\u0661\u0662",
            "piece",
            "15",
            "",
        )
    )


def csv(chance: random.Random) -> bytes:
    """Return an article file with one to six rows, mostly good, of which cells may be anything."""
    delimiter = chance.choice(";;;,\t|")
    names = ["plu", "gtin", "name", "price", "unit", "vat"]
    if chance.random() < 0.1:
        names[chance.randrange(6)] = cell(chance)
    rows = [names]
    for number in range(chance.randint(1, 6)):
        row = [str(1000 + number), "", f"Article {number}", "12.50", "piece", "15"]
        for _ in range(chance.choice((0, 0, 1, 2))):
            row[chance.randrange(6)] = cell(chance)
        rows.append(row[: chance.choice((6, 6, 6, 5))])
    text = chance.choice(("\n", "\r\n")).join(delimiter.join(row) for row in rows)
    return text.encode(chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")), "surrogatepass")


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**64))
def test_articles_of_any_cells_are_all_taken_as_text_or_all_refused(folder: Path, seed: int) -> None:
    """Fault catalogue J5, J6, J8."""
    content = csv(random.Random(seed))
    said = articles(folder, content)
    assert said
    if isinstance(said[0], LineComplaint):
        assert len(said) <= COMPLAINTS_MOST
        for complaint in said:
            assert isinstance(complaint, LineComplaint)
            assert 0 <= complaint.line <= content.count(b"\n") + 2
            assert str(complaint).isprintable()
            assert len(str(complaint)) < 200
            assert complaint.line == 1 or "passwd" not in str(complaint), "only a column's name is repeated"
        return
    for article in said:
        assert isinstance(article, Article)
        assert article.name.isprintable()
        assert 0 < len(article.name) <= FIELD_MOST
        assert article.price.minor >= 0
    assert len({article.plu for article in said}) == len(said)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_articles_of_any_bytes_are_articles_or_complaints(folder: Path, content: bytes, has_head: bool) -> None:
    """Fault catalogue J8."""
    for one in articles(folder, (HEAD.encode() if has_head else b"") + content):
        assert one.name.isprintable() if isinstance(one, Article) else str(one).isprintable()


@pytest.mark.parametrize("sign", [*STEERING, *BREAKING])
def test_no_sign_that_turns_or_breaks_a_line_comes_into_the_shop(tmp_path: Path, sign: str) -> None:
    """Fault catalogue J5: neither by an article's name nor by the shop's."""
    row = f"1;;A{sign}B;1;piece;15\n".encode("utf-8", "surrogatepass")
    assert isinstance(articles(tmp_path, HEAD.encode() + row)[0], LineComplaint)
    with pytest.raises(SettingsRefused):
        parse(GOOD.replace("Storgata", f"Stor{sign}gata"))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_kept_as_the_text_that_it_is(tmp_path: Path, text: str) -> None:
    """Fault catalogue J6: stored, found again, and not worked out on the way."""
    taken = articles(tmp_path, f"{HEAD}1;;{text};1;piece;15\n".encode())
    assert isinstance(taken[0], Article)
    write_catalogue(tmp_path / "articles.db", taken)  # type: ignore[arg-type]
    store = open_catalogue(tmp_path / "articles.db")
    found = store.by_plu("1")
    store.close()
    assert found is not None
    assert found.name == text.strip()


def test_a_million_complaints_are_a_hundred_and_ten_million_rows_are_not_read(tmp_path: Path) -> None:
    """Fault catalogue J8."""
    path = tmp_path / "articles.csv"
    path.write_text(HEAD + "?;12;;dear;box;99\n" * 100_000, encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        read_articles(path, Currency.NOK)
    assert len(refused.value.complaints) == COMPLAINTS_MOST
    path.write_text(HEAD + "".join(f"{number};;A;1;kg;15\n" for number in range(2_000)), encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        read_articles(path, Currency.NOK, rows_most=1_000)
    assert [one.line for one in refused.value.complaints] == [1_002]
