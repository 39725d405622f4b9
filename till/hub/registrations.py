"""The hub's registrations with the wallet: one address for each sales unit, its secret sealed, what is missing made again.

Registrations are looked at when the hub starts and daily, since the wallet drops one that failed for two weeks and tells
nobody (Webhooks API, "Removal").
"""

import logging
import secrets
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from till.domain.secret import Secret
from till.hub.database import Database, Row, Transaction
from till.hub.hours import written
from till.hub.seal import Sealer
from till.vipps.webhooks import CHECK_IN_EVENT, PAYMENT_EVENTS, Webhook, Webhooks

PATH_BYTES = 24
EVENTS = (*PAYMENT_EVENTS, CHECK_IN_EVENT)

log = logging.getLogger("till.hub")


class Registered(Struct, frozen=True):
    """A registration of the hub's; without id and secret for as long as nobody knows whether the wallet has it."""

    path: str
    msn: str
    url: str
    webhook_id: str | None = None
    secret: Secret | None = None


class AnotherHub(Exception):
    """A registration under this hub's address is not this hub's: another one, with a database of its own, runs there."""


def registered_at(transaction: Transaction, sealer: Sealer, path: str) -> Registered | None:
    """Return the registration with a path, or None; raise SealBroken."""
    rows = transaction.run("select path, msn, url, webhook_id, secret from registration where path = ?", path)
    return _registered(sealer, rows[0]) if rows else None


def registrations(transaction: Transaction, sealer: Sealer, msn: str) -> tuple[Registered, ...]:
    """Return the registrations of a sales unit; raise SealBroken."""
    sql = "select path, msn, url, webhook_id, secret from registration where msn = ? order by made_at"
    return tuple(_registered(sealer, row) for row in transaction.run(sql, msn))


def keep_registered(
    database: Database, sealer: Sealer, client: Webhooks, *, msn: str, public_url: str, now: datetime
) -> bool:
    """Make what is missing of a sales unit, and take away what is of no use; say whether something was made.

    Raise AnotherHub, a VippsError, SealBroken or DatabaseUnavailable.
    """
    ours = database.read(lambda transaction: registrations(transaction, sealer, msn))
    there = client.list()
    beginning = f"{public_url}/webhooks/"
    if {one.url for one in there if one.url.startswith(beginning)} - {one.url for one in ours}:
        raise AnotherHub(msn)
    good = [one for one in ours if one.url.startswith(beginning) and _is_served(one, there)]
    for one in ours:
        if one not in good[:1]:
            _take_away(database, client, one, there)
    if not good:
        _make(database, sealer, client, msn=msn, beginning=beginning, now=now)
    return not good


def _is_served(one: Registered, there: Iterable[Webhook]) -> bool:
    return one.secret is not None and any(
        listed.id == one.webhook_id and listed.url == one.url and set(EVENTS) <= set(listed.events) for listed in there
    )


def _make(database: Database, sealer: Sealer, client: Webhooks, *, msn: str, beginning: str, now: datetime) -> None:
    """Register; the path is kept before, so that what a crash leaves behind is known as this hub's own."""
    path = secrets.token_urlsafe(PATH_BYTES)
    url = beginning + path
    row = (path, msn, url, ",".join(EVENTS), written(now))
    sql = "insert into registration (path, msn, url, events, made_at) values (?, ?, ?, ?, ?)"
    database.write(lambda transaction: transaction.run(sql, *row))
    made = client.register(url, EVENTS)
    sealed = sealer.seal(made.secret.reveal(), _purpose(path))
    keep = "update registration set webhook_id = ?, secret = ? where path = ?"
    database.write(lambda transaction: transaction.run(keep, made.id, sealed, path))
    log.info("webhook registered")


def _take_away(database: Database, client: Webhooks, one: Registered, there: Iterable[Webhook]) -> None:
    for listed in there:
        if listed.url == one.url:
            client.delete(listed.id)
    database.write(lambda transaction: transaction.run("delete from registration where path = ?", one.path))


def _registered(sealer: Sealer, row: Row) -> Registered:
    path, msn, url, webhook_id, secret = row
    opened = None if secret is None else Secret(sealer.open(secret, _purpose(path)))
    return Registered(path, msn, url, webhook_id, opened)


def _purpose(path: str) -> str:
    return f"webhook/{path}"
