"""The hash chain over the journal's rows: each row's hash covers its content and the hash of the row before."""

from hashlib import sha256

from msgspec import Struct

#: What the first row's chain begins with.
FIRST_LINK = bytes(32)


class Record(Struct, frozen=True):
    """One row without its own hash."""

    number: int
    stream: str
    kind: str
    version: int
    body: bytes
    at: str


def link(before: bytes, record: Record) -> bytes:
    """Return the hash of a record that follows the row with the hash `before`."""
    shape = shape_of(record.kind.encode(), record.version)
    return row_hash(before, record.number, record.stream.encode(), shape, record.at.encode(), record.body)


def shape_of(kind: bytes, version: int) -> bytes:
    """Return the part of a row's text that all rows of a kind and version share."""
    digits = b"%d" % version
    return b"".join((len(kind).to_bytes(4), kind, len(digits).to_bytes(4), digits))


def row_hash(before: bytes, number: int, stream: bytes, shape: bytes, at: bytes, body: bytes) -> bytes:
    """Return the SHA-256 of a row: lengths go in too, so that no two different rows give the same text.

    One call over one joined text: in Python each further call costs more than hashing a row.
    """
    digits = b"%d" % number
    return sha256(
        b"".join(
            (
                before,
                len(digits).to_bytes(4),
                digits,
                len(stream).to_bytes(4),
                stream,
                shape,
                len(at).to_bytes(4),
                at,
                len(body).to_bytes(4),
                body,
            )
        )
    ).digest()
