"""What the windows are handed: finished text and flags, nothing left to compute."""

from collections.abc import Callable
from datetime import timedelta
from enum import Enum

from msgspec import Struct

from till.engine.ports import LinkKind


class Tone(Enum):
    """How a state looks, together with its words and its shape."""

    CALM = "calm"
    WELL = "well"
    LOOK = "look"
    UNKNOWN = "unknown"
    BROKEN = "broken"


class Weight(Enum):
    """How strongly an action speaks; a screen has one PRIMARY."""

    PRIMARY = "primary"
    QUIET = "quiet"
    DANGER = "danger"


class Mark(Enum):
    """The shape beside a step: done, under way, to come, or without an answer."""

    DONE = "done"
    NOW = "now"
    LATER = "later"
    UNKNOWN = "unknown"
    FAILED = "failed"


class Action(Struct, frozen=True):
    """A button: its words, the key that presses it (as text, for QKeySequence), and the wish it sends."""

    label: str
    wish: object
    key: str = ""
    note: str = ""
    amount: str = ""
    weight: Weight = Weight.QUIET
    is_enabled: bool = True


class Status(Struct, frozen=True):
    """One word in the dark bar, with the reason and remedy that a click explains."""

    name: str
    label: str
    tone: Tone
    explanation: str


class Bar(Struct, frozen=True):
    """The dark bar at the top; `badge` marks test mode, `store` is for a till that sells for more than one.

    `find` has a key everywhere and its button in the list of open payments.
    """

    shop: str
    till: str
    badge: str
    statuses: tuple[Status, ...]
    open_payments: Action
    support: Action
    find: Action
    clock: str
    store: Action | None = None


class Row(Struct, frozen=True):
    """One row of the basket, matched by `line`."""

    line: int
    quantity: str
    name: str
    note: str
    price: str
    total: str
    quantity_thousandths: int
    is_by_piece: bool


class BasketView(Struct, frozen=True):
    """The left side: rows, and the total that never moves. `figures` are the small lines beside it."""

    rows: tuple[Row, ...]
    is_locked: bool
    lock_note: str
    total: str
    figures: tuple[str, ...]
    empty_note: str


class ArticleButton(Struct, frozen=True):
    """One favourite or search hit."""

    plu: str
    name: str
    price: str
    colour: str
    wish: object
    note: str = ""


class Tab(Struct, frozen=True):
    """A page of favourites."""

    name: str
    buttons: tuple[ArticleButton, ...]


class SellingPanel(Struct, frozen=True):
    """Ringing up: search, favourites, one button to pay. `found` is None while nothing is searched."""

    tabs: tuple[Tab, ...]
    found: tuple[ArticleButton, ...] | None
    found_note: str
    actions: tuple[Action, ...]
    pay: Action
    hint: str


class WeighingPanel(Struct, frozen=True):
    """Typing the weight of an article sold by the kilogram."""

    title: str
    note: str
    plu: str
    unit_price: str
    back: Action
    confirm_label: str


class StoresPanel(Struct, frozen=True):
    """Choosing the store that the till sells for; the one that it sells for now is filled."""

    title: str
    hint: str
    back: Action
    choices: tuple[Action, ...]


class TenderPanel(Struct, frozen=True):
    """Choosing how to pay: the recommended way first."""

    title: str
    brand: str
    back: Action
    choices: tuple[Action, ...]
    hint: str


class NumberPanel(Struct, frozen=True):
    """Typing the customer's phone number; `prefixes` are the countries offered, `prefix` the chosen one to begin with."""

    title: str
    hint: str
    prefix: str
    prefixes: tuple[str, ...]
    back: Action
    confirm_label: str


class RequestPanel(Struct, frozen=True):
    """Asking a customer elsewhere: the number, how long the request is good for, and whether the goods are sent later.

    Of either choice the first is the one to begin with.
    """

    number: NumberPanel
    times_label: str
    times: tuple[tuple[str, timedelta], ...]
    goods_label: str
    goods: tuple[tuple[str, bool], ...]


class ShownPanel(Struct, frozen=True):
    """What the customer's app shows with a payment, and a button to be put there; of the kinds the first is the one to begin with."""

    reference: str
    title: str
    note: str
    tone: Tone
    kinds_label: str
    kinds: tuple[tuple[str, LinkKind], ...]
    example: str
    back: Action
    confirm_label: str


class SearchKind(Enum):
    """What a payment is looked up by."""

    NAME = "name"
    AMOUNT = "amount"
    TIME = "time"


class SearchPanel(Struct, frozen=True):
    """Looking a payment up; of the kinds the first is the one to begin with.

    `written` gives what is typed in the kind's own form, `wish_of` the wish, or None while it is not whole.
    """

    title: str
    hints: tuple[tuple[SearchKind, str], ...]
    kinds_label: str
    kinds: tuple[tuple[str, SearchKind], ...]
    written: Callable[[SearchKind, str], str]
    wish_of: Callable[[SearchKind, str], object | None]
    back: Action
    confirm_label: str


class HistoryRow(Struct, frozen=True):
    """One row of a payment's past: when, what, how much, and what support needs of it."""

    time: str
    text: str
    amount: str = ""
    note: str = ""
    tone: Tone = Tone.CALM


class PaymentPage(Struct, frozen=True):
    """All that is known of one payment: how it stands, its amounts, the till's own past of it, and the wallet's."""

    reference: str
    title: str
    lead: str
    tone: Tone
    state: str
    strong: str
    amounts: tuple[tuple[str, str], ...]
    source: str
    till_title: str
    till_rows: tuple[HistoryRow, ...]
    wallet_title: str
    wallet_rows: tuple[HistoryRow, ...]
    actions: tuple[Action, ...]
    back: Action


class FindPaidPanel(Struct, frozen=True):
    """Looking a paid sale up by its receipt number; `stores` are offered beside this till where there are others."""

    title: str
    hint: str
    back: Action
    confirm_label: str
    sold_at: str
    this_till: str
    stores: tuple[str, ...]


class AmountPanel(Struct, frozen=True):
    """Typing how much is given back, at most `most_minor`; `wish_of` makes the wish of minor units. 0: not known yet."""

    title: str
    hint: str
    note: str
    most_minor: int
    decimal: str
    wish_of: Callable[[int], object]
    back: Action
    confirm_label: str


class HubRefundPanel(Struct, frozen=True):
    """Typing how much the hub gives back, and who asks for it; without `approval_label` nobody else has to approve.

    `amount.most_minor` is what is left; `offered_minor` and `name` stand there first; `wish_of` makes the wish of minor units and both names.
    """

    amount: AmountPanel
    offered_minor: int
    name_label: str
    name: str
    approval_label: str
    wish_of: Callable[[int, str, str], object]


class Ring(Struct, frozen=True):
    """A countdown: its text, and how much is left in thousandths of the whole."""

    text: str
    left_thousandths: int


class StepView(Struct, frozen=True):
    """One step of a payment."""

    mark: Mark
    label: str
    right: str = ""


class PaymentPanel(Struct, frozen=True):
    """A payment, in any of its states: what to say, how long is left, what is done, what may be done.

    With tone CALM the title stands free and `ring`, `headline` and `detail` are in a card below; in the other tones
    title, detail and `strong` are in a card of the tone's ground with the tone's sign.
    """

    tone: Tone
    kicker: str
    title: str
    headline: str
    detail: str
    strong: str
    ring: Ring | None
    steps: tuple[StepView, ...]
    note: str
    actions: tuple[Action, ...]
    corner: str
    hint: str = ""


class OpenPaymentRow(Struct, frozen=True):
    """One open payment or unpaid sale in the list."""

    title: str
    note: str
    tone: Tone
    actions: tuple[Action, ...]


class OpenPaymentsPanel(Struct, frozen=True):
    """A list of payments: what is open, always reachable, and what was looked up; `find` leads from the first to the other."""

    title: str
    rows: tuple[OpenPaymentRow, ...]
    empty_note: str
    back: Action
    find: Action | None = None


class ShopPanel(Struct, frozen=True):
    """The owner's pages have the window; what stands on them comes by a way of its own."""


class ReportPanel(Struct, frozen=True):
    """The report of a day on its paper, and the way on."""

    report: "ReceiptView"
    note: str
    done: Action


PanelView = (
    SellingPanel
    | WeighingPanel
    | TenderPanel
    | StoresPanel
    | NumberPanel
    | RequestPanel
    | ShownPanel
    | FindPaidPanel
    | AmountPanel
    | HubRefundPanel
    | PaymentPanel
    | OpenPaymentsPanel
    | ShopPanel
    | ReportPanel
    | SearchPanel
    | PaymentPage
)


class StoppedView(Struct, frozen=True):
    """The till cannot go on: what happened and what to do; `note` says where the file for support is."""

    title: str
    text: str
    note: str
    support: Action


class NoticeView(Struct, frozen=True):
    """A short word that goes by itself unless it `stays`; it never covers the work."""

    serial: int
    tone: Tone
    text: str
    stays: bool = False


class CashierView(Struct, frozen=True):
    """The cashier's window."""

    bar: Bar
    basket: BasketView
    panel: PanelView
    notice: NoticeView | None


class ReceiptRow(Struct, frozen=True):
    """One printed row: left and right text; `note` is small below it."""

    left: str
    right: str
    note: str = ""


class ReceiptSection(Struct, frozen=True):
    """More rows under a title of their own, below the tax table."""

    title: str
    rows: tuple[ReceiptRow, ...]


class ReceiptView(Struct, frozen=True):
    """A receipt, or the report of a day, as finished text, for screen and paper."""

    name: str
    head: tuple[str, ...]
    mark: str
    title: str
    facts: tuple[ReceiptRow, ...]
    rows: tuple[ReceiptRow, ...]
    totals: tuple[ReceiptRow, ...]
    vat_head: tuple[str, str, str, str]
    vat_rows: tuple[tuple[str, str, str, str], ...]
    foot: tuple[str, ...]
    close_label: str
    sections: tuple[ReceiptSection, ...] = ()
