"""A lost journal is set up again from rows kept elsewhere: whole and verified, or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.journal.test_journal_promise import AT, ONE_OF_EACH, REF
from till.domain.facts import SaleCompleted
from till.engine.ports import JournalRow
from till.journal.causes import CopyRefused
from till.journal.mark import Mark, MarkFile
from till.journal.rebuild import rebuild
from till.journal.sqlite import SqliteJournal


def rows_of(path: Path) -> list[JournalRow]:
    journal = SqliteJournal.open(path)
    journal.append(ONE_OF_EACH, AT)
    rows = list(journal.rows(0, 1000))
    journal.close()
    return rows


def test_a_rebuilt_journal_is_the_same_row_for_row_and_can_be_searched(tmp_path: Path) -> None:
    rows, path = rows_of(tmp_path / "lost.db"), tmp_path / "journal.db"
    assert rebuild(path, tmp_path / "mark", rows).length == len(ONE_OF_EACH)
    journal = SqliteJournal.open(path, tmp_path / "mark")
    assert list(journal.rows(0, 1000)) == rows
    assert list(journal.facts()) == ONE_OF_EACH
    receipt = next(fact.receipt_number for fact in ONE_OF_EACH if isinstance(fact, SaleCompleted))
    found = journal.find_paid(str(receipt))
    assert found is not None
    assert found.reference == REF
    journal.close()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["journal.db", "lost.db", "mark"]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda rows: [*rows[:3], replace(rows[3], body=f"{rows[3].body} "), *rows[4:]], "not_whole"),
        (lambda rows: [*rows[:3], replace(rows[3], body="{}"), *rows[4:]], "not_whole"),
        (lambda rows: [*rows[:3], replace(rows[3], kind="from-the-future"), *rows[4:]], "newer"),
        (lambda rows: [*rows[:3], replace(rows[3], before=bytes(32)), *rows[4:]], "not_whole"),
        (lambda rows: [*rows[:3], replace(rows[3], hash=b"short"), *rows[4:]], "not_whole"),
        (lambda rows: [*rows[:3], *rows[4:]], "not_whole"),
        (lambda rows: [*rows[:3], *rows[2:]], "not_whole"),
        (lambda rows: rows[1:], "not_whole"),
        (lambda rows: [], "nothing_new"),
    ],
)
def test_rows_that_do_not_hold_leave_nothing_behind(
    tmp_path: Path, harm: Callable[[list[JournalRow]], list[JournalRow]], reason: str
) -> None:
    rows = rows_of(tmp_path / "lost.db")
    with pytest.raises(CopyRefused) as refused:
        rebuild(tmp_path / "journal.db", None, harm(rows))
    assert refused.value.reason == reason
    assert [one.name for one in tmp_path.iterdir()] == ["lost.db"]


def test_a_disk_that_takes_nothing_is_named(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "lost.db")
    with pytest.raises(CopyRefused) as refused:
        rebuild(tmp_path / "absent" / "journal.db", None, rows)
    assert refused.value.reason == "cannot_open"


def test_a_till_that_has_a_journal_keeps_it(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "journal.db")
    with pytest.raises(CopyRefused) as refused:
        rebuild(tmp_path / "journal.db", None, rows)
    assert refused.value.reason == "not_empty"


def test_a_copy_that_stayed_behind_what_the_mark_knows_is_not_taken(tmp_path: Path) -> None:
    """The till had written more than the hub was sent: what is missing there must not be forgotten."""
    rows, mark = rows_of(tmp_path / "lost.db"), tmp_path / "mark"
    MarkFile(mark).write(Mark(rows[-1].number, rows[-1].hash))
    with pytest.raises(CopyRefused) as refused:
        rebuild(tmp_path / "journal.db", mark, rows[:-1])
    assert refused.value.reason == "shorter"
    assert rebuild(tmp_path / "journal.db", mark, rows).length == len(rows)
