"""Looking a paid sale up in the journal, by its receipt number or by a payment's reference.

Two small tables beside the journal say where to look; what is found is read from the journal's own rows.
"""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from till.domain.facts import Fact, PaymentRequested, SaleCompleted
from till.domain.money import Currency, Money
from till.domain.refund import PaidSale

_BODIES = "select body from journal where stream = ? and kind = ? order by number"
#: A receipt number has at most so many digits; SQLite's own integers end soon after.
_DIGITS_MOST = 12


def note_where(connection: sqlite3.Connection, facts: Iterable[Fact]) -> None:
    """Note where these facts will be looked for, in the transaction that writes them; may raise sqlite3.Error."""
    for fact in facts:
        if isinstance(fact, SaleCompleted):
            connection.execute("insert or ignore into completed_sale values (?, ?)", (fact.receipt_number, fact.sale))
        elif isinstance(fact, PaymentRequested):
            connection.execute("insert or ignore into attempt values (?, ?)", (fact.terms.sale, fact.terms.reference))


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


def _bodies(connection: sqlite3.Connection, stream: str, kind: str) -> list[dict[str, Any]]:
    return [json.loads(body) for (body,) in connection.execute(_BODIES, (stream, kind))]
