"""Giving money back through the hub: a sale as the hub tells of it, and the refund that the hub makes for this till."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from till.domain.money import Money

#: The reason of a hub that wants a second person's name.
APPROVAL = "approval"
#: A person's name as the hub takes it.
NAME_MOST = 60


class HubSale(Struct, frozen=True):
    """A paid sale of any store; `captured` and `refunded` are the wallet's word, None while it was not asked."""

    store: str
    store_name: str
    receipt_number: int
    reference: str
    at: datetime
    amount: Money
    captured: Money | None = None
    refunded: Money | None = None

    @property
    def left(self) -> Money | None:
        """What may still be given back, as far as it is known."""
        return None if self.captured is None or self.refunded is None else self.captured - self.refunded


class HubRefundTerms(Struct, frozen=True):
    """What the hub is asked for, and by whom; `id` is made here and is the same for every try, `store` is the hub's id of it."""

    id: str
    store: str
    store_name: str
    reference: str
    amount: Money
    asked_by: str
    approved_by: str
    asked_at: datetime


class HubRefundEnding(Enum):
    """How the hub ended a refund."""

    DONE = "done"
    REFUSED = "refused"


class HubRefund(Struct, frozen=True):
    """A refund that the hub makes; `reason` says in one word why it was refused."""

    terms: HubRefundTerms
    ending: HubRefundEnding | None = None
    reason: str = ""

    @property
    def needs_approval(self) -> bool:
        """Whether it was refused only because nobody else has approved it."""
        return self.ending is HubRefundEnding.REFUSED and self.reason == APPROVAL
