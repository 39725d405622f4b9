"""Facts as JSON and back, strictly; a kind and a version name the shape, old shapes are lifted when read."""

from datetime import UTC, datetime

import msgspec

from till.domain.facts import (
    KINDS,
    DayFact,
    Fact,
    HubRefundAsked,
    HubRefundFact,
    PaymentRequested,
    RefundRequested,
    SaleFact,
    SaleNumbersSkipped,
    StoreChosen,
    TillStarted,
)


class UnknownKind(ValueError):
    """The journal holds a fact that this program does not know: it was written by a newer one."""


class BadBody(ValueError):
    """A fact's body does not fit its kind: the journal was changed by something else."""


_TYPES = {name: (fact_type, version) for fact_type, (name, version) in KINDS.items()}
_ENCODER = msgspec.json.Encoder(order="sorted")


def encode(fact: Fact) -> tuple[str, int, bytes]:
    """Return kind, version and body of a fact."""
    kind, version = KINDS[type(fact)]
    return kind, version, _ENCODER.encode(fact)


def decode(kind: str, version: int, body: bytes) -> Fact:
    """Return the fact; raise UnknownKind or BadBody."""
    known = _TYPES.get(kind)
    if known is None or version > known[1]:
        raise UnknownKind(kind)
    try:
        return msgspec.json.decode(body, type=known[0])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadBody(kind) from error


def is_known(kind: bytes, version: int) -> bool:
    """Say whether this program can read facts of a kind and version."""
    known = _TYPES.get(kind.decode(errors="replace"))
    return known is not None and version <= known[1]


def stream_of(fact: Fact) -> str:
    """Name what a fact is about: the till, a sale, a payment, or a refund that the hub makes."""
    if isinstance(fact, TillStarted | StoreChosen | SaleNumbersSkipped):
        return "till"
    if isinstance(fact, DayFact):
        return "day"
    if isinstance(fact, SaleFact):
        return f"sale/{fact.sale}"
    if isinstance(fact, HubRefundFact):
        return f"hub-refund/{fact.terms.id if isinstance(fact, HubRefundAsked) else fact.id}"
    if isinstance(fact, PaymentRequested | RefundRequested):
        return f"payment/{fact.terms.reference}"
    return f"payment/{fact.reference}"


def stamp(at: datetime) -> str:
    """Return a time as the journal writes it: UTC, microseconds, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
