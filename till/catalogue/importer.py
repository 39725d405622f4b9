"""Reads articles from a CSV file: all of them, or none and every complaint by line.

Columns by name in the first row: plu, gtin, name, price, unit (`piece` or `kg`), vat (percent), group, deposit_name,
deposit_price, deposit_vat, min_age, favourite, colour. Prices and rates are decimal text with comma or point.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TextIO

from msgspec import Struct, field

from till.catalogue.fields import REQUIRED, RowReading, read_article
from till.domain.catalogue import Article
from till.domain.money import Currency

FILE_MOST_BYTES = 64 * 1024 * 1024
ROWS_MOST = 1_000_000
FIELD_MOST = 500
#: Longer than any row of full fields; it bounds what a file without line ends takes of the memory.
LINE_MOST = 64 * 1024
COMPLAINTS_MOST = 100
_OPTIONAL = ("gtin", "group", "deposit_name", "deposit_price", "deposit_vat", "min_age", "favourite", "colour")
#: Spreadsheets put these into "0,5 l"; nobody who searches types them.
_ODD_SPACES = str.maketrans({"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "})


class LineComplaint(Struct, frozen=True):
    """What is wrong on one line of the file; the line is 0 where it is about the whole file."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


class ImportRefused(Exception):
    """The file cannot be taken; nothing of it was."""

    def __init__(self, complaints: tuple[LineComplaint, ...]) -> None:
        super().__init__("\n".join(map(str, complaints)))
        self.complaints = complaints


class _Reading(Struct):
    """What has been found so far: articles, complaints, and the line on which each code stood first."""

    articles: list[Article] = field(default_factory=list)
    complaints: list[LineComplaint] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def complain(self, line: int, what: str) -> None:
        self.complaints.append(LineComplaint(line, what))


def read_articles(path: Path, currency: Currency, *, rows_most: int = ROWS_MOST) -> tuple[Article, ...]:
    """Return all articles of a CSV file in its order; raise ImportRefused with every complaint up to a hundred, OSError."""
    with path.open("rb") as file:
        return _articles(file, currency, rows_most)


def articles_in(content: bytes, currency: Currency) -> tuple[Article, ...]:
    """Return all articles of a CSV file that is here already; raise ImportRefused."""
    return _articles(io.BytesIO(content), currency, ROWS_MOST)


def _articles(file: BinaryIO, currency: Currency, rows_most: int) -> tuple[Article, ...]:
    reading = _Reading()
    # A byte that is no UTF-8 comes through as a lone surrogate, so that `_lines` can name its line.
    with io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        for count, (number, row) in enumerate(_rows(_lines(text, reading), reading), start=1):
            if count > rows_most:
                reading.complain(number, f"the file has more than {rows_most} rows")
                break
            _read_row(row, number, currency, reading)
            if len(reading.complaints) >= COMPLAINTS_MOST:
                break
    if not reading.articles and not reading.complaints:
        # Taking it would empty the shop, and nobody means that.
        reading.complain(0, "the file has no articles")
    if reading.complaints:
        in_order = sorted(reading.complaints, key=lambda complaint: complaint.line)
        raise ImportRefused(tuple(in_order[:COMPLAINTS_MOST]))
    return tuple(reading.articles)


def _lines(file: TextIO, reading: _Reading) -> Iterator[str]:
    """Return the file's lines, with a complaint for what is not text; stop where a limit is passed."""
    size_bytes = number = 0
    while line := file.readline(LINE_MOST + 1):
        number += 1
        size_bytes += len(line.encode("utf-8", "surrogateescape"))
        if size_bytes > FILE_MOST_BYTES:
            reading.complain(number, f"the file is larger than {FILE_MOST_BYTES // 1024 // 1024} MiB")
            return
        if len(line) > LINE_MOST:
            reading.complain(number, f"the line is longer than {LINE_MOST} signs; the rest was not read")
            return
        if not line.isascii() and any("\udc80" <= sign <= "\udcff" for sign in line):
            reading.complain(number, "the line is not text in UTF-8")
            line = line.encode("utf-8", "replace").decode("utf-8")
        yield line


def _rows(lines: Iterator[str], reading: _Reading) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Return each row by column name with the line it ends on; the header decides the delimiter."""
    first = next(lines, "")
    delimiter = ";" if first.count(";") >= first.count(",") else ","
    # Strict, so that a quote that is never closed is a complaint and does not swallow the rows after it.
    records = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    names: list[str] = []
    while True:
        try:
            fields = [text.strip() for text in next(records)]
        except StopIteration:
            return
        except csv.Error:
            reading.complain(records.line_num, "the quote marks or the separators do not fit")
            fields = []
        if not names:
            names = [name.lower() for name in fields]
            if _complain_of_header(names, reading):
                return
        elif any(fields) and len(fields) != len(names):
            # A price like 12,50 in a file separated by commas shows itself here, and must never be read as 12.
            reading.complain(records.line_num, f"the row has {len(fields)} fields, and there are {len(names)} columns")
        elif any(fields):
            yield records.line_num, dict(zip(names, fields, strict=True))


def _complain_of_header(names: list[str], reading: _Reading) -> bool:
    """Complain of columns that are missing, unknown or there twice; say whether there were any."""
    complaints = [f"the column {name} is missing" for name in REQUIRED if name not in names]
    complaints += [f"the column {name[:40]!a} is not known" for name in names if name not in REQUIRED + _OPTIONAL]
    complaints += [f"the column {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1 and name]
    for what in complaints:
        reading.complain(1, what)
    return bool(complaints)


def _read_row(row: Mapping[str, str], number: int, currency: Currency, reading: _Reading) -> None:
    """Add the row's article, and a complaint for everything that is wrong with it."""
    cells = {name: unicodedata.normalize("NFC", text.translate(_ODD_SPACES)) for name, text in row.items()}
    wrong = [f"{name} is longer than {FIELD_MOST} signs" for name, text in cells.items() if len(text) > FIELD_MOST]
    # Control and direction-changing characters, which could forge a receipt or a log line.
    wrong += [f"{name} has signs that cannot be printed" for name, text in cells.items() if not text.isprintable()]
    row_reading = RowReading(cells, currency)
    if not wrong:
        article = read_article(row_reading)
        wrong = row_reading.complaints
        if not wrong:
            reading.articles.append(article)
    for code in row_reading.codes():
        first = reading.lines.setdefault(code, number)
        if first != number:
            wrong.append(f"the {code.split()[0]} stands on line {first} already")
    for what in wrong:
        reading.complain(number, what)
