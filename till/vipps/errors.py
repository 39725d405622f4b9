"""Everything that a call can come back with instead of an answer, on one page.

What matters with money is whether it may have happened: `Unanswered` may, unless `is_sent` is False; every other error is a
definite no. Errors carry status, numeric code and trace id, never a reply's text: it may hold somebody's number.
"""

from enum import Enum


class Silence(Enum):
    """Why there is no definite answer."""

    NO_CONNECTION = "no_connection"
    NOT_SAFE = "not_safe"
    TIMED_OUT = "timed_out"
    CONNECTION_LOST = "connection_lost"
    SERVER_ERROR = "server_error"
    REDIRECTED = "redirected"
    TOO_LARGE = "too_large"
    BAD_REPLY = "bad_reply"


class VippsError(Exception):
    """A call that did not come to its answer."""

    def __init__(self, *, status: int | None = None, code: int | None = None, trace_id: str | None = None) -> None:
        super().__init__(f"{type(self).__name__} status={status} code={code} trace={trace_id}")
        self.status = status
        self.code = code
        self.trace_id = trace_id


class Unanswered(VippsError):
    """No definite answer: it may have happened, unless `is_sent` is False."""

    def __init__(
        self, reason: Silence, *, is_sent: bool = True, status: int | None = None, trace_id: str | None = None
    ) -> None:
        super().__init__(status=status, trace_id=trace_id)
        self.reason = reason
        self.is_sent = is_sent


class KeysMissing(VippsError):
    """There are no keys to call with: nothing was sent."""


class Refused(VippsError):
    """A definite no (4xx), final for its key; `fields` names what a validation found wrong."""

    def __init__(
        self, *, status: int, code: int | None = None, trace_id: str | None = None, fields: tuple[str, ...] = ()
    ) -> None:
        super().__init__(status=status, code=code, trace_id=trace_id)
        self.fields = fields


class KeysRefused(Refused):
    """401, also after a new token: the keys are wrong, or of the other environment."""


class NotPermitted(Refused):
    """403: the sales unit lacks this right."""


class NotFound(Refused):
    """404 for this sales unit."""


class Conflict(Refused):
    """409: a reference or an idempotency key is taken."""


class Locked(Refused):
    """423: another operation is under way; the same key again in a moment."""


class RateLimited(Refused):
    """429: wait `retry_after_s` seconds, or choose a pause when it is None."""

    def __init__(self, *, retry_after_s: float | None, trace_id: str | None = None) -> None:
        super().__init__(status=429, trace_id=trace_id)
        self.retry_after_s = retry_after_s


class InvalidRequest(ValueError):
    """A request the published description forbids; names the field, never a customer's value."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} does not fit the published description")
        self.field = field


class PictureRefused(Exception):
    """The link or the picture is not one that may be shown; `is_suspicious` if it leads somewhere it must not."""

    def __init__(self, reason: str, *, is_suspicious: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_suspicious = is_suspicious


REFUSALS: dict[int, type[Refused]] = {401: KeysRefused, 403: NotPermitted, 404: NotFound, 409: Conflict, 423: Locked}
