"""A sale that was paid twice: the later payment waits until it has been given back, or a person says that it is settled."""

from datetime import datetime

from msgspec import Struct

from till.domain.facts import DoubleSettled
from till.domain.faults import Refusal, RefusalCode
from till.domain.payment import Payment
from till.domain.payment_step import may_complete
from till.domain.state import TillState


class SettleDouble(Struct, frozen=True):
    """Take a double payment off the list: it was settled with the customer in another way."""

    reference: str


def decide_settle(state: TillState, wish: SettleDouble, at: datetime) -> tuple[DoubleSettled] | Refusal:
    """Return the fact that a double payment is settled; one that is just being given back is not."""
    if wish.reference not in state.doubles or wish.reference in state.refunding:
        return Refusal(RefusalCode.NOT_POSSIBLE_NOW)
    return (DoubleSettled(wish.reference, at),)


def may_complete_sale(state: TillState, payment: Payment) -> bool:
    """Whether a person may have approved money taken: not for a sale that is paid, was changed, or has a later attempt.

    Of a sale whose goods are sent later lines may have been taken out: what is left of it is taken.
    """
    terms, sale = payment.terms, state.sales.get(payment.terms.sale)
    if sale is None or sale.is_over or sale.attempts[-1] != terms.reference:
        return False
    is_part = terms.is_sent_later and 0 < sale.due.minor < terms.amount.minor
    return (sale.due == terms.amount or is_part) and may_complete(payment)
