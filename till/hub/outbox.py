"""Events for tills, numbered upwards for each till, kept for replay, and gone after two days."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from till.hub.database import Transaction
from till.hub.hours import written
from till.hub.seal import Sealer
from till.hub.stores import topic_of

KEPT = timedelta(days=2)
BATCH_MOST = 200


class Event(Struct, frozen=True):
    """Something for one till; `body` is JSON on one line."""

    number: int
    kind: str
    body: str


def post(
    transaction: Transaction, sealer: Sealer, *, till: str, kind: str, body: Mapping[str, object], now: datetime
) -> int | None:
    """Put an event into a till's outbox and wake who sends it; return its number, None if there is no such till.

    The till's row is locked from here to the commit: so numbers become visible in their order, and a reader that has seen one
    has missed none before it.
    """
    sql = "update till set last_event = last_event + 1 where id = ? returning last_event"
    rows = transaction.run(sql, till)
    if not rows:
        return None
    number = int(rows[0][0])
    sealed = sealer.seal(json.dumps(body, ensure_ascii=False, separators=(",", ":")), _purpose(till, number))
    transaction.run("insert into event values (?, ?, ?, ?, ?)", till, number, kind, sealed, written(now))
    transaction.wake(topic_of(till))
    return number


def events_after(transaction: Transaction, sealer: Sealer, till: str, number: int) -> tuple[Event, ...]:
    """Return the events of a till after one it has taken, the oldest first, so many at once; raise SealBroken."""
    sql = "select number, kind, body from event where till = ? and number > ? order by number limit ?"
    rows = transaction.run(sql, till, number, BATCH_MOST)
    return tuple(Event(at, kind, sealer.open(body, _purpose(till, at))) for at, kind, body in rows)


def last_number(transaction: Transaction, till: str) -> int:
    """Return the number of a till's newest event, 0 before the first."""
    rows = transaction.run("select last_event from till where id = ?", till)
    return int(rows[0][0]) if rows else 0


def forget_old(transaction: Transaction, now: datetime) -> None:
    """Drop the events that no till will ask for any more."""
    transaction.run("delete from event where at < ?", written(now - KEPT))


def _purpose(till: str, number: int) -> str:
    return f"event/{till}/{number}"
