"""The QR API: printed codes that check a customer in, codes that lead to a page, and codes for one payment.

QR API guide: "Merchant callback QR", "Merchant redirect QR", "One-time payment QR", "Personal QR"; migration guide, "PoS".
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from till.domain.secret import Secret
from till.vipps.calls import Calls
from till.vipps.errors import Silence, Unanswered
from till.vipps.qr_requests import (
    Location,
    Picture,
    Redirect,
    beacon_id_of,
    callback_path,
    checked_side,
    customer_body,
    exchange_body,
    one_time_body,
    redirect_path,
    redirect_url_body,
)
from till.vipps.replies import decode, decode_list

BASE_PATH = "/qr/v1"
CALLBACK_PATH = f"{BASE_PATH}/merchant-callback"
REDIRECT_PATH = f"{BASE_PATH}/merchant-redirect"
#: Large enough to be printed sharp at the size of a hand.
PRINT_SIDE_PX = 1000
#: What a redirect code answers that never ends.
_NEVER = -1
_MSISDN = re.compile(r"[0-9]{5,15}")


class CallbackQr(Struct, frozen=True):
    """A printed code of this sales unit; `picture` may change and is fetched anew for every print."""

    qr_id: str
    location: str
    picture: Secret
    content: str


class RedirectQr(Struct, frozen=True):
    """A code that leads to `target`; `link` is its picture or its content, `left_s` None where it never ends."""

    qr_id: str
    link: Secret
    target: str
    left_s: int | None


class OneTimeQr(Struct, frozen=True):
    """A code for one payment; `link` is its picture or its content."""

    link: Secret
    left_s: int


class Exchanged(Struct, frozen=True):
    """Whose code or token it is; `made_at_s` (Unix time) comes with newer codes only."""

    msisdn: Secret
    version: str | None
    made_at_s: int | None


class QrApi:
    """The API for one sales unit; every method may raise InvalidRequest or a VippsError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def put_callback(self, qr_id: str, location: Location) -> None:
        """Create a printed code, or change its place; repeating it does no harm, and the code itself never changes."""
        self._calls.call("PUT", f"{CALLBACK_PATH}/{callback_path(qr_id)}", body=location.body(), read=lambda _: None)

    def callback(self, qr_id: str, *, side_px: int = PRINT_SIDE_PX) -> CallbackQr:
        """Return a printed code with a link to its picture as PNG."""
        path = f"{CALLBACK_PATH}/{callback_path(qr_id)}"
        return self._calls.call(
            "GET", path, query=_as_png(side_px), read=lambda reply: self._callback(decode(reply), qr_id)
        )

    def callbacks(self, *, side_px: int = PRINT_SIDE_PX) -> tuple[CallbackQr, ...]:
        """Return all printed codes of the sales unit, with links to their pictures as PNG."""
        return self._calls.call(
            "GET",
            CALLBACK_PATH,
            query=_as_png(side_px),
            read=lambda reply: tuple(self._callback(entry) for entry in decode_list(reply)),
        )

    def delete_callback(self, qr_id: str) -> None:
        """Delete a printed code: the app then says that it does not exist."""
        self._calls.call("DELETE", f"{CALLBACK_PATH}/{callback_path(qr_id)}", read=lambda _: None)

    def migrate(self, beacon: str, name: str) -> None:
        """Let an old MobilePay sticker check customers in here; repeating it does no harm.

        `beacon` is its 15 digits, its GUID, or all that the sticker says; `name` its old PoS name or a new one.
        """
        path = f"{CALLBACK_PATH}/mobilepay/{beacon_id_of(beacon)}"
        self._calls.call("PUT", path, body=Location(name).body(), read=lambda _: None)

    def create_redirect(
        self, redirect: Redirect, *, picture: Picture = Picture.PNG, side_px: int = PRINT_SIDE_PX
    ) -> RedirectQr:
        """Create a code that leads to a page; raise Conflict if its id is taken."""
        return self._calls.call(
            "POST",
            REDIRECT_PATH,
            body=redirect.body(),
            headers=_as_picture(picture, side_px),
            read=lambda reply: _redirect(decode(reply), redirect.id),
        )

    def redirect(self, qr_id: str, *, picture: Picture = Picture.PNG, side_px: int = PRINT_SIDE_PX) -> RedirectQr:
        """Return a code that leads to a page."""
        return self._calls.call(
            "GET",
            f"{REDIRECT_PATH}/{redirect_path(qr_id)}",
            headers=_as_picture(picture, side_px),
            read=lambda reply: _redirect(decode(reply), qr_id),
        )

    def redirects(self, *, picture: Picture = Picture.PNG, side_px: int = PRINT_SIDE_PX) -> tuple[RedirectQr, ...]:
        """Return all codes of the sales unit that lead to a page."""
        return self._calls.call(
            "GET",
            REDIRECT_PATH,
            headers=_as_picture(picture, side_px),
            read=lambda reply: tuple(_redirect(entry) for entry in decode_list(reply)),
        )

    def update_redirect(
        self, qr_id: str, url: str, *, picture: Picture = Picture.PNG, side_px: int = PRINT_SIDE_PX
    ) -> RedirectQr:
        """Let a code lead elsewhere; what is printed stays good."""
        return self._calls.call(
            "PUT",
            f"{REDIRECT_PATH}/{redirect_path(qr_id)}",
            body=redirect_url_body(url),
            headers=_as_picture(picture, side_px),
            read=lambda reply: _redirect(decode(reply), qr_id),
        )

    def delete_redirect(self, qr_id: str) -> None:
        """Delete a code that leads to a page."""
        self._calls.call("DELETE", f"{REDIRECT_PATH}/{redirect_path(qr_id)}", read=lambda _: None)

    def one_time(self, link: Secret, *, picture: Picture = Picture.PNG, side_px: int = PRINT_SIDE_PX) -> OneTimeQr:
        """Return a code for a payment of the eCom or Recurring API that has a link already; ePayment makes its own."""
        return self._calls.call(
            "POST",
            BASE_PATH,
            body=one_time_body(link),
            headers=_as_picture(picture, side_px),
            read=lambda reply: _one_time(decode(reply)),
        )

    def exchange(self, code: Secret) -> Exchanged:
        """Return whose personal code this is; only where the number itself is needed, never to take a payment."""
        return self._calls.call(
            "POST", f"{BASE_PATH}/exchange", body=exchange_body(code), read=lambda reply: _exchanged(decode(reply))
        )

    def exchange_customer(self, token: Secret) -> Exchanged:
        """Return who checked in; only where the number itself is needed, never to take a payment."""
        path = f"{BASE_PATH}/exchange/customer"
        return self._calls.call("POST", path, body=customer_body(token), read=lambda reply: _exchanged(decode(reply)))

    def close(self) -> None:
        """Give the connection back."""
        self._calls.close()

    def _callback(self, entry: object, qr_id: str | None = None) -> CallbackQr:
        """Read one printed code; one of another sales unit, or another than was asked for, is no answer."""
        fields = _fields(entry)
        if _text(fields, "merchantSerialNumber") != self._calls.msn:
            raise Unanswered(Silence.BAD_REPLY)
        found = _text(fields, "merchantQrId")
        if qr_id is not None and found != qr_id:
            raise Unanswered(Silence.BAD_REPLY)
        location, content = _text(fields, "locationDescription"), _text(fields, "qrContent")
        return CallbackQr(found, location, Secret(_text(fields, "qrImageUrl")), content)


def _as_png(side_px: int) -> str:
    return f"?QrImageFormat=PNG&QrImageSize={checked_side(side_px)}"


def _as_picture(picture: Picture, side_px: int) -> dict[str, str]:
    size = {"Size": str(checked_side(side_px))} if picture is Picture.PNG else {}
    return {"Accept": picture.value, **size}


def _redirect(entry: object, qr_id: str | None = None) -> RedirectQr:
    fields = _fields(entry)
    found = _text(fields, "id")
    if qr_id is not None and found != qr_id:
        raise Unanswered(Silence.BAD_REPLY)
    left_s = _whole(fields.get("expiresIn", _NEVER))
    link, target = Secret(_text(fields, "url")), _text(fields, "redirectUrl")
    return RedirectQr(found, link, target, None if left_s == _NEVER else left_s)


def _one_time(fields: Mapping[str, object]) -> OneTimeQr:
    return OneTimeQr(Secret(_text(fields, "url")), _whole(fields.get("expiresIn")))


def _exchanged(fields: Mapping[str, object]) -> Exchanged:
    version, made_at_s = fields.get("version"), fields.get("timestamp")
    msisdn = _text(fields, "msisdn")
    if not _MSISDN.fullmatch(msisdn):
        raise Unanswered(Silence.BAD_REPLY)
    return Exchanged(
        Secret(msisdn),
        version if isinstance(version, str) else None,
        None if made_at_s is None else _whole(made_at_s),
    )


def _fields(entry: object) -> Mapping[str, object]:
    if not isinstance(entry, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    return entry


def _text(fields: Mapping[str, object], name: str) -> str:
    text = fields.get(name)
    if not isinstance(text, str) or not text:
        raise Unanswered(Silence.BAD_REPLY)
    return text


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < _NEVER:
        raise Unanswered(Silence.BAD_REPLY)
    return value
