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
from till.console import OK, REFUSED, CannotGoOn, add_store, carried_out, complain, settings_path, settled, store_of
from till.domain.secret import Secret
from till.engine.ports import JournalRefused
from till.engine_room import VERSION, SystemClock
from till.journal import keeping
from till.journal.causes import CopyRefused
from till.journal.keeping import Restored
from till.logs import logged_into
from till.qr_commands import add_qr_commands
from till.run_command import run_till
from till.settings.file import save
from till.settings.model import KeysOf, Settings, StoreSettings
from till.settings.paths import Folders
from till.settings.secrets import SecretName, hub_token_of, open_store
from till.settings.template import settings_text
from till.vipps.tls import system_context
from till.wallet_commands import add_commands, add_walk

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
    """Ask for a sales unit's keys, or a partner's, and for the hub's token, and keep them in the system's key store."""
    settings, _ = settled(options)
    store, unit = open_store(settings.secrets), store_of(options, settings)
    wanted = _kept_secrets(settings, unit)
    if options.hub and not settings.hub.url:
        raise CannotGoOn("The settings name no hub. Write its address into them: [hub] url")
    if unit.keys is KeysOf.PARTNER:
        complain(
            "A partner's keys speak for every sales unit that is connected to it; they may not be kept at a merchant."
        )
    for words, name in wanted[-1:] if options.hub else wanted:
        text = getpass.getpass(f"{words}: ") if sys.stdin.isatty() else sys.stdin.readline()
        if not text.strip() or not text.strip().isprintable():
            complain(f"The {words} is empty or has signs that cannot be sent; nothing more was changed.")
            return REFUSED
        store.put(name, Secret(text.strip()))
    print("The keys are kept. A running till finds them within seconds.")
    return OK


def _kept_secrets(settings: Settings, unit: StoreSettings) -> list[tuple[str, str]]:
    """Return words and name of every secret that a till needs for a sales unit, the hub's token last."""
    owner = "the partner" if unit.keys is KeysOf.PARTNER else f"sales unit {unit.msn}"
    keys = [(f"{name.value} of {owner}", name.of(unit.keys_name)) for name in SecretName]
    token = (f"hub token of {settings.till.id}", hub_token_of(settings.till.id))
    return [*keys, token] if settings.hub.url else keys


def delete_secrets(options: argparse.Namespace) -> int:
    """Forget a sales unit's keys, or a partner's, and the hub's token."""
    settings, _ = settled(options)
    store, unit = open_store(settings.secrets), store_of(options, settings)
    for _, name in _kept_secrets(settings, unit):
        store.delete(name)
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
    """Put a copy of the journal back, from a file or from the hub; never one that would lose a record."""
    settings, folders = settled(options)
    try:
        if options.from_hub:
            restored = _restore_from_hub(settings, folders)
        else:
            restored = keeping.restore(folders.journal, folders.mark, Path(options.file))
    except JournalRefused as error:
        complain(_refused_words(error, folders, again="restore"))
        return REFUSED
    except CopyRefused as error:
        file = "The hub's copy" if options.from_hub else options.file
        words = _COPY_WORDS.get(error.reason, _NOT_RESTORED).format(file=file, reason=error.reason)
        complain(words, "Nothing was changed.")
        return REFUSED
    print(f"{restored.length} records are in place, the chain is whole.")
    if restored.kept is not None:
        print(f"The journal that was there is kept: {restored.kept}")
    print("If sales may have been made after the copy, look for them before selling: till journal walk --date DAY")
    return OK


def _restore_from_hub(settings: Settings, folders: Folders) -> Restored:
    """Set a lost till's journal up again; raise CannotGoOn, JournalRefused or CopyRefused."""
    from till.hublink.calls import HubAway, TokenRefused  # only where somebody asks
    from till.hublink.fetch import fetch_rows
    from till.hublink.pace import HubPace
    from till.journal.rebuild import rebuild

    if not settings.hub.url:
        raise CannotGoOn("The settings name no hub. Write its address into them: [hub] url")
    store, name = open_store(settings.secrets), hub_token_of(settings.till.id)
    rows = fetch_rows(
        url=settings.hub.url,
        read_token=lambda: store.get(name),
        context=system_context,
        clock=SystemClock(),
        pace=HubPace(),
    )
    try:
        with closing(rows):
            return rebuild(folders.journal, folders.mark, rows)
    except TokenRefused as error:
        raise CannotGoOn("The hub does not know this till. Give it its token: till secrets set --hub") from error
    except HubAway as error:
        raise CannotGoOn(f"The hub did not answer as it should ({error}). Nothing was changed; try again.") from error


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
        with _office(settings, folders, store_of(options, settings)) as office:
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
def _office(settings: Settings, folders: Folders, store: StoreSettings) -> "Iterator[Office]":
    """Open the wallet's back office, what fails in it written into the till's log; raise CannotGoOn."""
    from till.back_office import Office, OfficeRefused

    with logged_into(folders.log):
        try:
            secrets = open_store(settings.secrets)
            with closing(Office(settings, secrets, version=VERSION, store=store)) as office:
                yield office
        except OfficeRefused as error:
            raise CannotGoOn(_OFFICE_WORDS[error.reason].format(error=error.error)) from error


def list_sales_units(options: argparse.Namespace) -> int:
    """Show the sales units that the keys reach, and what to mind about each that this till has to do with."""
    from till import back_office

    settings, folders = settled(options)
    own, *others = (store for store in settings.stores if store.has_keys_here)
    meant = [store_of(options, settings)] if options.store else [own, *others]
    is_well = True
    for store in meant:
        try:
            with _office(settings, folders, store) as office:
                seen = office.sales_units()
        except CannotGoOn as error:
            complain(f"{store.name}: {error}")
            is_well = False
            continue
        # What the till's own keys reach is shown whole, of every other store its own sales unit.
        shown = seen if store is meant[0] else [one for one in seen if one.is_ours]
        print("\n".join(back_office.unit_lines(shown, "this till" if store == own else store.name)))
        is_well = is_well and not any(one.warnings for one in seen)
    return OK if is_well else REFUSED


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
    for name, run in (("set", set_secrets), ("delete", delete_secrets)):
        command = secrets.add_parser(name)
        add_store(command)
        command.set_defaults(run=run)
        if run is set_secrets:
            command.add_argument("--hub", action="store_true", help="only this till's token for the hub")
    articles = commands.add_parser("articles", help="the shop's articles").add_subparsers(required=True)
    taken = articles.add_parser("import")
    taken.add_argument("file")
    taken.set_defaults(run=import_articles)
    journal = commands.add_parser("journal", help="the journal").add_subparsers(required=True)
    journal.add_parser("verify").set_defaults(run=verify_journal)
    add_walk(journal)
    backup = commands.add_parser("backup", help="copy the journal into a new file, verified")
    backup.add_argument("file")
    backup.set_defaults(run=back_up)
    restored = commands.add_parser("restore", help="put a copy of the journal back; no record is lost by it")
    source = restored.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?")
    source.add_argument("--from-hub", action="store_true", help="set up a lost till again from the hub's copy")
    restored.set_defaults(run=restore)
    diagnostics = commands.add_parser("diagnostics", help="one file with what support needs to see, and no secrets")
    diagnostics.add_argument("--out", help="the file to write, if not one beside you")
    diagnostics.set_defaults(run=write_diagnostics)
    add_commands(commands)
    add_qr_commands(commands)
    reconciled = commands.add_parser("reconcile", help="compare a day of the journal with the wallet's books")
    reconciled.add_argument("--date", type=date.fromisoformat, required=True, help="the day, as 2026-11-21")
    reconciled.add_argument("--csv", help="write every movement of the day into this file as well")
    add_store(reconciled)
    reconciled.set_defaults(run=reconcile)
    units = commands.add_parser("sales-units", help="the sales units that the keys reach, and what each may do")
    add_store(units)
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
    "not_empty": "There is a journal already; the hub sets up a till that has none. To put a copy back, name its file.",
    "damaged": "The journal does not hold. Change nothing, and call support.",
    "not_whole": "{file} is not a whole journal.",
    "newer": "{file} was written by a newer version. Update the till.",
    "shorter": "The journal has come further than {file}: records would be lost.",
    "another": "{file} is not a copy of this till's journal: what both hold is not the same.",
    "nothing_new": "The journal has everything that {file} has.",
}
_OFFICE_WORDS = {
    "production_only": "The wallet offers this in production only; in test mode it needs a sandbox on this machine.",
    "keys_missing": "The keys of the sales unit are missing or cannot be sent. Give them: till secrets set [--store NAME]",
    "no_ledger": "The keys reach no ledger of this sales unit. Ask the wallet's support for access to its reports.",
    "other_currency": "The wallet keeps books in another currency than the shop sells in. Check the sales unit's number.",
    "not_answered": "The wallet did not answer as it should ({error}). Try again later.",
}
