"""What the windows are handed: finished text and flags, nothing left to compute."""

from dataclasses import dataclass
from enum import Enum

from till.engine.ports import Code


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


@dataclass(frozen=True, slots=True)
class Action:
    """A button: its words, the key that presses it (as text, for QKeySequence), and the wish it sends."""

    label: str
    wish: object
    key: str = ""
    note: str = ""
    amount: str = ""
    weight: Weight = Weight.QUIET
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """One word in the dark bar, with the reason and remedy that a click explains."""

    name: str
    label: str
    tone: Tone
    explanation: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The dark bar at the top; `badge` marks test mode."""

    shop: str
    till: str
    badge: str
    statuses: tuple[Status, ...]
    open_payments: Action
    clock: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the basket, matched by `line`."""

    line: int
    quantity: str
    name: str
    note: str
    price: str
    total: str
    quantity_thousandths: int
    is_by_piece: bool


@dataclass(frozen=True, slots=True)
class BasketView:
    """The left side: rows, and the total that never moves. `figures` are the small lines beside it."""

    rows: tuple[Row, ...]
    is_locked: bool
    lock_note: str
    total: str
    figures: tuple[str, ...]
    empty_note: str


@dataclass(frozen=True, slots=True)
class ArticleButton:
    """One favourite or search hit."""

    plu: str
    name: str
    price: str
    colour: str
    wish: object
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of favourites."""

    name: str
    buttons: tuple[ArticleButton, ...]


@dataclass(frozen=True, slots=True)
class SellingPanel:
    """Ringing up: search, favourites, one button to pay. `found` is None while nothing is searched."""

    tabs: tuple[Tab, ...]
    found: tuple[ArticleButton, ...] | None
    found_note: str
    actions: tuple[Action, ...]
    pay: Action
    hint: str


@dataclass(frozen=True, slots=True)
class WeighingPanel:
    """Typing the weight of an article sold by the kilogram."""

    title: str
    note: str
    plu: str
    unit_price: str
    back: Action
    confirm_label: str


@dataclass(frozen=True, slots=True)
class TenderPanel:
    """Choosing how to pay: the recommended way first."""

    title: str
    brand: str
    back: Action
    choices: tuple[Action, ...]
    hint: str


@dataclass(frozen=True, slots=True)
class NumberPanel:
    """Typing the customer's phone number; `prefixes` are the countries offered, `prefix` the chosen one to begin with."""

    title: str
    hint: str
    prefix: str
    prefixes: tuple[str, ...]
    back: Action
    confirm_label: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A countdown: its text, and how much is left in thousandths of the whole."""

    text: str
    left_thousandths: int


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a payment."""

    mark: Mark
    label: str
    right: str = ""


@dataclass(frozen=True, slots=True)
class PaymentPanel:
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


@dataclass(frozen=True, slots=True)
class OpenPaymentRow:
    """One open payment or unpaid sale in the list."""

    title: str
    note: str
    tone: Tone
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class OpenPaymentsPanel:
    """The list of what is open, always reachable."""

    title: str
    rows: tuple[OpenPaymentRow, ...]
    empty_note: str
    back: Action


PanelView = SellingPanel | WeighingPanel | TenderPanel | NumberPanel | PaymentPanel | OpenPaymentsPanel


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A short word that goes by itself; it never covers the work."""

    serial: int
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class CashierView:
    """The cashier's window."""

    bar: Bar
    basket: BasketView
    panel: PanelView
    notice: NoticeView | None


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """One line for the customer: `2 × Grovbrød 750 g` and its sum."""

    name: str
    total: str


@dataclass(frozen=True, slots=True)
class WelcomeView:
    """Nobody is being served."""

    shop: str
    greeting: str


@dataclass(frozen=True, slots=True)
class CustomerBasketView:
    """The basket as it grows; `code` and `ring` while a code is to be scanned, `call` says what to do in the app."""

    shop: str
    total_label: str
    total: str
    currency: str
    lines: tuple[CustomerLine, ...]
    call: str
    code: Code | None
    ring: Ring | None
    countdown: str
    footnote: str


@dataclass(frozen=True, slots=True)
class CustomerCallView:
    """The customer is to act in the app: a large sentence, the amount, the time left."""

    shop: str
    title: str
    amount: str
    text: str
    ring: Ring | None
    countdown: str


@dataclass(frozen=True, slots=True)
class CustomerResultView:
    """How it ended: paid, or not, with the next step."""

    tone: Tone
    title: str
    amount: str
    text: str
    small: str


CustomerView = WelcomeView | CustomerBasketView | CustomerCallView | CustomerResultView


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One printed row: left and right text; `note` is small below it."""

    left: str
    right: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt as finished text, for screen and paper."""

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
