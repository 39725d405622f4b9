"""Who may look at the sale log: people with a name, a role and a password, of which only a salted digest is kept."""

import hashlib
import hmac
import secrets
import unicodedata
import uuid
from enum import Enum

from msgspec import Struct

from till.domain.secret import Secret
from till.hub.database import Row, Transaction

PASSWORD_LEAST, PASSWORD_MOST = 10, 200
NAME_MOST = 60
SALT_BYTES = 16
#: About a tenth of a second and 32 MiB for each guess (RFC 7914).
_COST, _BLOCK, _LANES = 2**15, 8, 1
_MEMORY_MOST = 64 * 1024 * 1024


class Role(Enum):
    """What somebody may see: search and open payments of a store, all of a store, or all of the chain."""

    CASHIER = "cashier"
    MANAGER = "manager"
    OWNER = "owner"


class Person(Struct, frozen=True):
    """Somebody; `store` is theirs, None for an owner."""

    id: str
    name: str
    role: Role
    store: str | None


class PersonRefused(Exception):
    """Somebody cannot be added or changed; `reason` says why: name, password, store, taken or last_owner."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Kept(Struct, frozen=True):
    """A password as it is kept."""

    salt: bytes
    digest: bytes


def kept_password(password: Secret) -> Kept:
    """Return a password as it is kept; raise PersonRefused for one that is too short to be any good."""
    if not PASSWORD_LEAST <= len(password.reveal()) <= PASSWORD_MOST:
        raise PersonRefused("password")
    salt = secrets.token_bytes(SALT_BYTES)
    return Kept(salt, _digest(password, salt))


def add_person(transaction: Transaction, *, name: str, role: Role, store: str | None, password: Kept) -> Person:
    """Add somebody; raise PersonRefused."""
    name = unicodedata.normalize("NFKC", name).strip()
    if not (0 < len(name) <= NAME_MOST and name.isprintable()):
        raise PersonRefused("name")
    if role is Role.OWNER:
        store = None
    elif store is None or not transaction.run("select id from store where id = ?", store):
        raise PersonRefused("store")
    person = Person(str(uuid.uuid4()), name, role, store)
    sql = "insert into person values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning id"
    row = (person.id, name, folded(name), role.value, store, password.salt, password.digest)
    if not transaction.run(sql, *row):
        raise PersonRefused("taken")
    return person


def people(transaction: Transaction) -> tuple[Person, ...]:
    """Return everybody by name."""
    return tuple(map(_person, transaction.run("select id, name, role, store from person order by name_folded")))


def person_of(transaction: Transaction, person: str) -> Person | None:
    """Return somebody by id, or None."""
    rows = transaction.run("select id, name, role, store from person where id = ?", person)
    return _person(rows[0]) if rows else None


def password_of(transaction: Transaction, name: str) -> tuple[Person, Kept] | None:
    """Return who signs in with a name, and the password that is kept of them, or None."""
    sql = "select id, name, role, store, salt, password from person where name_folded = ?"
    rows = transaction.run(sql, folded(name))
    return (_person(rows[0][:4]), Kept(bytes(rows[0][4]), bytes(rows[0][5]))) if rows else None


def is_right(password: Secret, kept: Kept | None) -> bool:
    """Say whether a password is the one that is kept; takes as long where none is, so that nobody learns which names exist."""
    against = kept or Kept(bytes(SALT_BYTES), b"")
    return hmac.compare_digest(_digest(password, against.salt), against.digest)


def change_password(transaction: Transaction, person: str, password: Kept) -> None:
    """Give somebody another password, and end every session of theirs."""
    sql = "update person set salt = ?, password = ? where id = ?"
    transaction.run(sql, password.salt, password.digest, person)
    transaction.run("delete from session where person = ?", person)


def remove_person(transaction: Transaction, person: str) -> None:
    """Let somebody in no more; raise PersonRefused for the last owner."""
    owners = {one.id for one in people(transaction) if one.role is Role.OWNER}
    if owners == {person}:
        raise PersonRefused("last_owner")
    transaction.run("delete from session where person = ?", person)
    transaction.run("delete from person where id = ?", person)


def folded(name: str) -> str:
    """Return a name as names are compared."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _person(row: Row) -> Person:
    id_, name, role, store = row
    return Person(id_, name, Role(role), store)


def _digest(password: Secret, salt: bytes) -> bytes:
    text = unicodedata.normalize("NFKC", password.reveal()).encode()
    return hashlib.scrypt(text, salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=_MEMORY_MOST)
