"""The ePayment API v1: create, get, events, capture, cancel, refund, and force-approve in the test environment."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct

from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.vipps.access import System, Tokens
from till.vipps.errors import InvalidRequest, Silence, Unanswered, VippsError
from till.vipps.replies import decode, decode_list, refusal_of
from till.vipps.requests import AMOUNT_MOST_MINOR, REFERENCE, Customer, cancel_body, modification_body, to_bytes
from till.vipps.transport import HttpReply, HttpRequest, Transport

BASE_PATH = "/epayment/v1"
#: An idempotency key has at most so many characters.
KEY_MOST = 50

T = TypeVar("T")

log = logging.getLogger("till.vipps")


class State(Enum):
    """The wallet's words for a payment; a word never seen before is none of the others."""

    CREATED = "CREATED"
    AUTHORIZED = "AUTHORIZED"
    ABORTED = "ABORTED"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"
    NOT_KNOWN = ""


class CreateAnswer(Struct, frozen=True):
    """The wallet accepted the create; `link` leads to the QR's picture or is its text, and carries a token."""

    reference: str
    link: Secret | None


class PaymentAnswer(Struct, frozen=True):
    """How a payment stands; amounts are believed, the state word is not enough.

    `psp_reference` is that of the payment's CREATED event; the reservation may be guaranteed until a date, or none is given.
    """

    reference: str
    state: State
    amount: Money
    authorized: Money
    captured: Money
    cancelled: Money
    refunded: Money
    psp_reference: str = ""
    capture_guaranteed_until: datetime | None = None


class ModificationAnswer(Struct, frozen=True):
    """The answer to a capture, cancel or refund; its `amount` is never used."""

    reference: str
    state: State
    authorized: Money
    captured: Money
    cancelled: Money
    refunded: Money


class EventAnswer(Struct, frozen=True):
    """One entry of a payment's event log; `psp_reference` is this event's own."""

    reference: str
    psp_reference: str
    name: str
    amount: Money
    timestamp: str
    is_success: bool


class EPayment:
    """The API for one sales unit over one transport; every method may raise a VippsError."""

    def __init__(
        self,
        *,
        transport: Transport,
        tokens: Tokens,
        base_url: str,
        system: System,
        monotonic_s: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._base_url = base_url
        self._system = system
        self._monotonic_s = monotonic_s
        #: How many requests about payments have left, a repeat after a 401 included.
        self.sends = 0

    def create(self, reference: str, body: bytes, key: str) -> CreateAnswer:
        """Create a payment from the bytes that `create_body` made; 201 with the same reference, or it is unknown."""
        return self._call(
            "POST", "/payments", body=body, key=key, success=201, read=lambda reply: _created(decode(reply), reference)
        )

    def get(self, reference: str) -> PaymentAnswer:
        """Read a payment."""
        path = f"/payments/{_path(reference)}"
        return self._call("GET", path, read=lambda reply: _payment(decode(reply), reference))

    def events(self, reference: str) -> tuple[EventAnswer, ...]:
        """Read a payment's event log, oldest first: the authoritative history."""
        path = f"/payments/{_path(reference)}/events"
        return self._call(
            "GET", path, read=lambda reply: tuple(_event(entry, reference) for entry in decode_list(reply))
        )

    def capture(self, reference: str, amount: Money, key: str) -> ModificationAnswer:
        """Take an approved amount, in full or in part."""
        return self._modify(reference, "capture", modification_body(amount), key)

    def refund(self, reference: str, amount: Money, key: str) -> ModificationAnswer:
        """Give a captured amount back, in full or in part."""
        return self._modify(reference, "refund", modification_body(amount), key)

    def cancel(self, reference: str, key: str, *, only_if_not_approved: bool) -> ModificationAnswer:
        """Cancel a payment, or release all of the rest that is not captured."""
        return self._modify(reference, "cancel", cancel_body(only_if_not_approved=only_if_not_approved), key)

    def force_approve(self, reference: str, customer: Customer) -> None:
        """Approve as the customer; exists in the test environment only."""
        body = to_bytes({"customer": {customer.key.value: customer.value.reveal()}})
        self._call("POST", f"/test/payments/{_path(reference)}/approve", body=body, read=lambda _: None)

    def close(self) -> None:
        """Give the connection back."""
        self._transport.close()

    def _modify(self, reference: str, operation: str, body: bytes, key: str) -> ModificationAnswer:
        path = f"/payments/{_path(reference)}/{operation}"
        return self._call("POST", path, body=body, key=key, read=lambda reply: _modified(decode(reply), reference))

    def _call(
        self,
        method: str,
        path: str,
        *,
        read: Callable[[HttpReply], T],
        body: bytes | None = None,
        key: str | None = None,
        success: int = 200,
    ) -> T:
        """Send one request, once more with a new token after a 401, and return what `read` finds in the reply."""
        if key is not None and not (
            0 < len(key) <= KEY_MOST and key.isascii() and key.isprintable() and " " not in key
        ):
            raise InvalidRequest("Idempotency-Key")
        began_s = self._monotonic_s()
        try:
            reply = self._send(method, path, body, key)
            if reply.status == 401:
                reply = self._send(method, path, body, key)
                if reply.status == 401:
                    self._tokens.note_refusal()
            return read(_demand_success(reply, success))
        except VippsError as error:
            log.warning(
                "call failed",
                extra={
                    "method": method,
                    "path": BASE_PATH + path,
                    "status": error.status,
                    "code": error.code,
                    "trace": error.trace_id,
                    "outcome": type(error).__name__,
                    "reason": error.reason.value if isinstance(error, Unanswered) else None,
                    "ms": round((self._monotonic_s() - began_s) * 1000),
                    "key_digest": hashlib.sha256(key.encode()).hexdigest()[:12] if key is not None else None,
                },
            )
            raise

    def _send(self, method: str, path: str, body: bytes | None, key: str | None) -> HttpReply:
        """Send one request with a good token; a token that is answered 401 is not used again."""
        token = self._tokens.get()
        headers = {
            "Authorization": f"Bearer {token.reveal()}",
            "Ocp-Apim-Subscription-Key": self._tokens.keys.subscription_key.reveal(),
            "Merchant-Serial-Number": self._tokens.keys.msn,
            **self._system.headers(),
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            reply = self._transport.send(HttpRequest(method, self._base_url + BASE_PATH + path, headers, body))
        except Unanswered as error:
            self.sends += error.is_sent
            raise
        self.sends += 1
        if reply.status == 401:
            self._tokens.discard(token)
        return reply


def _demand_success(reply: HttpReply, success: int) -> HttpReply:
    """Return the reply if it has the one status that means success; another 2xx is not an answer of this API."""
    if reply.status == success:
        return reply
    if 200 <= reply.status < 300:
        raise Unanswered(Silence.BAD_REPLY, status=reply.status)
    raise refusal_of(reply)


def _path(reference: str) -> str:
    if not REFERENCE.fullmatch(reference):
        raise InvalidRequest("reference")
    return quote(reference, safe="")


def _created(fields: Mapping[str, object], reference: str) -> CreateAnswer:
    _demand_same(fields, reference)
    link = fields.get("redirectUrl")
    if link is not None and not isinstance(link, str):
        raise Unanswered(Silence.BAD_REPLY)
    return CreateAnswer(reference, Secret(link) if link else None)


def _payment(fields: Mapping[str, object], reference: str) -> PaymentAnswer:
    _demand_same(fields, reference)
    amounts = _aggregate(fields)
    amount = _money(fields.get("amount"))
    if any(part.currency is not amount.currency for part in amounts):
        raise Unanswered(Silence.BAD_REPLY)
    psp_reference = fields.get("pspReference")
    return PaymentAnswer(
        reference,
        _state(fields),
        amount,
        *amounts,
        psp_reference=psp_reference if isinstance(psp_reference, str) else "",
        capture_guaranteed_until=_moment(fields.get("captureGuaranteedUntil")),
    )


def _modified(fields: Mapping[str, object], reference: str) -> ModificationAnswer:
    _demand_same(fields, reference)
    return ModificationAnswer(reference, _state(fields), *_aggregate(fields))


def _demand_same(fields: Mapping[str, object], reference: str) -> None:
    """An answer about another payment is no answer."""
    if fields.get("reference") != reference:
        raise Unanswered(Silence.BAD_REPLY)


def _state(fields: Mapping[str, object]) -> State:
    word = fields.get("state")
    if not isinstance(word, str):
        raise Unanswered(Silence.BAD_REPLY)
    try:
        return State(word)
    except ValueError:
        log.warning("state word never seen before", extra={"word": word[:30]})
        return State.NOT_KNOWN


def _aggregate(fields: Mapping[str, object]) -> tuple[Money, Money, Money, Money]:
    aggregate = fields.get("aggregate")
    if not isinstance(aggregate, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    amounts = (
        _money(aggregate.get("authorizedAmount")),
        _money(aggregate.get("capturedAmount")),
        _money(aggregate.get("cancelledAmount")),
        _money(aggregate.get("refundedAmount")),
    )
    if len({amount.currency for amount in amounts}) > 1:
        raise Unanswered(Silence.BAD_REPLY)
    return amounts


def _moment(value: object) -> datetime | None:
    """Read a time of RFC 3339; it only warns, so one that cannot be read is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _money(value: object) -> Money:
    """Read an amount strictly: a whole number that is not negative, of a currency a shop of ours sells in."""
    if not isinstance(value, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    minor, currency = value.get("value"), value.get("currency")
    if isinstance(minor, bool) or not isinstance(minor, int) or not isinstance(currency, str):
        raise Unanswered(Silence.BAD_REPLY)
    if not 0 <= minor <= AMOUNT_MOST_MINOR:
        raise Unanswered(Silence.BAD_REPLY)
    try:
        return Money(minor, Currency(currency))
    except ValueError as error:
        raise Unanswered(Silence.BAD_REPLY) from error


def _event(entry: object, reference: str) -> EventAnswer:
    if not isinstance(entry, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    _demand_same(entry, reference)
    texts = (entry.get("pspReference"), entry.get("name"), entry.get("timestamp"))
    success = entry.get("success")
    if not isinstance(success, bool):
        raise Unanswered(Silence.BAD_REPLY)
    psp_reference, name, timestamp = (text if isinstance(text, str) else "" for text in texts)
    if not psp_reference or not name or not timestamp:
        raise Unanswered(Silence.BAD_REPLY)
    return EventAnswer(reference, psp_reference, name, _money(entry.get("amount")), timestamp, success)
