"""Journal records as they travel between a till and the hub, checked before anything is believed of them."""

import msgspec
from msgspec import Struct

from till.journal.chain import row_hash, shape_of

#: Records in one request or answer.
RECORDS_MOST = 500
#: SQL's whole numbers end soon after.
LARGEST_NUMBER = 2**62
_TEXT_MOST = 200
_HASH_BYTES = 32


class BookRecord(Struct, frozen=True, gc=False):
    """A record as it travels and as it is kept: `body` is its JSON text exactly, `before` and `hash` are in hex."""

    number: int
    stream: str
    kind: str
    version: int
    at: str
    body: str
    before: str
    hash: str


class _Sent(Struct, frozen=True):
    records: list[BookRecord]


class Malformed(ValueError):
    """The records cannot be read, are not numbered in a row, or hold what no record holds."""


class Broken(ValueError):
    """A record's hash is not that of its contents, or it does not follow the one before it."""


_DECODER = msgspec.json.Decoder(_Sent)


def read_records(text: bytes) -> list[BookRecord]:
    """Return the records of a request, whose chain holds; raise Malformed or Broken."""
    try:
        records = _DECODER.decode(text).records
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed from error
    if not 0 < len(records) <= RECORDS_MOST or not 0 < records[0].number < LARGEST_NUMBER:
        raise Malformed
    shapes: dict[tuple[str, int], bytes] = {}
    before = _bytes(records[0].before)
    for number, one in enumerate(records, records[0].number):
        shape = shapes.get((one.kind, one.version)) or shapes.setdefault((one.kind, one.version), _shape(one))
        if one.number != number or not _is_fit(one.stream) or not _is_fit(one.at) or "\0" in one.body:
            raise Malformed
        own = row_hash(before, number, one.stream.encode(), shape, one.at.encode(), one.body.encode())
        if own.hex() != one.hash or before.hex() != one.before:
            raise Broken
        before = own
    return records


def _shape(one: BookRecord) -> bytes:
    if not (_is_fit(one.kind) and 0 <= one.version < LARGEST_NUMBER):
        raise Malformed
    return shape_of(one.kind.encode(), one.version)


def _is_fit(text: str) -> bool:
    return 0 < len(text) <= _TEXT_MOST and text.isprintable()


def _bytes(digits: str) -> bytes:
    """Return what the hex digits of a hash say; raise Malformed."""
    try:
        content = bytes.fromhex(digits)
    except ValueError as error:
        raise Malformed from error
    if len(content) != _HASH_BYTES:
        raise Malformed
    return content
