"""What the engine and the hub's thread tell each other of refunds that the hub makes."""

from msgspec import Struct

from till.domain.hub_refund import HubRefundTerms, HubSale


class PaidWanted(Struct, frozen=True):
    """Look a paid sale up at the hub: by reference, or by receipt number with a store, which is the hub's id of it or its name."""

    text: str
    store: str


class PaidTold(Struct, frozen=True):
    """The answer: the sales, or none and in one word why nothing is to be known."""

    wanted: PaidWanted
    sales: tuple[HubSale, ...] | None
    reason: str = ""


class HubRefundWanted(Struct, frozen=True):
    """Ask for a refund until the hub has answered, and read it until it has ended."""

    terms: HubRefundTerms


class HubRefundTold(Struct, frozen=True):
    """How a refund stands at the hub: asked, unknown, done or refused, and why."""

    id: str
    state: str
    reason: str = ""


#: What the hub says of sales and refunds of other stores.
RefundWord = PaidTold | HubRefundTold
