"""What the wallet will not do for ever: how long approved money is kept, and how long money can be given back."""

from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from till.domain.refund import REFUNDABLE_FOR
from till.domain.state import TillState

#: So long before the end a person is told.
WARNED_BEFORE = timedelta(hours=24)


class DeadlineKind(Enum):
    """What comes to its end: approved money that is neither taken nor released, or the time to give money back."""

    RESERVED = "reserved"
    REFUND = "refund"


class Deadline(Struct, frozen=True):
    """Until when something of an open payment, an open refund or a double payment has to be done."""

    kind: DeadlineKind
    reference: str
    at: datetime


def near_deadlines(state: TillState, now: datetime) -> dict[str, Deadline]:
    """Return by reference what is due within a day or overdue, of all that is on the list of open payments."""
    reserved = (
        Deadline(DeadlineKind.RESERVED, payment.terms.reference, payment.reserved_until)
        for payment in state.open_payments
        if payment.reserved_until is not None
    )
    to_give_back = (*(refund.terms.paid for refund in state.open_refunds), *state.doubles.values())
    refunds = (Deadline(DeadlineKind.REFUND, paid.reference, paid.at + REFUNDABLE_FOR) for paid in to_give_back)
    return {one.reference: one for one in (*reserved, *refunds) if one.at - now < WARNED_BEFORE}
