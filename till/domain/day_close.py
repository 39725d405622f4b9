"""Ending the day: what stands in the way, what is left open, and the report that comes of it."""

from datetime import datetime

from msgspec import Struct

from till.domain.day import DayClose, DayReport, LeftOpen, OpenKind
from till.domain.facts import DayClosed, DayReported
from till.domain.faults import Refusal, RefusalCode
from till.domain.sale import Sale
from till.domain.state import TillState


class ReportDay(Struct, frozen=True):
    """Show the day's figures so far."""


class CloseDay(Struct, frozen=True):
    """End the day and begin the next with nothing."""


def decide_day(
    state: TillState, wish: ReportDay | CloseDay, at: datetime, policy: DayClose
) -> tuple[DayReported | DayClosed] | Refusal:
    """Return the fact that a wish comes to, or why the day cannot end now."""
    if isinstance(wish, ReportDay):
        return (DayReported(at, _report(state, at, None)),)
    refusal = refusal_to_close(state, policy)
    return (DayClosed(at, _report(state, at, state.day.closes + 1)),) if refusal is None else refusal


def refusal_to_close(state: TillState, policy: DayClose) -> Refusal | None:
    """Return what stands in the way of ending the day: a sale on the screen, something open, or nothing to report."""
    sale = state.sale
    if sale is not None and not sale.is_over and not sale.basket.is_empty:
        return Refusal(RefusalCode.DAY_SALE_UNFINISHED)
    left = left_open(state)
    if left and policy is DayClose.REFUSE:
        return Refusal(RefusalCode.DAY_STILL_OPEN, str(len(left)))
    return Refusal(RefusalCode.DAY_EMPTY) if state.day.is_idle else None


def left_open(state: TillState) -> tuple[LeftOpen, ...]:
    """Return what the day would leave open: payments, refunds, sales set aside unpaid, and what was paid twice."""
    payments = (
        LeftOpen(OpenKind.PAYMENT, payment.terms.reference, payment.terms.amount) for payment in state.open_payments
    )
    refunds = (LeftOpen(OpenKind.REFUND, refund.terms.reference, refund.terms.amount) for refund in state.open_refunds)
    asides = (
        LeftOpen(OpenKind.SET_ASIDE, f"{sale.number:04}", sale.basket.total)
        for sale in state.sales.values()
        if _is_unpaid_aside(state, sale)
    )
    doubles = (LeftOpen(OpenKind.DOUBLE, paid.reference, paid.amount) for paid in state.doubles.values())
    return (*payments, *refunds, *asides, *doubles)


def _is_unpaid_aside(state: TillState, sale: Sale) -> bool:
    """Whether a sale waits unpaid, with no open payment that already stands for it."""
    is_waiting = sale.is_aside and not sale.is_over and not sale.basket.is_empty
    return is_waiting and all(state.payments[reference].is_final for reference in sale.attempts)


def _report(state: TillState, at: datetime, number: int | None) -> DayReport:
    day = state.day
    return DayReport(number, day.since, at, day.totals, day.grand, left_open(state))
