"""What lies in the database but must not be read from it, nor from its copies: sealed with a key from the key store."""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from till.domain.secret import Secret
from till.engine.ports import KeyStoreUnavailable, SecretStore

#: The name under which the key store keeps the sealing key.
KEY_NAME = "hub.seal"
KEY_BYTES, NONCE_BYTES = 32, 12


class SealBroken(Exception):
    """What was sealed was changed, was sealed for another purpose, or with another key."""


class Sealer:
    """Seals and opens with one key (AES-256 in GCM); `purpose` says what a secret belongs to, and opens nothing else."""

    def __init__(self, key: Secret) -> None:
        try:
            content = base64.b64decode(key.reveal(), validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if len(content) != KEY_BYTES:
            raise KeyStoreUnavailable("broken")
        self._cipher = AESGCM(content)

    def seal(self, text: str, purpose: str) -> bytes:
        """Return the sealed text."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """Return the text; raise SealBroken."""
        content = bytes(sealed)
        try:
            return self._cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken(purpose) from error


def sealer_of(store: SecretStore) -> Sealer:
    """Return the hub's sealer, its key made and kept the first time; raise KeyStoreUnavailable."""
    key = store.get(KEY_NAME)
    if key is None:
        key = Secret(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"))
        store.put(KEY_NAME, key)
    return Sealer(key)
