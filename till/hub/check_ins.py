"""Customers who scanned a till's sticker: the latest of each till, until it is used or fifteen minutes old.

QR API, "Merchant callback": a customer's token lives fifteen minutes, and a later check-in takes an earlier one's place.
"""

import uuid
from datetime import datetime, timedelta

from msgspec import Struct

from till.domain.secret import Secret
from till.hub import outbox
from till.hub.database import Transaction
from till.hub.hours import written
from till.hub.seal import Sealer

LIFE = timedelta(minutes=15)


class Arrival(Struct, frozen=True):
    """A customer scanned a printed code."""

    msn: str
    merchant_qr_id: str
    token: Secret
    at: datetime


class Sticker(Struct, frozen=True):
    """A printed code and the till at which it hangs."""

    msn: str
    merchant_qr_id: str
    till: str


def till_of_sticker(transaction: Transaction, msn: str, merchant_qr_id: str) -> str | None:
    """Return the till at which a code hangs, or None."""
    rows = transaction.run("select till from sticker where msn = ? and merchant_qr_id = ?", msn, merchant_qr_id)
    return str(rows[0][0]) if rows else None


def hang_sticker(transaction: Transaction, msn: str, merchant_qr_id: str, till: str) -> None:
    """Say at which till a code hangs."""
    sql = "insert into sticker values (?, ?, ?) on conflict (msn, merchant_qr_id) do update set till = excluded.till"
    transaction.run(sql, msn, merchant_qr_id, till)


def take_sticker_down(transaction: Transaction, msn: str, merchant_qr_id: str) -> None:
    """Say that a code hangs nowhere."""
    transaction.run("delete from sticker where msn = ? and merchant_qr_id = ?", msn, merchant_qr_id)


def stickers(transaction: Transaction) -> tuple[Sticker, ...]:
    """Return all codes that hang somewhere, by till."""
    rows = transaction.run("select msn, merchant_qr_id, till from sticker order by till, merchant_qr_id")
    return tuple(Sticker(*row) for row in rows)


def arrive(transaction: Transaction, sealer: Sealer, arrival: Arrival, now: datetime) -> str | None:
    """Tell the till of the code that a customer waits; return the till, or None when there is none or it is too late."""
    till = till_of_sticker(transaction, arrival.msn, arrival.merchant_qr_id)
    if till is None or now - arrival.at >= LIFE:
        return None
    for (earlier,) in transaction.run("select id from check_in where till = ?", till):
        forget(transaction, sealer, till, earlier, now)
    (name,) = transaction.run("select name from till where id = ?", till)[0]
    check_in = str(uuid.uuid4())
    body = {
        "id": check_in,
        "merchantQrId": arrival.merchant_qr_id,
        "customerToken": arrival.token.reveal(),
        "at": written(arrival.at),
        "name": name,
    }
    number = outbox.post(transaction, sealer, till=till, kind="check-in", body=body, now=now)
    sql = "insert into check_in values (?, ?, ?, ?, ?)"
    transaction.run(sql, check_in, till, arrival.merchant_qr_id, written(arrival.at), number)
    return till


def use(transaction: Transaction, till: str, check_in: str) -> bool:
    """Forget a check-in that its till has used, with its token; say whether it was there."""
    rows = transaction.run("delete from check_in where id = ? and till = ? returning event", check_in, till)
    for (number,) in rows:
        transaction.run("delete from event where till = ? and number = ?", till, number)
    return bool(rows)


def forget(transaction: Transaction, sealer: Sealer, till: str, check_in: str, now: datetime) -> None:
    """Take a check-in back, and tell its till."""
    if use(transaction, till, check_in):
        outbox.post(transaction, sealer, till=till, kind="check-in-gone", body={"id": check_in}, now=now)


def forget_old(transaction: Transaction, sealer: Sealer, now: datetime) -> None:
    """Take back every check-in whose token lives no longer."""
    rows = transaction.run("select till, id from check_in where happened_at <= ?", written(now - LIFE))
    for till, check_in in rows:
        forget(transaction, sealer, till, check_in, now)


def first_alive(transaction: Transaction, till: str) -> int:
    """Return the number of the event of a till's waiting customer, or of the one to come if nobody waits."""
    rows = transaction.run("select min(event) from check_in where till = ?", till)
    return int(rows[0][0]) if rows[0][0] is not None else outbox.last_number(transaction, till) + 1
