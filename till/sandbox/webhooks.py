"""Webhooks: who is registered for what, and which deliveries wait, are due, or have been made; no network here.

Written from the Webhooks API's description: registration, "Retries", "Request authentication".
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import urlsplit

from till.sandbox.clock import Ids, timestamp
from till.sandbox.problems import validation_problem
from till.sandbox.units import SalesUnit

_PAYMENT_NAMES = ("created", "authorized", "aborted", "expired", "terminated", "captured", "cancelled", "refunded")
CHECK_IN = "user.checked-in.v1"
EVENTS = frozenset(
    [*(f"epayments.payment.{name}.v1" for name in _PAYMENT_NAMES), CHECK_IN, "login.merchant-initiated.ping.v1"]
)
#: Registrations per event and sales unit.
MOST, CHECK_IN_MOST = 25, 1
#: Pauses after the attempts 1, 2, 3, 4 and 5; after those an hour until attempt 29, and then a day.
PAUSES_S, HOUR_S, DAY_S, HOURLY_UNTIL = (2.0, 2.0, 2.0, 60.0, 120.0), 3600.0, 86_400.0, 29
GIVE_UP_S, REMOVE_S = 7 * DAY_S, 14 * DAY_S
#: The delivery log forgets what is older than so many deliveries that have ended.
LOG_MOST = 2000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(slots=True)
class Registration:
    """A URL that is told of events: of one sales unit's, or of all those of a partner who named none."""

    id: str
    unit: SalesUnit | None
    url: str
    events: tuple[str, ...]
    secret: str
    failing_since_s: float | None = None

    @property
    def host(self) -> str:
        """The authority as it is signed and sent: the port only if it is not the scheme's own."""
        parts = urlsplit(self.url)
        name = parts.hostname or ""
        name = f"[{name}]" if ":" in name else name
        usual = 443 if parts.scheme == "https" else 80
        return name if parts.port in (None, usual) else f"{name}:{parts.port}"

    @property
    def target(self) -> str:
        """Path and query as registered."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def is_here(self) -> bool:
        """Whether the URL is on this machine: the sandbox sends nowhere else."""
        return urlsplit(self.url).hostname in _LOOPBACK


@dataclass(slots=True)
class Delivery:
    """One event on its way to one registration."""

    registration: Registration
    event: str
    reference: str
    body: bytes
    due_s: float
    first_s: float | None = None
    state: str = "waiting"
    attempts: list[tuple[float, str]] = field(default_factory=list)

    def headers(self, now_s: float) -> dict[str, str]:
        """Return the signed headers of an attempt made now."""
        registration = self.registration
        date = formatdate(now_s, usegmt=True)
        content_hash = base64.b64encode(hashlib.sha256(self.body).digest()).decode()
        text = f"POST\n{registration.target}\n{date};{registration.host};{content_hash}"
        digest = hmac.new(registration.secret.encode(), text.encode(), hashlib.sha256).digest()
        return {
            "Host": registration.host,
            "Content-Type": "application/json",
            "x-ms-date": date,
            "x-ms-content-sha256": content_hash,
            "Authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
            + base64.b64encode(digest).decode(),
            "Webhook-Id": registration.id,
        }

    def seen(self) -> dict[str, object]:
        """Return what the delivery log shows."""
        return {
            "webhook": self.registration.id,
            "url": self.registration.url,
            "event": self.event,
            "reference": self.reference,
            "state": self.state,
            "attempts": [{"at": timestamp(at_s, digits=3), "result": result} for at_s, result in self.attempts],
            "next": timestamp(self.due_s, digits=3) if self.state == "waiting" else None,
        }


class Webhooks:
    """Registrations and deliveries of all sales units."""

    def __init__(self, *, now_s: Callable[[], float], ids: Ids) -> None:
        self._now_s = now_s
        self._ids = ids
        self._registrations: dict[str, Registration] = {}
        self._deliveries: list[Delivery] = []

    # ---------------------------------------------------------------- what the shop does

    def register(self, unit: SalesUnit | None, body: object) -> dict[str, object]:
        """POST /v1/webhooks: return the id and the secret, which is never shown again; raise a Problem."""
        url, events = check_registration(body)
        for event in events:
            used = sum(event in one.events for one in self._of(unit))
            if used >= (CHECK_IN_MOST if event == CHECK_IN else MOST):
                raise validation_problem(("events", f"no more webhooks can be registered for {event}"))
        made = Registration(self._ids.uuid(), unit, url, events, self._ids.token(86) + "==")
        self._registrations[made.id] = made
        return {"id": made.id, "secret": made.secret}

    def listed(self, unit: SalesUnit | None) -> dict[str, object]:
        """GET /v1/webhooks: the sales unit's registrations, without secrets."""
        return {"webhooks": [{"id": one.id, "url": one.url, "events": list(one.events)} for one in self._of(unit)]}

    def delete(self, unit: SalesUnit | None, webhook_id: str) -> None:
        """DELETE /v1/webhooks/{id}: what waits for it is dropped; raise a Problem, which is a 400 also for an unknown id."""
        found = self._registrations.get(webhook_id.lower())
        if not _UUID.fullmatch(webhook_id) or found is None or found.unit is not unit:
            raise validation_problem(("id", "is not the id of a webhook"))
        self._remove(found)

    # ---------------------------------------------------------------- what happens at the service

    @property
    def is_used(self) -> bool:
        """Whether anybody is registered."""
        return bool(self._registrations)

    def note(self, unit: SalesUnit, event: Mapping[str, object]) -> None:
        """Take an event of a payment, and let it wait for everybody who is registered for it."""
        name = f"epayments.payment.{str(event['name']).lower()}.v1"
        payload = {"msn": unit.msn, "idempotencyKey": None, **event}
        listening = [one for one in (*self._of(unit), *self._of(None)) if name in one.events]
        self._let_wait(listening, name, str(event["reference"]), payload)

    def note_check_in(self, unit: SalesUnit, reference: str, payload: Mapping[str, object]) -> None:
        """Take a check-in under a name of its own; the sales unit's own registration goes before the partner's."""
        listening = [one for one in (*self._of(unit), *self._of(None)) if CHECK_IN in one.events]
        self._let_wait(listening[:1], CHECK_IN, reference, payload)

    def is_told(self, reference: str) -> bool | None:
        """Whether an event has reached the shop; None while the first attempt is on its way."""
        found = next((one for one in self._deliveries if one.reference == reference), None)
        if found is None:
            return False
        return found.state == "delivered" or (None if found.state == "waiting" and not found.attempts else False)

    def due(self) -> list[Delivery]:
        """Return what is to be sent now, oldest first: of each payment and registration only what is next in order."""
        now_s = self._now_s()
        return [delivery for delivery in self._heads() if delivery.due_s <= now_s]

    def settle(self, delivery: Delivery, result: str) -> None:
        """Take the result of an attempt: `200`, another status, or a word for no answer."""
        if delivery.state != "waiting":
            return
        now_s = self._now_s()
        delivery.attempts.append((now_s, result))
        if delivery.first_s is None:
            delivery.first_s = delivery.due_s = now_s
        registration = delivery.registration
        if result == "elsewhere":
            delivery.state = "not_sent"
        elif result.startswith("2"):
            delivery.state, registration.failing_since_s = "delivered", None
        else:
            # From when it was due, not from now: a clock that was turned forward makes up for every attempt it passed.
            failed_s, delivery.due_s = delivery.due_s, delivery.due_s + pause_s(len(delivery.attempts))
            if delivery.due_s - delivery.first_s > GIVE_UP_S:
                delivery.state = "given_up"
            registration.failing_since_s = registration.failing_since_s or delivery.first_s
            if failed_s - registration.failing_since_s >= REMOVE_S:
                self._remove(registration)

    def log(self) -> list[dict[str, object]]:
        """Return every delivery, oldest first, with its attempts."""
        return [delivery.seen() for delivery in self._deliveries]

    # ---------------------------------------------------------------- inside

    def _let_wait(
        self, listening: list[Registration], name: str, reference: str, payload: Mapping[str, object]
    ) -> None:
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        for registration in listening:
            self._deliveries.append(Delivery(registration, name, reference, body, due_s=self._now_s()))
        self._forget_old()

    def _of(self, unit: SalesUnit | None) -> list[Registration]:
        return [one for one in self._registrations.values() if one.unit is unit]

    def _heads(self) -> Iterator[Delivery]:
        behind: set[tuple[str, str]] = set()
        for delivery in self._deliveries:
            lane = (delivery.registration.id, delivery.reference)
            if delivery.state == "waiting" and lane not in behind:
                behind.add(lane)
                yield delivery

    def _remove(self, registration: Registration) -> None:
        del self._registrations[registration.id]
        for delivery in self._deliveries:
            if delivery.registration is registration and delivery.state == "waiting":
                delivery.state = "dropped"

    def _forget_old(self) -> None:
        ended = sum(delivery.state != "waiting" for delivery in self._deliveries) - LOG_MOST
        if ended > 0:
            old = [delivery for delivery in self._deliveries if delivery.state != "waiting"][:ended]
            forgotten = {id(delivery) for delivery in old}
            self._deliveries = [delivery for delivery in self._deliveries if id(delivery) not in forgotten]


def pause_s(attempts: int) -> float:
    """Return the pause after so many failed attempts."""
    if attempts <= len(PAUSES_S):
        return PAUSES_S[attempts - 1]
    return HOUR_S if attempts < HOURLY_UNTIL else DAY_S


def check_registration(body: object) -> tuple[str, tuple[str, ...]]:
    """Return URL and events of a registration; raise the Problem that the API would answer."""
    if not isinstance(body, dict):
        raise validation_problem(("body", "is not an object"))
    unknown = sorted(set(body) - {"url", "events"})
    if unknown:
        raise validation_problem(*((str(name)[:60], "is not a known field") for name in unknown))
    url, events = body.get("url"), body.get("events")
    if not isinstance(url, str) or not _is_url(url):
        raise validation_problem(("url", "must be an absolute URL that uses HTTPS"))
    if not isinstance(events, list) or not events or any(not isinstance(event, str) for event in events):
        raise validation_problem(("events", "must name at least one event"))
    if not set(events) <= EVENTS or len(set(events)) < len(events):
        raise validation_problem(("events", "holds an event that is not known, or one twice"))
    return url, tuple(events)


def _is_url(url: str) -> bool:
    """Whether a URL may be registered: HTTPS, and at this sandbox also HTTP to this machine."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if not url.isascii() or not url.isprintable() or " " in url or "@" in parts.netloc or parts.fragment:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )
