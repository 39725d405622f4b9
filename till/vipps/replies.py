"""Reading replies: strictly where money is, by status and number where it is a refusal, never by text."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from till.vipps.errors import REFUSALS, RateLimited, Refused, Silence, Unanswered
from till.vipps.transport import HttpReply

#: The refusals that the API itself gives. Any other 4xx comes from something in between and says nothing about a payment.
DEFINITE = frozenset({400, 401, 403, 404, 409, 415, 422, 423, 429})
#: A server's wish to be left alone is honoured up to here.
RETRY_AFTER_MOST_S = 300.0


def decode(reply: HttpReply) -> Mapping[str, object]:
    """Return a reply's JSON object; raise Unanswered for anything else: doubled keys, bombs, other types."""
    document = _json(reply)
    if not isinstance(document, dict):
        raise Unanswered(Silence.BAD_REPLY, status=reply.status)
    return document


def decode_list(reply: HttpReply) -> list[object]:
    """Return a reply's JSON array; raise Unanswered for anything else."""
    document = _json(reply)
    if not isinstance(document, list):
        raise Unanswered(Silence.BAD_REPLY, status=reply.status)
    return document


def decode_text(reply: HttpReply) -> str:
    """Return a reply that is a bare JSON string; raise Unanswered for anything else."""
    document = _json(reply)
    if not isinstance(document, str):
        raise Unanswered(Silence.BAD_REPLY, status=reply.status)
    return document


def refusal_of(reply: HttpReply) -> Refused | Unanswered:
    """Say what a status other than success means; the body may be a problem, the gateway's shape, or nothing."""
    status = reply.status
    if 300 <= status < 400:
        return Unanswered(Silence.REDIRECTED, status=status)
    if 400 <= status < 500 and status not in DEFINITE:
        return Unanswered(Silence.BAD_REPLY, status=status)
    if status not in DEFINITE:
        return Unanswered(Silence.SERVER_ERROR, status=status, trace_id=_trace_id(_problem(reply)))
    problem = _problem(reply)
    if status == 429:
        return RateLimited(retry_after_s=retry_after_s(reply), trace_id=_trace_id(problem))
    kind = REFUSALS.get(status, Refused)
    return kind(status=status, code=_code(problem), trace_id=_trace_id(problem), fields=_fields(problem))


def retry_after_s(reply: HttpReply) -> float | None:
    """Read `Retry-After` in either of its forms, capped at five minutes."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_MOST_S)
    at = _date(text)
    if at is None:
        return None
    # The server's own clock says how far off its date is; ours may be wrong.
    sent_at = _date(reply.headers.get("date", "")) or datetime.now(UTC)
    return min(max((at - sent_at).total_seconds(), 0.0), RETRY_AFTER_MOST_S)


def _date(text: str) -> datetime | None:
    """Read a date of an HTTP header; one that names no zone is in UTC (RFC 9110, section 5.6.7)."""
    from email.utils import parsedate_to_datetime  # rarely needed, and slow to import

    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _json(reply: HttpReply) -> object:
    """Parse strictly: one key once, no fractions; nesting and size cannot hurt."""
    if not _is_json(reply.headers.get("content-type", "")):
        raise Unanswered(Silence.BAD_REPLY, status=reply.status)
    try:
        parsed: object = json.loads(
            reply.body, object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float, parse_int=_small_int
        )
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unanswered(Silence.BAD_REPLY, status=reply.status) from error
    return parsed


def _is_json(content_type: str) -> bool:
    """Whether a reply says it is JSON; answers to modifications are labelled `application/problem+json`."""
    kind, _, subtype = content_type.split(";")[0].strip().lower().partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice")
    return table


class _Fraction:
    """Stands for a number with a fraction, an exponent, or no number at all: no amount is ever one."""


def _no_float(_: str) -> object:
    return _Fraction()


def _small_int(text: str) -> int:
    if len(text) > 18:
        raise ValueError("no number of this API is that long")
    return int(text)


def _problem(reply: HttpReply) -> Mapping[str, object]:
    try:
        document = json.loads(reply.body) if reply.body else {}
    except (ValueError, RecursionError, MemoryError):
        return {}
    return document if isinstance(document, dict) else {}


def _details(problem: Mapping[str, object]) -> list[tuple[str, str]]:
    details = problem.get("extraDetails") or problem.get("invalidParams") or ()
    if not isinstance(details, list):
        return []
    return [
        (str(detail.get("name", "")), str(detail.get("reason", ""))) for detail in details if isinstance(detail, dict)
    ]


def _code(problem: Mapping[str, object]) -> int | None:
    for name, reason in _details(problem):
        if name.lower() == "errorcode" and reason.isascii() and reason.isdigit() and len(reason) <= 6:
            return int(reason)
    return None


def _fields(problem: Mapping[str, object]) -> tuple[str, ...]:
    names = (name for name, _ in _details(problem) if name.lower() != "errorcode")
    return tuple(name[:60] for name in names if name.replace(".", "").replace("_", "").isalnum())


def _trace_id(problem: Mapping[str, object]) -> str | None:
    trace_id = problem.get("traceId")
    if isinstance(trace_id, str) and len(trace_id) <= 60 and trace_id.replace("-", "").isalnum():
        return trace_id
    return None
