"""A disk that answers with errors: what was said not to be written is never gone on from."""

import sqlite3
from pathlib import Path

import pytest

from tests.journal.test_journal_promise import AT, ONE_OF_EACH
from till.engine.ports import JournalNotWritten
from till.journal.sqlite import SqliteJournal


class FailingConnection:
    """A connection that answers one statement with an error of the device, before or after carrying it out."""

    def __init__(self, inner: sqlite3.Connection, statement: str, code: int, *, after: bool) -> None:
        self._inner = inner
        self._statement = statement
        self._code = code
        self._after = after

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        if statement == self._statement:
            self._statement = ""
            if self._after:
                self._inner.execute(statement, *values)
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = self._code
            raise error
        return self._inner.execute(statement, *values)

    def executemany(self, statement: str, rows: object) -> sqlite3.Cursor:
        if statement.startswith(self._statement or "-"):
            return self.execute(self._statement)
        return self._inner.executemany(statement, rows)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("statement", ["begin immediate", "insert into journal", "commit"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_READ])
def test_after_an_error_of_the_disk_nothing_is_written_until_a_new_start_which_finds_a_whole_chain(
    tmp_path: Path, statement: str, code: int, after: bool
) -> None:
    """Fault catalogue F5, F6: never "sync again and go on"; what the disk kept after all is found at the next start."""
    journal = SqliteJournal.open(tmp_path / "journal.db")
    journal.append(ONE_OF_EACH[:2], AT)
    real = journal._connection
    is_late = after and statement == "commit"
    journal._connection = FailingConnection(real, statement, code, after=is_late)
    for _ in range(2):
        with pytest.raises(JournalNotWritten) as refused:
            journal.append(ONE_OF_EACH[2:3], AT)
        assert refused.value.reason == "disk_error"
    real.close()
    again = SqliteJournal.open(tmp_path / "journal.db")
    assert len(list(again.facts())) == (3 if is_late else 2)
    again.append(ONE_OF_EACH[2:3], AT)
    again.close()
