"""Printed codes and their sheet, as the commands and the page of stickers have them made."""

from collections.abc import Sequence

from till.owner.clients import Clients
from till.vipps.errors import PictureRefused
from till.vipps.qr import CallbackQr, QrApi
from till.vipps.qr_requests import Location

COPIES_MOST = 60


class CodeTaken(Exception):
    """There is a code of this id already that tells customers something else: `location`."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class PictureUnusable(Exception):
    """The wallet's picture of a code cannot be printed; `qr_id` names the code."""

    def __init__(self, qr_id: str) -> None:
        super().__init__(qr_id)
        self.qr_id = qr_id


def make_callback(api: QrApi, qr_id: str, location: Location) -> None:
    """Make a code, or the same again; never take the place of another. Raise CodeTaken and what the API raises."""
    before = next((one for one in api.callbacks() if one.qr_id == qr_id), None)
    if before is not None and before.location != location.name:
        raise CodeTaken(before.location)
    api.put_callback(qr_id, location)


def sheet_of(clients: Clients, codes: Sequence[CallbackQr], copies: int) -> bytes:
    """Return a PDF of stickers, each with the picture as the wallet gives it now; raise PictureUnusable and a VippsError."""
    from till.ui.sticker_sheet import PictureUnreadable, Sticker, sheet_pdf  # Qt only where something is painted

    brand, unit = clients.settings.brand, clients.unit
    pictures = [_picture(clients, code) for code in codes]
    stickers = [
        Sticker(picture, brand, unit.name, code.location, f"{code.qr_id} · {unit.msn}")
        for code, picture in zip(codes, pictures, strict=True)
        for _ in range(copies)
    ]
    try:
        return sheet_pdf(stickers)
    except PictureUnreadable as error:
        raise PictureUnusable(str(error)) from None


def _picture(clients: Clients, code: CallbackQr) -> bytes:
    try:
        return clients.picture(code.picture)
    except PictureRefused:
        raise PictureUnusable(code.qr_id) from None
