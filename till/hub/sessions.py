"""Who is signed in: a random token in a cookie, of which the database keeps the digest alone."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from till.domain.secret import Secret
from till.hub.database import Transaction
from till.hub.hours import written
from till.hub.people import Person, person_of

TOKEN_BYTES = 32
LIFE = timedelta(hours=12)
IDLE = timedelta(minutes=30)
#: A session is noted as used so often at most.
NOTE_EVERY = timedelta(minutes=1)


def begin(transaction: Transaction, person: str, now: datetime) -> Secret:
    """Begin a session; return its token this one time."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    transaction.run("insert into session values (?, ?, ?, ?)", _digest(token), person, written(now), written(now))
    return Secret(token)


def signed_in(transaction: Transaction, token: str, now: datetime) -> tuple[Person, bool] | None:
    """Return whose session this is and whether its use is to be noted, or None if there is none that still lives."""
    rows = transaction.run("select person, begun_at, seen_at from session where digest = ?", _digest(token))
    if not rows:
        return None
    person, begun_at, seen_at = rows[0]
    if begun_at <= written(now - LIFE) or seen_at <= written(now - IDLE):
        return None
    found = person_of(transaction, person)
    return None if found is None else (found, seen_at <= written(now - NOTE_EVERY))


def note_use(transaction: Transaction, token: str, now: datetime) -> None:
    """Note that a session was used."""
    transaction.run("update session set seen_at = ? where digest = ?", written(now), _digest(token))


def end(transaction: Transaction, token: str) -> None:
    """End a session."""
    transaction.run("delete from session where digest = ?", _digest(token))


def forget_old(transaction: Transaction, now: datetime) -> None:
    """Drop the sessions that live no longer."""
    sql = "delete from session where begun_at <= ? or seen_at <= ?"
    transaction.run(sql, written(now - LIFE), written(now - IDLE))


def form_token(cookie: str) -> str:
    """Return what a form of this cookie's owner must carry: nobody makes it without the cookie."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()


def is_form_of(cookie: str, token: str) -> bool:
    """Say whether a form's token belongs to a cookie."""
    return hmac.compare_digest(form_token(cookie).encode(), token.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
