"""The system's key store asked in a process of its own: its libraries would take 12 MiB of the till for as long as it runs.

Names go in and keys come out through pipes, never as arguments; the process ends with its answer.
"""

import sys
import threading
from pathlib import Path

import msgspec

from till.domain.secret import Secret
from till.engine.ports import KeyStoreUnavailable, SecretStore
from till.settings.model import SecretPlace, SecretSettings
from till.settings.secrets import KeyringStore, SecretName, open_store

#: A person may have to unlock the key store first.
ANSWER_MOST_S = 120.0
#: The till's own modules, and not those of whatever folder it was started in.
_HOME = Path(__file__).parents[2]


class KeyringApart(KeyringStore):
    """The system's key store, read in a process of its own; a sales unit's first key brings the others along, new each time."""

    def __init__(self) -> None:
        # Several threads read keys: a process for each of them would ask a person to unlock the key store twice.
        self._turn = threading.Lock()
        self._told: dict[str, Secret | None] = {}

    def get(self, name: str) -> Secret | None:
        """Return the secret of that name, or None; raise KeyStoreUnavailable."""
        with self._turn:
            if name not in self._told:
                msn, _, key = name.partition(".")
                is_first = key == next(iter(SecretName)).value
                self._told |= _ask([one.of(msn) for one in SecretName] if is_first else [name])
            return self._told.pop(name)

    def put(self, name: str, secret: Secret) -> None:
        """Keep a secret; raise KeyStoreUnavailable."""
        super().put(name, secret)
        self._forget()

    def delete(self, name: str) -> None:
        """Forget a secret; raise KeyStoreUnavailable."""
        super().delete(name)
        self._forget()

    def _forget(self) -> None:
        with self._turn:
            self._told.clear()


def open_store_apart(settings: SecretSettings) -> SecretStore:
    """Return the store that the settings name, for a program that runs all day."""
    return KeyringApart() if settings.store is SecretPlace.KEYRING else open_store(settings)


def main() -> None:
    """Answer with the secrets of the names that are asked for, or with the reason why there are none."""
    names = msgspec.json.decode(sys.stdin.buffer.read(), type=list[str])
    store = KeyringStore()
    try:
        found = {name: secret.reveal() for name in names if (secret := store.get(name)) is not None}
        answer: dict[str, object] = {"found": found}
    except KeyStoreUnavailable as error:
        answer = {"reason": error.reason}
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def _ask(names: list[str]) -> dict[str, Secret | None]:
    """Return what the process found for each name; raise KeyStoreUnavailable, never chained: an answer holds keys."""
    import subprocess  # here, not above: nothing before the first frame needs it

    try:
        done = subprocess.run(
            [sys.executable, "-m", "till.settings.apart"],
            input=msgspec.json.encode(names),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=ANSWER_MOST_S,
            cwd=_HOME,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
        answer = msgspec.json.decode(done.stdout, type=dict[str, dict[str, str] | str])
    except (OSError, subprocess.TimeoutExpired):
        raise KeyStoreUnavailable("locked") from None
    except msgspec.MsgspecError:
        raise KeyStoreUnavailable("missing") from None
    found = answer.get("found")
    if not isinstance(found, dict):
        raise KeyStoreUnavailable(str(answer.get("reason", "missing")))
    return {name: Secret(found[name]) if name in found else None for name in names}


if __name__ == "__main__":
    main()
