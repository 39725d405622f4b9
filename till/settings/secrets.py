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
#: More than the keys of a hundred sales units.
KEY_FILE_MOST_BYTES = 64 * 1024


class SecretName(Enum):
    """The keys of a sales unit (Access Token API)."""

    CLIENT_ID = "client_id"
    CLIENT_SECRET = "client_secret"
    SUBSCRIPTION_KEY = "subscription_key"

    def of(self, msn: str) -> str:
        """Return the name under which this key of a sales unit is kept."""
        return f"{msn}.{self.value}"


def hub_token_of(till: str) -> str:
    """Return the name under which a till's token for the hub is kept."""
    return f"{till}.hub_token"


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
        from keyring.backends import fail
        from keyring.errors import KeyringError

        try:
            backend = keyring.get_keyring()
        except (ImportError, AttributeError, ValueError, RuntimeError, OSError, KeyringError) as error:
            # The environment or keyring's own settings name a key store that is not there, or the bus to it is gone.
            raise KeyStoreUnavailable("missing") from error
        if isinstance(backend, fail.Keyring):
            raise KeyStoreUnavailable("missing")
        if not is_safe(backend):
            raise KeyStoreUnavailable("unsafe")
        refusals: tuple[type[Exception], ...] = (KeyringError, OSError, *_desktop_errors())
        try:
            return act(backend)
        except refusals as error:
            raise KeyStoreUnavailable("locked") from error


def _desktop_errors() -> tuple[type[Exception], ...]:
    """Return what the Linux key store's own libraries raise past keyring: a prompt waved away, a bus that went."""
    try:
        from jeepney import DBusErrorResponse  # type: ignore[import-untyped]
        from secretstorage.exceptions import SecretStorageException
    except ImportError:
        return ()
    return (SecretStorageException, DBusErrorResponse)


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
        # Without waiting: a pipe in the file's place must not hold the thread for ever.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            descriptor = os.open(self._path, flags)
        except OSError as error:
            raise KeyStoreUnavailable("missing") from error
        try:
            _refuse_unless_private(os.fstat(descriptor))
            text = os.read(descriptor, KEY_FILE_MOST_BYTES).decode("utf-8-sig")
            return tomllib.loads(text)
        except (OSError, ValueError, RecursionError):
            # Broken TOML and bytes that are no text are ValueErrors; they hold the text, so they are not chained.
            raise KeyStoreUnavailable("broken") from None
        finally:
            os.close(descriptor)


def _refuse_unless_private(status: os.stat_result) -> None:
    """Refuse a key file that another may read; Windows reports no such mode, so there every file is refused."""
    is_private = stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600
    if not is_private or status.st_uid not in (0, os.getuid()):
        raise KeyStoreUnavailable("unsafe")
    if status.st_size > KEY_FILE_MOST_BYTES:
        raise KeyStoreUnavailable("broken")


def open_store(settings: SecretSettings) -> SecretStore:
    """Return the store that the settings name."""
    return FileStore(Path(settings.file)) if settings.store is SecretPlace.FILE else KeyringStore()
