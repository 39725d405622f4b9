"""A sale: a basket, the attempts to get it paid, and its completion with a receipt number."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from till.domain.basket import Basket
from till.domain.money import Money
from till.domain.tender import Tender, due


class Sale(Struct, frozen=True):
    """One sale; `attempts` are payment references, newest last; a completed sale has its receipt number.

    `store` is the one that it is sold for; without a name it is the till's own.
    """

    number: int
    basket: Basket
    next_line: int = 1
    attempts: tuple[str, ...] = ()
    tenders: tuple[Tender, ...] = ()
    receipt_number: int | None = None
    completed_at: datetime | None = None
    is_voided: bool = False
    is_aside: bool = False
    store: str = ""

    @property
    def is_completed(self) -> bool:
        """Whether it is paid in full and has its receipt."""
        return self.receipt_number is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be rung up or paid on it."""
        return self.is_completed or self.is_voided

    @property
    def due(self) -> Money:
        """What is still to be paid."""
        return due(self.basket.total, self.tenders)

    def with_tender(self, tender: Tender) -> "Sale":
        """Return this sale with one more tender."""
        return replace(self, tenders=(*self.tenders, tender))
