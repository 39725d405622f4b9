"""Giving money back: the paid sale that was looked up, and whether an amount of it may be given back now."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from till.domain.facts import RefundRequested
from till.domain.faults import Fault, Refusal, RefusalCode
from till.domain.money import Money
from till.domain.refund import REFUNDABLE_FOR, PaidSale, Refund, RefundTerms, refund_key
from till.domain.state import TillState
from till.domain.store import Stores


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
    captured: Money | None = None
    refunded: Money | None = None
    fault: Fault | None = None
    number_before: int = 0
    refunded_least: int = 0

    @property
    def left(self) -> Money | None:
        """What may still be given back, as far as it is known."""
        return None if self.captured is None or self.refunded is None else self.captured - self.refunded


def start_refund(
    state: TillState,
    wish: StartRefund,
    found: Refundable | None,
    *,
    now: datetime,
    digest: Callable[[Money], str],
    stores: Stores,
    keyless: frozenset[str],
    till: str,
) -> tuple[RefundRequested] | Refusal:
    """Ask for an amount of the sale that was found: only what the wallet has said is left, and one refund at a time.

    `keyless` are the sales units whose keys are not there, and `till` is this one's id.
    """
    if found is None or found.paid.reference != wish.reference:
        return Refusal(RefusalCode.PAID_SALE_UNKNOWN)
    before = state.refunds.get(wish.reference)
    code = _reason_against(found, before, wish.amount, now)
    if code is not None:
        return Refusal(code)
    if found.paid.msn in keyless:
        return Refusal(RefusalCode.KEYS_MISSING, stores.name_of_unit(found.paid.msn))
    if found.paid.amount.currency is not state.currency:
        return Refusal(RefusalCode.REFUND_FROM_HUB, found.paid.store)
    terms = _terms_of(found, before, wish.amount, now=now, till=stores.own.names_in_references(till))
    return (RefundRequested(terms, refund_key(terms), digest(wish.amount)),)


def _reason_against(found: Refundable, before: Refund | None, amount: Money, now: datetime) -> RefusalCode | None:
    """Return why an amount cannot be given back; `before` is the payment's newest refund."""
    if before is not None and not before.is_final:
        return RefusalCode.REFUND_STILL_OPEN
    if now - found.paid.at > REFUNDABLE_FOR:
        return RefusalCode.REFUND_TOO_LATE
    if found.refunded is None or found.left is None:
        return RefusalCode.REFUND_NOT_READ_YET
    if before is not None and found.refunded.minor < before.refunded_least:
        return RefusalCode.REFUND_NOT_READ_YET
    if amount.currency is not found.left.currency or not 0 < amount.minor <= found.left.minor:
        return RefusalCode.REFUND_TOO_MUCH
    return None


def _terms_of(found: Refundable, before: Refund | None, amount: Money, *, now: datetime, till: str) -> RefundTerms:
    """Return the terms of the next refund of a payment that was looked up and read; `till` is this one's name."""
    assert found.refunded is not None
    number = 1 if before is None else before.terms.number + 1
    by = till if found.paid.store else ""
    return RefundTerms(found.paid.reference, number, amount, found.refunded, now, found.paid, by)
