"""What the fields of one row of an article file mean, and what is wrong with them; no float comes near a price."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from till.domain.catalogue import Article, Deposit, Unit
from till.domain.money import Currency, Money
from till.domain.scan import gtin_is_valid, to_gtin14
from till.domain.vat import VatRate

REQUIRED = ("plu", "name", "price", "unit", "vat")
#: The rates a shop can charge in 2026, in basis points. Norway: Stortinget's decision on value added tax (25, 15, 12,
#: 11.11 % and exempt). Denmark: momsloven § 33 (25 %) and § 34. Finland: AVL §§ 84 to 85a (25.5, 13.5, 10 %).
RATES_IN_FORCE: Mapping[Currency, frozenset[int]] = {
    Currency.NOK: frozenset({0, 1111, 1200, 1500, 2500}),
    Currency.DKK: frozenset({0, 2500}),
    Currency.EUR: frozenset({0, 1000, 1350, 2550}),
}
_DECIMAL = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,2}))?")
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_T = TypeVar("_T")


class RowReading:
    """One row being read: every field that is wrong leaves a complaint, and the reading goes on."""

    def __init__(self, cells: Mapping[str, str], currency: Currency) -> None:
        self.cells = cells
        self.currency = currency
        self.complaints: list[str] = []

    def text(self, column: str) -> str:
        """Return a field as it stands; empty where the file has no such column."""
        return self.cells.get(column, "")

    def read(self, column: str, convert: Callable[[str], _T], otherwise: _T) -> _T:
        """Return a converted field; complain and return `otherwise` where `convert` raises ValueError."""
        try:
            return convert(self.text(column))
        except ValueError as error:
            self.complaints.append(f"{column} {error}")
            return otherwise

    def money(self, column: str) -> Money:
        """Return a field as an amount."""
        return Money(self.read(column, _hundredths, 0), self.currency)

    def rate(self, column: str) -> VatRate:
        """Return a field as one of the rates in force where this money is used."""
        return VatRate(self.read(column, lambda text: _rate(text, self.currency), 0))

    def codes(self) -> tuple[str, ...]:
        """Return what no other row may have, as `PLU 1001` and `GTIN 07038010001659`."""
        plu, gtin = self.text("plu"), self.text("gtin")
        found = {"PLU": plu, "GTIN": to_gtin14(gtin) if gtin else ""}
        return tuple(f"{kind} {code}" for kind, code in found.items() if code)


def read_article(row: RowReading) -> Article:
    """Return a row's article; it means something only while the row has no complaints."""
    return Article(
        plu=row.read("plu", _plu, ""),
        gtin=row.read("gtin", _gtin, None),
        name=row.read("name", _name, ""),
        price=row.money("price"),
        unit=row.read("unit", _unit, Unit.PIECE),
        vat=row.rate("vat"),
        group=row.text("group"),
        deposit=_deposit(row),
        min_age=row.read("min_age", _age, None),
        favourite=row.text("favourite") or None,
        colour=row.read("colour", _colour, None),
    )


def _deposit(row: RowReading) -> Deposit | None:
    if not any(row.text(column) for column in ("deposit_name", "deposit_price", "deposit_vat")):
        return None
    return Deposit(row.text("deposit_name") or "Pant", row.money("deposit_price"), row.rate("deposit_vat"))


def _plu(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z-]{1,20}", text):
        raise ValueError("must be 1 to 20 letters, digits or hyphens")
    return text


def _gtin(text: str) -> str | None:
    if not text:
        return None
    if not _GTIN.fullmatch(text):
        raise ValueError("must be 8, 12, 13 or 14 digits")
    if not gtin_is_valid(text):
        raise ValueError("has a wrong check digit")
    return to_gtin14(text)


def _name(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _unit(text: str) -> Unit:
    if text not in ("piece", "kg"):
        raise ValueError("must be piece or kg")
    return Unit(text)


def _hundredths(text: str) -> int:
    """Read decimal text as whole hundredths: øre and cent, or basis points of a percentage."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise ValueError("must be a number like 12,50")
    return int(found.group(1)) * 100 + int((found.group(2) or "0").ljust(2, "0"))


def _rate(text: str, currency: Currency) -> int:
    basis_points = _hundredths(text)
    if basis_points not in RATES_IN_FORCE[currency]:
        raise ValueError(f"is not a rate in force with {currency.value}")
    return basis_points


def _age(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 0 < int(text) <= 100:
        raise ValueError("must be a whole number up to 100")
    return int(text)


def _colour(text: str) -> str | None:
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError("must be like #4f8f4f")
    return text or None
