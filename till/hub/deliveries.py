"""What the wallet delivers, kept once: a payment's event becomes a hint for its till, a check-in a waiting customer.

Nothing else of a delivery is kept: it may hold who the customer is, and money facts come from a read of the payment.
"""

import hashlib
import json
from datetime import datetime, timedelta

from msgspec import Struct

from till.domain.secret import Secret
from till.hub import check_ins, outbox
from till.hub.check_ins import Arrival
from till.hub.database import Transaction
from till.hub.hours import read_hour, written
from till.hub.seal import Sealer
from till.hub.stores import till_of_reference

#: The wallet delivers again for seven days.
KEPT = timedelta(days=30)
CHECK_IN = "CHECK_IN"
_TEXT_MOST = 300


class PaymentEvent(Struct, frozen=True):
    """Something happened to a payment."""

    msn: str
    reference: str
    psp_reference: str
    name: str
    at: datetime


class NotReadable(ValueError):
    """A delivery is signed well and yet not of a kind that is published."""


def read(body: bytes, now: datetime) -> PaymentEvent | Arrival:
    """Return what a delivery says; raise NotReadable. Fields that are not known are let be (Webhooks API, "Events")."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotReadable("not JSON") from error
    if not isinstance(fields, dict):
        raise NotReadable("not an object")
    if "customerToken" in fields:
        return _arrival(fields, now)
    return PaymentEvent(
        _text(fields, "msn"),
        _text(fields, "reference"),
        _text(fields, "pspReference"),
        _text(fields, "name"),
        _hour(fields.get("timestamp"), now),
    )


def keep(transaction: Transaction, sealer: Sealer, delivery: PaymentEvent | Arrival, now: datetime) -> bool:
    """Keep a delivery and tell its till; say whether it is new. The same one again changes nothing."""
    sql = "insert into delivery values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning digest"
    if not transaction.run(sql, *_row(delivery), written(delivery.at), written(now)):
        return False
    if isinstance(delivery, Arrival):
        check_ins.arrive(transaction, sealer, delivery, now)
    else:
        till = till_of_reference(delivery.reference)
        outbox.post(transaction, sealer, till=till, kind="payment", body={"reference": delivery.reference}, now=now)
    return True


def _row(delivery: PaymentEvent | Arrival) -> tuple[str | None, ...]:
    """Return digest, sales unit, name, reference and the wallet's own reference; a check-in has neither of these two."""
    if isinstance(delivery, Arrival):
        return _digest(CHECK_IN, delivery.msn, delivery.token.reveal()), delivery.msn, CHECK_IN, None, None
    digest = _digest(delivery.name, delivery.msn, delivery.psp_reference)
    return digest, delivery.msn, delivery.name, delivery.reference, delivery.psp_reference


def forget_old(transaction: Transaction, now: datetime) -> None:
    """Drop what will not be delivered again."""
    transaction.run("delete from delivery where received_at < ?", written(now - KEPT))


def _arrival(fields: dict[str, object], now: datetime) -> Arrival:
    # Renamed in 2024; both are met.
    msn = _text(fields, "msn" if "msn" in fields else "merchantSerialNumber")
    token = _text(fields, "customerToken", most=4096)
    return Arrival(msn, _text(fields, "merchantQrId"), Secret(token), _hour(fields.get("initiatedAt"), now))


def _text(fields: dict[str, object], name: str, most: int = _TEXT_MOST) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise NotReadable(name)
    return value


def _hour(value: object, now: datetime) -> datetime:
    """Return the hour that is said, the present one if it cannot be read: nothing depends on a payment's."""
    try:
        return min(read_hour(value), now) if isinstance(value, str) else now
    except (ValueError, OverflowError):
        return now


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
