"""What a create asks for, and the bytes it comes to."""

from msgspec import Struct

from till.domain.payment import Terms
from till.domain.sale import Sale
from till.domain.secret import Secret


class Draft(Struct, frozen=True):
    """The exact bytes of a create, their SHA-256 in hex, and whether they hold nothing of the customer's."""

    body: Secret
    digest: str
    is_keepable: bool


class Order(Struct, frozen=True):
    """What a create asks for."""

    terms: Terms
    sale: Sale
    receipt_number: int
    customer: Secret | None
