"""Backups are whole, a restore never loses a record, and a disk that fills up is told in time."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.journal.test_damage import read
from tests.journal.test_journal_promise import AT, ONE_OF_EACH
from till.domain.facts import Fact
from till.engine.ports import JournalRefused
from till.journal.causes import CopyRefused
from till.journal.keeping import (
    LITTLE_BYTES,
    NONE_BYTES,
    Restored,
    Room,
    back_up,
    restore,
    room_left,
    room_of,
    verify_journal,
)
from till.journal.mark import MarkFile
from till.journal.sqlite import SqliteJournal

SOLD = ONE_OF_EACH[:4]


class Shop:
    """A till's folder with its journal, its mark, and the places where copies go."""

    def __init__(self, folder: Path) -> None:
        (folder / "data").mkdir()
        self.journal = folder / "data" / "journal.db"
        self.mark = folder / "data.mark"
        self.folder = folder

    def sell(self, facts: list[Fact] = SOLD) -> None:
        journal = SqliteJournal.open(self.journal, self.mark)
        journal.append(facts, AT)
        journal.close()

    def back_up(self, name: str = "copy.db") -> Path:
        back_up(self.journal, self.mark, self.folder / name)
        return self.folder / name

    def restore(self, copy: Path) -> Restored:
        return restore(self.journal, self.mark, copy)

    def refusal(self, copy: Path) -> str:
        """Return why a restore is refused; it has then changed nothing."""
        before = {path: path.read_bytes() for path in self.journal.parent.iterdir()}
        with pytest.raises(CopyRefused) as refused:
            self.restore(copy)
        assert before == {path: path.read_bytes() for path in self.journal.parent.iterdir()}
        return refused.value.reason

    def found(self) -> list[Fact] | str:
        return read(self.journal, self.mark)

    def harm(self) -> None:
        content = bytearray(self.journal.read_bytes())
        content[content.index(b"Grovbr")] ^= 1
        self.journal.write_bytes(content)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.sell(ONE_OF_EACH)
    return shop


def test_a_backup_is_one_whole_file_that_opens_by_itself(shop: Shop) -> None:
    """Fault catalogue F17."""
    copy = shop.back_up()
    assert {path.name for path in shop.folder.iterdir()} == {"data", "data.mark", "copy.db"}
    assert verify_journal(copy, None) == len(ONE_OF_EACH)
    assert read(copy) == ONE_OF_EACH


def test_a_copy_made_between_two_appends_has_all_that_was_acknowledged(shop: Shop) -> None:
    """Fault catalogue F17: the copy goes through the connection that writes, so it never sees half a sale."""
    journal = SqliteJournal.open(shop.journal, shop.mark)
    journal.append(SOLD, AT)
    copy = sqlite3.connect(shop.folder / "copy.db")
    journal.copy_into(copy)
    copy.close()
    journal.append(SOLD, AT)
    assert len(list(journal.facts())) == len(ONE_OF_EACH + SOLD + SOLD)
    journal.close()
    assert read(shop.folder / "copy.db") == ONE_OF_EACH + SOLD


def test_a_backup_never_writes_over_a_file(shop: Shop) -> None:
    (shop.folder / "copy.db").write_text("the only copy of last year")
    with pytest.raises(CopyRefused) as refused:
        shop.back_up()
    assert refused.value.reason == "exists"
    assert (shop.folder / "copy.db").read_text() == "the only copy of last year"


def test_a_backup_into_no_folder_leaves_nothing(shop: Shop) -> None:
    """Fault catalogue F11."""
    with pytest.raises(CopyRefused) as refused:
        shop.back_up("absent/copy.db")
    assert refused.value.reason == "cannot_open"


def test_a_harmed_journal_is_not_copied(shop: Shop) -> None:
    """Fault catalogue F8: a copy that does not hold would be trusted later."""
    shop.harm()
    with pytest.raises(JournalRefused) as refused:
        shop.back_up()
    assert refused.value.reason == "broken_chain"
    assert {path.name for path in shop.folder.iterdir()} == {"data", "data.mark"}


def test_there_is_no_backup_of_a_journal_that_never_was_and_none_is_made(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for attempt in (shop.back_up, lambda: verify_journal(shop.journal, shop.mark)):
        with pytest.raises(JournalRefused) as refused:
            attempt()
        assert refused.value.reason == "absent"
    assert not shop.journal.exists()


@pytest.mark.parametrize("is_restoring", [True, False])
def test_while_the_till_is_open_nothing_is_copied_or_put_back(shop: Shop, is_restoring: bool) -> None:
    """Invariant I9; fault catalogue G4."""
    copy = shop.back_up()
    journal = SqliteJournal.open(shop.journal, shop.mark)
    with pytest.raises(JournalRefused) as refused:
        shop.restore(copy) if is_restoring else shop.back_up("again.db")
    assert refused.value.reason == "in_use"
    journal.close()


def test_a_deleted_journal_comes_back(shop: Shop) -> None:
    """Fault catalogue F9."""
    copy = shop.back_up()
    shop.journal.unlink()
    assert shop.found() == "vanished"
    assert shop.restore(copy) == Restored(len(ONE_OF_EACH), None)
    assert shop.found() == ONE_OF_EACH


def test_the_log_of_a_deleted_journal_does_not_get_into_the_one_put_back(shop: Shop) -> None:
    """Fault catalogue F9: SQLite would play it into any file of that name."""
    copy = shop.back_up()
    journal = SqliteJournal.open(shop.journal)
    journal.append(SOLD, AT)
    log = shop.journal.with_name("journal.db-wal")
    left = log.read_bytes()
    journal.close()
    shop.journal.unlink()
    log.write_bytes(left)
    shop.restore(copy)
    assert shop.found() == ONE_OF_EACH
    assert shop.journal.with_name("journal-replaced-1.db-wal").read_bytes() == left


def test_a_harmed_journal_is_replaced_and_kept(shop: Shop) -> None:
    """Fault catalogue F8."""
    copy = shop.back_up()
    shop.harm()
    harmed = shop.journal.read_bytes()
    assert shop.found() == "broken_chain"
    restored = shop.restore(copy)
    assert restored.kept is not None
    assert restored.kept.read_bytes() == harmed
    assert shop.found() == ONE_OF_EACH
    shop.sell()
    assert shop.found() == ONE_OF_EACH + SOLD


def test_a_file_that_is_no_database_any_more_is_replaced_and_kept(shop: Shop) -> None:
    """Fault catalogue F8."""
    copy = shop.back_up()
    shop.journal.write_bytes(b"\xff" * 9000)
    restored = shop.restore(copy)
    assert restored.kept is not None
    assert restored.kept.read_bytes() == b"\xff" * 9000
    assert shop.found() == ONE_OF_EACH


def test_an_older_journal_is_replaced_by_a_copy_that_goes_on_from_it(shop: Shop) -> None:
    """Fault catalogue F9: twice, and both that were there are kept."""
    first = shop.back_up("first.db")
    shop.sell()
    second = shop.back_up("second.db")
    for number in (1, 2):
        shutil.copy(first, shop.journal)
        assert shop.found() == "rolled_back"
        assert shop.restore(second).kept == shop.journal.with_name(f"journal-replaced-{number}.db")
        assert shop.found() == ONE_OF_EACH + SOLD


def test_a_new_machine_takes_a_copy_and_is_marked(shop: Shop, tmp_path: Path) -> None:
    copy = shop.back_up()
    (tmp_path / "new").mkdir()
    new = Shop(tmp_path / "new")
    assert new.restore(copy).length == len(ONE_OF_EACH)
    marked = MarkFile(new.mark).read()
    assert marked is not None
    assert marked.number == len(ONE_OF_EACH)
    assert new.found() == ONE_OF_EACH


def test_a_restore_never_shortens_the_journal(shop: Shop) -> None:
    """Fault catalogue F9; invariant I8."""
    copy = shop.back_up()
    shop.sell()
    assert shop.refusal(copy) == "shorter"
    shop.harm()
    assert shop.refusal(copy) == "shorter"
    shop.journal.unlink()
    assert shop.refusal(copy) == "shorter"
    shop.mark.unlink()
    shop.restore(copy)


def test_another_tills_journal_is_not_put_back(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Shop(tmp_path / "other")
    other.sell(ONE_OF_EACH[1:] + SOLD + SOLD)
    copy = other.back_up()
    assert shop.refusal(copy) == "another"
    shop.journal.unlink()
    assert shop.refusal(copy) == "another"


def test_a_copy_of_what_is_there_changes_nothing(shop: Shop) -> None:
    assert shop.refusal(shop.back_up()) == "nothing_new"


@pytest.mark.parametrize("content", [b"", b"no database" * 500, b"\0" * 4096])
def test_a_file_that_is_no_journal_is_not_put_back(shop: Shop, content: bytes) -> None:
    """Fault catalogue F8."""
    (shop.folder / "copy.db").write_bytes(content)
    assert shop.refusal(shop.folder / "copy.db") == "not_whole"


def test_a_harmed_a_newer_and_an_absent_copy_are_not_put_back(shop: Shop) -> None:
    """Fault catalogue F8, F10."""
    assert shop.refusal(shop.folder / "absent.db") == "absent"
    copy = shop.back_up()
    whole = copy.read_bytes()
    shop.sell()
    copy.write_bytes(whole.replace("Grovbrød".encode(), b"Grovbrot!"[:9]))
    assert shop.refusal(copy) == "not_whole"
    copy.write_bytes(whole[: len(whole) // 2])
    assert shop.refusal(copy) == "not_whole"
    copy.write_bytes(whole)
    newer = sqlite3.connect(copy)
    newer.execute("pragma user_version = 2")
    newer.close()
    assert shop.refusal(copy) == "newer"


def test_a_copy_made_by_hand_is_taken_with_the_log_beside_it(shop: Shop) -> None:
    journal = SqliteJournal.open(shop.journal, shop.mark)
    journal.append(SOLD, AT)
    for ending in ("", "-wal"):
        shutil.copy(f"{shop.journal}{ending}", f"{shop.folder / 'copy.db'}{ending}")
    journal.close()
    shop.journal.unlink()
    assert shop.restore(shop.folder / "copy.db").length == len(ONE_OF_EACH + SOLD)
    assert shop.found() == ONE_OF_EACH + SOLD


@pytest.mark.parametrize(
    ("free", "room"),
    [
        (0, Room.NONE),
        (NONE_BYTES - 1, Room.NONE),
        (NONE_BYTES, Room.LITTLE),
        (LITTLE_BYTES - 1, Room.LITTLE),
        (LITTLE_BYTES, Room.PLENTY),
        (10**15, Room.PLENTY),
    ],
)
def test_room_is_little_under_200_and_none_under_50_mebibytes(free: int, room: Room) -> None:
    """Fault catalogue F3."""
    assert room_of(free) is room
    assert (NONE_BYTES, LITTLE_BYTES) == (50 * 2**20, 200 * 2**20)


def test_the_room_of_a_real_folder_is_told_and_of_an_absent_one_doubted(tmp_path: Path) -> None:
    """Fault catalogue F3."""
    assert room_left(tmp_path) is room_of(shutil.disk_usage(tmp_path).free)
    assert room_left(tmp_path / "absent") is Room.LITTLE
