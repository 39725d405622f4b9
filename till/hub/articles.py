"""Each store's articles, prices and favourites as one file, which its tills fetch when it has changed.

A file is taken whole or not at all, so that no till ever gets one that it would refuse. Tills sell on with what they have.
"""

import hashlib
from datetime import datetime

from till.catalogue.importer import articles_in
from till.domain.money import Currency
from till.hub import outbox
from till.hub.database import Transaction
from till.hub.hours import read_hour, written
from till.hub.seal import Sealer

#: A file of some hundred thousand articles.
CONTENT_MOST = 32 * 1024 * 1024


def check(content: bytes, currency: Currency) -> int:
    """Return how many articles a file has; raise ImportRefused with every complaint."""
    return len(articles_in(content, currency))


def keep(transaction: Transaction, sealer: Sealer, store: str, content: bytes, now: datetime) -> bool:
    """Keep a store's checked file and tell its tills; say whether it is another than before."""
    digest = hashlib.sha256(content).hexdigest()
    if digest_of(transaction, store) == digest:
        return False
    sql = (
        "insert into article_file values (?, ?, ?, ?) on conflict (store) do update"
        " set digest = excluded.digest, content = excluded.content, kept_at = excluded.kept_at"
    )
    transaction.run(sql, store, digest, content, written(now))
    for (till,) in transaction.run("select id from till where store = ?", store):
        outbox.post(transaction, sealer, till=till, kind="articles", body={"digest": digest}, now=now)
    return True


def digest_of(transaction: Transaction, store: str) -> str | None:
    """Return the version of a store's file, None while it has none."""
    rows = transaction.run("select digest from article_file where store = ?", store)
    return str(rows[0][0]) if rows else None


def kept_at(transaction: Transaction) -> dict[str, datetime]:
    """Return since when each store has its file."""
    rows = transaction.run("select store, kept_at from article_file")
    return {str(store): read_hour(str(at)) for store, at in rows}


def file_for(transaction: Transaction, till: str) -> tuple[str, bytes] | None:
    """Return version and content of the file of a till's store, None while it has none."""
    sql = "select digest, content from article_file join till on till.store = article_file.store where till.id = ?"
    rows = transaction.run(sql, till)
    return (str(rows[0][0]), bytes(rows[0][1])) if rows else None
