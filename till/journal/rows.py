"""The rows read back, one at a time, the chain verified on the way."""

import sqlite3
from collections import deque
from collections.abc import Iterator

from till.engine.ports import JournalRefused, JournalRow
from till.journal.causes import FAILURES, refused
from till.journal.chain import FIRST_LINK, row_hash, shape_of
from till.journal.codec import is_known
from till.journal.mark import Mark

# As blobs, text comes as the bytes that the chain covers, and broken text is the chain's to find.
_ALL = (
    "select number, cast(stream as blob), cast(kind as blob), version, cast(at as blob), cast(body as blob), before, hash"
    " from journal order by number"
)

_SOME = (
    "select number, stream, kind, version, at, body, before, hash from journal where number > ? order by number limit ?"
)
#: Rows are handed out until their bodies come to so much; one row always is.
SLICE_MOST_CHARACTERS = 256 * 1024

#: Number, own hash, kind, version and body of a row that holds.
Row = tuple[int, bytes, bytes, int, bytes]


def walk(connection: sqlite3.Connection, shapes: dict[tuple[bytes, int], bytes] | None = None) -> Iterator[Row]:
    """Return the rows in order for as long as the chain holds; raise JournalRefused where it does not.

    Every kind and version that was met is then in `shapes`.
    """
    shapes = {} if shapes is None else shapes
    before, expected = FIRST_LINK, 1
    try:
        for number, stream, kind, version, at, body, stated, own in connection.execute(_ALL):
            shape = shapes.get((kind, version))
            if shape is None:
                shape = shapes[kind, version] = shape_of(kind, version)
            if number != expected or stated != before or row_hash(before, number, stream, shape, at, body) != own:
                raise JournalRefused("broken_chain")
            yield number, own, kind, version, body
            before, expected = own, number + 1
    except FAILURES as error:
        raise refused(error) from error
    except TypeError as error:  # a column that is no longer what it was written as
        raise JournalRefused("broken_chain") from error


def verify(connection: sqlite3.Connection) -> Mark:
    """Walk to the end without reading bodies, check every kind and the file's own structure; return the last record's mark.

    Raise JournalRefused.
    """
    shapes: dict[tuple[bytes, int], bytes] = {}
    newest = deque(walk(connection, shapes), maxlen=1)
    if not all(is_known(kind, version) for kind, version in shapes):
        raise JournalRefused("newer")
    last = Mark(newest[0][0], newest[0][1]) if newest else Mark(0, FIRST_LINK)
    try:
        (finding,) = connection.execute("pragma quick_check(1)").fetchone()
        (indexed,) = connection.execute("select count(*) from journal indexed by journal_by_stream").fetchone()
    except FAILURES as error:
        raise refused(error) from error
    if finding != "ok" or indexed != last.number:
        raise JournalRefused("damaged")
    return last


def slice_after(connection: sqlite3.Connection, after: int, most: int) -> tuple[JournalRow, ...]:
    """Return at most so many rows that follow a row, fewer where they are large; the chain not verified."""
    rows: list[JournalRow] = []
    characters = 0
    for found in connection.execute(_SOME, (after, most)):
        row = JournalRow(*found)
        characters += len(row.body)
        if rows and characters > SLICE_MOST_CHARACTERS:
            break
        rows.append(row)
    return tuple(rows)


def mark_at(connection: sqlite3.Connection, number: int) -> Mark | None:
    """Return the mark of one record, if there is one."""
    if number == 0:
        return Mark(0, FIRST_LINK)
    row = connection.execute("select hash from journal where number = ?", (number,)).fetchone()
    return Mark(number, row[0]) if row else None


def last_mark(connection: sqlite3.Connection) -> Mark:
    """Return the mark of the last record, the chain not verified."""
    row = connection.execute("select number, hash from journal order by number desc limit 1").fetchone()
    return Mark(row[0], row[1]) if row else Mark(0, FIRST_LINK)
