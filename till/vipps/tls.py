"""What makes a connection safe: which addresses may be called at all, and whose certificates are believed."""

import sys
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl


def is_guarded(url: str) -> bool:
    """Whether a call to `url` is protected on its way: TLS, or a plain call that never leaves this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def system_context() -> "ssl.SSLContext":
    """Return a context that verifies by the machine's own certificates, whatever the environment says.

    `ssl.create_default_context` also believes a file named in SSL_CERT_FILE, and writes the keys of every connection to a
    file named in SSLKEYLOGFILE: with either, whoever starts the till could read along. Without certificates nothing verifies.
    """
    import ssl  # here, not above: only the wallet's threads need it, after the first frame

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if sys.platform == "win32":
        for certificate, encoding, trust in ssl.enum_certificates("ROOT"):
            if encoding == "x509_asn" and (trust is True or ssl.Purpose.SERVER_AUTH.oid in trust):
                context.load_verify_locations(cadata=certificate)
        return context
    paths = ssl.get_default_verify_paths()
    if Path(paths.openssl_cafile).is_file():
        context.load_verify_locations(cafile=paths.openssl_cafile)
    if Path(paths.openssl_capath).is_dir():
        context.load_verify_locations(capath=paths.openssl_capath)
    return context
