"""What must be seen by an owner: an alarm stands until one acknowledges it."""

import uuid
from datetime import datetime
from enum import Enum

from msgspec import Struct

from till.hub.database import Transaction
from till.hub.hours import read_hour, written


class AlarmKind(Enum):
    """What is wrong."""

    FORK = "fork"


class Alarm(Struct, frozen=True):
    """A till's alarm; `number` is the first record that does not fit."""

    id: str
    till: str
    store: str
    kind: AlarmKind
    number: int
    raised_at: datetime


def raise_alarm(transaction: Transaction, till: str, kind: AlarmKind, number: int, now: datetime) -> None:
    """Raise an alarm, unless the same one stands already."""
    standing = "select id from alarm where till = ? and kind = ? and number = ? and acknowledged_at is null"
    if not transaction.run(standing, till, kind.value, number):
        sql = "insert into alarm (id, till, kind, number, raised_at) values (?, ?, ?, ?, ?)"
        transaction.run(sql, str(uuid.uuid4()), till, kind.value, number, written(now))


def standing_alarms(transaction: Transaction, store: str | None = None) -> tuple[Alarm, ...]:
    """Return the alarms that nobody has acknowledged, of one store or of all, the newest first."""
    rows = transaction.run(
        "select alarm.id, alarm.till, till.store, alarm.kind, alarm.number, alarm.raised_at"
        " from alarm join till on till.id = alarm.till"
        " where acknowledged_at is null and till.store = coalesce(cast(? as text), till.store) order by raised_at desc",
        store,
    )
    return tuple(
        Alarm(id_, till, of, AlarmKind(kind), number, read_hour(at)) for id_, till, of, kind, number, at in rows
    )


def acknowledge(transaction: Transaction, alarm: str, person: str, now: datetime) -> bool:
    """Note who has seen an alarm; say whether it stood."""
    sql = (
        "update alarm set acknowledged_at = ?, acknowledged_by = ?"
        " where id = ? and acknowledged_at is null returning id"
    )
    return bool(transaction.run(sql, written(now), person, alarm))
