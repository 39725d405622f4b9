"""A lost journal set up again from rows that were kept elsewhere."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from till.engine.ports import JournalRefused, JournalRow
from till.journal.causes import FAILURES, CopyRefused, cause_of
from till.journal.codec import BadBody, UnknownKind, decode
from till.journal.keeping import Restored, drop, restore
from till.journal.search import note_where
from till.journal.sqlite import make_schema


def rebuild(path: Path, mark: Path | None, rows: Iterable[JournalRow]) -> Restored:
    """Put a journal of these rows where none is; raise JournalRefused or CopyRefused, and then nothing was changed.

    They are verified, and held against the mark, as any copy is that is put back.
    """
    if path.exists():
        raise CopyRefused("not_empty")
    fetched = path.with_name(f"{path.name}.fetched")
    try:
        drop(fetched)
        _write(fetched, rows)
        return restore(path, mark, fetched)
    finally:
        drop(fetched)


def _write(target: Path, rows: Iterable[JournalRow]) -> None:
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            make_schema(copy)
            copy.execute("begin immediate")
            for row in rows:
                fact = decode(row.kind, row.version, row.body.encode())
                kept = (row.number, row.stream, row.kind, row.version, row.body, row.at, row.before, row.hash)
                copy.execute("insert into journal values (?, ?, ?, ?, ?, ?, ?, ?)", kept)
                note_where(copy, [fact])
            copy.execute("commit")
    except UnknownKind as error:
        raise CopyRefused("newer") from error
    except (BadBody, sqlite3.IntegrityError) as error:
        raise CopyRefused("not_whole") from error
    except JournalRefused as error:
        raise CopyRefused(error.reason) from error
    except FAILURES as error:
        raise CopyRefused(cause_of(error)) from error
