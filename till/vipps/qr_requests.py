"""Requests of the QR API as values; what the published description forbids never leaves."""

import re
from enum import Enum
from urllib.parse import parse_qs, quote, urlsplit

from msgspec import Struct

from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest
from till.vipps.requests import to_bytes

#: QR API, merchant callback QR: `locationDescription`.
LOCATION_MOST = 36
#: QR API, merchant redirect QR: `id`, `ttl`.
ID_MOST = 128
TTL_LEAST_S, TTL_MOST_S = 300, 2_147_483_647
#: QR API, "QR code formats": the side of a PNG.
SIDE_LEAST_PX, SIDE_MOST_PX = 100, 2000
BEACON_DIGITS = 15
#: Longer than any payment link or code that the wallet gives.
LINK_MOST, CODE_MOST, TOKEN_MOST = 4096, 255, 4096
_BEACON = re.compile(rf"[0-9]{{{BEACON_DIGITS}}}|[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")
#: The description names no pattern for a callback code's id; this one stays whole in the path of a URL.
_CALLBACK_ID = re.compile(r"[^/\\]+")
_REDIRECT_ID = re.compile(r"[-_+%æøåÆØÅ\w ]+", re.ASCII)
_REDIRECT_URL = re.compile(r"https://[\w.]+([\w#!:.?+=&%@/-]+)?", re.ASCII)
_LINK = re.compile(r"https://[!-~]+")
_STICKER_SCHEME, _STICKER_HOST = "mobilepaypos", "pos"


class Category(Enum):
    """What the app tells a customer who has scanned: to wait for the cashier, or for the machine."""

    IN_STORE = "IN_STORE"
    VENDING = "VENDING"


class Picture(Enum):
    """How a one-time or redirect code comes: as a link to a picture, or as what the code holds."""

    PNG = "image/png"
    SVG = "image/svg+xml"
    CONTENT = "text/targetUrl"


class Location(Struct, frozen=True):
    """Where a callback code stands, as customers are shown it: at most 36 characters. Raise InvalidRequest."""

    name: str
    category: Category | None = None

    def __post_init__(self) -> None:
        if not is_location_name(self.name):
            raise InvalidRequest("locationDescription")

    def body(self) -> bytes:
        """Return the exact bytes of a create or update; a category that is not named is left as it is."""
        fields: dict[str, object] = {"locationDescription": self.name}
        if self.category is not None:
            fields["category"] = self.category.value
        return to_bytes(fields)


class Redirect(Struct, frozen=True):
    """A code that leads to a web page of the shop, for ever or for `ttl_s` seconds. Raise InvalidRequest."""

    id: str
    url: str
    ttl_s: int | None = None

    def __post_init__(self) -> None:
        redirect_path(self.id)
        redirect_url_body(self.url)
        if self.ttl_s is not None and not TTL_LEAST_S <= self.ttl_s <= TTL_MOST_S:
            raise InvalidRequest("ttl")

    def body(self) -> bytes:
        """Return the exact bytes of a create."""
        fields: dict[str, object] = {"id": self.id, "redirectUrl": self.url}
        if self.ttl_s is not None:
            fields["ttl"] = self.ttl_s
        return to_bytes(fields)


def is_location_name(name: str) -> bool:
    """Whether customers may be shown this as the place of a code."""
    return 0 < len(name) <= LOCATION_MOST and name.isprintable() and name == name.strip()


def callback_path(qr_id: str) -> str:
    """Return a callback code's id as a part of a path; raise InvalidRequest."""
    is_id = len(qr_id) <= ID_MOST and qr_id.isprintable() and qr_id == qr_id.strip() and set(qr_id) != {"."}
    if not is_id or not _CALLBACK_ID.fullmatch(qr_id):
        raise InvalidRequest("merchantQrId")
    return _quoted(qr_id, "merchantQrId")


def redirect_path(qr_id: str) -> str:
    """Return a redirect code's id as a part of a path; raise InvalidRequest."""
    if len(qr_id) > ID_MOST or qr_id != qr_id.strip() or not _REDIRECT_ID.fullmatch(qr_id):
        raise InvalidRequest("id")
    return _quoted(qr_id, "id")


def redirect_url_body(url: str) -> bytes:
    """Return the exact bytes of a change of where a code leads; raise InvalidRequest."""
    if not _REDIRECT_URL.fullmatch(url):
        raise InvalidRequest("redirectUrl")
    return to_bytes({"redirectUrl": url})


def one_time_body(link: Secret) -> bytes:
    """Return the exact bytes of a one-time code for a payment that has a link of its own; raise InvalidRequest."""
    if len(link) > LINK_MOST or not _LINK.fullmatch(link.reveal()):
        raise InvalidRequest("url")
    return to_bytes({"url": link.reveal()})


def exchange_body(code: Secret) -> bytes:
    """Return the exact bytes of an exchange of a customer's whole code; raise InvalidRequest."""
    if not 5 <= len(code) <= CODE_MOST or not code.reveal().isprintable():
        raise InvalidRequest("qrCode")
    return to_bytes({"qrCode": code.reveal(), "requestedData": ["MSISDN"]})


def customer_body(token: Secret) -> bytes:
    """Return the exact bytes of an exchange of a check-in's token; raise InvalidRequest."""
    text = token.reveal()
    if not 0 < len(text) <= TOKEN_MOST or not text.isascii() or not text.isprintable():
        raise InvalidRequest("customer.customerToken")
    return to_bytes({"customer": {"customerToken": text}, "requestedData": ["MSISDN"]})


def checked_side(side_px: int) -> int:
    """Return the side of a picture; raise InvalidRequest for one that cannot be asked for."""
    if not SIDE_LEAST_PX <= side_px <= SIDE_MOST_PX:
        raise InvalidRequest("size")
    return side_px


def beacon_id_of(text: str) -> str:
    """Return the beacon id in a text: 15 digits, a GUID, or all that a MobilePay sticker says; raise InvalidRequest.

    A sticker says `mobilepaypos://pos?id=...&source=qr`, in lower case (MobilePay migration guide, "PoS").
    """
    found = text.strip().lower()
    if found.startswith(_STICKER_SCHEME + ":"):
        found = _id_on_sticker(found)
    if not _BEACON.fullmatch(found):
        raise InvalidRequest("beaconId")
    return found


def _id_on_sticker(text: str) -> str:
    try:
        parts = urlsplit(text)
        ids = parse_qs(parts.query, max_num_fields=8).get("id", [])
    except ValueError:
        return ""
    return ids[0] if parts.netloc == _STICKER_HOST and len(ids) == 1 else ""


def _quoted(qr_id: str, field: str) -> str:
    try:
        return quote(qr_id, safe="")
    except UnicodeEncodeError:
        raise InvalidRequest(field) from None
