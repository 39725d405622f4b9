"""Looking payments up in the journal: a paid sale by its number or reference, any payment also by amount, day and hour.

Small tables beside the journal say where to look; what is found is read from the journal's own rows.
"""

import json
import logging
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, assert_never

from till.domain.facts import Fact, PaymentRequested, RefundRequested, SaleCompleted
from till.domain.history import ByAmount, ByName, ByTime, Newest, PaymentHistory, Wanted, begin
from till.domain.money import Currency, Money
from till.domain.refund import PaidSale
from till.journal.causes import FAILURES, cause_of
from till.journal.codec import BadBody, UnknownKind, decode, stamp

_BODIES = "select body from journal where stream = ? and kind = ? order by number"
#: A receipt number has at most so many digits; SQLite's own integers end soon after.
_DIGITS_MOST = 12
#: What a journal of an older program lacks is noted when it is opened, so many rows in one transaction.
SLICE_ROWS = 20_000
LOOK_UP_SCRIPT = (Path(__file__).parent / "schema" / "look_up.sql").read_text(encoding="utf-8")
_NOTE_TRACE = "insert into payment_trace values (?, ?, ?, ?)"
_NOT_NOTED = (
    "select number, kind, version, body from journal where number > ? and number <= ?"
    " and kind in ('payment-requested', 'refund-requested') order by number"
)
_OWN = "select number, kind, version, body from journal where stream = ? order by number"
#: What happened around a payment's own rows: the till was started, its sale was completed.
_AROUND = (
    "select number, kind, version, body from journal where stream = 'till' and kind = 'till-started'"
    " and number between ? and ? union all"
    " select number, kind, version, body from journal where stream = ? and kind = 'sale-completed'"
)

log = logging.getLogger("till.journal")


def note_where(connection: sqlite3.Connection, facts: Iterable[Fact]) -> None:
    """Note where these facts will be looked for, in the transaction that writes them; may raise sqlite3.Error."""
    for fact in facts:
        if isinstance(fact, SaleCompleted):
            connection.execute("insert or ignore into completed_sale values (?, ?)", (fact.receipt_number, fact.sale))
        elif isinstance(fact, PaymentRequested):
            connection.execute("insert or ignore into attempt values (?, ?)", (fact.terms.sale, fact.terms.reference))
        if isinstance(fact, PaymentRequested | RefundRequested):
            (number,) = connection.execute("select max(number) from journal").fetchone()
            connection.execute(_NOTE_TRACE, _trace(number, fact))


def catch_up(connection: sqlite3.Connection) -> None:
    """Note where the payments of an older program will be looked for; what cannot be read is left out, and stops nothing."""
    connection.executescript(f"begin immediate; {LOOK_UP_SCRIPT} commit;")
    try:
        (number,) = connection.execute("select coalesce(max(number), 0) from payment_trace").fetchone()
        (last,) = connection.execute("select coalesce(max(number), 0) from journal").fetchone()
        while number < last:
            _note_slice(connection, number, number + SLICE_ROWS)
            number += SLICE_ROWS
    except FAILURES as error:
        log.warning("older payments cannot all be looked up", extra={"kind": cause_of(error)})


def _note_slice(connection: sqlite3.Connection, after: int, last: int) -> None:
    traces = []
    for number, kind, version, body in connection.execute(_NOT_NOTED, (after, last)):
        with suppress(BadBody, UnknownKind):  # the replay says what is wrong with it
            fact = decode(kind, version, body.encode())
            assert isinstance(fact, PaymentRequested | RefundRequested)
            traces.append(_trace(number, fact))
    if traces:
        connection.execute("begin immediate")
        connection.executemany(_NOTE_TRACE, traces)
        connection.execute("commit")


def _trace(number: int, fact: PaymentRequested | RefundRequested) -> tuple[int, str, int, str]:
    terms = fact.terms
    return number, terms.reference, terms.amount.minor, stamp(terms.requested_at)


def find_paid(connection: sqlite3.Connection, text: str) -> PaidSale | None:
    """Return the completed sale of that receipt number or payment reference, or None; may raise sqlite3.Error."""
    if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MOST:
        found = connection.execute("select sale from completed_sale where receipt = ?", (int(text),)).fetchone()
        return None if found is None else _paid_sale(connection, found[0])
    requested = _bodies(connection, f"payment/{text}", "payment-requested")
    return _paid_sale(connection, requested[0]["terms"]["sale"], text) if requested else None


def _paid_sale(connection: sqlite3.Connection, sale: int, wanted: str = "") -> PaidSale | None:
    """Return a sale with the attempt that paid it: the one that is wanted, if it took money too.

    Only who names the payment finds one of a sale that has no receipt.
    """
    completed = _bodies(connection, f"sale/{sale}", "sale-completed")
    attempts = [name for (name,) in connection.execute("select reference from attempt where sale = ?", (sale,))]
    for reference in sorted(attempts, key=lambda name: name != wanted) if completed else [wanted]:
        (requested,) = _bodies(connection, f"payment/{reference}", "payment-requested")
        reports = _bodies(connection, f"payment/{reference}", "payment-reported")
        terms = requested["terms"]
        captured = next((report for report in reports if report["captured"] == terms["amount"]), None)
        if captured is not None:
            at, number = (completed[0]["at"], completed[0]["receipt_number"]) if completed else (captured["at"], 0)
            amount = Money(terms["amount"]["minor"], Currency(terms["amount"]["currency"]))
            return PaidSale(reference, sale, number, amount, datetime.fromisoformat(at), terms["msn"])
    return None


def find_payments(connection: sqlite3.Connection, wanted: Wanted, most: int) -> tuple[PaymentHistory, ...]:
    """Return at most so many payments with all that became of them, newest first; may raise sqlite3.Error."""
    histories = [_history(connection, reference) for reference in _references(connection, wanted, most)]
    known = (history for history in histories if history is not None)
    return tuple(sorted(known, key=lambda history: history.terms.requested_at, reverse=True))


def _references(connection: sqlite3.Connection, wanted: Wanted, most: int) -> list[str]:
    match wanted:
        case ByName(text=text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MOST:
            found = connection.execute(
                "select reference from attempt where sale = (select sale from completed_sale where receipt = ?)"
                " order by reference desc limit ?",
                (int(text), most),
            )
        case ByName(text=text):
            return [text]
        case ByAmount(minor=minor):
            found = connection.execute(
                "select reference from payment_trace where minor = ? group by reference order by max(number) desc limit ?",
                (minor, most),
            )
        case ByTime(since=since, until=until):
            found = connection.execute(
                "select reference from payment_trace where at >= ? and at < ?"
                " group by reference order by max(at) desc limit ?",
                (stamp(since), stamp(until), most),
            )
        case Newest():
            found = connection.execute("select reference from payment_trace order by number desc limit ?", (2 * most,))
            return list(dict.fromkeys(reference for (reference,) in found))[:most]
        case _:
            assert_never(wanted)
    return [reference for (reference,) in found]


def _history(connection: sqlite3.Connection, reference: str) -> PaymentHistory | None:
    """Return a payment's facts folded; None where there is no such payment, or its rows cannot be read."""
    own = connection.execute(_OWN, (f"payment/{reference}",)).fetchall()
    try:
        requested = decode(*_encoded(own[0])) if own else None
        if not isinstance(requested, PaymentRequested):
            return None
        around = connection.execute(_AROUND, (own[0][0], own[-1][0], f"sale/{requested.terms.sale}")).fetchall()
        history = begin(requested)
        for row in sorted((*own[1:], *around)):
            history = history.after(decode(*_encoded(row)))
    except (BadBody, UnknownKind):
        log.exception("a payment cannot be read", extra={"reference": reference})
        return None
    return history


def _encoded(row: tuple[int, str, int, str]) -> tuple[str, int, bytes]:
    _, kind, version, body = row
    return kind, version, body.encode()


def _bodies(connection: sqlite3.Connection, stream: str, kind: str) -> list[dict[str, Any]]:
    return [json.loads(body) for (body,) in connection.execute(_BODIES, (stream, kind))]
