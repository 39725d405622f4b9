"""What the sale log looks up: payments with their sales, what is open, one payment's history, and the health of tills."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from till.domain.facts import Fact
from till.domain.money import Currency, Money
from till.hub.database import Row, Transaction
from till.hub.hours import read_hour, written
from till.hub.records import LARGEST_NUMBER
from till.journal.codec import BadBody, UnknownKind, decode

PAGE = 50
#: A payment that was captured although another one paid for its sale.
DOUBLE = "double"
_CAPTURED = "captured"
OPEN_MOST = 200
HISTORY_MOST = 500


class PaymentSeen(Struct, frozen=True):
    """A payment as the books know it; the sale's part is None until it is completed."""

    till: str
    reference: str
    store: str
    sale: int
    amount: Money
    captured: Money
    refunded: Money
    state: str
    reason: str | None
    is_open: bool
    requested_at: datetime
    receipt: int | None
    completed_at: datetime | None
    cashier: str | None


class RefundSeen(Struct, frozen=True):
    """A refund as the books know it; `till` is the one that gives the money back."""

    till: str
    reference: str
    number: int
    store: str
    amount: Money
    state: str
    reason: str | None
    is_open: bool
    requested_at: datetime


class Wanted(Struct, frozen=True):
    """What is searched for; `text` is a receipt number or a reference, `after` the last payment of the page before."""

    text: str = ""
    amount_minor: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    store: str | None = None
    till: str | None = None
    cashier: str | None = None
    after: tuple[str, str, str] | None = None


class Told(Struct, frozen=True):
    """One record of a payment's history; no fact where a newer till wrote what this program cannot read."""

    number: int
    at: str
    kind: str
    fact: Fact | None


_PAYMENT = (
    "select payment.till, payment.reference, payment.store, payment.sale, payment.amount, payment.currency,"
    " payment.captured, payment.refunded, payment.state, payment.reason, payment.is_open, payment.requested_at,"
    " sale.receipt, sale.completed_at, sale.cashier, sale.paid_by"
    " from payment left join sale on sale.till = payment.till and sale.number = payment.sale"
)
_NEWEST_FIRST = "order by payment.requested_at desc, payment.till desc, payment.reference desc limit ?"
#: The same, but in no index's order: where few fit, a database is to begin with those, and not to walk back in time to meet them.
_NEWEST_OF_FEW_FIRST = _NEWEST_FIRST.replace("requested_at desc", "requested_at || '' desc")
_REFUND = "select till, reference, number, store, amount, currency, state, reason, is_open, requested_at from refund"
#: The hub's own refunds for tills of other stores, in the same columns.
_CENTRAL = (
    "select till, reference, 0, store, minor, currency,"
    " case state when 'done' then 'refund_done' when 'refused' then 'refund_refused' else 'refunding' end, reason,"
    " case when state in ('asked', 'unknown') then 1 else 0 end, asked_at as requested_at from central_refund"
)


def search(transaction: Transaction, wanted: Wanted) -> tuple[PaymentSeen, ...]:
    """Return a page of payments, the newest first, and one more if there is another page."""
    conditions, values = _conditions(wanted)
    where = " ".join(("where", " and ".join(conditions))) if conditions else ""
    are_few = bool(wanted.text) or wanted.amount_minor is not None
    order = _NEWEST_OF_FEW_FIRST if are_few else _NEWEST_FIRST
    rows = transaction.run(" ".join((_PAYMENT, where, order)), *values, PAGE + 1)
    return tuple(map(_payment, rows))


def payment(transaction: Transaction, till: str, reference: str) -> PaymentSeen | None:
    """Return one payment, or None."""
    rows = transaction.run(" ".join((_PAYMENT, "where payment.till = ? and payment.reference = ?")), till, reference)
    return _payment(rows[0]) if rows else None


def open_payments(transaction: Transaction, store: str | None) -> tuple[PaymentSeen, ...]:
    """Return the payments that have no end yet, of one store or of all, the oldest first."""
    condition, values = ("and payment.store = ?", (store,)) if store is not None else ("", ())
    tail = "order by payment.requested_at limit ?"
    rows = transaction.run(" ".join((_PAYMENT, "where is_open = 1", condition, tail)), *values, OPEN_MOST)
    return tuple(map(_payment, rows))


def open_refunds(transaction: Transaction, store: str | None) -> tuple[RefundSeen, ...]:
    """Return the refunds that have no end yet, of one store or of all, the oldest first."""
    condition, values = ("and store = ?", (store,)) if store is not None else ("", ())
    own = (_REFUND, "where is_open = 1", condition)
    central = (_CENTRAL, "where state in ('asked', 'unknown')", condition)
    return _refunds(transaction, own, central, *values)


def refunds(transaction: Transaction, reference: str) -> tuple[RefundSeen, ...]:
    """Return the refunds of a payment that any till told of or that the hub makes, the oldest first."""
    condition = "where reference = ?"
    return _refunds(transaction, (_REFUND, condition), (_CENTRAL, condition), reference)


def history(transaction: Transaction, till: str, reference: str) -> tuple[Told, ...]:
    """Return what a till's journal tells of a payment, in its order."""
    rows = transaction.run(
        "select number, at, kind, version, body from record"
        " where till = ? and stream = ? and substr(stream, 1, 5) <> 'sale/' order by number limit ?",
        till,
        f"payment/{reference}",
        HISTORY_MOST,
    )
    return tuple(Told(number, at, kind, _fact(kind, version, body)) for number, at, kind, version, body in rows)


def cashiers(transaction: Transaction) -> tuple[str, ...]:
    """Return the cashiers that the tills name, if they name any."""
    rows = transaction.run("select distinct cashier from sale where cashier is not null order by cashier")
    return tuple(str(name) for (name,) in rows)


def _conditions(wanted: Wanted) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []

    def demand(condition: str, *wanted_values: object) -> None:
        conditions.append(condition)
        values.extend(wanted_values)

    if wanted.text.isascii() and wanted.text.isdigit():
        # A number beyond all receipts finds nothing.
        demand("sale.receipt = ?", min(int(wanted.text[:20]), LARGEST_NUMBER))
    elif wanted.text:
        demand("payment.reference = ?", wanted.text)
    if wanted.amount_minor is not None:
        demand("payment.amount = ?", wanted.amount_minor)
    if wanted.since is not None:
        demand("payment.requested_at >= ?", written(wanted.since))
    if wanted.until is not None:
        demand("payment.requested_at < ?", written(wanted.until))
    if wanted.store is not None:
        demand("payment.store = ?", wanted.store)
    if wanted.till is not None:
        demand("payment.till = ?", wanted.till)
    if wanted.cashier is not None:
        demand("sale.cashier = ?", wanted.cashier)
    if wanted.after is not None:
        demand("payment.requested_at <= ?", wanted.after[0])
        demand("(payment.requested_at, payment.till, payment.reference) < (?, ?, ?)", *wanted.after)
    return conditions, values


def _payment(row: Row) -> PaymentSeen:
    till, reference, store, sale, amount, code, captured, refunded, state, reason, is_open, requested_at = row[:12]
    receipt, completed_at, cashier, paid_by = row[12:]
    if state == _CAPTURED and paid_by not in (None, reference):
        state = DOUBLE
    currency = Currency(code)
    return PaymentSeen(
        till,
        reference,
        store,
        sale,
        Money(amount, currency),
        Money(captured, currency),
        Money(refunded, currency),
        state,
        reason,
        bool(is_open),
        read_hour(requested_at),
        receipt,
        None if completed_at is None else read_hour(completed_at),
        cashier,
    )


def _refunds(
    transaction: Transaction, own: Iterable[str], central: Iterable[str], *values: object
) -> tuple[RefundSeen, ...]:
    sql = " ".join((*own, "union all", *central, "order by requested_at limit ?"))
    return tuple(map(_refund, transaction.run(sql, *values, *values, OPEN_MOST)))


def _refund(row: Row) -> RefundSeen:
    till, reference, number, store, amount, currency, state, reason, is_open, requested_at = row
    money = Money(amount, Currency(currency))
    return RefundSeen(till, reference, number, store, money, state, reason, bool(is_open), read_hour(requested_at))


def _fact(kind: str, version: int, body: str) -> Fact | None:
    try:
        return decode(kind, version, body.encode())
    except (UnknownKind, BadBody):
        return None
