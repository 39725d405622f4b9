"""Giving money back: the paid sale that was looked up, and whether an amount of it may be given back now."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from till.domain.facts import RefundRequested
from till.domain.faults import Fault, Refusal, RefusalCode
from till.domain.money import Money
from till.domain.refund import REFUNDABLE_FOR, PaidSale, RefundTerms, refund_key
from till.domain.state import TillState


class StartRefund(Struct, frozen=True):
    """Give an amount of a paid sale back."""

    reference: str
    amount: Money


class Refundable(Struct, frozen=True):
    """A paid sale that was looked up, and what the wallet has just said of it: `refunded` is None until it has.

    `number_before` is the number of the last refund that had ended by then, `refunded_least` the minor units that are known to have
    been given back: an answer that says less was overtaken on its way.
    """

    paid: PaidSale
    refunded: Money | None = None
    fault: Fault | None = None
    number_before: int = 0
    refunded_least: int = 0

    @property
    def left(self) -> Money | None:
        """What may still be given back, as far as it is known."""
        return None if self.refunded is None else self.paid.amount - self.refunded


def start_refund(
    state: TillState, wish: StartRefund, found: Refundable | None, now: datetime, digest: Callable[[Money], str]
) -> tuple[RefundRequested] | Refusal:
    """Ask for an amount of the sale that was found: only what the wallet has said is left, and one refund at a time."""
    before = state.refunds.get(wish.reference)
    if found is None or found.paid.reference != wish.reference:
        return Refusal(RefusalCode.PAID_SALE_UNKNOWN)
    if before is not None and not before.is_final:
        return Refusal(RefusalCode.REFUND_STILL_OPEN)
    if now - found.paid.at > REFUNDABLE_FOR:
        return Refusal(RefusalCode.REFUND_TOO_LATE)
    if found.refunded is None or found.left is None:
        return Refusal(RefusalCode.REFUND_NOT_READ_YET)
    if wish.amount.currency is not found.left.currency or not 0 < wish.amount.minor <= found.left.minor:
        return Refusal(RefusalCode.REFUND_TOO_MUCH)
    number = 1 if before is None else before.terms.number + 1
    terms = RefundTerms(wish.reference, number, wish.amount, found.refunded, now, found.paid)
    return (RefundRequested(terms, refund_key(wish.reference, number), digest(wish.amount)),)
