"""The commands about printed codes: `till qr list`, `create`, `update`, `delete`, `sheet` and `migrate`."""

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from till.console import OK, REFUSED, CannotGoOn, complain, settled
from till.engine_room import VERSION, read_keys
from till.logs import logged_into
from till.settings.file import save
from till.settings.model import Mode, Settings
from till.settings.secrets import open_store
from till.vipps.access import System
from till.vipps.calls import Calls
from till.vipps.errors import (
    Conflict,
    InvalidRequest,
    KeysMissing,
    KeysRefused,
    NotFound,
    NotPermitted,
    PictureRefused,
    RateLimited,
    Refused,
    Silence,
    Unanswered,
    VippsError,
)
from till.vipps.migration import ListRefused, Migration, Outcome, Place, StickerList, plan, read_list
from till.vipps.migration_run import MigrationStopped, run
from till.vipps.picture import fetch_picture
from till.vipps.qr import CallbackQr, QrApi
from till.vipps.qr_requests import LOCATION_MOST, TTL_LEAST_S, Category, Location, Redirect
from till.vipps.transport import HttpxTransport, Transport

LIST_MOST_BYTES = 8 * 1024 * 1024
COPIES_MOST = 60
#: Without it a spreadsheet takes UTF-8 for something else.
BYTE_ORDER_MARK = "\ufeff"


class Shop:
    """What a command works with: the settings, and the API once something is to be sent."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.transport: Transport = HttpxTransport()
        self._api: QrApi | None = None

    @property
    def api(self) -> QrApi:
        """The API; raise KeysMissing, InvalidRequest or KeyStoreUnavailable."""
        if self._api is None:
            vipps, system = self.settings.vipps, System("till", VERSION)
            keys = read_keys(open_store(self.settings.secrets), vipps.msn)
            calls = Calls.with_keys(keys, transport=self.transport, base_url=vipps.base_url, system=system)
            self._api = QrApi(calls)
        return self._api

    def close(self) -> None:
        """Give the connection back."""
        self.transport.close()


def add_qr_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `till qr` to the command line."""
    qr = commands.add_parser("qr", help="the codes on the counter, and old stickers").add_subparsers(required=True)

    def command(name: str, act: Callable[[argparse.Namespace, Shop], int], purpose: str) -> argparse.ArgumentParser:
        made = qr.add_parser(name, help=purpose)
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


def list_codes(options: argparse.Namespace, shop: Shop) -> int:
    """Show all codes of a kind."""
    if options.redirect:
        rows = [
            (one.qr_id, one.target, "for ever" if one.left_s is None else f"{one.left_s} s left")
            for one in shop.api.redirects()
        ]
    else:
        rows = [(one.qr_id, one.location, one.content) for one in shop.api.callbacks()]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for row in sorted(rows):
        print(f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}")
    if not rows:
        print("There are no codes. Make one: till qr create")
    return OK


def create_code(options: argparse.Namespace, shop: Shop) -> int:
    """Make a code; never take the place of one that tells customers something else."""
    qr_id = options.id or shop.settings.till.id
    if options.redirect:
        if options.location or options.category:
            raise CannotGoOn("A code that leads to a web page has no --location and no --category.")
        made = shop.api.create_redirect(Redirect(qr_id, options.redirect, options.ttl))
        print(f"The code {made.qr_id} leads to {made.target}.")
        return OK
    if options.ttl is not None:
        raise CannotGoOn("Only a code that leads to a web page can end: --ttl needs --redirect.")
    location = _location(options.location or shop.settings.till.name, options.category)
    before = _found(shop.api, qr_id)
    if before is not None and before.location != location.name:
        raise CannotGoOn(
            f"There is a code {qr_id} already: {before.location}. Change it with: till qr update --id {qr_id}"
        )
    shop.api.put_callback(qr_id, location)
    print(f"The code {qr_id} is in place: {location.name}. Print it: till qr sheet FILE.pdf --id {qr_id}")
    return OK


def update_code(options: argparse.Namespace, shop: Shop) -> int:
    """Change a code that is there."""
    qr_id = options.id or shop.settings.till.id
    if options.redirect:
        made = shop.api.update_redirect(qr_id, options.redirect)
        print(f"The code {made.qr_id} leads to {made.target}.")
        return OK
    before = shop.api.callback(qr_id)
    location = _location(options.location or before.location, options.category)
    shop.api.put_callback(qr_id, location)
    print(f"The code {qr_id} is changed: {location.name}. What is printed stays good.")
    return OK


def delete_code(options: argparse.Namespace, shop: Shop) -> int:
    """Delete a code."""
    (shop.api.delete_redirect if options.redirect else shop.api.delete_callback)(options.id)
    print(f"The code {options.id} is deleted. Take its stickers away: the app does not know them any more.")
    return OK


def _location(name: str, category: str | None) -> Location:
    if len(name) > LOCATION_MOST:
        raise CannotGoOn(f"{name!r} has {len(name)} characters; customers are shown at most {LOCATION_MOST}.")
    return Location(name, None if category is None else Category(category))


def _found(api: QrApi, qr_id: str) -> CallbackQr | None:
    try:
        return api.callback(qr_id)
    except NotFound:
        return None


# ------------------------------------------------------------------------------------------------ the sheet


def write_sheet(options: argparse.Namespace, shop: Shop) -> int:
    """Write a PDF of stickers, each with the picture as the wallet gives it now."""
    if not 1 <= options.copies <= COPIES_MOST:
        raise CannotGoOn(f"--copies must be 1 to {COPIES_MOST}.")
    if options.id:
        codes = tuple(shop.api.callback(qr_id) for qr_id in dict.fromkeys(options.id))
    else:
        codes = tuple(sorted(shop.api.callbacks(), key=lambda one: one.qr_id))
    if not codes:
        raise CannotGoOn("There are no codes to print. Make one: till qr create")
    pictures = [_picture(shop, code) for code in codes]
    from till.ui.sticker_sheet import PictureUnreadable, Sticker, sheet_pdf  # Qt only where something is painted

    settings = shop.settings
    stickers = [
        Sticker(picture, settings.brand, settings.shop.name, code.location, f"{code.qr_id} · {settings.vipps.msn}")
        for code, picture in zip(codes, pictures, strict=True)
        for _ in range(options.copies)
    ]
    try:
        pdf = sheet_pdf(stickers)
    except PictureUnreadable as error:
        raise CannotGoOn(f"The wallet's picture of {error} cannot be read; nothing was written.") from None
    try:
        Path(options.file).write_bytes(pdf)
    except OSError:
        raise CannotGoOn(f"{options.file} cannot be written; name another file.") from None
    print(f"Written: {options.file}\nStickers: {len(stickers)}. Print it at its own size, 100 %.")
    return OK


def _picture(shop: Shop, code: CallbackQr) -> bytes:
    try:
        return fetch_picture(shop.transport, code.picture, is_test=shop.settings.vipps.mode is Mode.TEST)
    except PictureRefused:
        raise CannotGoOn(f"The wallet's picture of {code.qr_id} cannot be used; nothing was written.") from None


# ------------------------------------------------------------------------------------------------ old stickers


def migrate(options: argparse.Namespace, shop: Shop) -> int:
    """Take old stickers over, one by one; the report says where to go on."""
    place = Place(shop.settings.vipps.msn, shop.settings.vipps.mode.value)
    path = Path(options.file)
    stickers = _read(path)
    if not stickers.rows:
        raise CannotGoOn(f"{path} has no rows.")
    report = Path(options.report) if options.report else path
    if not options.report and place not in stickers.places:
        report = path.with_name(f"{path.stem}-report.csv")
    try:
        earlier = _read(report) if report.exists() else None
        migration = plan(stickers, earlier, place)
    except ListRefused as error:
        raise CannotGoOn(f"{report}: {error}. Name another file with --report.") from None
    _tell_plan(migration)
    if options.dry_run:
        print("Nothing was sent.")
        return OK if not migration.count(Outcome.WRONG) else REFUSED
    return _take_over(migration, shop.api, report)


def _take_over(migration: Migration, api: QrApi, report: Path) -> int:
    total, words = len(migration.left()), ""
    try:
        for count, row in enumerate(
            run(api, migration, pause=time.sleep, save=lambda text: save(report, BYTE_ORDER_MARK + text)), 1
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
        if path.stat().st_size > LIST_MOST_BYTES:
            raise CannotGoOn(f"{path} is larger than {LIST_MOST_BYTES // 1024 // 1024} MiB.")
        # A byte that is no UTF-8 comes through as a lone surrogate, so that its row can be named.
        return read_list(path.read_bytes().decode("utf-8-sig", "surrogateescape"))
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


def _run(options: argparse.Namespace, act: Callable[[argparse.Namespace, Shop], int]) -> int:
    """Run a command, and say in words what it came to."""
    settings, folders = settled(options)
    with logged_into(folders.log):
        try:
            with closing(Shop(settings)) as shop:
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
