"""Pictures that are no pictures: bombs, cut ones, foreign kinds; through the fetch and through the window's own decoder."""

import random
import struct
import subprocess
import sys
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles.transport import Scripted
from till.domain.secret import Secret
from till.engine.ports import Code
from till.sandbox import pictures
from till.ui.qr_widget import image_of
from till.vipps.errors import PictureRefused
from till.vipps.picture import PICTURE_MOST_BYTES, fetch_picture
from till.vipps.transport import HttpReply

LINK = Secret("https://qr-image.vipps.no/v1?token=a")
GOOD = pictures.png("https://qr.vipps.no/s/abc", 640)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd" width="640" height="640"/></svg>'
HEAD = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *, depth: int = 8, lines: int | None = None, extra: bytes = b"") -> bytes:
    """Return a grey PNG of nothing but black; `lines` are those that are really there."""
    packer, packed = zlib.compressobj(9), b""
    line = bytes((width * depth + 7) // 8 + 1)
    for _ in range(height if lines is None else lines):
        packed += packer.compress(line)
    packed += packer.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return HEAD + chunk(b"IHDR", head) + extra + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def packed(size: int) -> bytes:
    return zlib.compress(b"A" * size, 9)


BOMB = png(20_000, 20_000, depth=1)
#: Pictures by what is wrong with them; the ones of the second table only the decoder can tell.
FALSE_PICTURES = {
    "a bomb of 20,000 by 20,000 points": BOMB,
    "cut in the middle": GOOD[: len(GOOD) // 2],
    "cut before its last chunk": GOOD[:-12],
    "cut by one byte": GOOD[:-1],
    "only a head": GOOD[:33],
    "more after its end": GOOD + b"<script>",
    "a bit turned": GOOD[:60] + bytes([GOOD[60] ^ 1]) + GOOD[61:],
    "SVG": SVG,
    "SVG behind the mark of a PNG": HEAD + SVG,
    "GIF": b"GIF89a" + b"\x80\x02" * 400,
    "JPEG": b"\xff\xd8\xff\xe0" + b"\0" * 400,
    "WebP": b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 400,
    "PNM": b"P6 640 640 255\n" + b"\0" * 400,
    "XPM": b'/* XPM */ static char *a[] = {"640 640 1 1", "  c #000"};',
    "HTML": b"<!doctype html><html></html>",
    "nothing": b"",
}
UNDECODABLE = {
    "fewer lines than it says": png(640, 640, lines=3),
    "a second head inside": png(640, 640, extra=chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0))),
}
#: A decoder may show these: all of the picture is there.
COMPLETE = ("more after its end", "cut by one byte")
NOT_SHOWN = [name for name in (FALSE_PICTURES | UNDECODABLE) if name not in COMPLETE]
BLOATED = {
    "400 MB behind a small head": png(640, 640, lines=600_000),
    "a text of 100 MB": png(640, 640, extra=chunk(b"zTXt", b"Comment\0\0" + packed(100_000_000))),
    "a colour profile of 100 MB": png(640, 640, extra=chunk(b"iCCP", b"p\0\0" + packed(100_000_000))),
}


def fetched(picture: bytes, kind: str = "image/png") -> bytes:
    return fetch_picture(Scripted([HttpReply(200, {"content-type": kind}, picture)]), LINK)


def test_the_bomb_is_small_enough_to_come_through_the_networks_limit() -> None:
    assert len(BOMB) < 50_000 < PICTURE_MOST_BYTES


@pytest.mark.parametrize("name", FALSE_PICTURES)
def test_a_false_picture_is_refused_before_any_decoder_sees_it(name: str) -> None:
    """Fault catalogue J2, B28."""
    with pytest.raises(PictureRefused) as refused:
        fetched(FALSE_PICTURES[name])
    assert not refused.value.is_suspicious


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "image/png+xml", "application/octet-stream", ""])
def test_a_picture_that_is_called_something_else_is_refused(kind: str) -> None:
    """Fault catalogue J2."""
    assert fetched(GOOD, "Image/PNG; charset=binary") == GOOD
    with pytest.raises(PictureRefused):
        fetched(GOOD, kind)


@pytest.mark.parametrize("name", NOT_SHOWN)
def test_the_windows_decoder_shows_nothing_of_a_false_picture(name: str) -> None:
    """Fault catalogue J2: should one come past the fetch."""
    assert image_of(Code("a", (FALSE_PICTURES | UNDECODABLE)[name], None)) is None


#: Reads pictures of stated lengths, decodes each, and says by how much the most that it ever held has grown.
DECODE = """
import resource, sys
from till.engine.ports import Code
from till.sandbox import pictures
from till.ui.qr_widget import image_of
shown = [image_of(Code("a", pictures.png("a", 2000), None)) is not None]
told = [sys.stdin.buffer.read(int(size)) for size in sys.argv[1:]]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
shown += [image_of(Code("a", picture, None)) is not None for picture in told]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, *map(int, shown))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such measure of memory there")
def test_no_picture_takes_more_memory_than_the_largest_that_may_be_shown() -> None:
    """Fault catalogue J2; invariant I13."""
    given_pictures = [BOMB, png(5000, 5000), *BLOATED.values()]
    done = subprocess.run(
        [sys.executable, "-c", DECODE, *(str(len(picture)) for picture in given_pictures)],
        input=b"".join(given_pictures),
        capture_output=True,
        check=True,
        timeout=60,
    )
    grown, is_largest_shown, is_bomb_shown, is_wide_shown, *_ = map(int, done.stdout.split())
    assert (is_largest_shown, is_bomb_shown, is_wide_shown) == (1, 0, 0)
    assert grown < 64 * (1024 if sys.platform == "linux" else 1024 * 1024), "KiB on Linux, bytes elsewhere"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**64))
def test_a_good_picture_with_anything_done_to_its_bytes_is_refused_or_shown_as_it_was(seed: int) -> None:
    """Fault catalogue J2, B28."""
    chance = random.Random(seed)
    changed = bytearray(GOOD)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                del changed[place : place + chance.randint(1, 200)]
            case 2:
                changed[place:place] = chance.randbytes(chance.randint(1, 50))
            case _:
                changed[place:place] = changed[place : place + 100]
        changed = changed or bytearray(b"\0")
    picture = bytes(changed)
    if picture == GOOD:
        assert fetched(picture) == GOOD
    else:
        with pytest.raises(PictureRefused) as refused:
            fetched(picture)
        assert not refused.value.is_suspicious
    image = image_of(Code("a", picture, None))
    assert image is None or max(image.width(), image.height()) <= 2000
