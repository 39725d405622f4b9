"""The signature of a webhook: made and verified over the raw bytes, before anything in them is read.

Webhooks API, "Request authentication". The key is the secret's text as it was received, and host and path are those of the
address as it was registered, whatever a proxy made of them.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from enum import Enum
from urllib.parse import urlsplit

from msgspec import Struct

from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest

DATE, CONTENT_HASH, AUTHORIZATION = "x-ms-date", "x-ms-content-sha256", "authorization"
_SCHEME = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
_DEFAULT_PORTS = {"https": 443, "http": 80}
_HASH_BYTES = 32
#: A date of RFC 1123 has 29 characters.
_DATE_MOST = 64


class Refusal(Enum):
    """Why a delivery is not believed."""

    NO_DATE = "no x-ms-date, or one that cannot be a date"
    NO_CONTENT_HASH = "no x-ms-content-sha256"
    NO_SIGNATURE = "no Authorization"
    OTHER_SCHEME = "the Authorization is not an HMAC-SHA256 over date, host and content hash"
    OTHER_CONTENT = "the body is not the one that was hashed"
    OTHER_SIGNATURE = "the signature was made with another secret, or for another address or date"


class SignatureRefused(Exception):
    """The delivery is not from whom it says; never act on it."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class RegisteredAddress(Struct, frozen=True):
    """What of a registered URL is signed: its authority without a default port, its path and its query."""

    host: str
    path: str

    @classmethod
    def of(cls, url: str) -> "RegisteredAddress":
        """Return the signed parts of a registered URL; raise InvalidRequest."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise InvalidRequest("url") from None
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
            raise InvalidRequest("url")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
            host = f"{host}:{port}"
        query = f"?{parts.query}" if parts.query else ""
        return cls(host, (parts.path or "/") + query)


def sign(body: bytes, *, secret: Secret, address: RegisteredAddress, date: str) -> dict[str, str]:
    """Return the three headers that a delivery of `body` carries."""
    content_hash = _base64(hashlib.sha256(body).digest())
    signature = _base64(_digest(secret, address, date, content_hash))
    return {DATE: date, CONTENT_HASH: content_hash, AUTHORIZATION: _SCHEME + signature}


def verify(headers: Mapping[str, str], body: bytes, *, secret: Secret, address: RegisteredAddress) -> None:
    """Check a delivery; header names are in lower case. Raise SignatureRefused.

    How old the date is does not count: whether a retry renews it is not published. Duplicates are told by their content.
    """
    date = headers.get(DATE, "")
    if not date or len(date) > _DATE_MOST or not date.isascii() or not date.isprintable():
        raise SignatureRefused(Refusal.NO_DATE)
    said_hash = headers.get(CONTENT_HASH, "")
    if not said_hash:
        raise SignatureRefused(Refusal.NO_CONTENT_HASH)
    authorization = headers.get(AUTHORIZATION, "")
    if not authorization:
        raise SignatureRefused(Refusal.NO_SIGNATURE)
    if not authorization.startswith(_SCHEME):
        raise SignatureRefused(Refusal.OTHER_SCHEME)
    content_hash = hashlib.sha256(body).digest()
    if not hmac.compare_digest(_decoded(said_hash), content_hash):
        raise SignatureRefused(Refusal.OTHER_CONTENT)
    expected = _digest(secret, address, date, _base64(content_hash))
    if not hmac.compare_digest(_decoded(authorization.removeprefix(_SCHEME)), expected):
        raise SignatureRefused(Refusal.OTHER_SIGNATURE)


def _digest(secret: Secret, address: RegisteredAddress, date: str, content_hash: str) -> bytes:
    text = f"POST\n{address.path}\n{date};{address.host};{content_hash}"
    return hmac.new(secret.reveal().encode(), text.encode(), hashlib.sha256).digest()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _decoded(text: str) -> bytes:
    """Return what base64 stands for, or nothing: only the one canonical way of writing 32 bytes is taken."""
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return b""
    return content if len(content) == _HASH_BYTES and _base64(content) == text else b""
