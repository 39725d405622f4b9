"""The Userinfo API 2.0.3: what a customer has consented to share with an approval; readable for a week, never logged.

A till seldom asks for it, since it slows the customer. The national number and the bank accounts that the API knows are not read.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from till.domain.secret import Secret
from till.vipps.calls import Calls
from till.vipps.errors import InvalidRequest, Silence, Unanswered
from till.vipps.replies import decode

PATH = "/vipps-userinfo-api/userinfo/"
#: What every value reads once the week is over.
EXPIRED = "[Expired]"
_SUBJECT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Address(Struct, frozen=True):
    """An address of the customer's; it prints as dots."""

    kind: str
    street: Secret
    postal_code: Secret
    region: Secret
    country: str


class Shared(Struct, frozen=True):
    """What the customer shares; None is what was not asked for. Everything prints as dots.

    `is_expired` once the week is over: ask for a new consent, the values are gone.
    """

    subject: Secret
    name: Secret | None = None
    given_name: Secret | None = None
    family_name: Secret | None = None
    birth_date: Secret | None = None
    email: Secret | None = None
    phone_number: Secret | None = None
    address: Address | None = None
    is_email_verified: bool = False
    is_expired: bool = False


class UserinfoApi:
    """The API for one sales unit; every method may raise InvalidRequest or a VippsError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def read(self, subject: Secret) -> Shared:
        """Return what the customer of an approved payment shares; NotFound just after the approval: ask again then."""
        if not _SUBJECT.fullmatch(subject.reveal()):
            raise InvalidRequest("sub")
        # As the query, the part of the address that names the customer stays out of the log.
        return self._calls.call("GET", PATH, query=subject.reveal(), read=lambda reply: _read(decode(reply), subject))


def _read(fields: Mapping[str, object], subject: Secret) -> Shared:
    if fields.get("sub") not in (subject.reveal(), EXPIRED):
        raise Unanswered(Silence.BAD_REPLY)

    def text(name: str) -> Secret | None:
        value = fields.get(name)
        return Secret(value) if isinstance(value, str) and value != EXPIRED else None

    address = fields.get("address")
    return Shared(
        subject=subject,
        name=text("name"),
        given_name=text("given_name"),
        family_name=text("family_name"),
        birth_date=text("birthdate"),
        email=text("email"),
        phone_number=text("phone_number"),
        address=_address(address) if isinstance(address, Mapping) else None,
        is_email_verified=fields.get("email_verified") is True,
        is_expired=EXPIRED in fields.values(),
    )


def _address(fields: Mapping[str, object]) -> Address:
    def text(name: str) -> str:
        value = fields.get(name)
        return value if isinstance(value, str) and value != EXPIRED else ""

    return Address(
        kind=text("address_type"),
        street=Secret(text("street_address")),
        postal_code=Secret(text("postal_code")),
        region=Secret(text("region")),
        country=text("country"),
    )
