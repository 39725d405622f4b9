"""Reads articles from a CSV file: all of them, or none and every complaint by line.

Columns by name in the first row: plu, gtin, name, price, unit (`piece` or `kg`), vat (percent), group, deposit_name,
deposit_price, deposit_vat, min_age, favourite, colour. Prices and rates are decimal text with comma or point.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from till.domain.catalogue import Article, Deposit, Unit
from till.domain.money import Currency, Money
from till.domain.scan import gtin_is_valid, to_gtin14
from till.domain.vat import VatRate

FILE_MOST_BYTES = 64 * 1024 * 1024
ROWS_MOST = 1_000_000
FIELD_MOST = 500
COMPLAINTS_MOST = 100
_REQUIRED = ("plu", "name", "price", "unit", "vat")
_OPTIONAL = ("gtin", "group", "deposit_name", "deposit_price", "deposit_vat", "min_age", "favourite", "colour")
_DECIMAL = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class LineComplaint:
    """What is wrong on one line of the file."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


class ImportRefused(Exception):
    """The file cannot be taken; nothing of it was."""

    def __init__(self, complaints: tuple[LineComplaint, ...]) -> None:
        super().__init__("\n".join(map(str, complaints)))
        self.complaints = complaints


def read_articles(path: Path, currency: Currency) -> tuple[Article, ...]:
    """Return all articles of a CSV file in its order; raise ImportRefused with every complaint, up to a hundred."""
    if path.stat().st_size > FILE_MOST_BYTES:
        raise ImportRefused((LineComplaint(0, "the file is too large"),))
    csv.field_size_limit(FIELD_MOST * 4)
    complaints: list[LineComplaint] = []
    articles: list[Article] = []
    seen: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in _rows(lines):
                _read_line(row, number, currency, articles, seen, complaints)
                if len(complaints) >= COMPLAINTS_MOST or number > ROWS_MOST:
                    break
    except UnicodeDecodeError:
        complaints.append(LineComplaint(0, "the file is not text in UTF-8"))
    except csv.Error:
        complaints.append(LineComplaint(0, "the file is not CSV with fields of a usable length"))
    if complaints:
        raise ImportRefused(tuple(complaints))
    return tuple(articles)


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Return each row by column name with its line; the header decides the delimiter."""
    header = next(lines, "").strip()
    delimiter = ";" if header.count(";") >= header.count(",") else ","
    names = [name.strip().strip('"').lower() for name in header.split(delimiter)]
    missing = [name for name in _REQUIRED if name not in names]
    unknown = [name for name in names if name not in _REQUIRED + _OPTIONAL]
    if missing or unknown:
        complaints = [LineComplaint(1, f"the column {name} is missing") for name in missing]
        complaints += [LineComplaint(1, f"the column {name[:40]!a} is not known") for name in unknown]
        raise ImportRefused(tuple(complaints))
    reader = csv.reader(lines, delimiter=delimiter)
    for fields in reader:
        if fields:
            row = dict(zip(names, (field.strip() for field in fields), strict=False))
            yield reader.line_num + 1, row


def _read_line(
    row: Mapping[str, str],
    number: int,
    currency: Currency,
    articles: list[Article],
    seen: dict[str, int],
    complaints: list[LineComplaint],
) -> None:
    try:
        article = _article(row, currency)
    except ValueError as error:
        complaints.append(LineComplaint(number, str(error)))
        return
    for name, code in (("PLU", article.plu), ("GTIN", article.gtin or "")):
        if code and f"{name} {code}" in seen:
            complaints.append(LineComplaint(number, f"the {name} stands on line {seen[f'{name} {code}']} already"))
            return
        seen[f"{name} {code}"] = number
    articles.append(article)


def _article(row: Mapping[str, str], currency: Currency) -> Article:
    """Return a row's article; raise ValueError that says what is wrong."""
    for name, text in row.items():
        if len(text) > FIELD_MOST or not text.isprintable():
            raise ValueError(f"{name} is too long or has signs that cannot be printed")
    if not re.fullmatch(r"[0-9A-Za-z-]{1,20}", row.get("plu", "")):
        raise ValueError("plu must be 1 to 20 letters, digits or hyphens")
    if not row.get("name"):
        raise ValueError("name is empty")
    gtin = row.get("gtin", "")
    if gtin and (len(gtin) not in (8, 12, 13, 14) or not gtin_is_valid(gtin)):
        raise ValueError("gtin has a wrong length or check digit")
    if row["unit"] not in ("piece", "kg"):
        raise ValueError("unit must be piece or kg")
    return Article(
        plu=row["plu"],
        gtin=to_gtin14(gtin) if gtin else None,
        name=row["name"],
        price=Money(_hundredths(row["price"], "price"), currency),
        unit=Unit(row["unit"]),
        vat=_rate(row["vat"], "vat"),
        group=row.get("group", ""),
        deposit=_deposit(row, currency),
        min_age=_age(row.get("min_age", "")),
        favourite=row.get("favourite") or None,
        colour=_colour(row.get("colour", "")),
    )


def _deposit(row: Mapping[str, str], currency: Currency) -> Deposit | None:
    if not row.get("deposit_price"):
        return None
    price = Money(_hundredths(row["deposit_price"], "deposit_price"), currency)
    return Deposit(row.get("deposit_name") or "Pant", price, _rate(row.get("deposit_vat", ""), "deposit_vat"))


def _hundredths(text: str, name: str) -> int:
    """Read decimal text as whole hundredths: øre and cent, or basis points of a percentage."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise ValueError(f"{name} must be a number like 12,50")
    return int(found.group(1)) * 100 + int((found.group(2) or "0").ljust(2, "0"))


def _rate(text: str, name: str) -> VatRate:
    basis_points = _hundredths(text, name)
    if basis_points > 10_000:
        raise ValueError(f"{name} must be a percentage")
    return VatRate(basis_points)


def _age(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 100:
        raise ValueError("min_age must be a whole number up to 100")
    return int(text)


def _colour(text: str) -> str | None:
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError("colour must be like #4f8f4f")
    return text or None
