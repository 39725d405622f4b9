"""How a sale is paid: its tenders, and what is still due."""

from enum import Enum

from msgspec import Struct

from till.domain.money import Money


class TenderKind(Enum):
    """The means of payment the till knows."""

    WALLET = "wallet"


class Tender(Struct, frozen=True):
    """An amount paid by one means; `reference` names the wallet payment and is printed on the receipt."""

    kind: TenderKind
    amount: Money
    reference: str


def due(total: Money, tenders: tuple[Tender, ...]) -> Money:
    """Return what is still to be paid of `total`."""
    return total - Money.total((tender.amount for tender in tenders), total.currency)
