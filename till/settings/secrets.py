"""The keys: in the system's key store, or in a file that only its owner can read; never in plain text as a way out."""

import os
import stat
import tomllib
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from till.domain.secret import Secret
from till.engine.ports import KeyStoreUnavailable, SecretStore
from till.settings.model import SecretPlace, SecretSettings

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

#: Backends that encrypt with the user's own login; anything else is refused.
SAFE_BACKENDS = (
    "keyring.backends.SecretService",
    "keyring.backends.kwallet",
    "keyring.backends.libsecret",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)
SERVICE = "till"


class SecretName(Enum):
    """The keys of a sales unit (Access Token API)."""

    CLIENT_ID = "client_id"
    CLIENT_SECRET = "client_secret"
    SUBSCRIPTION_KEY = "subscription_key"

    def of(self, msn: str) -> str:
        """Return the name under which this key of a sales unit is kept."""
        return f"{msn}.{self.value}"


class KeyringStore:
    """The system's own key store."""

    def get(self, name: str) -> Secret | None:
        """Return the secret of that name, or None; raise KeyStoreUnavailable."""
        text = self._ask(lambda keyring: keyring.get_password(SERVICE, name))
        return Secret(text) if isinstance(text, str) and text else None

    def put(self, name: str, secret: Secret) -> None:
        """Keep a secret; raise KeyStoreUnavailable."""
        self._ask(lambda keyring: keyring.set_password(SERVICE, name, secret.reveal()))

    def delete(self, name: str) -> None:
        """Forget a secret; raise KeyStoreUnavailable."""
        if self.get(name) is not None:
            self._ask(lambda keyring: keyring.delete_password(SERVICE, name))

    def _ask(self, act: "Callable[[KeyringBackend], object]") -> object:
        import keyring  # costs 0.1 s and starts a bus: only threads that need keys come here
        from keyring.errors import KeyringError

        backend = keyring.get_keyring()
        if not is_safe(backend):
            raise KeyStoreUnavailable("unsafe")
        try:
            return act(backend)
        except KeyringError as error:
            raise KeyStoreUnavailable("locked") from error


def is_safe(backend: object) -> bool:
    """Whether a key store encrypts: judged by where it comes from, and a chain by all of its links."""
    links = getattr(backend, "backends", None)
    if type(backend).__module__ == "keyring.backends.chainer" and links:
        return all(is_safe(link) for link in links)
    return type(backend).__module__ in SAFE_BACKENDS


class FileStore:
    """A TOML file of names and secrets: a real file with mode 0600, owned by root or by this user, or it is refused."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> Secret | None:
        """Return the secret of that name, or None; raise KeyStoreUnavailable."""
        text = self._read().get(name)
        return Secret(text) if isinstance(text, str) and text else None

    def put(self, name: str, secret: Secret) -> None:
        """Refuse: who may write the file writes it; raise KeyStoreUnavailable."""
        raise KeyStoreUnavailable("read_only")

    def delete(self, name: str) -> None:
        """Refuse: who may write the file writes it; raise KeyStoreUnavailable."""
        raise KeyStoreUnavailable("read_only")

    def _read(self) -> dict[str, object]:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError as error:
            raise KeyStoreUnavailable("missing") from error
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            is_plain = stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600
            if os.name == "posix" and not (is_plain and status.st_uid in (0, os.getuid())):
                raise KeyStoreUnavailable("unsafe")
            try:
                return tomllib.load(file)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise KeyStoreUnavailable("broken") from error


def open_store(settings: SecretSettings) -> SecretStore:
    """Return the store that the settings name."""
    return FileStore(Path(settings.file)) if settings.store is SecretPlace.FILE else KeyringStore()
