"""The receipt as data, numbered; how it looks on paper or screen is decided elsewhere.

Contents after kassasystemforskrifta § 2-8-4, the Danish bookkeeping rules and the Finnish act 658/2013.
"""

from datetime import datetime

from msgspec import Struct

from till.domain.basket import Line
from till.domain.money import Money
from till.domain.sale import Sale
from till.domain.tender import Tender
from till.domain.vat import VatShare


class Receipt(Struct, frozen=True):
    """What a customer is given: lines, tax per rate, total, tenders, and the numbers that find the sale again."""

    number: int
    sale: int
    at: datetime
    lines: tuple[Line, ...]
    vat: tuple[VatShare, ...]
    total: Money
    tenders: tuple[Tender, ...]
    store: str = ""


def receipt_of(sale: Sale) -> Receipt:
    """Return the receipt of a completed sale."""
    assert sale.receipt_number is not None
    assert sale.completed_at is not None
    return Receipt(
        number=sale.receipt_number,
        sale=sale.number,
        at=sale.completed_at,
        lines=sale.basket.lines,
        vat=sale.basket.vat,
        total=sale.basket.total,
        tenders=sale.tenders,
        store=sale.store,
    )
