"""How the surroundings of the state move: pure functions, one per kind of happening."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from till.domain.facts import DayClosed, DayReported, Fact, HubRefundAsked, RefundRequested, SaleOpened, SaleSeen
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.payment import Created, Missing, PaymentFact, Refused, Reported, Unanswered
from till.domain.refund import PaidSale, Refund
from till.domain.refund_start import Refundable
from till.engine import inquiry
from till.engine.hub_refunds import after_asked
from till.engine.ports import (
    Code,
    CodeMissing,
    PaymentFound,
    RawScan,
    ReaderChanged,
    ScanRefusal,
    Shown,
    WalletChanged,
    WalletHistory,
    WalletWord,
)
from till.engine.snapshot import Panel, Pulse, Sought, Surroundings, Trouble

V = TypeVar("V")

#: What the cashier is told of a scan that is no text.
SCAN_REFUSALS = {
    ScanRefusal.TOO_LONG: RefusalCode.SCAN_TOO_LONG,
    ScanRefusal.NOT_TEXT: RefusalCode.SCAN_NOT_TEXT,
    ScanRefusal.CONTROL_CHARACTERS: RefusalCode.SCAN_NOT_TEXT,
    ScanRefusal.LAYOUT_DAMAGED: RefusalCode.LAYOUT_DAMAGED,
}

#: Faults of the shop's agreement rather than of one payment: the bar shows them until the wallet answers well again.
_WALLET_WIDE = (FaultCode.KEYS_REFUSED, FaultCode.NOT_PERMITTED)


def after_fact(around: Surroundings, fact: PaymentFact, now: datetime) -> Surroundings:
    """Remember when the wallet spoke of a payment, or since when it has not."""
    around = _after_word_on_paid(around, fact)
    if isinstance(fact, Unanswered):
        return _after_silence(around, fact)
    if not isinstance(fact, Created | Reported | Missing | Refused):
        return around
    reference = fact.reference
    pulse = around.pulses.get(reference, Pulse())
    around = replace(
        around,
        troubles=_without(around.troubles, reference),
        pulses={**around.pulses, reference: replace(pulse, heard_at=now)},
    )
    shared = fact.fault if isinstance(fact, Refused) and fact.fault.code in _WALLET_WIDE else None
    around = _with_wallet_fault(around, shared)
    if isinstance(fact, Created):
        return replace(around, created_at={**around.created_at, reference: fact.at})
    return around


def _after_word_on_paid(around: Surroundings, fact: PaymentFact) -> Surroundings:
    """Remember what the wallet says of the paid sale that was looked up, or why it says nothing."""
    found, sought = around.refundable, around.sought
    if sought is not None and sought.reference == fact.reference:
        fault = _fault_of_read(fact)
        return around if fault is None else replace(around, sought=replace(sought, fault=fault))
    if found is None or found.paid.reference != fact.reference:
        return around
    match fact:
        case Reported(amount=amount, captured=captured, refunded=refunded) if (
            amount == found.paid.amount and refunded.minor >= found.refunded_least
        ):
            # What was given back only grows: an answer that says less than this one was overtaken on its way.
            read = replace(found, captured=captured, refunded=refunded, refunded_least=refunded.minor, fault=None)
            return replace(around, refundable=read)
        case _:
            fault = _fault_of_read(fact)
            return around if fault is None else replace(around, refundable=replace(found, fault=fault))


def _fault_of_read(fact: PaymentFact) -> Fault | None:
    """Return why a read told nothing of a payment."""
    match fact:
        case Unanswered(fault=fault) | Refused(fault=fault):
            return fault
        case Missing():
            return Fault(FaultCode.PAYMENT_MISSING)
        case _:
            return None


def _after_found(around: Surroundings, word: PaymentFound) -> Surroundings:
    """Put another till's payment on the screen, if it is still looked for."""
    sought = around.sought
    around = replace(around, troubles=_without(around.troubles, word.reference))
    if sought is None or sought.reference != word.reference:
        return around
    paid = PaidSale(word.reference, 0, 0, word.amount, word.at, sought.store.msn, sought.store.name)
    found = Refundable(paid, captured=word.captured, refunded=word.refunded)
    return _with_wallet_fault(replace(around, sought=None, refundable=found), None)


def _with_wallet_fault(around: Surroundings, fault: Fault | None) -> Surroundings:
    """Note what ails the wallet as a whole; that the till's own keys are missing ends only when they are there."""
    before = around.wallet_fault
    if before is not None and before.code is FaultCode.KEYS_MISSING:
        return around
    if fault is not None and fault.code is FaultCode.KEYS_MISSING:
        return around
    return replace(around, wallet_fault=fault)


def _after_silence(around: Surroundings, fact: Unanswered) -> Surroundings:
    before = around.troubles.get(fact.reference)
    trouble = Trouble(
        since=before.since if before else fact.at,
        losses=before.losses + 1 if before else 1,
        operation=fact.operation,
        fault=fact.fault,
        is_sent=fact.is_sent,
    )
    return _with_wallet_fault(replace(around, troubles={**around.troubles, fact.reference: trouble}), fact.fault)


def after_word(around: Surroundings, word: WalletWord, *, shown: str | None) -> Surroundings:
    """Take a word of the wallet that is no fact; a code belongs on the screen only if it is of the payment `shown`."""
    match word:
        case Code(reference=reference):
            return replace(around, code=word, code_fault=None) if reference == shown else around
        case CodeMissing(reference=reference, fault=fault):
            return replace(around, code_fault=(reference, fault)) if reference == shown else around
        case Shown(reference=reference):
            is_looked_at = around.shown is not None and around.shown.reference == reference
            return replace(around, shown=word) if is_looked_at else around
        case WalletHistory():
            return inquiry.after_told(around, word)
        case WalletChanged(fault=fault, keyless=keyless):
            return replace(around, wallet_fault=fault, keyless=keyless)
        case PaymentFound():
            return _after_found(around, word)


def after_errand(around: Surroundings, reference: str, *, now: datetime, in_s: float) -> Surroundings:
    """Remember when the wallet will be asked or told next about a payment."""
    pulse = replace(around.pulses.get(reference, Pulse()), next_ask_at=now + timedelta(seconds=in_s))
    return replace(around, pulses={**around.pulses, reference: pulse})


def after_reader(around: Surroundings, message: ReaderChanged) -> Surroundings:
    """Take a reader's new state."""
    return replace(around, readers={**around.readers, message.reader: message.state})


def after_find(around: Surroundings, paid: PaidSale | Sought, before: Refund | None) -> Surroundings:
    """Put a paid sale on the screen that was looked up; `before` is its payment's newest refund."""
    if isinstance(paid, Sought):
        return replace(around, panel=Panel.REFUND, refundable=None, hub_sought=None, sought=paid)
    found = Refundable(paid)
    if before is not None:
        number = before.terms.number if before.is_final else before.terms.number - 1
        found = Refundable(paid, number_before=number, refunded_least=before.refunded_least)
    return replace(around, panel=Panel.REFUND, refundable=found, sought=None, hub_sought=None)


def after_look(around: Surroundings, reference: str) -> Surroundings:
    """Open what the app shows with a payment; the wallet has not said it yet."""
    return replace(around, panel=Panel.SHOWN, shown=Shown(reference))


def after_scan(around: Surroundings, scan: RawScan) -> Surroundings:
    """Leave the owner's pages, and remember what a scan tells of its scanner's setting: somebody should put it right."""
    if around.panel is Panel.SHOP:
        around = replace(around, panel=Panel.SELLING)
    if scan.is_repaired:
        return replace(around, scanner_fault=Fault(FaultCode.SCANNER_LAYOUT))
    if not scan.is_terminated and around.scanner_fault is None:
        return replace(around, scanner_fault=Fault(FaultCode.SCANNER_SUFFIX))
    return around


def after_wish(around: Surroundings, facts: Iterable[Fact], *, ended: str | None) -> Surroundings:
    """Close what a granted wish has answered: a typed number, a search, an ended attempt that was seen."""
    panel, begins_sale = Panel.SELLING, False
    for fact in facts:
        match fact:
            case RefundRequested() | SaleSeen():
                panel = around.panel
            case HubRefundAsked():
                panel, around = around.panel, after_asked(around, fact)
            case DayReported() | DayClosed():
                panel = Panel.DAY_REPORT
            case SaleOpened():
                begins_sale = True
    return replace(
        around,
        panel=panel,
        weighing=None,
        found=None,
        pending_customer=False,
        acknowledged=ended or around.acknowledged,
        dismissed_sale=None if begins_sale else around.dismissed_sale,
    )


def without_payment(around: Surroundings, reference: str) -> Surroundings:
    """Drop what was remembered of a payment that has ended; its code leaves the screen at once."""
    code, fault = around.code, around.code_fault
    return replace(
        around,
        code=None if code is not None and code.reference == reference else code,
        code_fault=None if fault is not None and fault[0] == reference else fault,
        troubles=_without(around.troubles, reference),
        pulses=_without(around.pulses, reference),
        created_at=_without(around.created_at, reference),
    )


def stopped(around: Surroundings, code: FaultCode) -> Surroundings:
    """Stop selling."""
    return replace(around, stopped=Fault(code))


def selling_again(around: Surroundings) -> Surroundings:
    """Sell again: the journal has just been written."""
    return around if around.stopped is None else replace(around, stopped=None)


def _without(kept: dict[str, V], name: str) -> dict[str, V]:
    return {key: value for key, value in kept.items() if key != name}
