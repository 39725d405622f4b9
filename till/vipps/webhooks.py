"""The Webhooks API v1: list, register and delete; a secret is shown once and goes into the key store, nowhere else."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from till.domain.secret import Secret
from till.engine.ports import KeyStoreUnavailable, SecretStore
from till.vipps.calls import Calls
from till.vipps.errors import InvalidRequest, Refused, Silence, Unanswered
from till.vipps.replies import decode
from till.vipps.requests import to_bytes
from till.vipps.tls import is_guarded

BASE_PATH = "/webhooks/v1/webhooks"
#: The events of a payment, as the Webhooks API names them ("Events").
PAYMENT_EVENTS = tuple(
    f"epayments.payment.{name}.v1"
    for name in ("created", "authorized", "aborted", "expired", "terminated", "captured", "cancelled", "refunded")
)
CHECK_IN_EVENT = "user.checked-in.v1"
URL_MOST, EVENT_MOST, SECRET_MOST = 2048, 100, 512
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EVENT = re.compile(r"[a-z][a-z0-9.-]*\.v[0-9]+")
#: Kept and forgotten again before a registration, so that no secret is shown to a store that cannot keep it.
_TRIAL = "webhook.trial"

log = logging.getLogger("till.vipps")


class Webhook(Struct, frozen=True):
    """One registration, as listed."""

    id: str
    url: str
    events: tuple[str, ...]


class Registration(Struct, frozen=True):
    """A new registration with its secret, which is never shown again."""

    id: str
    secret: Secret


class Webhooks:
    """The API for one sales unit; every method may raise a VippsError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self) -> tuple[Webhook, ...]:
        """Return all registrations of the sales unit."""
        return self._calls.call("GET", BASE_PATH, read=lambda reply: _listed(decode(reply)))

    def register(self, url: str, events: Iterable[str]) -> Registration:
        """Register a URL for events; the caller keeps the secret, or it is lost. Raise InvalidRequest."""
        body = register_body(url, events)
        return self._calls.call("POST", BASE_PATH, body=body, success=201, read=lambda reply: _made(decode(reply)))

    def delete(self, webhook_id: str) -> None:
        """Delete a registration; raise InvalidRequest for an id that can be none."""
        if not _ID.fullmatch(webhook_id):
            raise InvalidRequest("id")
        self._calls.call("DELETE", f"{BASE_PATH}/{webhook_id}", success=204, read=lambda _: None)


def register_body(url: str, events: Iterable[str]) -> bytes:
    """Return the exact bytes of a registration; raise InvalidRequest."""
    wanted = tuple(dict.fromkeys(events))
    if not is_registrable(url):
        raise InvalidRequest("url")
    if not wanted or not all(_EVENT.fullmatch(event) and len(event) <= EVENT_MOST for event in wanted):
        raise InvalidRequest("events")
    return to_bytes({"url": url, "events": list(wanted)})


def is_registrable(url: str) -> bool:
    """Whether a URL may be registered: https; http only to this machine, for a sandbox."""
    is_text = len(url) <= URL_MOST and url.isascii() and url.isprintable() and " " not in url
    return is_text and is_guarded(url) and not urlsplit(url).fragment


def missing(
    registered: Iterable[Webhook], *, url: str, events: Iterable[str], is_kept: Callable[[str], bool] = lambda _: True
) -> tuple[str, ...]:
    """Return the events for which `url` is not registered; a registration whose secret is not kept is of no use."""
    covered = {event for one in registered if one.url == url and is_kept(one.id) for event in one.events}
    return tuple(event for event in events if event not in covered)


def lacking(registered: Iterable[Webhook], store: SecretStore, *, msn: str, url: str) -> tuple[str, ...]:
    """Return the events of a payment for which `url` is to be registered; raise KeyStoreUnavailable."""

    def is_kept(webhook_id: str) -> bool:
        return store.get(secret_name(msn, webhook_id)) is not None

    return missing(registered, url=url, events=PAYMENT_EVENTS, is_kept=is_kept)


def secret_name(msn: str, webhook_id: str) -> str:
    """Return the name under which a registration's secret is kept."""
    return f"{msn}.webhook.{webhook_id}"


def register_and_keep(client: Webhooks, store: SecretStore, *, msn: str, url: str, events: Iterable[str]) -> str:
    """Register and keep the secret, or leave nothing behind; return the registration's id.

    Raise KeyStoreUnavailable, InvalidRequest or a VippsError.
    """
    store.put(f"{msn}.{_TRIAL}", Secret("trial"))
    store.delete(f"{msn}.{_TRIAL}")
    made = client.register(url, events)
    try:
        store.put(secret_name(msn, made.id), made.secret)
    except KeyStoreUnavailable:
        log.warning("webhook taken back, its secret cannot be kept")
        client.delete(made.id)
        raise
    return made.id


def delete_and_forget(client: Webhooks, store: SecretStore, *, msn: str, webhook_id: str) -> bool:
    """Delete a registration and forget its secret; return whether it was there. Raise KeyStoreUnavailable or a VippsError."""
    was_there = True
    try:
        client.delete(webhook_id)
    except Refused:
        # What an unknown id is answered is not published; the list knows.
        was_there = any(one.id.lower() == webhook_id.lower() for one in client.list())
        if was_there:
            raise
    if store.get(secret_name(msn, webhook_id)) is not None:
        store.delete(secret_name(msn, webhook_id))
    return was_there


def _listed(fields: Mapping[str, object]) -> tuple[Webhook, ...]:
    entries = fields.get("webhooks")
    if not isinstance(entries, list):
        raise Unanswered(Silence.BAD_REPLY)
    return tuple(_webhook(entry) for entry in entries)


def _webhook(entry: object) -> Webhook:
    if not isinstance(entry, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    webhook_id, url, events = entry.get("id"), entry.get("url"), entry.get("events")
    if not isinstance(webhook_id, str) or not isinstance(url, str) or not isinstance(events, list):
        raise Unanswered(Silence.BAD_REPLY)
    if not _ID.fullmatch(webhook_id) or not all(isinstance(event, str) for event in events):
        raise Unanswered(Silence.BAD_REPLY)
    return Webhook(webhook_id, url, tuple(events))


def _made(fields: Mapping[str, object]) -> Registration:
    webhook_id, secret = fields.get("id"), fields.get("secret")
    if not isinstance(webhook_id, str) or not _ID.fullmatch(webhook_id):
        raise Unanswered(Silence.BAD_REPLY)
    if not isinstance(secret, str) or not 0 < len(secret) <= SECRET_MOST or not secret.isprintable():
        raise Unanswered(Silence.BAD_REPLY)
    return Registration(webhook_id, Secret(secret))
