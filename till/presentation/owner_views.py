"""What the owner's pages are handed: every page consists of the same few parts, all of them finished words."""

from collections.abc import Callable, Mapping
from enum import Enum

from msgspec import Struct

from till.presentation.views import Action, Tone


class Message(Struct, frozen=True):
    """What was done, what is under way, or what went wrong, in words."""

    tone: Tone
    title: str
    text: str = ""


class FieldKind(Enum):
    """How a field is filled in."""

    TEXT = "text"
    CHOICE = "choice"
    DAY = "day"
    CHECK = "check"
    PRIVATE = "private"


class Field(Struct, frozen=True):
    """One field; `error` says what is wrong with what was typed, `options` are value and words of a CHOICE.

    A DAY's value is as `2026-11-21`; `most` is its last day, or how many characters a text may have.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    value: str = ""
    hint: str = ""
    error: str = ""
    most: str = ""
    options: tuple[tuple[str, str], ...] = ()


class Submit(Struct, frozen=True):
    """The button that sends what is filled in: `wish_of` makes the wish of the fields' values."""

    action: Action
    wish_of: Callable[[Mapping[str, str]], object]


class Form(Struct, frozen=True):
    """Fields and what is done with them; with another `name` it begins afresh."""

    name: str
    title: str
    text: str
    fields: tuple[Field, ...]
    submit: Submit
    actions: tuple[Action, ...] = ()


class PickFile(Struct, frozen=True):
    """Have a file named, to be read or written; `wish_of` makes the wish of its path."""

    title: str
    kinds: str
    name: str
    is_saved: bool
    wish_of: Callable[[str], object]


class OpenFile(Struct, frozen=True):
    """Open a file with the system's own program, to be looked at or printed."""

    path: str


class Progress(Struct, frozen=True):
    """How far something long has come."""

    done: int
    whole: int
    text: str


class Figure(Struct, frozen=True):
    """A named sum or fact; a strong one stands out."""

    label: str
    value: str
    is_strong: bool = False


class TableRow(Struct, frozen=True):
    """A row; the first cell of a tone that is not CALM carries its colour. `actions` are for the row once it is chosen."""

    name: str
    cells: tuple[str, ...]
    tone: Tone = Tone.CALM
    actions: tuple[Action, ...] = ()


class Table(Struct, frozen=True):
    """Rows under their heads; `shares` says how wide the columns are beside each other."""

    heads: tuple[str, ...]
    shares: tuple[int, ...]
    rows: tuple[TableRow, ...]
    empty: str
    hint: str = ""
    follows: bool = False


class PageView(Struct, frozen=True):
    """One page, from top to bottom."""

    name: str
    title: str
    lead: str
    message: Message | None = None
    form: Form | None = None
    figures: tuple[Figure, ...] = ()
    progress: Progress | None = None
    table: Table | None = None
    actions: tuple[Action, ...] = ()


class OwnerView(Struct, frozen=True):
    """The pages' list, the way back to selling, and the page that is shown."""

    title: str
    pages: tuple[Action, ...]
    shown: int
    back: Action
    page: PageView
