"""Refunds that the hub makes: how what is around the state moves with them. Pure."""

from datetime import datetime

from msgspec.structs import replace

from till.domain.facts import HubRefundAsked, HubRefundEnded
from till.domain.faults import Refusal, RefusalCode
from till.domain.hub_refund import HubRefundEnding
from till.domain.state import TillState
from till.engine.hub_refund_ports import HubRefundTold, PaidTold
from till.engine.snapshot import HubSought, Panel, Surroundings

_ENDINGS = {ending.value: ending for ending in HubRefundEnding}


def after_seek(around: Surroundings, sought: HubSought) -> Surroundings:
    """Show that a sale is looked up at the hub."""
    return replace(around, panel=Panel.REFUND, refundable=None, sought=None, hub_sought=sought)


def after_paid_told(around: Surroundings, told: PaidTold) -> Surroundings:
    """Take the hub's answer, if it is still waited for."""
    sought = around.hub_sought
    if sought is None or (sought.text, sought.store) != (told.wanted.text, told.wanted.store) or sought.refund:
        return around
    return replace(around, hub_sought=replace(sought, sales=told.sales, reason=told.reason))


def after_asked(around: Surroundings, asked: HubRefundAsked) -> Surroundings:
    """Stay with a refund that was just asked for."""
    sought = around.hub_sought
    return around if sought is None else replace(around, hub_sought=replace(sought, refund=asked.terms.id))


def ended_fact(told: HubRefundTold, state: TillState, now: datetime) -> HubRefundEnded | None:
    """Return the end of an open refund, if this is what the hub told."""
    ending, refund = _ENDINGS.get(told.state), state.hub_refunds.get(told.id)
    if ending is None or refund is None or refund.ending is not None:
        return None
    return HubRefundEnded(told.id, now, ending, told.reason)


def refusal_unseen(around: Surroundings, ended: HubRefundEnded) -> Refusal | None:
    """Return what the cashier is told of a refusal that is not on the screen: it leaves the list of what is open."""
    sought = around.hub_sought
    is_seen = sought is not None and sought.refund == ended.id and around.panel is Panel.REFUND
    if is_seen or ended.ending is not HubRefundEnding.REFUSED:
        return None
    return Refusal(RefusalCode.HUB_REFUND_REFUSED, ended.reason)


def after_told(around: Surroundings, told: HubRefundTold, state: TillState) -> Surroundings:
    """Remember how a refund stands."""
    kept = {id_: word for id_, word in around.hub_told.items() if id_ in state.hub_refunds}
    return replace(around, hub_told={**kept, told.id: (told.state, told.reason)})
