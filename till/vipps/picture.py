"""The QR's picture: fetched only from where it may come from, and only if it is a picture of the kind asked for."""

import re
import zlib
from urllib.parse import urlsplit

from till.domain.secret import Secret
from till.vipps.errors import PictureRefused
from till.vipps.replies import refusal_of
from till.vipps.tls import is_loopback
from till.vipps.transport import HttpRequest, Transport

#: Domains whose hosts may serve the picture; compared on label borders. Settings may name others.
EXPECTED_DOMAINS = ("vipps.no", "vippsmobilepay.com", "mobilepay.dk", "mobilepay.fi")
PICTURE_MOST_BYTES = 256 * 1024
#: ePayment, create payment: `qrFormat.size`.
SIDE_LEAST_PX, SIDE_MOST_PX = 100, 2000
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
HOST_MOST = 253
#: A label of a host in plain letters. One in Punycode may be a name that no library can read, and none is expected.
_LABEL = re.compile(r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def fetch_picture(
    transport: Transport, link: Secret, *, domains: tuple[str, ...] = EXPECTED_DOMAINS, is_test: bool = False
) -> bytes:
    """Return the PNG behind a link; no key or token goes with the request.

    Raise PictureRefused where another try would give the same, and Unanswered or RateLimited where it may not.
    """
    if not is_expected(link.reveal(), domains=domains, is_test=is_test):
        raise PictureRefused("link", is_suspicious=True)
    request = HttpRequest("GET", link.reveal(), {"Accept": "image/png"}, most_bytes=PICTURE_MOST_BYTES)
    reply = transport.send(request)
    if reply.status == 429 or reply.status >= 500:
        raise refusal_of(reply)
    if reply.status != 200:
        raise PictureRefused("status", is_suspicious=False)
    if reply.headers.get("content-type", "").split(";")[0].strip().lower() != "image/png":
        raise PictureRefused("kind", is_suspicious=False)
    if not _is_small_png(reply.body) or not _is_whole_png(reply.body):
        raise PictureRefused("picture", is_suspicious=False)
    return reply.body


def is_expected(link: str, *, domains: tuple[str, ...], is_test: bool) -> bool:
    """Whether a link is https to an expected host, bare of users and ports; in test mode also http on loopback."""
    if not link.isascii() or not link.isprintable() or " " in link or "\\" in link or len(link) > 4096:
        return False
    try:
        parts = urlsplit(link)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if "@" in parts.netloc:
        return False
    if is_test and is_loopback(host) and parts.scheme == "http":
        return True
    if parts.scheme != "https" or port is not None or _is_numeric(host):
        return False
    is_bare = parts.netloc.lower() == host
    return is_bare and _is_plain(host) and any(host == domain or host.endswith("." + domain) for domain in domains)


def _is_plain(host: str) -> bool:
    """Whether a host is a name of plain labels, so that what is compared is what is asked."""
    return len(host) <= HOST_MOST and all(_LABEL.fullmatch(label) for label in host.split("."))


def _is_numeric(host: str) -> bool:
    return host.replace(".", "").isdigit() or host.lower().startswith("0x") or ":" in host


def _is_small_png(picture: bytes) -> bool:
    """Whether the bytes begin as a PNG of a size that may be decoded (PNG specification, IHDR)."""
    if len(picture) < 33 or not picture.startswith(_PNG_MAGIC) or picture[12:16] != b"IHDR":
        return False
    width, height = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    return SIDE_LEAST_PX <= width <= SIDE_MOST_PX and SIDE_LEAST_PX <= height <= SIDE_MOST_PX


def _is_whole_png(picture: bytes) -> bool:
    """Whether every chunk is there and as it was sent, up to the last (PNG specification, chunk layout)."""
    place = len(_PNG_MAGIC)
    while place + 12 <= len(picture):
        end = place + 8 + int.from_bytes(picture[place : place + 4])
        if int.from_bytes(picture[end : end + 4]) != zlib.crc32(picture[place + 4 : end]):
            return False
        if picture[place + 4 : place + 8] == b"IEND":
            return end + 4 == len(picture)
        place = end + 4
    return False
