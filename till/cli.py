"""The command line: one small function per command."""

import argparse
import getpass
import sys
from pathlib import Path

from till.catalogue.importer import ImportRefused, read_articles
from till.catalogue.store import CatalogueRefused, write_catalogue
from till.domain.secret import Secret
from till.engine.ports import JournalRefused, KeyStoreUnavailable
from till.engine_room import VERSION
from till.journal.sqlite import SqliteJournal
from till.logs import start_log, stop_log
from till.settings.file import SettingsRefused, load, save
from till.settings.model import Settings
from till.settings.paths import Folders, data_folder, settings_file
from till.settings.secrets import SecretName, open_store
from till.settings.template import settings_text

OK, REFUSED = 0, 1


def main(argv: list[str]) -> int:
    """Run a command; return its exit status."""
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except SettingsRefused as error:
        _complain("The settings cannot be used:", *(str(complaint) for complaint in error.complaints))
    except KeyStoreUnavailable as error:
        _complain(f"The key store cannot be used ({error.reason}).", *_KEY_STORE_HELP)
    return REFUSED


def run_till(options: argparse.Namespace) -> int:
    """Open the till's windows."""
    settings, folders = _settled(options)
    from till.app import run  # Qt only where there are windows

    handler = start_log(folders.log)
    try:
        return run(settings, folders, open_store(settings.secrets))
    finally:
        stop_log(handler)


def run_demo(options: argparse.Namespace) -> int:
    """Open a demo shop with the sandbox beside it, or run it by script."""
    from till.demo import run_demo_script, run_demo_windows

    if options.script or not _has_display():
        return run_demo_script(options.market, Path(options.out))
    return run_demo_windows(options.market)


def set_up(options: argparse.Namespace) -> int:
    """Write a settings file to start from."""
    path = _settings_path(options)
    if path.exists():
        _complain(f"{path} is there already; nothing was changed.")
        return REFUSED
    save(path, settings_text(market=options.market, msn=options.msn, shop=options.shop))
    print(f"Written: {path}\nNext: till secrets set, till articles import FILE, till run")
    return OK


def set_secrets(options: argparse.Namespace) -> int:
    """Ask for the sales unit's keys and keep them in the system's key store."""
    settings, _ = _settled(options)
    store = open_store(settings.secrets)
    for name in SecretName:
        if sys.stdin.isatty():
            text = getpass.getpass(f"{name.value} of sales unit {settings.vipps.msn}: ")
        else:
            text = sys.stdin.readline()
        if not text.strip() or not text.strip().isprintable():
            _complain(f"{name.value} is empty or has signs that cannot be sent; nothing more was changed.")
            return REFUSED
        store.put(name.of(settings.vipps.msn), Secret(text.strip()))
    print("The keys are kept. A running till finds them within seconds.")
    return OK


def delete_secrets(options: argparse.Namespace) -> int:
    """Forget the sales unit's keys."""
    settings, _ = _settled(options)
    store = open_store(settings.secrets)
    for name in SecretName:
        store.delete(name.of(settings.vipps.msn))
    print("The keys are forgotten.")
    return OK


def import_articles(options: argparse.Namespace) -> int:
    """Take the shop's articles from a CSV file: all of them, or none and every complaint."""
    settings, folders = _settled(options)
    try:
        articles = read_articles(Path(options.file), settings.shop.currency)
    except OSError:
        _complain(f"{options.file} cannot be read.")
        return REFUSED
    except ImportRefused as error:
        _complain("Nothing was imported:", *(str(complaint) for complaint in error.complaints))
        return REFUSED
    try:
        write_catalogue(folders.articles, articles)
    except CatalogueRefused:
        _complain(f"{folders.articles} cannot be written; the articles are as they were. Is the disk full?")
        return REFUSED
    print(f"{len(articles)} articles are in place.")
    return OK


def verify_journal(options: argparse.Namespace) -> int:
    """Read the whole journal and check its chain."""
    _, folders = _settled(options)
    if not folders.journal.exists():
        _complain(f"There is no journal at {folders.journal}.")
        return REFUSED
    try:
        journal = SqliteJournal.open(folders.journal)
        try:
            count = sum(1 for _ in journal.facts())
        finally:
            journal.close()
    except JournalRefused as error:
        if error.reason == "in_use":
            _complain("The till has its journal open. Close the till, and verify again.")
            return REFUSED
        _complain(f"The journal does not hold: {error.reason}. Change nothing, and call support.")
        return REFUSED
    print(f"{count} records, the chain is whole.")
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="till", description="A cashier till that takes Vipps MobilePay.")
    parser.add_argument("--version", action="version", version=f"till {VERSION}")
    parser.add_argument("--settings", help="the settings file, if not the usual one")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    commands.add_parser("run", help="open the till").set_defaults(run=run_till)
    demo = commands.add_parser("demo", help="a demo shop with the sandbox beside it")
    demo.add_argument("--market", choices=("NO", "DK", "FI"), default="NO")
    demo.add_argument("--script", action="store_true", help="three sales without display or person")
    demo.add_argument("--out", default="demo-out", help="where the script leaves pictures and receipts")
    demo.set_defaults(run=run_demo)
    commands.add_parser("sandbox", help="the simulated wallet (see: till sandbox --help)")
    setup = commands.add_parser("setup", help="write a settings file to start from")
    setup.add_argument("--market", choices=("NO", "DK", "FI"), required=True)
    setup.add_argument("--msn", required=True, help="number of the sales unit")
    setup.add_argument("--shop", required=True, help="name of the shop")
    setup.set_defaults(run=set_up)
    secrets = commands.add_parser("secrets", help="the sales unit's keys").add_subparsers(required=True)
    secrets.add_parser("set").set_defaults(run=set_secrets)
    secrets.add_parser("delete").set_defaults(run=delete_secrets)
    articles = commands.add_parser("articles", help="the shop's articles").add_subparsers(required=True)
    taken = articles.add_parser("import")
    taken.add_argument("file")
    taken.set_defaults(run=import_articles)
    journal = commands.add_parser("journal", help="the journal").add_subparsers(required=True)
    journal.add_parser("verify").set_defaults(run=verify_journal)
    return parser


def _settings_path(options: argparse.Namespace) -> Path:
    return Path(options.settings) if options.settings else settings_file()


def _settled(options: argparse.Namespace) -> tuple[Settings, Folders]:
    settings = load(_settings_path(options))
    folders = data_folder(settings.data.folder, settings.till.id)
    folders.data.mkdir(parents=True, exist_ok=True)
    return settings, folders


def _has_display() -> bool:
    import os

    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def _complain(*lines: str) -> None:
    print("\n".join(lines), file=sys.stderr)


_KEY_STORE_HELP = (
    "Unlock the system's key store (GNOME Keyring, KWallet, macOS Keychain, Windows Credential Manager) and try again,",
    'or, on a till without one, state a key file in the settings: [secrets] store = "file", file = "/etc/till/keys.toml",',
    'owned by root with mode 0600, with lines like:  "123456.client_id" = "..."',
)
