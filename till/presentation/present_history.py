"""Finding a payment, and its page: how it stands, its amounts, the till's own past of it, and the wallet's event log."""

from datetime import datetime

from till.domain.facts import (
    Fact,
    OperationIntended,
    OperationRepeated,
    PaymentRequested,
    RefundRequested,
    SaleCompleted,
    TillStarted,
)
from till.domain.faults import Fault
from till.domain.history import ByAmount, ByName, ByTime, Newest, PaymentHistory, Wanted
from till.domain.intents import TakeUp
from till.domain.money import Money
from till.domain.payment import (
    CancelAsked,
    Captured,
    CompleteAsked,
    Created,
    Ended,
    Ending,
    Missing,
    NeedsPerson,
    Operation,
    Payment,
    Refused,
    ReleaseAsked,
    Released,
    Reported,
    Terms,
    Unanswered,
    Verdict,
)
from till.engine.ports import WalletEvent, WalletHistory
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import CheckNow, FindPaid, FindPayments, LookIntoApp, ShowPanel, ShowPayment
from till.presentation.house import House
from till.presentation.payment_words import is_unknown, payment_actions, state_word
from till.presentation.views import (
    Action,
    HistoryRow,
    OpenPaymentRow,
    OpenPaymentsPanel,
    PaymentPage,
    SearchKind,
    SearchPanel,
    Tone,
)

#: So many hits have a key of their own.
KEYS_MOST = 9
#: So many of a payment's newest facts are shown.
FACTS_MOST = 100


# ---------------------------------------------------------------------------------------------- finding


def find_action(house: House) -> Action:
    """Return the way to the panel that finds a payment."""
    return Action(house.words.say("find.title"), ShowPanel(Panel.FIND_PAYMENT), "F2")


def present_search(house: House, now: datetime) -> SearchPanel:
    """Return the panel that asks for a number, an amount, or a day and time; nothing typed means the newest payments."""
    words = house.words
    return SearchPanel(
        title=words.say("find.title"),
        hints=tuple((kind, words.say(f"find.hint_{kind.value}")) for kind in SearchKind),
        kinds_label=words.say("find.kinds"),
        kinds=tuple((words.say(f"find.{kind.value}"), kind) for kind in SearchKind),
        written=lambda kind, text: _written(house, kind, text),
        wish_of=lambda kind, text: _wish_of(house, kind, text, now),
        back=Action(words.say("find.back"), ShowPanel(Panel.SELLING), "Esc"),
        confirm_label=words.say("find.confirm"),
    )


def present_found(house: House, snapshot: Snapshot) -> OpenPaymentsPanel:
    """Return the list of what was found, newest first."""
    words = house.words
    found = snapshot.around.inquiry.found
    rows = tuple(_hit(house, snapshot, place, history) for place, history in enumerate(found, 1))
    return OpenPaymentsPanel(
        title=words.say("find.found", count=str(len(found))),
        rows=rows,
        empty_note="",
        back=Action(words.say("find.back"), ShowPanel(Panel.FIND_PAYMENT), "Esc"),
    )


def _written(house: House, kind: SearchKind, text: str) -> str:
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
    match kind:
        case SearchKind.NAME:
            return text
        case SearchKind.AMOUNT:
            digits = digits.lstrip("0")[:9]
            return f"{digits[:-2] or '0'}{house.figures.decimal}{digits[-2:]:0>2}" if digits else ""
        case SearchKind.TIME:
            return house.figures.written_moment(digits[:8])


def _wish_of(house: House, kind: SearchKind, text: str, now: datetime) -> FindPayments | None:
    wanted = _wanted(house, kind, text.strip(), now)
    return None if wanted is None else FindPayments(wanted)


def _wanted(house: House, kind: SearchKind, text: str, now: datetime) -> Wanted | None:
    digits = "".join(sign for sign in text if sign.isdigit())
    if not text:
        return Newest()
    if kind is SearchKind.NAME:
        return ByName(text)
    if kind is SearchKind.AMOUNT:
        return ByAmount(int(digits))
    span = house.figures.span_of(digits, now)
    return None if span is None else ByTime(*span)


def _hit(house: House, snapshot: Snapshot, place: int, history: PaymentHistory) -> OpenPaymentRow:
    words, terms = house.words, history.terms
    tone, state = _state(house, snapshot, history)
    at, amount = house.figures.day_and_time(terms.requested_at), house.figures.money(terms.amount)
    key = str(place) if place <= KEYS_MOST else ""
    return OpenPaymentRow(
        title=words.say("find.row", amount=amount, at=at),
        note=words.say("find.row_note", state=state, reference=terms.reference),
        tone=tone,
        actions=(Action(words.say("find.open"), ShowPayment(terms.reference), key),),
    )


# ---------------------------------------------------------------------------------------------- the page


def present_page(house: House, snapshot: Snapshot, history: PaymentHistory) -> PaymentPage:
    """Return the page of one payment."""
    words, terms, told = house.words, history.terms, snapshot.around.inquiry.told
    tone, state = _state(house, snapshot, history)
    differs = told is not None and told.standing is not None and _differs(_live(snapshot, history), told.standing)
    number = history.receipt_number
    lead = words.say(f"flow.{terms.flow.value}") if number is None else words.say("page.receipt", number=f"{number:04}")
    return PaymentPage(
        reference=terms.reference,
        title=words.say("page.title", amount=house.figures.money(terms.amount)),
        lead=f"{lead} · {house.figures.day_and_time(terms.requested_at)}",
        tone=Tone.BROKEN if differs else tone,
        state=state,
        strong=words.say("page.differs") if differs else "",
        amounts=_amounts(house, history, told),
        source=_source(house, told),
        till_title=words.say("page.till"),
        till_rows=tuple(_row_of_fact(house, fact, terms) for fact in history.facts[-FACTS_MOST:]),
        wallet_title=words.say("page.wallet"),
        wallet_rows=() if told is None else tuple(_row_of_event(house, event, terms) for event in told.events),
        actions=_actions(house, snapshot, history, told),
        back=_back(house, snapshot),
    )


def _live(snapshot: Snapshot, history: PaymentHistory) -> Payment:
    """Return the payment as the till works on it, or as its facts left it."""
    return snapshot.state.payments.get(history.terms.reference, history.payment)


def _state(house: House, snapshot: Snapshot, history: PaymentHistory) -> tuple[Tone, str]:
    words, payment = house.words, _live(snapshot, history)
    trouble = snapshot.around.troubles.get(history.terms.reference)
    match payment.state:
        case Captured():
            return Tone.WELL, _refunded(house, history) or words.say("page.paid")
        case Released():
            return Tone.CALM, words.say("released.title")
        case Ended(ending=Ending.REFUSED, fault=Fault(code=code)):
            return Tone.CALM, words.fault(code).happened
        case Ended(ending=ending):
            known = f"ended.{ending.value}.title"
            return Tone.CALM, words.say(known if words.has(known) else "open.unpaid")
        case NeedsPerson(fault=fault):
            return Tone.BROKEN, words.fault(fault.code).happened
        case _:
            tone = Tone.UNKNOWN if is_unknown(payment, trouble) else Tone.LOOK
            return tone, words.say("page.open", state=words.say(state_word(payment, trouble)))


def _refunded(house: House, history: PaymentHistory) -> str:
    refund = history.refund
    if refund is None:
        return ""
    if not refund.is_final:
        return house.words.say("page.refunding", amount=house.figures.money(refund.terms.amount))
    if not refund.refunded_least:
        return ""
    given = Money(refund.refunded_least, history.terms.amount.currency)
    return house.words.say("page.refunded", amount=house.figures.money(given))


def _differs(payment: Payment, standing: Reported) -> bool:
    """Whether the wallet says something else of the money than the till believes for good."""
    match payment.state:
        case Captured():
            believed = payment.last.captured if payment.last is not None else payment.terms.amount
            return standing.captured != believed
        case Ended() | Released():
            return standing.captured.minor > 0 or standing.authorized.minor > standing.cancelled.minor
        case _:
            return False


def _amounts(house: House, history: PaymentHistory, told: WalletHistory | None) -> tuple[tuple[str, str], ...]:
    """Return what was asked for and how much of it went each way, after the wallet, or after what the till heard last."""
    words, asked = house.words, history.terms.amount
    last = told.standing if told is not None and told.standing is not None else _last_report(history)
    nothing = Money.zero(asked.currency)
    parts = (nothing,) * 4 if last is None else (last.authorized, last.captured, last.cancelled, last.refunded)
    names = ("authorized", "captured", "cancelled", "refunded_sum")
    rows = [
        (words.say("page.asked"), asked),
        *((words.say(f"page.{name}"), part) for name, part in zip(names, parts, strict=True)),
    ]
    return tuple((name, house.figures.money(amount)) for name, amount in rows)


def _last_report(history: PaymentHistory) -> Reported | None:
    return next((fact for fact in reversed(history.facts) if isinstance(fact, Reported)), None)


def _source(house: House, told: WalletHistory | None) -> str:
    words = house.words
    if told is None:
        return words.say("page.reading")
    if told.fault is not None:
        return (
            f"{words.fault(told.fault.code).happened} {words.say('page.last_heard')}{_for_support(house, told.fault)}"
        )
    assert told.standing is not None
    return words.say("page.read", time=house.figures.second(told.standing.at))


def _actions(
    house: House, snapshot: Snapshot, history: PaymentHistory, told: WalletHistory | None
) -> tuple[Action, ...]:
    words, reference, payment = house.words, history.terms.reference, _live(snapshot, history)
    actions = [Action(words.say("do.check"), ShowPayment(reference), "F5")]
    sale = snapshot.state.sales.get(history.terms.sale)
    if history.terms.expires_at is not None:
        actions.append(Action(words.say("shown.open"), LookIntoApp(reference)))
    if sale is not None and sale.is_aside:
        actions.append(Action(words.say("open.take_up"), TakeUp(sale.number)))
    if reference in snapshot.state.payments and not payment.is_final:
        own = payment_actions(house, snapshot.state, payment)
        actions.extend(action for action in own if not isinstance(action.wish, CheckNow))
    standing = told.standing if told is not None else None
    left = None if standing is None else standing.captured.minor - standing.refunded.minor
    if isinstance(payment.state, Captured) and history.receipt_number is not None and left != 0:
        actions.append(Action(words.say("selling.refund"), FindPaid(reference), "F7"))
    return tuple(actions)


def _back(house: House, snapshot: Snapshot) -> Action:
    panel = Panel.FOUND_PAYMENTS if len(snapshot.around.inquiry.found) > 1 else Panel.FIND_PAYMENT
    return Action(house.words.say("find.back"), ShowPanel(panel), "Esc")


# ---------------------------------------------------------------------------------------------- rows


def _row_of_event(house: House, event: WalletEvent, terms: Terms) -> HistoryRow:
    words, figures = house.words, house.figures
    known = f"event.{event.name}"
    text = f"{words.say(known)} ({event.name})" if words.has(known) else event.name
    return HistoryRow(
        time="" if event.at is None else figures.time_of(event.at, terms.requested_at),
        text=text if event.is_success else words.say("page.failed", what=text),
        amount=figures.money(event.amount),
        note=words.say("page.psp", reference=event.psp_reference),
        tone=Tone.CALM if event.is_success else Tone.BROKEN,
    )


def _row_of_fact(house: House, fact: Fact, terms: Terms) -> HistoryRow:
    """Return a fact in words, the time without the day it began on; what failed with what support needs of it."""
    words, money = house.words, house.figures.money
    at = fact.terms.requested_at if isinstance(fact, PaymentRequested | RefundRequested) else fact.at
    time = house.figures.time_of(at, terms.requested_at)
    match fact:
        case PaymentRequested(terms=own):
            return HistoryRow(time, words.say("fact.requested"), money(own.amount))
        case RefundRequested(terms=refund):
            return HistoryRow(time, words.say("fact.refund"), money(refund.amount))
        case OperationIntended(operation=operation, amount=amount):
            return HistoryRow(time, _done(house, "sent", operation), money(amount))
        case OperationRepeated(operation=operation):
            return HistoryRow(time, _done(house, "sent_again", operation))
        case Refused(operation=operation, fault=fault) | Unanswered(operation=operation, fault=fault):
            text = _done(house, "refused" if isinstance(fact, Refused) else "unanswered", operation)
            note = f"{words.fault(fault.code).happened}{_for_support(house, fault)}"
            return HistoryRow(time, text, note=note, tone=Tone.LOOK)
        case Reported():
            key, amount = _news(fact)
            return HistoryRow(time, words.say(f"fact.{key}"), money(amount))
        case CompleteAsked(amount=Money() as part):
            return HistoryRow(time, words.say("fact.complete_asked"), money(part))
        case SaleCompleted(receipt_number=number):
            return HistoryRow(time, words.say("page.receipt", number=f"{number:04}"))
        case _:
            return HistoryRow(time, words.say(f"fact.{_KEYS[type(fact)]}"))


def _done(house: House, what: str, operation: Operation) -> str:
    return house.words.say(f"fact.{what}", what=house.words.say(f"operation.{operation.value}"))


def _news(report: Reported) -> tuple[str, Money]:
    """Return what a report says that is furthest along."""
    for key, amount in (("refunded", report.refunded), ("captured", report.captured), ("cancelled", report.cancelled)):
        if amount.minor:
            return key, amount
    return report.verdict.value, report.authorized if report.verdict is Verdict.AUTHORIZED else report.amount


_KEYS: dict[type[Fact], str] = {
    Created: "created_here",
    Missing: "missing",
    CancelAsked: "cancel_asked",
    CompleteAsked: "complete_asked",
    ReleaseAsked: "release_asked",
    TillStarted: "started",
}


def _for_support(house: House, fault: Fault) -> str:
    """Return codes and the wallet's trace of a failure, for a line of its own."""
    code = fault.code.value + (f"/{fault.wallet_code}" if fault.wallet_code is not None else "")
    trace = f" · {house.words.say('corner.trace', trace=fault.trace_id)}" if fault.trace_id else ""
    return f"\n{house.words.say('corner.fault', code=code)}{trace}"
