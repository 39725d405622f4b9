"""Times as the hub writes them down: text in UTC whose order is the order of time."""

from datetime import UTC, datetime


def written(at: datetime) -> str:
    """Return a time as text, as `2026-11-21T10:00:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_hour(text: str) -> datetime:
    """Return the time that a text says; raise ValueError. A time without a zone is UTC."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
