"""The command line: one small function per command."""

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from till.catalogue.importer import ImportRefused, read_articles
from till.catalogue.store import CatalogueRefused, write_catalogue
from till.console import OK, REFUSED, CannotGoOn, carried_out, complain, settings_path, settled
from till.domain.secret import Secret
from till.engine.ports import JournalRefused
from till.engine_room import VERSION
from till.journal import keeping
from till.journal.causes import CopyRefused
from till.logs import logged_into
from till.qr_commands import add_qr_commands
from till.run_command import run_till
from till.settings.file import save
from till.settings.model import Settings
from till.settings.paths import Folders
from till.settings.secrets import SecretName, open_store
from till.settings.template import settings_text
from till.wallet_commands import add_commands

if TYPE_CHECKING:
    from till.back_office import Office

#: NOT_YET: there is nothing wrong so far, and the day is not closed.
NOT_YET = 3


def main(argv: list[str]) -> int:
    """Run a command; return its exit status."""
    options = _parser().parse_args(argv)
    return carried_out(options.run, options)


def run_demo(options: argparse.Namespace) -> int:
    """Open a demo shop with the sandbox beside it, or run it by script."""
    from till.demo import run_demo_script, run_demo_windows

    if options.script or not _has_display():
        return run_demo_script(options.market, Path(options.out))
    return run_demo_windows(options.market)


def set_up(options: argparse.Namespace) -> int:
    """Write a settings file to start from."""
    path = settings_path(options)
    if path.exists():
        complain(f"{path} is there already; nothing was changed.")
        return REFUSED
    save(path, settings_text(market=options.market, msn=options.msn, shop=options.shop))
    print(f"Written: {path}\nNext: till secrets set, till articles import FILE, till run")
    return OK


def set_secrets(options: argparse.Namespace) -> int:
    """Ask for the sales unit's keys and keep them in the system's key store."""
    settings, _ = settled(options)
    store = open_store(settings.secrets)
    for name in SecretName:
        if sys.stdin.isatty():
            text = getpass.getpass(f"{name.value} of sales unit {settings.vipps.msn}: ")
        else:
            text = sys.stdin.readline()
        if not text.strip() or not text.strip().isprintable():
            complain(f"{name.value} is empty or has signs that cannot be sent; nothing more was changed.")
            return REFUSED
        store.put(name.of(settings.vipps.msn), Secret(text.strip()))
    print("The keys are kept. A running till finds them within seconds.")
    return OK


def delete_secrets(options: argparse.Namespace) -> int:
    """Forget the sales unit's keys."""
    settings, _ = settled(options)
    store = open_store(settings.secrets)
    for name in SecretName:
        store.delete(name.of(settings.vipps.msn))
    print("The keys are forgotten.")
    return OK


def import_articles(options: argparse.Namespace) -> int:
    """Take the shop's articles from a CSV file: all of them, or none and every complaint."""
    settings, folders = settled(options)
    try:
        articles = read_articles(Path(options.file), settings.shop.currency)
    except OSError:
        complain(f"{options.file} cannot be read.")
        return REFUSED
    except ImportRefused as error:
        complain("Nothing was imported:", *(str(complaint) for complaint in error.complaints))
        return REFUSED
    try:
        write_catalogue(folders.articles, articles)
    except CatalogueRefused:
        complain(f"{folders.articles} cannot be written; the articles are as they were. Is the disk full?")
        return REFUSED
    print(f"{len(articles)} articles are in place.")
    return OK


def verify_journal(options: argparse.Namespace) -> int:
    """Read the whole journal, and check its chain and its second mark."""
    _, folders = settled(options)
    try:
        count = keeping.verify_journal(folders.journal, folders.mark)
    except JournalRefused as error:
        complain(_refused_words(error, folders, again="verify"))
        return REFUSED
    print(f"{count} records, the chain is whole.")
    return OK


def back_up(options: argparse.Namespace) -> int:
    """Make a whole, verified copy of a closed till's journal."""
    _, folders = settled(options)
    try:
        count = keeping.back_up(folders.journal, folders.mark, Path(options.file))
    except JournalRefused as error:
        complain(_refused_words(error, folders, again="back up"))
        return REFUSED
    except CopyRefused as error:
        complain(_COPY_WORDS.get(error.reason, _NO_COPY).format(file=options.file, reason=error.reason))
        return REFUSED
    print(f"{count} records are copied, the chain is whole: {options.file}")
    return OK


def restore(options: argparse.Namespace) -> int:
    """Put a copy of the journal back; never one that would lose a record."""
    _, folders = settled(options)
    try:
        restored = keeping.restore(folders.journal, folders.mark, Path(options.file))
    except JournalRefused as error:
        complain(_refused_words(error, folders, again="restore"))
        return REFUSED
    except CopyRefused as error:
        words = _COPY_WORDS.get(error.reason, _NOT_RESTORED).format(file=options.file, reason=error.reason)
        complain(words, "Nothing was changed.")
        return REFUSED
    print(f"{restored.length} records are in place, the chain is whole.")
    if restored.kept is not None:
        print(f"The journal that was there is kept: {restored.kept}")
    return OK


def _refused_words(error: JournalRefused, folders: Folders, *, again: str) -> str:
    match error.reason:
        case "absent":
            return f"There is no journal at {folders.journal}."
        case "in_use":
            return f"The till has its journal open. Close the till, and {again} again."
        case "vanished":
            return f"There was a journal at {folders.journal}, and it is gone. Put a copy back: till restore FILE"
        case "rolled_back":
            return "The journal is older than the one the till last wrote. Put the newest copy back: till restore FILE"
        case reason:
            return f"The journal does not hold: {reason}. Change nothing, and call support."


def write_diagnostics(options: argparse.Namespace) -> int:
    """Write what support needs to see into one file; works with broken settings and beside a running till."""
    from till import diagnostics  # only where somebody asks

    now = datetime.now(UTC)
    path = Path(options.out or f"till-diagnostics-{now:%Y%m%d-%H%M%S}.zip")
    bundle = diagnostics.collect(settings_path(options), version=VERSION, now=now)
    try:
        diagnostics.write(bundle, path)
    except OSError:
        complain(f"{path} cannot be written; name another file with --out.")
        return REFUSED
    print(f"Written: {path.resolve()}\nNo keys, numbers or names are in it. Send it to support.")
    return OK


def reconcile(options: argparse.Namespace) -> int:
    """Compare a day of a closed till's journal with the wallet's books."""
    from till import back_office  # only where somebody asks

    settings, folders = settled(options)
    try:
        with _office(settings, folders) as office:
            facts = back_office.facts_of_closed_till(folders)
            seen = office.reconcile(facts, options.date, today=datetime.now().astimezone().date())
    except JournalRefused as error:
        complain(_refused_words(error, folders, again="reconcile"))
        return REFUSED
    print("\n".join(back_office.lines_of(seen)))
    if options.csv:
        try:
            Path(options.csv).write_text(back_office.csv_of(seen), encoding="utf-8", newline="")
        except OSError:
            complain(f"{options.csv} cannot be written; name another file with --csv.")
            return REFUSED
        print(f"Written: {options.csv}")
    if not seen.agrees:
        return REFUSED
    return NOT_YET if seen.is_open else OK


@contextmanager
def _office(settings: Settings, folders: Folders) -> "Iterator[Office]":
    """Open the wallet's back office, what fails in it written into the till's log; raise CannotGoOn."""
    from till.back_office import Office, OfficeRefused

    with logged_into(folders.log):
        try:
            with closing(Office(settings, open_store(settings.secrets), version=VERSION)) as office:
                yield office
        except OfficeRefused as error:
            raise CannotGoOn(_OFFICE_WORDS[error.reason].format(error=error.error)) from error


def list_sales_units(options: argparse.Namespace) -> int:
    """Show the sales units that the keys reach, and what to mind about this till's."""
    from till import back_office

    settings, folders = settled(options)
    with _office(settings, folders) as office:
        seen = office.sales_units()
    print("\n".join(back_office.unit_lines(seen)))
    return REFUSED if any(one.warnings for one in seen) else OK


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
    commands.add_parser("hub", help="the shop's or chain's server (see: till hub --help)")
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
    for name, run, purpose in (
        ("backup", back_up, "copy the journal into a new file, verified"),
        ("restore", restore, "put a copy of the journal back; no record is lost by it"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.add_argument("file")
        command.set_defaults(run=run)
    diagnostics = commands.add_parser("diagnostics", help="one file with what support needs to see, and no secrets")
    diagnostics.add_argument("--out", help="the file to write, if not one beside you")
    diagnostics.set_defaults(run=write_diagnostics)
    add_commands(commands)
    add_qr_commands(commands)
    reconciled = commands.add_parser("reconcile", help="compare a day of the journal with the wallet's books")
    reconciled.add_argument("--date", type=date.fromisoformat, required=True, help="the day, as 2026-11-21")
    reconciled.add_argument("--csv", help="write every movement of the day into this file as well")
    reconciled.set_defaults(run=reconcile)
    units = commands.add_parser("sales-units", help="the sales units that the keys reach, and what each may do")
    units.set_defaults(run=list_sales_units)
    return parser


def _has_display() -> bool:
    import os

    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


_NO_COPY = "{file} cannot be written ({reason}); there is no copy. Choose another place."
_NOT_RESTORED = "The copy cannot be put in place ({reason})."
_COPY_WORDS = {
    "exists": "{file} is there already; nothing was written. Name a new file.",
    "absent": "There is no file {file}.",
    "damaged": "The journal does not hold. Change nothing, and call support.",
    "not_whole": "{file} is not a whole journal.",
    "newer": "{file} was written by a newer version. Update the till.",
    "shorter": "The journal has come further than {file}: records would be lost.",
    "another": "{file} is not a copy of this till's journal: what both hold is not the same.",
    "nothing_new": "The journal has everything that {file} has.",
}
_OFFICE_WORDS = {
    "production_only": "The wallet offers this in production only; in test mode it needs a sandbox on this machine.",
    "keys_missing": "The keys of the sales unit are missing or cannot be sent. Give them: till secrets set",
    "no_ledger": "The keys reach no ledger of this sales unit. Ask the wallet's support for access to its reports.",
    "other_currency": "The wallet keeps books in another currency than the shop sells in. Check the sales unit's number.",
    "not_answered": "The wallet did not answer as it should ({error}). Try again later.",
}
