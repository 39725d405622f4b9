"""Looking payments up for a person: which were found, which one is shown, and what the wallet tells of it."""

import logging
from collections.abc import Iterable

from msgspec.structs import replace

from till.domain.facts import Fact
from till.domain.faults import Refusal, RefusalCode
from till.domain.history import ByName, PaymentHistory, Wanted
from till.domain.state import TillState
from till.engine.ports import Journal, JournalRefused, WalletHistory
from till.engine.snapshot import Inquiry, Panel, Surroundings
from till.engine.wishes import FindPayments, ShowPayment

#: How many hits are shown.
FOUND_MOST = 50
#: Where a receipt that is scanned is looked up instead of refunded.
PANELS = (Panel.FIND_PAYMENT, Panel.FOUND_PAYMENTS, Panel.PAYMENT)

log = logging.getLogger("till.engine")


def look_up(wish: FindPayments | ShowPayment, journal: Journal, around: Surroundings) -> Surroundings | Refusal:
    """Return what is shown then: the list of what was found, or the one payment; or that there is none."""
    if isinstance(wish, ShowPayment):
        found = _find(journal, ByName(wish.reference), 1)
        return _show(around, found[0]) if found else Refusal(RefusalCode.PAYMENT_NOT_FOUND, wish.reference[:40])
    found = _find(journal, wish.wanted, FOUND_MOST)
    if not found:
        return Refusal(RefusalCode.PAYMENT_NOT_FOUND)
    around = replace(around, inquiry=Inquiry(found))
    return _show(around, found[0]) if len(found) == 1 else replace(around, panel=Panel.FOUND_PAYMENTS)


def after_panel(around: Surroundings, panel: Panel) -> Surroundings:
    """Forget what another panel has no use for: back in the list the payment, back at the field the list."""
    kept = Inquiry(around.inquiry.found) if panel is Panel.FOUND_PAYMENTS else Inquiry()
    return replace(around, inquiry=kept)


def after_told(around: Surroundings, word: WalletHistory) -> Surroundings:
    """Take what the wallet tells of the payment that is shown; what it told before stays beside a fault."""
    inquiry = around.inquiry
    if inquiry.chosen is None or inquiry.chosen.terms.reference != word.reference:
        return around
    if word.fault is not None and inquiry.told is not None:
        word = replace(inquiry.told, fault=word.fault)
    return replace(around, inquiry=replace(inquiry, told=word))


def after_recorded(around: Surroundings, facts: Iterable[Fact]) -> Surroundings:
    """Add to the payment that is shown what has just been journaled of it."""
    chosen = around.inquiry.chosen
    news = [] if chosen is None else [fact for fact in facts if chosen.is_about(fact)]
    if chosen is None or not news:
        return around
    for fact in news:
        chosen = chosen.after(fact)
    return replace(around, inquiry=replace(around.inquiry, chosen=chosen))


def msn_of(reference: str, around: Surroundings, state: TillState) -> str | None:
    """Return the sales unit of a payment that is in the till, or that is shown."""
    payment, chosen = state.payments.get(reference), around.inquiry.chosen
    if payment is not None:
        return payment.terms.msn
    return chosen.terms.msn if chosen is not None and chosen.terms.reference == reference else None


def _show(around: Surroundings, history: PaymentHistory) -> Surroundings:
    before = around.inquiry.chosen
    is_same = before is not None and before.terms.reference == history.terms.reference
    told = around.inquiry.told if is_same else None
    return replace(around, panel=Panel.PAYMENT, inquiry=replace(around.inquiry, chosen=history, told=told))


def _find(journal: Journal, wanted: Wanted, most: int) -> tuple[PaymentHistory, ...]:
    try:
        return journal.find_payments(wanted, most)
    except JournalRefused:
        log.exception("journal cannot be searched")
        return ()
