"""Wishes that change only what is on the screen or hurry the till; those that move a sale are in `domain/intents.py`."""

from dataclasses import dataclass

from till.engine.snapshot import Panel


@dataclass(frozen=True, slots=True)
class ShowPanel:
    """Open a panel: choosing how to pay, typing a number, the open payments, or back to selling."""

    panel: Panel


@dataclass(frozen=True, slots=True)
class FindArticles:
    """Search the shelves; an empty text clears the search."""

    text: str


@dataclass(frozen=True, slots=True)
class CheckNow:
    """Read a payment now instead of at its pace."""

    reference: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The cashier has seen how the payment ended: go on with the basket."""

    reference: str


@dataclass(frozen=True, slots=True)
class NextSale:
    """Clear the paid sale from the screen."""


@dataclass(frozen=True, slots=True)
class DismissNotice:
    """Take the notice away."""

    serial: int


@dataclass(frozen=True, slots=True)
class UseWaitingCode:
    """Start the payment with the personal code that was scanned and held until the cashier agrees."""


@dataclass(frozen=True, slots=True)
class Weigh:
    """Ask for the weight of an article that is sold by the kilogram."""

    plu: str


ScreenWish = UseWaitingCode | Weigh | ShowPanel | FindArticles | CheckNow | Acknowledge | NextSale | DismissNotice
