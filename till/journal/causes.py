"""Why the journal or a copy of it is refused: SQLite's errors by their code, never by their text."""

import sqlite3

from till.engine.ports import JournalRefused


class CopyRefused(Exception):
    """A backup was not made, or a copy is not put back; nothing was changed. `reason` names why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


#: What SQLite's binding raises; a message that quotes a damaged name is no text, and then that is what is raised.
FAILURES = (sqlite3.Error, UnicodeDecodeError)
Failure = sqlite3.Error | UnicodeDecodeError


def refused(error: Failure) -> JournalRefused:
    """Return the refusal for an error met while opening or reading."""
    return JournalRefused(cause_of(error))


def cause_of(error: Failure) -> str:
    """Name a database error."""
    if isinstance(error, UnicodeDecodeError):
        return "damaged"
    code = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_IOERR_LOCK:  # a network share that knows no locks
        return "unsafe_setting"
    return _CAUSES.get(code & 0xFF, "not_readable")


_CAUSES = {
    sqlite3.SQLITE_BUSY: "in_use",
    sqlite3.SQLITE_LOCKED: "in_use",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CANTOPEN: "cannot_open",
    sqlite3.SQLITE_PERM: "cannot_open",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_IOERR: "disk_error",
}
