"""Every fact the journal may hold. A kind and a version name the shape; old shapes are lifted when read."""

from datetime import datetime

from msgspec import Struct

from till.domain.basket import Line
from till.domain.day import DayReport
from till.domain.hub_refund import HubRefundEnding, HubRefundTerms
from till.domain.money import Money
from till.domain.payment import (
    CancelAsked,
    CompleteAsked,
    Created,
    Missing,
    Operation,
    PaymentFact,
    Refused,
    ReleaseAsked,
    Reported,
    Terms,
    Unanswered,
)
from till.domain.refund import RefundTerms


class StoreChosen(Struct, frozen=True):
    """The cashier chose the store that the till sells for from now on, the sale on the screen included."""

    at: datetime
    store: str


class SaleOpened(Struct, frozen=True):
    """A sale began with its first line."""

    sale: int
    at: datetime


class LineAdded(Struct, frozen=True):
    """A line was rung up; the article stands in it as it was sold."""

    sale: int
    at: datetime
    line: Line


class QuantityChanged(Struct, frozen=True):
    """A line got another quantity, in thousandths of its unit."""

    sale: int
    at: datetime
    line: int
    quantity_thousandths: int


class LineVoided(Struct, frozen=True):
    """A line was taken out of the basket."""

    sale: int
    at: datetime
    line: int


class SaleVoided(Struct, frozen=True):
    """A sale was given up before it was paid."""

    sale: int
    at: datetime


class PaymentRequested(Struct, frozen=True):
    """The intent to create a payment, committed before the first byte leaves.

    `key` is the idempotency key, `digest` the SHA-256 of the exact body in hex; the body itself is kept only where it
    holds nothing of the customer's.
    """

    terms: Terms
    key: str
    digest: str
    body: str | None


class OperationIntended(Struct, frozen=True):
    """The intent to capture, cancel or release, committed before the first byte leaves.

    `digest` is the SHA-256 of the exact body in hex, `msn` the sales unit it goes to.
    """

    reference: str
    at: datetime
    operation: Operation
    amount: Money
    msn: str
    key: str
    digest: str


class OperationRepeated(Struct, frozen=True):
    """The same request, create included, goes out once more under its key, committed before it leaves."""

    reference: str
    at: datetime
    operation: Operation


class RefundRequested(Struct, frozen=True):
    """The intent to give money back, committed before the first byte leaves; `digest` as in OperationIntended."""

    terms: RefundTerms
    key: str
    digest: str


class HubRefundAsked(Struct, frozen=True):
    """The intent to have the hub give money back, committed before the first byte leaves."""

    terms: HubRefundTerms

    @property
    def at(self) -> datetime:
        """When it was asked for."""
        return self.terms.asked_at


class HubRefundEnded(Struct, frozen=True):
    """The hub made a refund, or refused it for a reason in one word."""

    id: str
    at: datetime
    ending: HubRefundEnding
    reason: str = ""


class DoubleSettled(Struct, frozen=True):
    """A person said that a payment beyond the sale's own has been settled with the customer in another way."""

    reference: str
    at: datetime


class SaleSetAside(Struct, frozen=True):
    """The cashier went on to the next customer while this sale's payment is open."""

    sale: int
    at: datetime


class SaleTakenUp(Struct, frozen=True):
    """A sale that had been set aside is on the screen again."""

    sale: int
    at: datetime


class SaleSeen(Struct, frozen=True):
    """Somebody has seen that a sale was paid while it was set aside."""

    sale: int
    at: datetime


class SaleCompleted(Struct, frozen=True):
    """A sale was paid in full and got its receipt number."""

    sale: int
    at: datetime
    receipt_number: int


class SaleNumbersSkipped(Struct, frozen=True):
    """The next sale gets this number at least: those before it are taken at the wallet, by a journal that was lost."""

    at: datetime
    next_sale: int


class DayReported(Struct, frozen=True):
    """The day's figures were shown or printed while it goes on: an X report. It resets nothing."""

    at: datetime
    report: DayReport


class DayClosed(Struct, frozen=True):
    """The day ended with these figures: a Z report. The next begins with nothing."""

    at: datetime
    report: DayReport


class TillStarted(Struct, frozen=True):
    """The program started; `version` is its own.

    `boot` names the machine's start, if it is known, and `up_s` is how many seconds of a clock that never jumps had passed since.
    """

    at: datetime
    till: str
    version: str
    mode: str
    boot: str = ""
    up_s: int = 0


SaleFact = (
    SaleOpened
    | LineAdded
    | QuantityChanged
    | LineVoided
    | SaleVoided
    | SaleSetAside
    | SaleTakenUp
    | SaleSeen
    | SaleCompleted
)
DayFact = DayReported | DayClosed
HubRefundFact = HubRefundAsked | HubRefundEnded
Fact = (
    SaleFact
    | PaymentRequested
    | OperationIntended
    | OperationRepeated
    | RefundRequested
    | HubRefundFact
    | DoubleSettled
    | PaymentFact
    | DayFact
    | SaleNumbersSkipped
    | TillStarted
    | StoreChosen
)

#: The journal's name and version for every fact.
KINDS: dict[type[Fact], tuple[str, int]] = {
    TillStarted: ("till-started", 1),
    StoreChosen: ("store-chosen", 1),
    SaleNumbersSkipped: ("sale-numbers-skipped", 1),
    DayReported: ("day-reported", 1),
    DayClosed: ("day-closed", 1),
    SaleOpened: ("sale-opened", 1),
    LineAdded: ("line-added", 1),
    QuantityChanged: ("quantity-changed", 1),
    LineVoided: ("line-voided", 1),
    SaleVoided: ("sale-voided", 1),
    SaleSetAside: ("sale-set-aside", 1),
    SaleTakenUp: ("sale-taken-up", 1),
    SaleSeen: ("sale-seen", 1),
    SaleCompleted: ("sale-completed", 1),
    PaymentRequested: ("payment-requested", 1),
    OperationIntended: ("operation-intended", 1),
    OperationRepeated: ("operation-repeated", 1),
    RefundRequested: ("refund-requested", 2),
    HubRefundAsked: ("hub-refund-asked", 1),
    HubRefundEnded: ("hub-refund-ended", 1),
    DoubleSettled: ("double-settled", 1),
    Created: ("payment-created", 1),
    Reported: ("payment-reported", 1),
    Missing: ("payment-missing", 1),
    Refused: ("payment-refused", 1),
    Unanswered: ("payment-unanswered", 1),
    CancelAsked: ("cancel-asked", 1),
    CompleteAsked: ("complete-asked", 2),
    ReleaseAsked: ("release-asked", 1),
}
