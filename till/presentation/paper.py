"""A table on paper: finished words, nothing to compute."""

from msgspec import Struct


class PaperRow(Struct, frozen=True):
    """One row of four cells with a note under it; `is_marked` if the reader should stop here."""

    cells: tuple[str, str, str, str]
    note: str
    is_marked: bool = False


class Paper(Struct, frozen=True):
    """A titled table with facts above it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    head: tuple[str, str, str, str]
    rows: tuple[PaperRow, ...]
