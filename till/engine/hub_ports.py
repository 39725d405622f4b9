"""What the engine and the shop's hub tell each other, as messages and one protocol."""

from typing import Protocol

from msgspec import Struct

from till.domain.faults import Fault
from till.domain.secret import Secret
from till.engine.article_ports import ArticlesChanged
from till.engine.hub_refund_ports import HubRefundWanted, PaidWanted, RefundWord
from till.engine.ports import JournalRow


class HubChanged(Struct, frozen=True):
    """The hub is there and well (no fault), or away, or does not take the till's token."""

    fault: Fault | None


class BooksChanged(Struct, frozen=True):
    """The hub's copy of the journal keeps up (no fault), stays behind, or is not this journal's."""

    fault: Fault | None


class PaymentHinted(Struct, frozen=True):
    """Something happened to a payment; only the wallet says what."""

    reference: str


class CustomerArrived(Struct, frozen=True):
    """A customer has scanned this till's sticker; `name` is the sticker's, and the token is good for so many seconds."""

    check_in: str
    name: str
    token: Secret
    left_s: float


class CustomerLeft(Struct, frozen=True):
    """A check-in was taken back."""

    check_in: str


class RowsWanted(Struct, frozen=True):
    """The hub's copy of the journal wants at most so many rows that follow the row `after`."""

    after: int
    most: int


HubMessage = (
    HubChanged
    | BooksChanged
    | PaymentHinted
    | CustomerArrived
    | CustomerLeft
    | ArticlesChanged
    | RowsWanted
    | RefundWord
)


class CheckInUsed(Struct, frozen=True):
    """A payment was started with a check-in's token: the hub may forget it."""

    check_in: str


class Rows(Struct, frozen=True):
    """What follows a row in the journal."""

    after: int
    rows: tuple[JournalRow, ...]


HubErrand = CheckInUsed | Rows | PaidWanted | HubRefundWanted


class Hub(Protocol):
    """The hub as the engine sees it."""

    def send(self, errand: HubErrand) -> None:
        """Take an errand, never waiting for it."""
