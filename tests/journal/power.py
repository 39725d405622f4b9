"""What a disk may hold after a power cut: everything synced, and of the rest any part, torn at any byte.

A journal is written for real, and its files are copied after each commit. Between two copies SQLite did at most three things, in
this order: it wrote to the log and synced it (the commit), then copied pages from the log into the file (a checkpoint), and then,
with the next commit, began the log anew from its start.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from till.domain.facts import Fact
from till.journal.sqlite import SqliteJournal

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
#: A checkpoint after so many pages, so that a short history has many.
CHECKPOINT_PAGES = 12
SECTOR, PAGE = 512, 4096


class Copy(Struct, frozen=True):
    """The files as they were right after a commit was acknowledged, and how many records that were."""

    length: int
    file: bytes
    log: bytes
    mark: bytes


class After(Struct, frozen=True):
    """What is on the disk when the power is back; `least` records must be there, and `most` may be."""

    file: bytes
    log: bytes
    mark: bytes
    least: int
    most: int

    def lay_out(self, folder: Path) -> Path:
        """Write it to a folder; return the journal's path."""
        path = folder / "journal.db"
        path.write_bytes(self.file)
        (folder / "journal.db-wal").write_bytes(self.log)
        (folder / "mark").write_bytes(self.mark)
        return path


def record_history(folder: Path, batches: Sequence[Sequence[Fact]]) -> list[Copy]:
    """Append batch after batch, and copy the files after each."""
    path, mark = folder / "journal.db", folder / "mark"
    journal = SqliteJournal.open(path, mark)
    journal._connection.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
    copies = []
    for batch in batches:
        journal.append(batch, AT)
        log = path.with_name("journal.db-wal")
        copies.append(Copy(journal.length, path.read_bytes(), log.read_bytes(), mark.read_bytes()))
    journal.close()
    return copies


def after_power_cuts(before: Copy, then: Copy, chance: random.Random, times: int) -> Iterator[After]:
    """Return states that a cut between two acknowledged commits may leave."""
    for _ in range(times):
        yield _cut_in_commit(before, then, chance)
        if then.file != before.file:
            yield _cut_in_checkpoint(before, then, chance)


def _cut_in_commit(before: Copy, then: Copy, chance: random.Random) -> After:
    """The log is half written: what was there before the first changed byte is synced, behind it anything may stand."""
    first, end = _changed(before.log, then.log)
    cut = end if chance.random() < 0.1 else chance.randint(first, end)
    log = bytearray(then.log[:cut] + before.log[cut:])
    match chance.randrange(4):
        case 0:
            del log[cut:]
        case 1:
            _tear(log, first, end, chance)
        case 2:
            del log[cut:]
            log += chance.randbytes(chance.randint(1, 2 * PAGE))
        case _:
            pass  # cut clean, with the log's older content behind
    return After(before.file, bytes(log), before.mark, before.length, then.length)


def _cut_in_checkpoint(before: Copy, then: Copy, chance: random.Random) -> After:
    """The log is synced whole; of the file's pages any may be old, new, or torn."""
    file = bytearray(then.file)
    for start in range(0, len(then.file), PAGE):
        old, new = before.file[start : start + PAGE].ljust(PAGE, b"\0"), then.file[start : start + PAGE]
        if old == new:
            continue
        match chance.randrange(3):
            case 0:
                file[start : start + PAGE] = old
            case 1:
                _tear(file, start, start + PAGE, chance)
            case _:
                pass  # written whole
    return After(bytes(file), then.log, before.mark, then.length, then.length)


def _tear(content: bytearray, first: int, end: int, chance: random.Random) -> None:
    """Put noise in place of some sectors of a stretch that was not synced."""
    end = min(end, len(content))
    for start in range(first, end, SECTOR):
        if chance.random() < 0.4:
            stop = min(start + SECTOR, end)
            content[start:stop] = chance.randbytes(stop - start)


def _changed(old: bytes, new: bytes) -> tuple[int, int]:
    """Return where the first changed byte is, and where the last one ends."""
    length = max(len(old), len(new))
    if old == new:
        return length, length
    first = next((at for at in range(min(len(old), len(new))) if old[at] != new[at]), min(len(old), len(new)))
    if len(old) != len(new):
        return first, length
    last = next(at for at in range(length - 1, -1, -1) if old[at] != new[at])
    return first, last + 1
