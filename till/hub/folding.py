"""From a till's records to the tables that the sale log searches, judged by the till's own step over its state.

A payment that a batch touches is folded anew from its own records, so nothing of the fold is kept but its outcome. Records that
this program cannot read, or that lead nowhere, change no table: a newer till wrote them, and they stay in the book.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct

from till.domain.facts import Fact, PaymentRequested, RefundRequested, SaleCompleted, SaleOpened, TillStarted
from till.domain.money import Currency, CurrencyMismatch
from till.domain.payment import Ended, NeedsPerson, Payment, Reported
from till.domain.refund import Refund, RefundDone, RefundNeedsPerson, RefundRefused
from till.domain.state import TillState, advance
from till.hub.database import Row, Transaction
from till.hub.hours import written
from till.hub.records import LARGEST_NUMBER, BookRecord
from till.journal.codec import BadBody, UnknownKind, decode, stream_of

_PAYMENT, _SALE = "payment/", "sale/"
_REQUESTS = (PaymentRequested, RefundRequested)
_REFERENCE = re.compile(r"[A-Za-z0-9-]{8,64}")
_COMPLETED = "sale-completed"
_STATE_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class _Seen(Struct, frozen=True):
    """A fact and the number of its record."""

    number: int
    fact: Fact


class _Place(Struct, frozen=True):
    """Whose records are folded: the till, its own store, and every store by its sales unit, since a till may sell for several."""

    till: str
    store: str
    currency: Currency
    stores: dict[str, str]

    def store_of(self, msn: str) -> str:
        """Return the store of a sales unit, the till's own where nobody knows it."""
        return self.stores.get(msn, self.store)


class _Completion(Struct, frozen=True):
    """A sale was completed; `paid_by` is the payment that did it, whose report stands right before."""

    fact: SaleCompleted
    paid_by: str


def fold(transaction: Transaction, till: str, records: Sequence[BookRecord]) -> None:
    """Take records that were just kept into the tables."""
    place = _place_of(transaction, till)
    starts: list[_Seen] = []
    completions: list[_Completion] = []
    touched: dict[str, list[_Seen]] = {}
    rows = [
        (one.number, one.stream, one.kind, one.version, one.body)
        for one in records
        if one.stream[: len(_SALE)] != _SALE or one.kind == _COMPLETED
    ]
    for number, stream, fact in _facts(rows):
        if isinstance(fact, SaleCompleted):
            before = _stream_before(transaction, till, number, records)
            completions.append(_Completion(fact, before.removeprefix(_PAYMENT)))
        elif isinstance(fact, TillStarted):
            starts.append(_Seen(number, fact))
        elif stream.startswith(_PAYMENT):
            touched.setdefault(stream, []).append(_Seen(number, fact))
    outcomes = []
    for stream, seen in touched.items():
        is_whole = isinstance(seen[0].fact, PaymentRequested)
        earlier = [] if is_whole else _earlier(transaction, till, stream, records[0].number)
        outcomes.append(_Outcome(place, earlier + (sorted(seen + starts, key=_number) if starts else seen)))
    _keep_payments(transaction, place, outcomes)
    _keep_refunds(transaction, place, outcomes)
    _keep_sales(transaction, place, completions)


def _place_of(transaction: Transaction, till: str) -> _Place:
    ((store, currency),) = transaction.run(
        "select store.id, store.currency from till join store on store.id = till.store where till.id = ?", till
    )
    return _Place(till, store, Currency(currency), dict(transaction.run("select msn, id from store")))


def _stream_before(transaction: Transaction, till: str, number: int, records: Sequence[BookRecord]) -> str:
    """Return what the record before one is about."""
    place = number - 1 - records[0].number
    if place >= 0:
        return records[place].stream
    rows = transaction.run("select stream from record where till = ? and number = ?", till, number - 1)
    return str(rows[0][0]) if rows else ""


class _Outcome:
    """What one payment's facts come to."""

    def __init__(self, place: _Place, history: Iterable[_Seen]) -> None:
        self.payment: Payment | None = None
        self.refunds: dict[int, Refund] = {}
        self.captured = self.refunded = 0
        state = TillState.empty(place.currency)
        for seen in history:
            fact = seen.fact
            if isinstance(fact, PaymentRequested):
                # Its sale is not folded here, and must be there all the same.
                state = advance(state, SaleOpened(fact.terms.sale, fact.terms.requested_at)).state
            try:
                state = advance(state, fact).state
            except (KeyError, CurrencyMismatch):
                continue
            self._note(state, fact)

    def _note(self, state: TillState, fact: Fact) -> None:
        self.payment = next(iter(state.payments.values()), None)
        for refund in state.refunds.values():
            self.refunds[refund.terms.number] = refund
        if isinstance(fact, Reported) and (self.payment is None or fact.amount == self.payment.terms.amount):
            self.captured = max(self.captured, fact.captured.minor)
            self.refunded = max(self.refunded, fact.refunded.minor)


def _facts(rows: Iterable[Row]) -> Iterator[tuple[int, str, Fact]]:
    """Return the facts of records with number and stream, as far as they can be read and kept."""
    for number, stream, kind, version, body in rows:
        try:
            fact = decode(kind, version, body.encode())
        except (UnknownKind, BadBody):
            continue
        if _is_of(fact, stream) and _can_be_kept(fact):
            yield number, stream, fact


def _is_of(fact: Fact, stream: str) -> bool:
    """Whether a fact belongs into its stream: else a reference could come to stand in another's history."""
    if stream[: len(_PAYMENT)] != _PAYMENT:
        return stream_of(fact) == stream
    reference = fact.terms.reference if isinstance(fact, _REQUESTS) else getattr(fact, "reference", None)
    return reference == stream[len(_PAYMENT) :]


def _can_be_kept(fact: Fact) -> bool:
    """Whether a fact's numbers and names fit into the tables: a till checks its own, another program may not have."""
    if isinstance(fact, Reported):
        return max(fact.captured.minor, fact.refunded.minor) < LARGEST_NUMBER
    if isinstance(fact, SaleCompleted):
        return 0 <= fact.sale < LARGEST_NUMBER and 0 <= fact.receipt_number < LARGEST_NUMBER
    if not isinstance(fact, _REQUESTS):
        return True
    number = fact.terms.sale if isinstance(fact, PaymentRequested) else fact.terms.number
    fits = 0 <= number < LARGEST_NUMBER and 0 <= fact.terms.amount.minor < LARGEST_NUMBER
    return fits and bool(_REFERENCE.fullmatch(fact.terms.reference))


def _earlier(transaction: Transaction, till: str, stream: str, before: int) -> list[_Seen]:
    """Return what the book told of a payment before a record, the till's starts included: they leave doubts behind."""
    rows = transaction.run(
        "select number, stream, kind, version, body from record where till = ? and stream in (?, 'till')"
        " and number < ? and substr(stream, 1, 5) <> 'sale/' and number >= (select min(number) from record"
        "  where till = ? and stream = ? and substr(stream, 1, 5) <> 'sale/') order by number",
        till,
        stream,
        before,
        till,
        stream,
    )
    return [_Seen(number, fact) for number, _, fact in _facts(rows)]


def _keep_payments(transaction: Transaction, place: _Place, outcomes: Iterable[_Outcome]) -> None:
    sql = (
        "insert into payment values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (reference, till) do update set"
        " captured = excluded.captured, refunded = excluded.refunded, state = excluded.state,"
        " reason = excluded.reason, is_open = excluded.is_open"
    )
    rows: list[Row] = []
    for outcome in outcomes:
        payment = outcome.payment
        if payment is None:
            continue
        terms = payment.terms
        rows.append(
            (
                terms.reference,
                place.till,
                place.store_of(terms.msn),
                terms.sale,
                terms.amount.minor,
                terms.amount.currency.value,
                outcome.captured,
                outcome.refunded,
                state_word(type(payment.state)),
                _reason(payment.state),
                int(not payment.is_final),
                written(terms.requested_at),
            )
        )
    if rows:
        transaction.run_many(sql, rows)


def _keep_refunds(transaction: Transaction, place: _Place, outcomes: Iterable[_Outcome]) -> None:
    sql = (
        "insert into refund values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (reference, till, number) do update set"
        " state = excluded.state, reason = excluded.reason, is_open = excluded.is_open, done_at = excluded.done_at"
    )
    rows: list[Row] = []
    for refund in (refund for outcome in outcomes for refund in outcome.refunds.values()):
        terms, state = refund.terms, refund.state
        rows.append(
            (
                terms.reference,
                place.till,
                terms.number,
                place.store_of(terms.paid.msn),
                terms.amount.minor,
                terms.amount.currency.value,
                state_word(type(state)),
                _reason(state),
                int(not refund.is_final),
                written(terms.requested_at),
                written(state.at) if isinstance(state, RefundDone) else None,
            )
        )
    if rows:
        transaction.run_many(sql, rows)


def _keep_sales(transaction: Transaction, place: _Place, completions: Iterable[_Completion]) -> None:
    """Keep completed sales; one payment alone pays for a sale, so its amount and store are the sale's."""
    sql = (
        "insert into sale select till, sale, store, reference, cast(? as bigint), cast(? as text), amount, currency, null"
        " from payment where reference = ? and till = ? and sale = ? on conflict (till, number) do nothing"
    )
    rows: list[Row] = [
        (one.fact.receipt_number, written(one.fact.at), one.paid_by, place.till, one.fact.sale) for one in completions
    ]
    if rows:
        transaction.run_many(sql, rows)


def _number(seen: _Seen) -> int:
    return seen.number


@cache
def state_word(state: type) -> str:
    """Return a state's name as it stands in the tables, as `needs_person`."""
    return _STATE_WORD.sub("_", state.__name__).lower()


def _reason(state: object) -> str | None:
    match state:
        case Ended(ending=ending):
            return ending.value
        case NeedsPerson(fault=fault) | RefundNeedsPerson(fault=fault) | RefundRefused(fault=fault):
            return fault.code.value
        case _:
            return None
