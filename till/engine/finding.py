"""Looking a paid sale up: in this till's journal, at the wallet where another till of a store known here was paid, or at the hub."""

import logging

from till.domain.faults import FaultCode, Refusal, RefusalCode
from till.domain.payment import Pace
from till.domain.reference import reference_prefix
from till.domain.refund import PaidSale
from till.domain.scan import is_reference
from till.domain.state import TillState
from till.domain.store import Store, Stores
from till.engine.counter import Counter
from till.engine.ports import Ask, Journal, JournalRefused
from till.engine.snapshot import HubSought, Sought, Surroundings
from till.engine.wishes import FindPaid

log = logging.getLogger("till.engine")


def find_paid(
    wish: FindPaid, journal: Journal, state: TillState, counter: Counter, *, has_hub: bool
) -> PaidSale | Sought | HubSought | Refusal:
    """Return the paid sale, or what to ask the wallet or the hub for, or why none of it is possible."""
    stores, till, mode = counter.stores, counter.till, counter.mode
    text, chosen = wish.text.strip(), stores.named(wish.store)
    if chosen is not None and chosen is not stores.own:
        if not chosen.refunds_here:
            number = text if text.isdigit() else _whole_reference(text, chosen, mode)
            return _at_hub(number, chosen, RefusalCode.REFUND_FROM_HUB, has_hub=has_hub)
        if text.isdigit():
            return _at_hub(text, chosen, RefusalCode.REFUND_NUMBER_ELSEWHERE, has_hub=has_hub)
        text = _whole_reference(text, chosen, mode)
    paid = _in_journal(journal, text)
    if paid is None and text in state.refunds:
        paid = state.refunds[text].terms.paid
    return _elsewhere(text, stores, till, mode, has_hub=has_hub) if paid is None else paid


def read_of(around: Surroundings, pace: Pace) -> Ask | None:
    """Return the read that tells what is left of the sale that is looked up; None where nothing more is to be known."""
    found, sought = around.refundable, around.sought
    if sought is not None and (sought.fault is None or sought.fault.code is not FaultCode.PAYMENT_MISSING):
        return Ask(sought.reference, sought.store.msn, shows_code=False, pace=pace, wants_history=True)
    if found is not None and found.refunded is None:
        return Ask(found.paid.reference, found.paid.msn, shows_code=False, pace=pace)
    return None


def reference_of(around: Surroundings) -> str | None:
    """Return the reference of the payment that is looked up at the wallet."""
    if around.sought is not None:
        return around.sought.reference
    return None if around.refundable is None else around.refundable.paid.reference


def _in_journal(journal: Journal, text: str) -> PaidSale | None:
    try:
        return journal.find_paid(text)
    except JournalRefused:
        log.exception("journal cannot be searched")
        return None


def _whole_reference(text: str, store: Store, mode: str) -> str:
    """Return a reference with the beginning that a person need not type."""
    begin = reference_prefix(till=store.prefix, mode=mode) if store.prefix else ""
    return text if text.startswith(begin) else begin + text


def _at_hub(text: str, store: Store, code: RefusalCode, *, has_hub: bool) -> HubSought | Refusal:
    """Ask the hub, which knows the stores by their names too; a reference names its store by itself."""
    if not has_hub:
        return Refusal(code, store.name)
    return HubSought(text, store.name if text.isdigit() else "")


def _elsewhere(reference: str, stores: Stores, till: str, mode: str, *, has_hub: bool) -> Sought | HubSought | Refusal:
    """Judge a payment that is not in the journal: what another till was paid is known by how its reference begins."""
    store = stores.of_reference(reference, mode=mode) if is_reference(reference) else None
    own = [reference_prefix(till=one.names_in_references(till), mode=mode) for one in stores.selling]
    if any(reference.startswith(prefix) for prefix in own):
        return Refusal(RefusalCode.PAID_SALE_UNKNOWN, reference[:40])  # what this till was paid would be in its journal
    if store is None:
        is_of_a_store = bool(stores.others) and not reference.isdigit()
        code = RefusalCode.REFUND_NOT_PERMITTED if is_of_a_store else RefusalCode.PAID_SALE_UNKNOWN
        return Refusal(code, reference[:40])
    return (
        Sought(reference, store)
        if store.refunds_here
        else _at_hub(reference, store, RefusalCode.REFUND_FROM_HUB, has_hub=has_hub)
    )
