"""Takes old stickers over one by one; after every answer the report is whole, so that a run can end anywhere."""

from collections.abc import Callable, Iterator
from itertools import count

from till.vipps.errors import (
    Conflict,
    KeysMissing,
    KeysRefused,
    NotPermitted,
    RateLimited,
    Refused,
    Unanswered,
    VippsError,
)
from till.vipps.migration import Migration, Outcome, Reason, Row
from till.vipps.qr import QrApi

#: Pauses before a row that was not answered is sent again; taking a sticker over twice does no harm.
PAUSES_S = (2.0, 5.0)
#: After so many rows in a row without an answer it is the connection, not the row.
SILENT_ROWS_MOST = 3
#: How long to wait where a 429 does not say it, and how often.
LIMITED_PAUSE_S, LIMITED_MOST = 10.0, 20


class MigrationStopped(Exception):
    """Going on would not help; what is left is left as it was."""

    def __init__(self, error: VippsError) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def run(
    api: QrApi, migration: Migration, *, pause: Callable[[float], None], save: Callable[[str], None]
) -> Iterator[Row]:
    """Send what is left and return each row as it is settled; raise MigrationStopped, and what `save` raises.

    `save` is given the report before the first row leaves, and after every row.
    """
    save(migration.report())
    silent_rows = 0
    for row in migration.left():
        error = _attempt(api, row, pause)
        settled = _settle(migration, row, error)
        save(migration.report())
        yield settled
        silent_rows = silent_rows + 1 if isinstance(error, Unanswered) else 0
        if isinstance(error, KeysMissing | KeysRefused | NotPermitted | RateLimited):
            raise MigrationStopped(error)
        if silent_rows >= SILENT_ROWS_MOST and error is not None:
            raise MigrationStopped(error)


def _attempt(api: QrApi, row: Row, pause: Callable[[float], None]) -> VippsError | None:
    """Send one row, again where that may help; return the error that it ended with."""
    limited, silent, was_sent = count(1), 0, False
    while True:
        try:
            api.migrate(row.beacon, row.name)
        except RateLimited as error:
            if next(limited) > LIMITED_MOST:
                return error
            pause(LIMITED_PAUSE_S if error.retry_after_s is None else error.retry_after_s)
        except Unanswered as error:
            was_sent = was_sent or error.is_sent
            if silent >= len(PAUSES_S):
                return Unanswered(error.reason, is_sent=was_sent, status=error.status, trace_id=error.trace_id)
            pause(PAUSES_S[silent])
            silent += 1
        except VippsError as error:
            return error
        else:
            return None


def _settle(migration: Migration, row: Row, error: VippsError | None) -> Row:
    """Note what an error, or none, says of a row."""
    match error:
        case None:
            return migration.settle(row, Outcome.MIGRATED)
        case Conflict():
            return migration.settle(row, Outcome.TAKEN, Reason("taken"))
        case Unanswered(is_sent=True):
            return migration.settle(row, Outcome.UNKNOWN, Reason("no_answer"))
        case KeysMissing() | KeysRefused() | NotPermitted() | RateLimited() | Unanswered():
            return migration.settle(row, Outcome.OPEN, Reason("not_sent"))
        case Refused(trace_id=None):
            return migration.settle(row, Outcome.REFUSED, Reason("refused", {"status": str(error.status)}))
        case _:
            figures = {"status": str(error.status), "trace": str(error.trace_id)}
            return migration.settle(row, Outcome.REFUSED, Reason("refused_traced", figures))
