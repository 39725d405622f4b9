"""A journal that was harmed, and places where none can be kept: refused at the start, with the cause."""

import contextlib
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.test_journal_promise import AT, ONE_OF_EACH
from till.domain.facts import Fact
from till.engine.ports import JournalRefused
from till.journal.chain import FIRST_LINK, Record, link
from till.journal.sqlite import OLDEST_SQLITE, SqliteJournal, check_library

PAGE = 4096
FACTS = ONE_OF_EACH + ONE_OF_EACH[:7] * 12


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The bytes of a closed journal, and of its mark."""
    folder = tmp_path_factory.mktemp("whole")
    journal = SqliteJournal.open(folder / "journal.db", folder / "mark")
    journal.append(FACTS, AT)
    journal.close()
    return (folder / "journal.db").read_bytes(), (folder / "mark").read_bytes()


def read(path: Path, mark: Path | None = None) -> list[Fact] | str:
    """Return what a start finds: all facts, or why it was refused."""
    try:
        with contextlib.closing(SqliteJournal.open(path, mark)) as journal:
            return list(journal.facts())
    except JournalRefused as error:
        return error.reason


def verdict(path: Path) -> str:
    """Return what `till journal verify` finds."""
    try:
        with contextlib.closing(SqliteJournal.open(path)) as journal:
            journal.verify()
            return "whole"
    except JournalRefused as error:
        return error.reason


@pytest.mark.parametrize("seed", range(300))
def test_one_changed_bit_is_found_or_changes_no_fact(tmp_path: Path, whole: tuple[bytes, bytes], seed: int) -> None:
    """Fault catalogue F8, J9; invariant I8."""
    content, _ = whole
    chance = random.Random(seed)
    harmed = bytearray(content)
    harmed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    (tmp_path / "journal.db").write_bytes(harmed)
    assert read(tmp_path / "journal.db") in (
        FACTS,
        *("broken_chain", "damaged", "newer", "not_a_journal", "not_readable", "read_only", "cannot_open"),
    )


def test_every_bit_of_a_fact_is_watched(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """Fault catalogue F8; invariant I8."""
    content, _ = whole
    body = b'"minor":48712'
    for bit in range(8 * len(body)):
        harmed = bytearray(content)
        harmed[content.index(body) + bit // 8] ^= 1 << bit % 8
        (tmp_path / "journal.db").write_bytes(harmed)
        assert read(tmp_path / "journal.db") == verdict(tmp_path / "journal.db") == "broken_chain"


def test_a_lost_page_is_found_by_the_start_or_by_the_verification(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """Fault catalogue F8: what holds no fact, as an index does, is found when the structure is verified."""
    content, _ = whole
    for first in range(0, len(content), PAGE):
        (tmp_path / "journal.db").write_bytes(content[:first] + bytes(PAGE) + content[first + PAGE :])
        assert read(tmp_path / "journal.db") in (FACTS, "damaged", "not_a_journal", "broken_chain")
        assert verdict(tmp_path / "journal.db") in ("damaged", "not_a_journal", "broken_chain")


def test_a_file_cut_short_is_found(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """Fault catalogue F8."""
    content, mark = whole
    (tmp_path / "mark").write_bytes(mark)
    chance = random.Random(8)
    for length in (0, 1, 99, 100, PAGE, len(content) - 1, *(chance.randrange(len(content)) for _ in range(30))):
        (tmp_path / "journal.db").write_bytes(content[:length])
        assert read(tmp_path / "journal.db", tmp_path / "mark") in (
            *("damaged", "not_a_journal", "not_readable", "rolled_back", "broken_chain"),
        )


def test_an_index_that_lacks_a_row_is_found_when_verified(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """Fault catalogue F8: no fact is harmed, but receipts would not be found."""
    (tmp_path / "journal.db").write_bytes(whole[0])
    forger = sqlite3.connect(tmp_path / "journal.db")
    (root,) = forger.execute("select rootpage from sqlite_master where name = 'journal_by_stream'").fetchone()
    forger.close()
    content = bytearray(whole[0])
    cells = (root - 1) * PAGE + 3
    assert content[cells + 1] > 1
    content[cells + 1] -= 1
    (tmp_path / "journal.db").write_bytes(content)
    assert verdict(tmp_path / "journal.db") == "damaged"


def test_a_fact_of_a_newer_version_is_found_without_reading_bodies(tmp_path: Path) -> None:
    """Fault catalogue F10, G7."""
    path = tmp_path / "journal.db"
    SqliteJournal.open(path).close()
    record = Record(1, "till", "tip-given", 1, b"{}", "2027-01-01T00:00:00.000000+00:00")
    newer = sqlite3.connect(path)
    newer.execute(
        "insert into journal values (1, 'till', 'tip-given', 1, '{}', ?, ?, ?)",
        (record.at, FIRST_LINK, link(FIRST_LINK, record)),
    )
    newer.commit()
    newer.close()
    assert verdict(path) == read(path) == "newer"


def test_a_newer_journal_stays_as_it_is_to_the_last_byte(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """Fault catalogue F10."""
    path = tmp_path / "journal.db"
    path.write_bytes(whole[0])
    other = sqlite3.connect(path)
    other.execute("pragma user_version = 2")
    other.close()
    before = path.read_bytes()
    assert read(path) == "newer"
    assert path.read_bytes() == before


def test_the_hash_of_a_row_stays_what_it_was_in_every_version() -> None:
    """Fault catalogue G7: a journal written today is read for years."""
    record = Record(7, "sale/æ", "line-added", 1, '{"å":1}'.encode(), "2026-11-21T12:00:00.000000+00:00")
    assert link(FIRST_LINK, record).hex() == "e762733900dbda6695ec554acc10610a1966644d615bd4f97bdf1f91fb0e0bb1"


def test_a_library_without_strict_tables_is_refused() -> None:
    """Fault catalogue F12."""
    check_library(OLDEST_SQLITE)
    for version in ((3, 36, 0), (3, 7, 17), (2, 8, 17)):
        with pytest.raises(JournalRefused) as refused:
            check_library(version)
        assert refused.value.reason == "unsafe_setting"


def test_the_journal_is_kept_with_a_log_a_full_sync_and_alone(tmp_path: Path) -> None:
    """Fault catalogue F12: the known fault of the write-ahead log needs a second connection, and none can come."""
    journal = SqliteJournal.open(tmp_path / "journal.db")
    asked = {name: journal._connection.execute(f"pragma {name}").fetchone()[0] for name in SETTINGS}
    journal.close()
    assert asked == SETTINGS


SETTINGS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "locking_mode": "exclusive",
    "recursive_triggers": 1,
    "trusted_schema": 0,
}


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the rights of root for a moment, if the tests have them: root may write anywhere."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "reason"),
    [
        (0o555, None, "cannot_open"),
        (0o555, 0o444, "read_only"),
        (0o777, 0o444, "read_only"),
        (0o555, 0o666, "read_only"),
        (0o000, 0o666, "cannot_open"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_with_the_cause(
    whole: tuple[bytes, bytes], folder_mode: int, file_mode: int | None, reason: str
) -> None:
    """Fault catalogue F11."""
    folder = Path(tempfile.mkdtemp())
    try:
        if file_mode is not None:
            (folder / "journal.db").write_bytes(whole[0])
            (folder / "journal.db").chmod(file_mode)
        folder.chmod(folder_mode)
        with as_nobody():
            assert read(folder / "journal.db") == reason
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_a_folder_in_the_journals_place_is_refused(tmp_path: Path) -> None:
    """Fault catalogue F11."""
    (tmp_path / "journal.db").mkdir()
    assert read(tmp_path / "journal.db") == "cannot_open"
