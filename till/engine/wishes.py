"""Wishes that change only what is on the screen or hurry the till; those that move a sale are in `domain/intents.py`."""

from msgspec import Struct

from till.domain.history import Wanted
from till.engine.ports import Link
from till.engine.snapshot import Panel


class PickPaid(Struct, frozen=True):
    """Choose one of the sales that the hub told of, by its reference and the hub's id of its store."""

    reference: str
    store: str


class ShowPanel(Struct, frozen=True):
    """Open a panel: choosing how to pay, typing a number, the open payments, or back to selling."""

    panel: Panel


class FindArticles(Struct, frozen=True):
    """Search the shelves; an empty text clears the search."""

    text: str


class CheckNow(Struct, frozen=True):
    """Read a payment now instead of at its pace."""

    reference: str


class Acknowledge(Struct, frozen=True):
    """The cashier has seen how the payment ended: go on with the basket."""

    reference: str


class NextSale(Struct, frozen=True):
    """Clear the paid sale from the screen."""


class DismissNotice(Struct, frozen=True):
    """Take the notice away."""

    serial: int


class UseWaitingCode(Struct, frozen=True):
    """Start the payment with the personal code that was scanned and held until the cashier agrees."""


class UseCheckIn(Struct, frozen=True):
    """Start the payment with the customer who has checked in."""


class Weigh(Struct, frozen=True):
    """Ask for the weight of an article that is sold by the kilogram."""

    plu: str


class CodeNotShown(Struct, frozen=True):
    """The window could not show a payment's code: its picture is none after all."""

    reference: str


class FindPaid(Struct, frozen=True):
    """Look a paid sale up, to give money back: by receipt number or payment reference; `store` is chosen by name."""

    text: str
    store: str = ""


class LookIntoApp(Struct, frozen=True):
    """Show what the customer's app shows with a payment; before it have the app show this button, if one is given."""

    reference: str
    link: Link | None = None


class SupportFileMade(Struct, frozen=True):
    """The file for support is there, or could not be made: no path then."""

    path: str


class FindPayments(Struct, frozen=True):
    """Look payments up in the till's own history."""

    wanted: Wanted


class ShowPayment(Struct, frozen=True):
    """Show all that is known of one payment, the wallet's event log read anew; an open one is checked as well."""

    reference: str


ScreenWish = (
    FindPayments
    | ShowPayment
    | LookIntoApp
    | CodeNotShown
    | FindPaid
    | PickPaid
    | UseWaitingCode
    | UseCheckIn
    | Weigh
    | ShowPanel
    | FindArticles
    | CheckNow
    | Acknowledge
    | NextSale
    | DismissNotice
    | SupportFileMade
)
