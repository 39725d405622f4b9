"""The stores of the chain and their tills: who they are, whose keys they use, and which token is whose."""

import hashlib
import json
import re
import secrets
from datetime import datetime, timedelta

from msgspec import Struct

from till.domain.money import Currency
from till.domain.secret import Secret
from till.hub.database import Transaction
from till.hub.hours import written
from till.hub.seal import Sealer
from till.vipps.access import Credentials

TOKEN_BYTES = 32
#: That a till was heard is noted so often at most.
SEEN_EVERY = timedelta(minutes=1)
_TILL_ID = re.compile(r"[a-z][a-z0-9]{0,7}")
#: A mark of test, a store's prefix, the till, the day, the sale (domain/reference.py).
_REFERENCE = re.compile(r"(?:[a-z0-9-]+-)?([a-z][a-z0-9]{0,7})-[0-9]{6}-[0-9]+-[0-9]+")


class Store(Struct, frozen=True):
    """A store of the chain, which is a sales unit."""

    id: str
    name: str
    msn: str
    currency: Currency


class Till(Struct, frozen=True):
    """A till of a store; `store` is its id."""

    id: str
    store: str
    name: str
    seen_at: datetime | None = None
    may_speak: bool = False


class Taken(Exception):
    """A store, a sales unit or a till of that name is there already."""


def add_store(transaction: Transaction, store: Store) -> None:
    """Add a store; raise Taken."""
    sql = "insert into store (id, name, msn, currency) values (?, ?, ?, ?) on conflict do nothing returning id"
    if not transaction.run(sql, store.id, store.name, store.msn, store.currency.value):
        raise Taken(store.id)


def stores(transaction: Transaction) -> tuple[Store, ...]:
    """Return all stores by name."""
    rows = transaction.run("select id, name, msn, currency from store order by name")
    return tuple(Store(id_, name, msn, Currency(currency)) for id_, name, msn, currency in rows)


def keep_keys(transaction: Transaction, sealer: Sealer, store: str, keys: Credentials) -> None:
    """Keep a store's keys, sealed; they leave the hub in calls to the wallet only."""
    parts = [keys.client_id.reveal(), keys.client_secret.reveal(), keys.subscription_key.reveal()]
    sealed = sealer.seal(json.dumps(parts), f"keys/{store}")
    transaction.run("update store set keys = ? where id = ?", sealed, store)


def stores_with_keys(transaction: Transaction) -> frozenset[str]:
    """Return the stores whose keys are kept."""
    return frozenset(str(id_) for (id_,) in transaction.run("select id from store where keys is not null"))


def keys_of(transaction: Transaction, sealer: Sealer, msn: str) -> Credentials | None:
    """Return the keys of a sales unit, or None while there are none; raise SealBroken."""
    rows = transaction.run("select id, keys from store where msn = ?", msn)
    if not rows or rows[0][1] is None:
        return None
    client_id, client_secret, subscription_key = map(Secret, json.loads(sealer.open(rows[0][1], f"keys/{rows[0][0]}")))
    return Credentials(client_id, client_secret, subscription_key, msn)


def add_till(transaction: Transaction, till: Till) -> None:
    """Add a till; raise Taken, or ValueError for an id that no till can have."""
    if not _TILL_ID.fullmatch(till.id):
        raise ValueError(till.id)
    sql = "insert into till (id, store, name) values (?, ?, ?) on conflict do nothing returning id"
    if not transaction.run(sql, till.id, till.store, till.name):
        raise Taken(till.id)


def tills(transaction: Transaction) -> tuple[Till, ...]:
    """Return all tills by store and name."""
    rows = transaction.run("select id, store, name, seen_at, token_digest from till order by store, name")
    return tuple(
        Till(id_, store, name, datetime.fromisoformat(seen) if seen else None, digest is not None)
        for id_, store, name, seen, digest in rows
    )


def issue_token(transaction: Transaction, till: str) -> Secret | None:
    """Give a till a new token, which ends its old one, and return it this one time; None if there is no such till."""
    token = Secret(secrets.token_urlsafe(TOKEN_BYTES))
    sql = "update till set token_digest = ? where id = ? returning id"
    if not transaction.run(sql, _digest(token.reveal()), till):
        return None
    transaction.wake(topic_of(till))
    return token


def revoke_token(transaction: Transaction, till: str) -> bool:
    """Let a till speak to the hub no more; say whether there is such a till."""
    found = transaction.run("update till set token_digest = null where id = ? returning id", till)
    transaction.wake(topic_of(till))
    return bool(found)


def till_of_token(transaction: Transaction, token: str) -> str | None:
    """Return the till whose token this is, or None."""
    rows = transaction.run("select id from till where token_digest = ?", _digest(token))
    return str(rows[0][0]) if rows else None


def is_seen_lately(transaction: Transaction, till: str, now: datetime) -> bool:
    """Say whether it was noted just now that a till was heard."""
    rows = transaction.run("select seen_at from till where id = ?", till)
    return bool(rows) and rows[0][0] is not None and rows[0][0] > written(now - SEEN_EVERY)


def note_seen(transaction: Transaction, till: str, now: datetime) -> None:
    """Note that a till was heard."""
    transaction.run("update till set seen_at = ? where id = ?", written(now), till)


def till_of_reference(reference: str) -> str:
    """Return the id of the till that made a payment's reference, "" if no till did: it stands before the day. There may be no such till."""
    found = _REFERENCE.match(reference)
    return found.group(1) if found else ""


def topic_of(till: str) -> str:
    """Return the topic that is woken when there is something new for a till."""
    return f"till/{till}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
