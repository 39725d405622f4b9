"""The hash chain over the journal's rows: each row's hash covers its content and the hash of the row before."""

import hashlib

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
    """Return the SHA-256 of a row: lengths go in too, so that no two different rows give the same text."""
    digest = hashlib.sha256(before)
    for part in (
        str(record.number).encode(),
        record.stream.encode(),
        record.kind.encode(),
        str(record.version).encode(),
        record.at.encode(),
        record.body,
    ):
        digest.update(len(part).to_bytes(4))
        digest.update(part)
    return digest.digest()
