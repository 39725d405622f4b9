"""What the commands share: exit statuses, words to the one who typed, and which settings are meant."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from till.engine.ports import KeyStoreUnavailable
from till.settings.file import SettingsRefused, load
from till.settings.model import Settings, StoreSettings
from till.settings.paths import Folders, data_folder, settings_file

OK, REFUSED = 0, 1


class CannotGoOn(Exception):
    """A command cannot go on; the message says why, to the one who typed."""


def complain(*lines: str) -> None:
    """Say what is wrong."""
    print("\n".join(lines), file=sys.stderr, flush=True)


def carried_out(act: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Return a command's exit status; what it cannot go on without is complained of."""
    try:
        return act(options)
    except SettingsRefused as error:
        complain("The settings cannot be used:", *(str(complaint) for complaint in error.complaints))
    except KeyStoreUnavailable as error:
        complain(f"The key store cannot be used ({error.reason}).", *_KEY_STORE_HELP)
    except CannotGoOn as error:
        complain(str(error))
    return REFUSED


def settings_path(options: argparse.Namespace) -> Path:
    """Return the settings file that is meant."""
    return Path(options.settings) if options.settings else settings_file()


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings that are meant; raise SettingsRefused."""
    return load(settings_path(options))


def add_store(command: argparse.ArgumentParser) -> None:
    """Let a command be about another of the till's stores."""
    command.add_argument("--store", metavar="NAME", help="which of the till's stores, if not its own")


def store_of(options: argparse.Namespace, settings: Settings) -> StoreSettings:
    """Return the store that is meant; raise CannotGoOn if the settings know none of that name, or its keys are at the hub."""
    name = options.store or settings.shop.name
    found = next((store for store in settings.stores if store.name == name), None)
    if found is None:
        raise CannotGoOn(
            f"The settings know no store {name!r}. They know: {', '.join(one.name for one in settings.stores)}"
        )
    if not found.has_keys_here:
        raise CannotGoOn(f"The keys of {name} are not on this till: ask at the hub.")
    return found


def settled(options: argparse.Namespace) -> tuple[Settings, Folders]:
    """Return the settings that are meant and the till's folders, made if need be; raise SettingsRefused."""
    settings = settings_of(options)
    folders = data_folder(settings.data.folder, settings.till.id)
    folders.data.mkdir(parents=True, exist_ok=True)
    return settings, folders


_KEY_STORE_HELP = (
    "Unlock the system's key store (GNOME Keyring, KWallet, macOS Keychain, Windows Credential Manager) and try again,",
    'or, on a till without one, state a key file in the settings: [secrets] store = "file", file = "/etc/till/keys.toml",',
    'owned by root with mode 0600, with lines like:  "123456.client_id" = "..."',
)
