"""What the customer's window is handed, and nothing else: finished text and flags."""

from msgspec import Struct

from till.engine.ports import Code
from till.presentation.views import Ring, Tone


class CustomerLine(Struct, frozen=True):
    """One line for the customer: `2 × Grovbrød 750 g` and its sum."""

    name: str
    total: str


class WelcomeView(Struct, frozen=True):
    """Nobody is being served."""

    shop: str
    greeting: str


class CustomerBasketView(Struct, frozen=True):
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


class CustomerCallView(Struct, frozen=True):
    """The customer is to act in the app: a large sentence, the amount, the time left."""

    shop: str
    title: str
    amount: str
    text: str
    ring: Ring | None
    countdown: str


class CustomerResultView(Struct, frozen=True):
    """How it ended: paid, or not, with the next step."""

    tone: Tone
    title: str
    amount: str
    text: str
    small: str


CustomerView = WelcomeView | CustomerBasketView | CustomerCallView | CustomerResultView
