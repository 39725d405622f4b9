"""The second mark: an older copy put back and a journal deleted are noticed; the mark itself never stops the till."""

import contextlib
import logging
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.test_journal_promise import AT, ONE_OF_EACH
from till.engine.ports import JournalRefused
from till.journal.causes import _CAUSES
from till.journal.chain import FIRST_LINK
from till.journal.mark import Mark, MarkFile
from till.journal.sqlite import MARK_EVERY, SqliteJournal
from till.resource_files import resource_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "journal.db"


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "data.mark"


def sold(path: Path, mark: Path | None, *, times: int = 1) -> None:
    """Open, append and close, as a day in the shop does."""
    journal = SqliteJournal.open(path, mark)
    for _ in range(times):
        journal.append(ONE_OF_EACH[:3], AT)
    journal.close()


class Lines(logging.Handler):
    """Keeps what the log was told."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """Listen to the journal's log, whatever other tests have set it to."""
    log, lines = logging.getLogger("till.journal"), Lines()
    before = log.level
    log.setLevel(logging.WARNING)
    log.addHandler(lines)
    try:
        yield lines.said
    finally:
        log.removeHandler(lines)
        log.setLevel(before)


def refusal(path: Path, mark: Path) -> str:
    with pytest.raises(JournalRefused) as refused:
        SqliteJournal.open(path, mark)
    return refused.value.reason


def test_a_journal_that_went_on_is_opened(path: Path, mark: Path) -> None:
    for length in (3, 6, 9):
        sold(path, mark)
        assert MarkFile(mark).read() is not None
        journal = SqliteJournal.open(path, mark)
        assert journal.length == length
        journal.close()


def test_an_older_copy_put_back_is_refused_however_often_it_is_tried(path: Path, mark: Path) -> None:
    """Fault catalogue F9."""
    sold(path, mark)
    older = shutil.copy(path, path.with_name("older.db"))
    sold(path, mark)
    shutil.copy(older, path)
    assert refusal(path, mark) == "rolled_back"
    assert refusal(path, mark) == "rolled_back"


def test_another_journal_of_the_same_length_is_refused(path: Path, mark: Path) -> None:
    """Fault catalogue F9."""
    sold(path, mark)
    path.unlink()
    journal = SqliteJournal.open(path)
    journal.append(ONE_OF_EACH[3:6], AT)
    journal.append(ONE_OF_EACH[3:6], AT)
    journal.close()
    assert refusal(path, mark) == "rolled_back"


def test_an_emptied_journal_is_refused(path: Path, mark: Path) -> None:
    """Fault catalogue F8, F9."""
    sold(path, mark)
    path.write_bytes(b"")
    assert refusal(path, mark) == "rolled_back"


def test_a_deleted_journal_is_refused_and_none_is_made_in_its_place(path: Path, mark: Path) -> None:
    """Fault catalogue F9."""
    sold(path, mark)
    path.unlink()
    assert refusal(path, mark) == "vanished"
    assert not path.exists()


def test_a_whole_folder_put_back_from_an_older_copy_is_noticed(path: Path, mark: Path, tmp_path: Path) -> None:
    """Fault catalogue F9: the mark lies outside the folder."""
    sold(path, mark)
    shutil.copytree(path.parent, tmp_path / "copy")
    sold(path, mark)
    shutil.rmtree(path.parent)
    (tmp_path / "copy").rename(path.parent)
    assert refusal(path, mark) == "rolled_back"


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"number": "1", "hash": ""}', b"\xff" * 40])
def test_a_missing_or_unreadable_mark_is_made_anew_and_the_log_says_so(
    path: Path, mark: Path, content: bytes | None
) -> None:
    sold(path, mark)
    mark.unlink()
    if content is not None:
        mark.write_bytes(content)
    with listening() as said:
        sold(path, mark)
    assert "journal had no mark" in said
    made = MarkFile(mark).read()
    assert made is not None
    assert made.number == 6


def test_a_mark_that_cannot_be_written_stops_nothing(path: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "absent" / "data.mark"
    sold(path, nowhere, times=MARK_EVERY)
    journal = SqliteJournal.open(path, nowhere)
    assert journal.length == 3 * MARK_EVERY
    journal.close()


def test_while_selling_the_mark_is_written_seldom_and_never_runs_ahead(path: Path, mark: Path) -> None:
    journal = SqliteJournal.open(path, mark)
    seen = set()
    for _ in range(2 * MARK_EVERY + 10):
        journal.append(ONE_OF_EACH[:1], AT)
        stated = MarkFile(mark).read()
        assert stated is not None
        assert journal.length - MARK_EVERY < stated.number <= journal.length
        seen.add(stated.number)
    assert seen == {0, MARK_EVERY, 2 * MARK_EVERY}
    journal.close()
    stated = MarkFile(mark).read()
    assert stated is not None
    assert stated.number == 2 * MARK_EVERY + 10


def test_a_mark_half_written_leaves_the_one_before(mark: Path) -> None:
    """Fault catalogue F7."""
    assert MarkFile(mark).write(Mark(3, FIRST_LINK))
    mark.with_name(f"{mark.name}.new").write_bytes(b'{"numb')
    assert MarkFile(mark).read() == Mark(3, FIRST_LINK)
    assert MarkFile(mark).write(Mark(4, FIRST_LINK))
    assert MarkFile(mark).read() == Mark(4, FIRST_LINK)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_reason_to_refuse_a_journal_has_its_words(language: str) -> None:
    words = tomllib.loads(resource_path(f"words/{language}.toml").read_text(encoding="utf-8"))["stopped"]
    reasons = {"rolled_back", "vanished", "broken_chain", "newer", "not_a_journal", "unsafe_setting", *_CAUSES.values()}
    assert {f"journal_{reason}" for reason in reasons} <= set(words)
