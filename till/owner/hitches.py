"""The one place where an error becomes a hitch: by its type, its field and its numbers, never by a text."""

from till.back_office import OfficeRefused
from till.engine.ports import JournalRefused, KeyStoreUnavailable
from till.owner.codes import CodeTaken, PictureUnusable
from till.presentation.owner_state import Hitch
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
from till.vipps.migration import ListRefused


class NotDone(Exception):
    """An act of the owner's ends here, for the reason in `hitch`."""

    def __init__(self, hitch: Hitch) -> None:
        super().__init__(hitch.code)
        self.hitch = hitch


#: What an act may end with; anything else is a bug.
EXPECTED = (
    NotDone,
    InvalidRequest,
    VippsError,
    KeyStoreUnavailable,
    OfficeRefused,
    JournalRefused,
    ListRefused,
    CodeTaken,
    PictureUnusable,
)
Expected = (
    NotDone
    | InvalidRequest
    | VippsError
    | KeyStoreUnavailable
    | OfficeRefused
    | JournalRefused
    | ListRefused
    | CodeTaken
    | PictureUnusable
)


def hitch_of(error: Expected) -> Hitch:
    """Return what an error means to the owner."""
    match error:
        case NotDone(hitch=hitch):
            return hitch
        case InvalidRequest(field=field):
            return Hitch(f"field_{field}", _FIELDS[field]) if field in _FIELDS else Hitch("keys_unusable")
        case KeyStoreUnavailable(reason="read_only"):
            return Hitch("key_store_read_only")
        case KeyStoreUnavailable():
            return Hitch("key_store")
        case OfficeRefused(reason="keys_missing"):
            return Hitch("keys_missing")
        case OfficeRefused(error=VippsError() as cause):
            return _of_wallet(cause)
        case OfficeRefused(reason=reason):
            return Hitch(reason)
        case JournalRefused():
            return Hitch("journal")
        case ListRefused(code=code):
            return Hitch(f"list_{code}")
        case CodeTaken(location=location):
            return Hitch("code_taken", "id", {"location": location})
        case PictureUnusable(qr_id=qr_id):
            return Hitch("picture", figures={"id": qr_id})
        case VippsError():
            return _of_wallet(error)


def _of_wallet(error: VippsError) -> Hitch:
    figures = {"status": str(error.status or ""), "trace": error.trace_id or "–"}
    match error:
        case KeysMissing():
            return Hitch("keys_missing")
        case KeysRefused():
            return Hitch("keys_refused")
        case NotPermitted():
            return Hitch("no_product", figures=figures)
        case NotFound():
            return Hitch("not_found", "id")
        case Conflict():
            return Hitch("taken", "id")
        case RateLimited():
            return Hitch("wait")
        case Refused():
            return Hitch("refused", figures=figures)
        case Unanswered(reason=Silence.NO_CONNECTION):
            return Hitch("no_network")
        case Unanswered(reason=Silence.NOT_SAFE):
            return Hitch("not_safe")
        case _:
            return Hitch("no_answer", figures=figures)


#: The fields of a request that somebody typed, and the field of the page where that was.
_FIELDS = {
    "merchantQrId": "id",
    "id": "id",
    "locationDescription": "text",
    "redirectUrl": "text",
    "ttl": "days",
    "beaconId": "beacon",
    "url": "url",
}
