"""Keeping the journal: verified, copied, put back; and how much room is left for it."""

import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from enum import Enum
from pathlib import Path

from msgspec import Struct

from till.engine.ports import JournalRefused
from till.journal.causes import FAILURES, CopyRefused, cause_of, refused
from till.journal.chain import FIRST_LINK
from till.journal.mark import Mark, MarkFile, sync_folder
from till.journal.rows import mark_at, verify
from till.journal.sqlite import SqliteJournal, has_schema

#: Under the first the shop is warned, under the second no payment begins: one more may be one too many.
LITTLE_BYTES, NONE_BYTES = 200 * 1024 * 1024, 50 * 1024 * 1024
#: What SQLite says of a file that is no whole journal.
_UNREADABLE = ("damaged", "not_readable")

log = logging.getLogger("till.journal")


class Room(Enum):
    """How much room the disk has for the journal."""

    PLENTY = "plenty"
    LITTLE = "little"
    NONE = "none"


class Restored(Struct, frozen=True):
    """What a restore did: how many records are in place, and where the journal that was there is kept."""

    length: int
    kept: Path | None


class _Present(Struct, frozen=True):
    """What stands where a copy is to be put: how far its chain holds, and how many rows it has."""

    held: Mark = Mark(0, FIRST_LINK)
    length: int = 0


def room_left(folder: Path) -> Room:
    """Ask the disk; one that gives no answer is worth a warning and stops no sale."""
    try:
        return room_of(shutil.disk_usage(folder).free)
    except OSError as error:
        log.warning("free space not known", extra={"error": type(error).__name__})
        return Room.LITTLE


def room_of(free_bytes: int) -> Room:
    """Return what so many free bytes are."""
    if free_bytes < NONE_BYTES:
        return Room.NONE
    return Room.LITTLE if free_bytes < LITTLE_BYTES else Room.PLENTY


def verify_journal(path: Path, mark: Path | None) -> int:
    """Verify a closed till's journal against its chain and its mark; return its length or raise JournalRefused."""
    with closing(_open_existing(path, mark)) as journal:
        return journal.verify()


def back_up(path: Path, mark: Path | None, target: Path) -> int:
    """Copy a closed till's journal into a new file, verified and synced; return its length.

    Raise JournalRefused if the journal does not hold, CopyRefused if the copy cannot be made. A file is there under the
    name of the copy only when it is whole.
    """
    if target.exists():
        raise CopyRefused("exists")
    part = target.with_name(f"{target.name}.part")
    try:
        drop(part)
        with closing(_open_existing(path, mark)) as journal:
            _copy(journal.copy_into, part)
        last = _verify_copy(part)
        _sync(part)
        if target.exists():
            raise CopyRefused("exists")
        part.rename(target)
        sync_folder(target.parent)
    except FAILURES as error:
        raise CopyRefused(cause_of(error)) from error
    except OSError as error:
        raise CopyRefused("cannot_write") from error
    finally:
        drop(part)
    log.info("journal backed up", extra={"records": last.number})
    return last.number


def restore(path: Path, mark: Path | None, source: Path) -> Restored:
    """Put a copy in the journal's place; raise JournalRefused or CopyRefused, and then nothing was changed.

    A copy is taken only if it goes on from all that is known: from the journal that is there, as far as that one can be
    read, and from the mark. So nothing written is lost by it, and the journal that was there stays under another name.
    """
    if not source.is_file():
        raise CopyRefused("absent")
    mark_file = None if mark is None else MarkFile(mark)
    marked = None if mark_file is None else mark_file.read()
    present = _look_at(path)
    part = path.with_name(f"{path.name}.part")
    try:
        drop(part)
        last = _fetch(source, part)
        _compare(part, last, present, marked)
        _sync(part)
        kept = _keep(path)
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise CopyRefused("cannot_write") from error
    finally:
        drop(part)
    if mark_file is not None:
        mark_file.write(last)
    log.warning("journal restored", extra={"records": last.number, "said": present.length})
    return Restored(last.number, kept)


def _look_at(path: Path) -> _Present:
    """Return how far the journal that is there can be believed; raise JournalRefused if a till has it or it is newer."""
    if not path.exists():
        return _Present()
    try:
        with closing(SqliteJournal.open(path)) as journal:
            return _Present(journal.whole_part(), journal.length)
    except JournalRefused as error:
        if error.reason not in ("damaged", "not_a_journal", "not_readable"):
            raise
        log.error("journal cannot be read", extra={"reason": error.reason})
        return _Present()


def _compare(part: Path, last: Mark, present: _Present, marked: Mark | None) -> None:
    """Raise CopyRefused unless the copy goes on from all that is known."""
    known = [one for one in (present.held, marked) if one is not None]
    if last.number < max(present.length, *(one.number for one in known)):
        raise CopyRefused("shorter")
    with closing(_read_only(part)) as copy:
        if any(mark_at(copy, one.number) != one for one in known):
            raise CopyRefused("another")
    if last == present.held:
        raise CopyRefused("nothing_new")


def _fetch(source: Path, part: Path) -> Mark:
    """Bring a copy beside the journal and verify it there; raise CopyRefused."""
    try:
        with closing(_read_only(source)) as copy:
            _copy(copy.backup, part)
        return _verify_copy(part)
    except FAILURES as error:
        cause = cause_of(error)
        raise CopyRefused("not_whole" if cause in _UNREADABLE else cause) from error
    except JournalRefused as error:
        raise CopyRefused("newer" if error.reason == "newer" else "not_whole") from error


def _copy(copy_into: Callable[[sqlite3.Connection], None], part: Path) -> None:
    """Make a copy that is one file and needs no log beside it; may raise sqlite3.Error."""
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        copy_into(copy)
        copy.execute("pragma journal_mode = delete")


def _verify_copy(path: Path) -> Mark:
    """Return the last record's mark of a copy that holds; raise JournalRefused."""
    try:
        with closing(_read_only(path)) as copy:
            if not has_schema(copy):
                raise JournalRefused("not_a_journal")
            return verify(copy)
    except FAILURES as error:
        raise refused(error) from error


def _keep(path: Path) -> Path | None:
    """Give the journal that is there a second name, and take its logs out of the next one's way."""
    number = 1
    while (kept := path.with_name(f"{path.stem}-replaced-{number}{path.suffix}")).exists():
        number += 1
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + ending))
    if not path.exists():
        return None
    try:
        os.link(path, kept)
    except OSError:  # a disk that knows no second names
        shutil.copyfile(path, kept)
        _sync(kept)
    return kept


def _open_existing(path: Path, mark: Path | None) -> SqliteJournal:
    if not path.exists() and (mark is None or not mark.exists()):
        raise JournalRefused("absent")
    return SqliteJournal.open(path, mark)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def drop(part: Path) -> None:
    """Remove what an attempt has left, and what SQLite keeps beside it; what cannot be removed is overwritten by the next."""
    for ending in ("", "-journal", "-wal"):
        try:
            part.with_name(part.name + ending).unlink(missing_ok=True)
        except OSError as error:
            log.warning("part of a copy stays", extra={"error": type(error).__name__})
