"""The ePayment API v1: create, get, events, capture, cancel, refund, and force-approve in the test environment."""

import logging
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from urllib.parse import quote

from msgspec import Struct

from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.vipps.calls import Calls
from till.vipps.errors import InvalidRequest, Silence, Unanswered
from till.vipps.replies import decode, decode_list
from till.vipps.requests import AMOUNT_MOST_MINOR, REFERENCE, Customer, cancel_body, modification_body, to_bytes

BASE_PATH = "/epayment/v1"

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
    `subject` names the customer towards the Userinfo API, once something was consented to with the approval.
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
    subject: Secret | None = None


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

    @property
    def at(self) -> datetime | None:
        """When it happened, if the time can be read."""
        return _moment(self.timestamp)


class EPayment:
    """The API for one sales unit; every method may raise a VippsError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @property
    def calls(self) -> Calls:
        """The calls that it makes: other APIs of the same sales unit may speak over the same connection."""
        return self._calls

    @property
    def sends(self) -> int:
        """How many requests about payments have left, a repeat after a 401 included."""
        return self._calls.sends

    def repeat_refused(self, *, is_allowed: bool) -> None:
        """Say whether a call that is answered 401 may be sent once more at once; if not, it raises RateLimited."""
        self._calls.repeats = is_allowed

    def create(self, reference: str, body: bytes, key: str) -> CreateAnswer:
        """Create a payment from the bytes that `create_body` made; 201 with the same reference, or it is unknown."""
        return self._calls.call(
            "POST",
            f"{BASE_PATH}/payments",
            body=body,
            key=key,
            success=201,
            read=lambda reply: _created(decode(reply), reference),
        )

    def get(self, reference: str) -> PaymentAnswer:
        """Read a payment."""
        path = f"{BASE_PATH}/payments/{_path(reference)}"
        return self._calls.call("GET", path, read=lambda reply: _payment(decode(reply), reference))

    def events(self, reference: str) -> tuple[EventAnswer, ...]:
        """Read a payment's event log, oldest first: the authoritative history."""
        path = f"{BASE_PATH}/payments/{_path(reference)}/events"
        return self._calls.call(
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
        self._calls.call(
            "POST", f"{BASE_PATH}/test/payments/{_path(reference)}/approve", body=body, read=lambda _: None
        )

    def close(self) -> None:
        """Give the connection back."""
        self._calls.close()

    def _modify(self, reference: str, operation: str, body: bytes, key: str) -> ModificationAnswer:
        path = f"{BASE_PATH}/payments/{_path(reference)}/{operation}"
        return self._calls.call(
            "POST", path, body=body, key=key, read=lambda reply: _modified(decode(reply), reference)
        )


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
        subject=_subject(fields.get("profile")),
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
        log.warning(
            "state word never seen before",
            extra={"word": "".join(sign for sign in word[:30] if sign.isupper() or sign == "_")},
        )
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


def _subject(profile: object) -> Secret | None:
    subject = profile.get("sub") if isinstance(profile, Mapping) else None
    return Secret(subject) if isinstance(subject, str) and subject else None


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
