"""How often something may be tried, counted in the database so that all processes of the hub count together."""

import hashlib
from datetime import datetime, timedelta

from msgspec import Struct

from till.hub.database import Transaction
from till.hub.hours import written

WITHIN = timedelta(minutes=15)


class Limit(Struct, frozen=True):
    """So many times for each subject of a kind within a quarter of an hour from the first."""

    kind: str
    most: int


SIGN_IN_BY_NAME = Limit("name", 10)
SIGN_IN_BY_ADDRESS = Limit("address", 30)
WALLET_BY_PERSON = Limit("wallet", 60)


def attempt(transaction: Transaction, limit: Limit, subject: str, now: datetime) -> bool:
    """Count an attempt; say whether it may be made."""
    over = written(now - WITHIN)
    sql = (
        "insert into attempt values (?, 1, ?) on conflict (subject) do update set"
        " count = case when attempt.begun_at <= ? then 1 else attempt.count + 1 end,"
        " begun_at = case when attempt.begun_at <= ? then excluded.begun_at else attempt.begun_at end"
        " returning count"
    )
    ((count,),) = transaction.run(sql, _digest(limit, subject), written(now), over, over)
    return bool(count <= limit.most)


def forgive(transaction: Transaction, limit: Limit, subject: str) -> None:
    """Uncount an attempt that turned out well."""
    sql = "update attempt set count = count - 1 where subject = ? and count > 0"
    transaction.run(sql, _digest(limit, subject))


def forget_old(transaction: Transaction, now: datetime) -> None:
    """Drop what counts no longer."""
    transaction.run("delete from attempt where begun_at <= ?", written(now - WITHIN))


def _digest(limit: Limit, subject: str) -> str:
    """Return the subject as it is kept: names that are typed may be passwords in the wrong field."""
    return hashlib.sha256(f"{limit.kind}/{subject}".encode()).hexdigest()
