"""Sales that wait beside the one on the screen: setting one aside, taking one up, and putting away what is paid."""

from datetime import datetime

from till.domain.facts import SaleFact, SaleSeen, SaleSetAside, SaleTakenUp, SaleVoided
from till.domain.faults import Refusal, RefusalCode
from till.domain.state import TillState

_NOT_NOW = Refusal(RefusalCode.NOT_POSSIBLE_NOW)


def set_aside(state: TillState, now: datetime) -> tuple[SaleFact, ...] | Refusal:
    """Make room for the next customer."""
    sale = state.sale
    if sale is None or sale.is_over or sale.basket.is_empty:
        return _NOT_NOW
    return (SaleSetAside(sale.number, now),)


def take_up(state: TillState, number: int, now: datetime) -> tuple[SaleFact, ...] | Refusal:
    """Bring a sale back to the screen; the one that is there waits, unless nothing is in it."""
    if number not in state.sales or number == state.current:
        return _NOT_NOW
    sale = state.sale
    taken = SaleTakenUp(number, now)
    if sale is None or sale.is_over:
        return (taken,)
    if sale.basket.is_empty:
        return (SaleVoided(sale.number, now), taken)
    return (SaleSetAside(sale.number, now), taken)


def put_away(state: TillState, number: int, now: datetime) -> tuple[SaleFact, ...] | Refusal:
    """Take a sale that was paid while it waited off the list: somebody has seen that it is paid."""
    sale = state.sales.get(number)
    if sale is None or not (sale.is_aside and sale.is_completed):
        return _NOT_NOW
    return (SaleSeen(number, now),)
