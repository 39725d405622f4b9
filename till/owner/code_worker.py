"""The worker behind the page of stickers."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from till.owner.clients import Clients
from till.owner.codes import COPIES_MOST, make_callback, sheet_of
from till.owner.hitches import NotDone
from till.owner.worker import Worker
from till.presentation.owner_state import (
    ChangeCode,
    CodeKind,
    CodesState,
    DeleteCode,
    Done,
    Hitch,
    ListCodes,
    MakeCode,
    PageState,
    PrintedCode,
    SaveSheet,
)
from till.vipps.qr import QrApi
from till.vipps.qr_requests import LOCATION_MOST, Category, Location, Redirect

DAY_S = 86_400
DAYS_MOST = 20_000


class CodeWorker(Worker[CodesState]):
    """Lists, makes, changes, deletes and prints codes; after every change the list is read anew."""

    def __init__(self, open_clients: Callable[[], Clients], publish: Callable[[PageState], None]) -> None:
        super().__init__("stickers", CodesState(), publish)
        self._open = open_clients

    def _take(self, wish: object) -> None:
        self._show(replace(self._state, is_busy=True, hitch=None, done=None))
        with closing(self._open()) as clients:
            done = self._done(clients, wish)
            codes = _codes(clients.qr)
        self._show(CodesState(codes, done=done))

    def _fail(self, hitch: Hitch) -> None:
        self._show(replace(self._state, is_busy=False, hitch=hitch))

    def _done(self, clients: Clients, wish: object) -> Done | None:
        match wish:
            case ListCodes():
                return None
            case MakeCode():
                return self._make(clients, wish)
            case ChangeCode(kind=CodeKind.CALLBACK, id=qr_id, text=text, category=category):
                clients.qr.put_callback(qr_id, _location(text, category))
                return Done("code_changed", {"id": qr_id})
            case ChangeCode(id=qr_id, text=text):
                clients.qr.update_redirect(qr_id, text)
                return Done("code_changed", {"id": qr_id})
            case DeleteCode(kind=kind, id=qr_id):
                callback = kind is CodeKind.CALLBACK
                (clients.qr.delete_callback if callback else clients.qr.delete_redirect)(qr_id)
                return Done("code_deleted", {"id": qr_id})
            case SaveSheet():
                return _saved(clients, wish)
        raise TypeError(type(wish).__name__)

    def _make(self, clients: Clients, wish: MakeCode) -> Done:
        qr_id = wish.id or clients.settings.till.id
        if wish.kind is CodeKind.REDIRECT:
            clients.qr.create_redirect(Redirect(qr_id, wish.text, _seconds(wish.days)))
        else:
            make_callback(clients.qr, qr_id, _location(wish.text, wish.category))
        return Done("code_made", {"id": qr_id})


def _codes(api: QrApi) -> tuple[PrintedCode, ...]:
    callbacks = [PrintedCode(CodeKind.CALLBACK, one.qr_id, one.location) for one in api.callbacks()]
    redirects = [PrintedCode(CodeKind.REDIRECT, one.qr_id, one.target, one.left_s) for one in api.redirects()]
    return tuple(sorted(callbacks, key=lambda one: one.id) + sorted(redirects, key=lambda one: one.id))


def _location(text: str, category: str) -> Location:
    if len(text) > LOCATION_MOST:
        figures = {"characters": str(len(text)), "most": str(LOCATION_MOST)}
        raise NotDone(Hitch("location_long", "text", figures))
    return Location(text, Category(category) if category else None)


def _seconds(days: str) -> int | None:
    """Return how long a code is to live; no days are for ever."""
    if not days:
        return None
    return _whole(days, "days", DAYS_MOST) * DAY_S


def _whole(text: str, at: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise NotDone(Hitch("number", at, {"most": str(most)}))
    return int(text)


def _saved(clients: Clients, wish: SaveSheet) -> Done:
    copies = _whole(wish.copies, "copies", COPIES_MOST)
    codes = (clients.qr.callback(wish.id),) if wish.id else clients.qr.callbacks()
    if not codes:
        raise NotDone(Hitch("no_codes"))
    pdf = sheet_of(clients, sorted(codes, key=lambda one: one.qr_id), copies)
    try:
        Path(wish.path).write_bytes(pdf)
    except OSError:
        raise NotDone(Hitch("not_written", figures={"path": wish.path})) from None
    return Done("sheet_saved", {"path": wish.path, "count": str(len(codes) * copies)})
