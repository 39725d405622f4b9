"""Whether the hub may be asked to give an amount of a sale back."""

from datetime import datetime

from msgspec import Struct

from till.domain.facts import HubRefundAsked
from till.domain.faults import Refusal, RefusalCode
from till.domain.hub_refund import NAME_MOST, HubRefundTerms, HubSale
from till.domain.money import Money
from till.domain.refund import REFUNDABLE_FOR
from till.domain.state import TillState


class StartHubRefund(Struct, frozen=True):
    """Have the hub give an amount of a sale back; `approved_by` is a second person, where the hub wants one."""

    reference: str
    amount: Money
    asked_by: str
    approved_by: str = ""


def start_hub_refund(
    state: TillState, wish: StartHubRefund, sale: HubSale | None, *, now: datetime, new_id: str
) -> tuple[HubRefundAsked] | Refusal:
    """Ask for an amount of the sale that the hub told of: only what the wallet has said is left, and one refund at a time."""
    if sale is None or sale.reference != wish.reference:
        return Refusal(RefusalCode.PAID_SALE_UNKNOWN)
    open_references = {refund.terms.reference for refund in state.open_hub_refunds}
    if wish.reference in open_references or wish.reference in state.refunding:
        return Refusal(RefusalCode.REFUND_STILL_OPEN)
    if now - sale.at > REFUNDABLE_FOR:
        return Refusal(RefusalCode.REFUND_TOO_LATE)
    if sale.left is None:
        return Refusal(RefusalCode.REFUND_NOT_READ_YET)
    if wish.amount.currency is not sale.left.currency or not 0 < wish.amount.minor <= sale.left.minor:
        return Refusal(RefusalCode.REFUND_TOO_MUCH)
    asked_by, approved_by = (name.strip()[:NAME_MOST] for name in (wish.asked_by, wish.approved_by))
    if not asked_by:
        return Refusal(RefusalCode.NAME_MISSING)
    terms = HubRefundTerms(new_id, sale.store, sale.store_name, sale.reference, wish.amount, asked_by, approved_by, now)
    return (HubRefundAsked(terms),)
