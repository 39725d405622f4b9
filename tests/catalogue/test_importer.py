"""The import's complaints: every one with its line, and nothing taken while there is any."""

from pathlib import Path

import pytest

from till.catalogue import importer
from till.catalogue.importer import ImportRefused, LineComplaint, read_articles
from till.domain.catalogue import Article
from till.domain.money import Currency

HEAD = "plu;gtin;name;price;unit;vat\n"
DEPOSIT_HEAD = "plu;name;price;unit;vat;deposit_name;deposit_price;deposit_vat\n"


def read(tmp_path: Path, content: str | bytes, currency: Currency = Currency.NOK) -> tuple[Article, ...]:
    path = tmp_path / "articles.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_articles(path, currency)


def complaints(tmp_path: Path, content: str | bytes, currency: Currency = Currency.NOK) -> tuple[LineComplaint, ...]:
    with pytest.raises(ImportRefused) as refused:
        read(tmp_path, content, currency)
    return refused.value.complaints


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (HEAD + "1;7038010001658;A;1,00;piece;15\n", 2, "check digit"),
        (HEAD + "1;703801000165;A;1,00;piece;15\n", 2, "gtin"),
        (HEAD + "1;70380100016;A;1,00;piece;15\n", 2, "gtin must be"),
        (HEAD + "1;;A;1,00;piece;15\n1;;B;1,00;piece;15\n", 3, "PLU stands on line 2"),
        (HEAD + "1;70311235;A;1,00;piece;15\n2;0000070311235;B;1,00;piece;15\n", 3, "GTIN stands on line 2"),
        (HEAD + "1;;A;cheap;piece;15\n1;;B;1,00;piece;15\n", 3, "PLU stands on line 2"),
        (HEAD + "1;;A;cheap;piece;15\n", 2, "price"),
        (HEAD + "1;;A;-1,00;piece;15\n", 2, "price"),
        (HEAD + "1;;A;1,005;piece;15\n", 2, "price"),
        (HEAD + "1;;A;\u0661\u0662;piece;15\n", 2, "price"),
        (HEAD + "1;;A;1e3;piece;15\n", 2, "price"),
        (HEAD + "1;;A;1,00;box;15\n", 2, "unit"),
        (HEAD + "1;;A;1,00;piece;150\n", 2, "vat"),
        (HEAD + "1;;A;1,00;piece;13\n", 2, "vat is not a rate"),
        (HEAD + "1;;;1,00;piece;15\n", 2, "name is empty"),
        (HEAD + "1;;A\u202e;1,00;piece;15\n", 2, "name has signs"),
        (HEAD + "1;;A\u2066B;1,00;piece;15\n", 2, "name has signs"),
        (HEAD + "1;;A\x1b[2J;1,00;piece;15\n", 2, "name has signs"),
        (HEAD + '1;;"A\nB";1,00;piece;15\n', 3, "name has signs"),
        (HEAD + "1;;" + "x" * 600 + ";1,00;piece;15\n", 2, "name is longer"),
        (HEAD + "=1+1;;A;1,00;piece;15\n", 2, "plu"),
        (HEAD + "1;;A\n", 2, "3 fields"),
        ("plu,name,unit,vat,price\n1,A,piece,15,39,90\n", 2, "6 fields"),
        ("plu,name,unit,vat,price,group\n1,A,piece,15,39,90,\n", 2, "7 fields"),
        (HEAD + '1;;"A;1,00;piece;15\n2;;B;1,00;piece;15\n', 3, "quote marks"),
        (HEAD + '1;;"A"B;1,00;piece;15\n', 2, "quote marks"),
        (DEPOSIT_HEAD + "1;A;1,00;piece;15;Pant;;0\n", 2, "deposit_price"),
        (DEPOSIT_HEAD + "1;A;1,00;piece;15;Pant;2,00;\n", 2, "deposit_vat"),
        (DEPOSIT_HEAD + "1;A;1,00;piece;15;Pant;2,00;14\n", 2, "deposit_vat"),
        ("plu;name;price;unit;vat;min_age\n1;A;1;piece;15;old\n", 2, "min_age"),
        ("plu;name;price;unit;vat;colour\n1;A;1;piece;15;red\n", 2, "colour"),
        ("plu;name\n", 1, "price is missing"),
        ("plu;name;price;unit;vat;secret\n", 1, "secret"),
        ("plu;name;price;price;unit;vat\n", 1, "price is there twice"),
        ("", 1, "plu is missing"),
        (HEAD, 0, "no articles"),
        (HEAD + ";;;;;\n\n", 0, "no articles"),
    ],
)
def test_a_wrong_file_is_refused_whole_with_its_line(tmp_path: Path, content: str, line: int, word: str) -> None:
    """Fault catalogue J5, J6, J8."""
    found = complaints(tmp_path, content)
    assert any(one.line == line and word in one.what for one in found), found


def test_every_complaint_of_every_line_is_made_in_the_files_order(tmp_path: Path) -> None:
    """Fault catalogue J8."""
    content = HEAD + "?;12;;dear;box;99\n2;;B;1;kg;15\n2;;C;x;kg;15\n"
    assert [(one.line, one.what.split()[0]) for one in complaints(tmp_path, content)] == [
        (2, "plu"),
        (2, "gtin"),
        (2, "name"),
        (2, "price"),
        (2, "unit"),
        (2, "vat"),
        (4, "price"),
        (4, "the"),
    ]


def test_a_broken_byte_is_complained_of_by_line_and_the_reading_goes_on(tmp_path: Path) -> None:
    """Fault catalogue J8."""
    content = HEAD.encode() + b"1;;A;1,00;piece;15\n2;;Gr\xf8t;1,00;piece;15\n3;;C;dear;piece;15\n"
    found = complaints(tmp_path, content)
    assert [one.line for one in found] == [3, 4]
    assert "UTF-8" in found[0].what


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_a_file_in_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    complaints(tmp_path, (HEAD + "1;;Grøt;1,00;piece;15\n").encode(encoding))


def test_a_hundred_complaints_are_enough(tmp_path: Path) -> None:
    assert len(complaints(tmp_path, HEAD + "?;12;;dear;box;99\n" * 500)) == importer.COMPLAINTS_MOST


def test_a_complaint_never_repeats_what_stands_in_a_field(tmp_path: Path) -> None:
    """Fault catalogue J5."""
    text = "".join(map(str, complaints(tmp_path, HEAD + "\x1b[31m;\x1b[31m;\x1b[31m;\x1b[31m;\x1b[31m;\x1b[31m\n")))
    assert text.isprintable()


def test_more_rows_than_the_limit_are_refused_and_never_cut_off(tmp_path: Path) -> None:
    """Fault catalogue J8."""
    path = tmp_path / "articles.csv"
    path.write_text(HEAD + "".join(f"{number};;A;1;kg;15\n" for number in range(11)), encoding="utf-8")
    assert len(read_articles(path, Currency.NOK, rows_most=11)) == 11
    with pytest.raises(ImportRefused) as refused:
        read_articles(path, Currency.NOK, rows_most=10)
    (complaint,) = refused.value.complaints
    assert (complaint.line, "rows" in complaint.what) == (12, True)


def test_a_larger_file_than_the_limit_is_refused(tmp_path: Path) -> None:
    """Fault catalogue J8."""
    row = b"1;;" + b"x" * 60_000 + b";1;kg;15\n"
    content = HEAD.encode() + b"\n" * 10 + row * (importer.FILE_MOST_BYTES // len(row) + 2)
    assert complaints(tmp_path, content)


def test_blank_lines_do_not_get_a_large_file_past_its_limit(tmp_path: Path) -> None:
    """Fault catalogue J8."""
    content = HEAD.encode() + (b" " * 60_000 + b"\n") * (importer.FILE_MOST_BYTES // 60_000 + 2)
    assert any("MiB" in one.what for one in complaints(tmp_path, content))


def test_a_line_without_an_end_is_not_read_into_memory(tmp_path: Path) -> None:
    """Fault catalogue J8."""
    path = tmp_path / "articles.csv"
    with path.open("wb") as file:
        file.truncate(1024 * 1024 * 1024)
    with pytest.raises(ImportRefused) as refused:
        read_articles(path, Currency.NOK)
    assert any("longer than" in one.what for one in refused.value.complaints)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + HEAD + "1;;A;12,50;piece;15\n",
        (HEAD + "1;;A;12.5;piece;15,0\n").replace("\n", "\r\n"),
        (HEAD + "1;;A;12,50;piece;15\n").replace("\n", "\r"),
        'plu,name,price,unit,vat\n1,A,"12,50",piece,15.00\n',
        '"PLU","Name","Price","Unit","VAT"\n1,A,12.50,piece,15\n',
        HEAD + "\n;;;;;\n 1 ; ; A ; 12,50 ;piece;15",
    ],
)
def test_the_spreadsheets_ways_of_writing_give_the_same_article(tmp_path: Path, content: str) -> None:
    (article,) = read(tmp_path, content)
    assert (article.plu, article.name, article.price.minor, article.vat.basis_points) == ("1", "A", 1250, 1500)


@pytest.mark.parametrize("name", ["=1+1", "+47", "-20 %", "@post", "'=1+1"])
def test_a_cell_that_looks_like_a_formula_is_text(tmp_path: Path, name: str) -> None:
    """Fault catalogue J6."""
    assert read(tmp_path, f"{HEAD}1;;{name};1,00;piece;15\n")[0].name == name


def test_a_name_is_kept_in_one_way_of_writing(tmp_path: Path) -> None:
    content = HEAD + "1;;A\N{COMBINING RING ABOVE}l 0,5\N{NO-BREAK SPACE}l;1,00;piece;15\n"
    assert read(tmp_path, content)[0].name == "Ål 0,5 l"


def test_the_rates_follow_the_shops_money(tmp_path: Path) -> None:
    content = HEAD + "1;;A;1,00;piece;13,5\n"
    assert read(tmp_path, content, Currency.EUR)[0].vat.basis_points == 1350
    for currency in (Currency.NOK, Currency.DKK):
        assert "vat" in complaints(tmp_path, content, currency)[0].what


@pytest.mark.parametrize(
    ("text", "minor"),
    [("0", 0), ("0,05", 5), ("1,1", 110), ("0.29", 29), ("19,99", 1999), ("999999999,99", 99999999999)],
)
def test_a_price_is_read_to_the_last_unit(tmp_path: Path, text: str, minor: int) -> None:
    assert read(tmp_path, f"{HEAD}1;;A;{text};piece;15\n")[0].price.minor == minor
