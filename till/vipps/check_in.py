"""The Check-in API 1.0.2: greets a member of the shop's club in the app. Vipps in Norway only, and a trial of the vendor's."""

import re
from collections.abc import Mapping

from till.domain.secret import Secret
from till.vipps.calls import Calls
from till.vipps.errors import InvalidRequest, Silence, Unanswered
from till.vipps.replies import decode
from till.vipps.requests import to_bytes
from till.vipps.transport import HttpReply

PATH = "/point-of-sale/v1/loyalty-check-in"
_NORWEGIAN = re.compile(r"47[0-9]{8}")


class CheckInApi:
    """The API for one sales unit; every method may raise InvalidRequest or a VippsError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def greet(self, phone_number: Secret, *, is_member: bool) -> str:
        """Check a Norwegian customer in, as a member or as somebody who may become one; return the check-in's id."""
        if not _NORWEGIAN.fullmatch(phone_number.reveal()):
            raise InvalidRequest("phoneNumber")
        body = to_bytes({"phoneNumber": phone_number.reveal(), "isMember": is_member})
        return self._calls.call("POST", PATH, body=body, read=_id)


def _id(reply: HttpReply) -> str:
    fields: Mapping[str, object] = decode(reply)
    found = fields.get("id")
    if not isinstance(found, str) or not found:
        raise Unanswered(Silence.BAD_REPLY)
    return found
