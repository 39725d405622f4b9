"""The commands about printed codes: `till qr list`, `create`, `update`, `delete`, `sheet` and `migrate`."""

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from till.console import OK, REFUSED, CannotGoOn, add_store, complain, settled, store_of
from till.logs import logged_into
from till.owner.clients import Clients
from till.owner.codes import COPIES_MOST, CodeTaken, PictureUnusable, make_callback, sheet_of
from till.owner.stickers import planned, read_stickers, report_beside, save_report
from till.settings.secrets import open_store
from till.vipps.errors import (
    Conflict,
    InvalidRequest,
    KeysMissing,
    KeysRefused,
    NotFound,
    NotPermitted,
    RateLimited,
    Refused,
    Silence,
    Unanswered,
    VippsError,
)
from till.vipps.migration import ListRefused, Migration, Outcome, Place, StickerList
from till.vipps.migration_run import MigrationStopped, run
from till.vipps.qr import QrApi
from till.vipps.qr_requests import LOCATION_MOST, TTL_LEAST_S, Category, Location, Redirect


def add_qr_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `till qr` to the command line."""
    qr = commands.add_parser("qr", help="the codes on the counter, and old stickers").add_subparsers(required=True)

    def command(name: str, act: Callable[[argparse.Namespace, Clients], int], purpose: str) -> argparse.ArgumentParser:
        made = qr.add_parser(name, help=purpose)
        add_store(made)
        made.set_defaults(run=lambda options: _run(options, act))
        return made

    redirect = "of the codes that lead to a web page, not of those that check customers in"
    listed = command("list", list_codes, "show the sales unit's codes")
    listed.add_argument("--redirect", action="store_true", help=f"the list {redirect}")
    for name, act, purpose in (
        ("create", create_code, "make a code for this till, or for another place"),
        ("update", update_code, "change what customers are told of a code; what is printed stays good"),
    ):
        made = command(name, act, purpose)
        made.add_argument("--id", help="the code's id, if not this till's")
        made.add_argument("--location", help=f"what customers are shown, at most {LOCATION_MOST} characters")
        made.add_argument("--category", choices=[one.value for one in Category], help="what they are told to wait for")
        made.add_argument("--redirect", metavar="URL", help="a code that leads to this web page instead")
        if name == "create":
            made.add_argument("--ttl", type=int, metavar="SECONDS", help="when such a code ends, if ever")
    deleted = command("delete", delete_code, "delete a code that is out of use")
    deleted.add_argument("id")
    deleted.add_argument("--redirect", action="store_true", help=f"one {redirect}")
    sheet = command("sheet", write_sheet, "write a PDF of stickers to print and cut")
    sheet.add_argument("file")
    sheet.add_argument("--id", action="append", help="only this code; may be given again")
    sheet.add_argument("--copies", type=int, default=1, help="how many of each")
    migrated = command("migrate", migrate, "take old MobilePay stickers over, from a list of beacon id and PoS name")
    migrated.add_argument("file", metavar="CSV", help="the list, or the report of a run that did not come to its end")
    migrated.add_argument("--dry-run", action="store_true", help="say what is wrong and what would be sent, and stop")
    migrated.add_argument("--report", metavar="FILE", help="where the report goes, if not beside the list")


# ------------------------------------------------------------------------------------------------ codes


def list_codes(options: argparse.Namespace, shop: Clients) -> int:
    """Show all codes of a kind."""
    if options.redirect:
        rows = [
            (one.qr_id, one.target, "for ever" if one.left_s is None else f"{one.left_s} s left")
            for one in shop.qr.redirects()
        ]
    else:
        rows = [(one.qr_id, one.location, one.content) for one in shop.qr.callbacks()]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for row in sorted(rows):
        print(f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}")
    if not rows:
        print("There are no codes. Make one: till qr create")
    return OK


def create_code(options: argparse.Namespace, shop: Clients) -> int:
    """Make a code; never take the place of one that tells customers something else."""
    qr_id = options.id or shop.settings.till.id
    if options.redirect:
        if options.location or options.category:
            raise CannotGoOn("A code that leads to a web page has no --location and no --category.")
        made = shop.qr.create_redirect(Redirect(qr_id, options.redirect, options.ttl))
        print(f"The code {made.qr_id} leads to {made.target}.")
        return OK
    if options.ttl is not None:
        raise CannotGoOn("Only a code that leads to a web page can end: --ttl needs --redirect.")
    location = _location(options.location or shop.settings.till.name, options.category)
    try:
        make_callback(shop.qr, qr_id, location)
    except CodeTaken as error:
        raise CannotGoOn(
            f"There is a code {qr_id} already: {error.location}. Change it with: till qr update --id {qr_id}"
        ) from error
    print(f"The code {qr_id} is in place: {location.name}. Print it: till qr sheet FILE.pdf --id {qr_id}")
    return OK


def update_code(options: argparse.Namespace, shop: Clients) -> int:
    """Change a code that is there."""
    qr_id = options.id or shop.settings.till.id
    if options.redirect:
        made = shop.qr.update_redirect(qr_id, options.redirect)
        print(f"The code {made.qr_id} leads to {made.target}.")
        return OK
    before = shop.qr.callback(qr_id)
    location = _location(options.location or before.location, options.category)
    shop.qr.put_callback(qr_id, location)
    print(f"The code {qr_id} is changed: {location.name}. What is printed stays good.")
    return OK


def delete_code(options: argparse.Namespace, shop: Clients) -> int:
    """Delete a code."""
    (shop.qr.delete_redirect if options.redirect else shop.qr.delete_callback)(options.id)
    print(f"The code {options.id} is deleted. Take its stickers away: the app does not know them any more.")
    return OK


def _location(name: str, category: str | None) -> Location:
    if len(name) > LOCATION_MOST:
        raise CannotGoOn(f"{name!r} has {len(name)} characters; customers are shown at most {LOCATION_MOST}.")
    return Location(name, None if category is None else Category(category))


# ------------------------------------------------------------------------------------------------ the sheet


def write_sheet(options: argparse.Namespace, shop: Clients) -> int:
    """Write a PDF of stickers, each with the picture as the wallet gives it now."""
    if not 1 <= options.copies <= COPIES_MOST:
        raise CannotGoOn(f"--copies must be 1 to {COPIES_MOST}.")
    if options.id:
        codes = tuple(shop.qr.callback(qr_id) for qr_id in dict.fromkeys(options.id))
    else:
        codes = tuple(sorted(shop.qr.callbacks(), key=lambda one: one.qr_id))
    if not codes:
        raise CannotGoOn("There are no codes to print. Make one: till qr create")
    try:
        pdf = sheet_of(shop, codes, options.copies)
    except PictureUnusable as error:
        raise CannotGoOn(f"The wallet's picture of {error.qr_id} cannot be used; nothing was written.") from error
    try:
        Path(options.file).write_bytes(pdf)
    except OSError:
        raise CannotGoOn(f"{options.file} cannot be written; name another file.") from None
    print(f"Written: {options.file}\nStickers: {len(codes) * options.copies}. Print it at its own size, 100 %.")
    return OK


# ------------------------------------------------------------------------------------------------ old stickers


def migrate(options: argparse.Namespace, shop: Clients) -> int:
    """Take old stickers over, one by one; the report says where to go on."""
    place = Place(shop.unit.msn, shop.settings.vipps.mode.value)
    path = Path(options.file)
    stickers = _read(path)
    report = Path(options.report) if options.report else report_beside(path, stickers, place)
    try:
        migration = planned(stickers, report, place)
    except ListRefused as error:
        raise CannotGoOn(f"{report}: {error}. Name another file with --report.") from None
    except OSError:
        raise CannotGoOn(f"{report} cannot be read.") from None
    _tell_plan(migration)
    if options.dry_run:
        print("Nothing was sent.")
        return OK if not migration.count(Outcome.WRONG) else REFUSED
    return _take_over(migration, shop.qr, report)


def _take_over(migration: Migration, api: QrApi, report: Path) -> int:
    total, words = len(migration.left()), ""
    try:
        for count, row in enumerate(
            run(api, migration, pause=time.sleep, save=lambda text: save_report(report, text)), 1
        ):
            reason = f"  ({row.reason})" if row.reason else ""
            print(f"{count:>5}/{total}  {row.outcome.value:8}  {row.beacon}  {row.name}{reason}", flush=True)
    except MigrationStopped as error:
        words = words_of(error.error)
    except OSError:
        raise CannotGoOn(f"{report} cannot be written. Name another file with --report, and start again.") from None
    except KeyboardInterrupt:
        words = "Stopped."
    wrong, left = migration.count(Outcome.WRONG), len(migration.left())
    print(f"Taken over: {migration.count(Outcome.MIGRATED)}. Left: {left}. Wrong rows: {wrong}.")
    print(f"The report: {report}")
    if words:
        complain(words, f"Nothing is lost. To go on where it stopped: till qr migrate {report}")
    return OK if not (left or wrong or words) else REFUSED


def _read(path: Path) -> StickerList:
    try:
        return read_stickers(path)
    except OSError:
        raise CannotGoOn(f"{path} cannot be read.") from None
    except ListRefused as error:
        raise CannotGoOn(f"{path}: {error}.") from None


def _tell_plan(migration: Migration) -> None:
    for row in migration.rows:
        if row.outcome is Outcome.WRONG:
            complain(f"line {row.line}: {row.reason}")
    done, left = migration.count(Outcome.MIGRATED), len(migration.left())
    print(
        f"{len(migration.rows)} rows: {left} to take over, {done} done before, {migration.count(Outcome.WRONG)} wrong."
    )


# ------------------------------------------------------------------------------------------------ how it runs


def _run(options: argparse.Namespace, act: Callable[[argparse.Namespace, Clients], int]) -> int:
    """Run a command, and say in words what it came to."""
    settings, folders = settled(options)
    with logged_into(folders.log):
        try:
            with closing(
                Clients(settings, lambda: open_store(settings.secrets), unit=store_of(options, settings))
            ) as shop:
                return act(options, shop)
        except (InvalidRequest, VippsError) as error:
            raise CannotGoOn(words_of(error)) from error


def words_of(error: InvalidRequest | VippsError) -> str:
    """Return what an error means to the one who typed: by its type and numbers, never by a text."""
    trace_id = error.trace_id if isinstance(error, VippsError) else None
    trace = f" Support may ask for the trace: {trace_id}" if trace_id else ""
    match error:
        case InvalidRequest():
            return _FIELD_WORDS.get(error.field, f"{error.field} cannot be sent. Set it again: till secrets set")
        case KeysMissing():
            return "The keys of the sales unit are not kept here. Keep them: till secrets set"
        case KeysRefused():
            return "The wallet does not take the keys of this sales unit. Set them again: till secrets set"
        case NotPermitted():
            return f"This sales unit may not do that. Ask the wallet's support to open it.{trace}"
        case NotFound():
            return "There is no code with that id. Look with: till qr list"
        case Conflict():
            return "That id is taken. Change the code that has it with: till qr update"
        case RateLimited():
            return "The wallet asks to be left alone for a while. Try again in some minutes."
        case Refused():
            return f"The wallet said no ({error.status}).{trace}"
        case Unanswered(reason=Silence.NO_CONNECTION):
            return "The wallet cannot be reached. Check the network, and try again."
        case Unanswered(reason=Silence.NOT_SAFE):
            return "The connection is not safe, so nothing was sent. Check the network and the machine's clock."
        case _:
            return f"No answer came that can be relied on. Do the same again: it does no harm.{trace}"


_FIELD_WORDS = {
    "merchantQrId": "An id has 1 to 128 signs, none of them / or \\, and no space at either end.",
    "id": "The id of such a code has 1 to 128 letters, digits, spaces or signs of - _ + %.",
    "locationDescription": f"A location has 1 to {LOCATION_MOST} printable characters, and no space at either end.",
    "redirectUrl": "The web page's address must begin with https://, and have no spaces.",
    "ttl": f"A code can end after {TTL_LEAST_S} seconds at the soonest.",
    "beaconId": "A beacon id is 15 digits, a GUID, or the text of a MobilePay sticker.",
}
