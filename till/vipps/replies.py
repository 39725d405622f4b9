"""Reading replies: strictly where money is, by status and number where it is a refusal, never by text."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from till.vipps.errors import REFUSALS, RateLimited, Refused, Silence, Unanswered
from till.vipps.transport import HttpReply

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


def refusal_of(reply: HttpReply) -> Refused | Unanswered:
    """Say what a status other than success means; the body may be a problem, the gateway's shape, or nothing."""
    status = reply.status
    if 300 <= status < 400:
        return Unanswered(Silence.REDIRECTED, status=status)
    if not 400 <= status < 500:
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
        return min(float(text[:6]), RETRY_AFTER_MOST_S)
    from email.utils import parsedate_to_datetime  # rarely needed, and slow to import

    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    # The server's own clock says how far off its date is; ours may be wrong.
    try:
        sent_at = parsedate_to_datetime(reply.headers.get("date", ""))
    except (TypeError, ValueError):
        sent_at = datetime.now(UTC)
    return min(max((at - sent_at).total_seconds(), 0.0), RETRY_AFTER_MOST_S)


def _json(reply: HttpReply) -> object:
    """Parse strictly: one key once, no fractions; nesting and size cannot hurt."""
    if "json" not in reply.headers.get("content-type", ""):
        raise Unanswered(Silence.BAD_REPLY, status=reply.status)
    try:
        parsed: object = json.loads(
            reply.body, object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float, parse_int=_small_int
        )
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unanswered(Silence.BAD_REPLY, status=reply.status) from error
    return parsed


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
