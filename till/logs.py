"""The log: one line of JSON per happening, with named fields only; nothing personal has a name here."""

import json
import logging
import logging.handlers
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

#: What may stand beside a message. A field that is not named here is not written.
FIELDS = (
    "category",
    "code",
    "error",
    "fault",
    "key_digest",
    "kind",
    "method",
    "ms",
    "operation",
    "outcome",
    "path",
    "place",
    "reader",
    "reason",
    "records",
    "reference",
    "refusal",
    "said",
    "sqlite",
    "state",
    "status",
    "trace",
    "version",
    "word",
)
LOG_MOST_BYTES, LOGS_KEPT = 2_000_000, 5


class LineFormatter(logging.Formatter):
    """Writes a record as one line; an exception is its type and place, never its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "what": record.getMessage(),
        }
        line.update({name: record.__dict__[name] for name in FIELDS if record.__dict__.get(name) is not None})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None:
                line["place"] = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        return json.dumps(line, ensure_ascii=True)


def start_log(path: Path) -> logging.Handler:
    """Write the till's log to a file of bounded size; return its handler, to be closed at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=LOG_MOST_BYTES, backupCount=LOGS_KEPT, delay=True)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger("till")
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    return handler


@contextmanager
def logged_into(path: Path) -> Iterator[None]:
    """Write the till's log to a file for as long as this lasts."""
    handler = start_log(path)
    try:
        yield
    finally:
        stop_log(handler)


def stop_log(handler: logging.Handler) -> None:
    """Close the log file."""
    logging.getLogger("till").removeHandler(handler)
    handler.close()
