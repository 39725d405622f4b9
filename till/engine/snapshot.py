"""What the screens are shown: the journaled state, and around it what matters now but need not outlive a restart."""

from datetime import datetime
from enum import Enum

from msgspec import Struct, field

from till.domain.catalogue import Article
from till.domain.faults import Fault, Refusal
from till.domain.history import PaymentHistory
from till.domain.hub_refund import HubSale
from till.domain.payment import Operation
from till.domain.refund_start import Refundable
from till.domain.state import TillState
from till.domain.store import Store
from till.engine.ports import Code, ReaderState, Shown, WalletHistory


class Panel(Enum):
    """What the right-hand panel is for when no payment needs it."""

    SELLING = "selling"
    TENDER = "tender"
    NUMBER = "number"
    DISTANCE = "distance"
    WEIGHING = "weighing"
    OPEN_PAYMENTS = "open_payments"
    REFUND = "refund"
    SHOWN = "shown"
    SHOP = "shop"
    STORES = "stores"
    DAY = "day"
    DAY_REPORT = "day_report"
    SUPPORT = "support"
    FIND_PAYMENT = "find_payment"
    FOUND_PAYMENTS = "found_payments"
    PAYMENT = "payment"


class Notice(Struct, frozen=True):
    """A short word to the cashier; `serial` tells a new one from a repeated drawing of the same."""

    serial: int
    refusal: Refusal


class Trouble(Struct, frozen=True):
    """The till cannot get a definite answer about a payment: since when, how often, and why."""

    since: datetime
    losses: int
    operation: Operation
    fault: Fault
    is_sent: bool


class Pulse(Struct, frozen=True):
    """When the wallet last spoke of a payment, and when it will be asked next, by the wall clock."""

    heard_at: datetime | None = None
    next_ask_at: datetime | None = None


class Found(Struct, frozen=True):
    """The answer to a search."""

    text: str
    articles: tuple[Article, ...]


class Sought(Struct, frozen=True):
    """A payment of another till that is looked up at the wallet, and why it says nothing of it yet."""

    reference: str
    store: Store
    fault: Fault | None = None


class HubSought(Struct, frozen=True):
    """A paid sale that is looked up at the hub, by id or name of a store where one is chosen: what it told, or why nothing.

    `refund` is the id of the one that was asked for since.
    """

    text: str
    store: str
    sales: tuple[HubSale, ...] | None = None
    reason: str = ""
    refund: str = ""

    @property
    def sale(self) -> HubSale | None:
        """The one sale that is meant."""
        return self.sales[0] if self.sales is not None and len(self.sales) == 1 else None


class Visit(Struct, frozen=True):
    """A customer has checked in at the till's sticker of this name; `serial` tells one from the next. Nothing of the customer's."""

    serial: int
    name: str


class Inquiry(Struct, frozen=True):
    """Payments that were looked up, newest first; of the chosen one its history, and what the wallet says of it."""

    found: tuple[PaymentHistory, ...] = ()
    chosen: PaymentHistory | None = None
    told: WalletHistory | None = None


class Surroundings(Struct, frozen=True):
    """What is true now and is not journaled; `support_file` is where the file for support is, empty if it could not be made.

    `hub_told` is how each open refund of the hub's stands, and why.
    """

    panel: Panel = Panel.SELLING
    weighing: Article | None = None
    found: Found | None = None
    notice: Notice | None = None
    acknowledged: str | None = None
    dismissed_sale: int | None = None
    code: Code | None = None
    code_fault: tuple[str, Fault] | None = None
    troubles: dict[str, Trouble] = field(default_factory=dict)
    pulses: dict[str, Pulse] = field(default_factory=dict)
    readers: dict[str, ReaderState] = field(default_factory=dict)
    wallet_fault: Fault | None = None
    stopped: Fault | None = None
    disk_fault: Fault | None = None
    scanner_fault: Fault | None = None
    pending_customer: bool = False
    refundable: Refundable | None = None
    shown: Shown | None = None
    sought: Sought | None = None
    keyless: frozenset[str] = frozenset()
    support_file: str | None = None
    inquiry: Inquiry = Inquiry()
    created_at: dict[str, datetime] = field(default_factory=dict)
    hub_fault: Fault | None = None
    books_fault: Fault | None = None
    articles_fault: Fault | None = None
    visit: Visit | None = None
    hub_sought: HubSought | None = None
    hub_told: dict[str, tuple[str, str]] = field(default_factory=dict)


class Snapshot(Struct, frozen=True):
    """One consistent picture of the till; `revision` grows with every change."""

    revision: int
    state: TillState
    around: Surroundings
    favourites: tuple[Article, ...] = ()
