"""Looks for a mark in whatever a till leaves behind, in every form that a program might give it."""

import base64
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

#: Qt embeds the fixed-width digits of its receipts' font under these signs.
TABULAR = {0xE071 + digit: str(digit) for digit in range(10)}
_STREAM = re.compile(rb"(?<!end)stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_RANGE = re.compile(r"<([0-9A-F]{4})> <[0-9A-F]{4}> \[(.*?)\]", re.DOTALL)


def disguises(mark: str) -> set[bytes]:
    """Return a mark as it is, quoted for a link, in base 64 at any offset, in hex, escaped for JSON, and in UTF-16."""
    plain = mark.encode()
    escaped = json.dumps(mark)[1:-1]
    forms = {plain, escaped.encode(), escaped.replace("/", "\\/").encode(), mark.encode("utf-16-le")}
    forms |= {quote(mark, safe="").encode(), quote(mark).encode(), quote_plus(mark).encode()}
    forms |= {plain.hex().encode(), plain.hex().upper().encode(), repr(mark).encode()[1:-1]}
    for offset in range(3):
        packed = base64.b64encode(bytes(offset) + plain)
        first = (offset * 8 + 5) // 6
        whole = (offset + len(plain)) * 8 // 6
        forms |= {packed[first:whole], packed[first:whole].translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


def found_in(content: bytes, marks: Mapping[str, str]) -> list[str]:
    """Name the marks that a content holds in any form."""
    return [name for name, mark in marks.items() if any(form in content for form in disguises(mark))]


def pdf_contents(pdf: bytes) -> Iterator[bytes]:
    """Return a PDF's bytes, each of its streams unpacked, and its words as a reader would copy them."""
    yield pdf
    streams = [_unpacked(packed) for packed in _STREAM.findall(pdf)]
    yield from streams
    texts = [stream.decode("latin-1") for stream in streams]
    tables = [table for text in texts if "begincmap" in text for table in (_table(text),)]
    for text in texts:
        glyphs = re.findall(r"<([0-9A-F]{4})> Tj|(ET)", text)
        for table in tables:
            yield "".join("\n" if end else table.get(glyph, "") for glyph, end in glyphs).encode()


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def _table(cmap: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for first, signs in _RANGE.findall(cmap):
        for place, sign in enumerate(re.findall(r"<([0-9A-F]{4})>", signs)):
            code = int(sign, 16)
            table[f"{int(first, 16) + place:04X}"] = TABULAR.get(code, chr(code))
    return table
