"""Old MobilePay stickers taken over from a list: what the file says, what is left to do, and the report. Pure.

The report has a row for every row of the list. Given again, as the list or as the report, it says where to go on.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import Enum

from msgspec import Struct, field
from msgspec.structs import replace

from till.vipps.errors import InvalidRequest
from till.vipps.qr_requests import BEACON_DIGITS, LOCATION_MOST, beacon_id_of, is_location_name

ROWS_MOST = 10_000
FIELD_MOST = 500
COLUMNS = ("beacon_id", "pos_name", "outcome", "reason", "sales_unit", "mode")
#: What the columns may be called; case, spaces and signs between letters do not count. Other columns are passed over.
_NAMES = {
    "beaconid": "beacon_id",
    "beacon": "beacon_id",
    "posname": "pos_name",
    "name": "pos_name",
    "outcome": "outcome",
    "salesunit": "sales_unit",
    "mode": "mode",
}
#: 123456789012345 as a spreadsheet shows it, when it takes it for an amount.
_SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)


class Outcome(Enum):
    """What became of a row; only the first two are never tried again."""

    MIGRATED = "migrated"
    WRONG = "wrong"
    OPEN = "open"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    REFUSED = "refused"


class Place(Struct, frozen=True):
    """Where stickers are taken over to: test and production share nothing."""

    msn: str
    mode: str


class Reason(Struct, frozen=True):
    """Why a row came out as it did: a code of `REASONS`, and what belongs in its words."""

    code: str
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The reason as reports and commands say it."""
        return REASONS[self.code].format(**self.figures)


class Row(Struct, frozen=True):
    """One sticker of the list; `beacon` is as it stood where it is wrong."""

    line: int
    beacon: str
    name: str
    outcome: Outcome = Outcome.OPEN
    reasons: tuple[Reason, ...] = ()

    @property
    def reason(self) -> str:
        """All that is to be said of it."""
        return "; ".join(one.words for one in self.reasons)


class StickerList(Struct, frozen=True):
    """A file as read: its rows, and where a report's were taken over to."""

    rows: tuple[Row, ...]
    places: frozenset[Place]


class ListRefused(Exception):
    """The file is no list of stickers; `code` names why, the text says it."""

    def __init__(self, code: str) -> None:
        super().__init__(_REFUSED[code])
        self.code = code


class Migration:
    """A list on its way: hands out what is left, takes what became of it, and writes the report."""

    def __init__(self, rows: Iterable[Row], place: Place, *, kept: Iterable[Row] = ()) -> None:
        self._rows = {row.line: row for row in rows}
        self._kept = tuple(kept)
        self._place = place

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows of the list, in its order."""
        return tuple(self._rows.values())

    def left(self) -> tuple[Row, ...]:
        """Return the rows that are to be sent, in their order."""
        return tuple(row for row in self.rows if row.outcome not in (Outcome.MIGRATED, Outcome.WRONG))

    def count(self, outcome: Outcome) -> int:
        """Return how many rows came out so."""
        return sum(row.outcome is outcome for row in self.rows)

    def settle(self, row: Row, outcome: Outcome, *reasons: Reason) -> Row:
        """Note what became of a row, and return it so."""
        settled = self._rows[row.line] = replace(row, outcome=outcome, reasons=reasons)
        return settled

    def report(self) -> str:
        """Return the report as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in (*self.rows, *self._kept):
            writer.writerow((row.beacon, row.name, row.outcome.value, row.reason, self._place.msn, self._place.mode))
        return out.getvalue()


def plan(stickers: StickerList, earlier: StickerList | None, place: Place) -> Migration:
    """Return what is to be done: what the list or an earlier report says is migrated here is not done again.

    Raise ListRefused for a report of another sales unit. What else stands in an earlier report is kept in the new one.
    """
    if earlier is not None and earlier.rows and earlier.places != {place}:
        raise ListRefused("other_place")
    known = earlier.rows if earlier is not None else ()
    listed = stickers.rows if stickers.places == {place} else tuple(map(_anew, stickers.rows))
    done = {(row.beacon, row.name) for row in (*known, *listed) if row.outcome is Outcome.MIGRATED}
    rows = [replace(row, outcome=Outcome.MIGRATED) if (row.beacon, row.name) in done else _anew(row) for row in listed]
    beacons = {row.beacon for row in rows}
    kept = [row for row in known if row.beacon not in beacons and row.outcome is not Outcome.WRONG]
    return Migration(rows, place, kept=kept)


def read_list(text: str) -> StickerList:
    """Read a list of stickers, or a report; a row that does not fit says why. Raise ListRefused.

    Bytes that are no UTF-8 come as lone surrogates.
    """
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") >= first.count(",") else ","
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = _header(next(records, []))
    except csv.Error:
        raise ListRefused("first_row") from None
    reading = _Reading()
    while len(reading.rows) <= ROWS_MOST:
        try:
            fields = [field.strip() for field in next(records)]
        except StopIteration:
            return StickerList(tuple(reading.rows), frozenset(reading.places))
        except csv.Error:
            reading.complain(records.line_num, (Reason("quotes"),))
            continue
        if not any(fields):
            continue
        if len(fields) != len(names):
            what = Reason("fields", {"fields": str(len(fields)), "columns": str(len(names))})
            reading.complain(records.line_num, (what,), *fields[:2])
            continue
        reading.take(records.line_num, dict(zip(names, fields, strict=True)))
    raise ListRefused("too_many")


def _header(fields: list[str]) -> list[str]:
    """Return the columns by the names used here; raise ListRefused."""
    names = [_NAMES.get(re.sub(r"[^a-z]", "", field.lower()), f"other {place}") for place, field in enumerate(fields)]
    for name in COLUMNS[:2]:
        if names.count(name) != 1:
            raise ListRefused("columns")
    return names


class _Reading:
    """What has been read so far."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.places: set[Place] = set()
        self._lines: dict[str, int] = {}

    def complain(self, line: int, what: tuple[Reason, ...], beacon: str = "", name: str = "") -> None:
        """Take a row that is not to be sent."""
        self.rows.append(Row(line, _shown(beacon), _shown(name), Outcome.WRONG, what))

    def take(self, line: int, fields: Mapping[str, str]) -> None:
        """Take a row, or complain of everything that is wrong with it."""
        text, name = fields["beacon_id"], unicodedata.normalize("NFC", fields["pos_name"])
        beacon, wrong = _beacon(text)
        wrong += _wrong_with_name(name)
        if not wrong and self._lines.setdefault(beacon, line) != line:
            wrong = (Reason("twice", {"line": str(self._lines[beacon])}),)
        if "outcome" in fields:
            self.places.add(Place(fields.get("sales_unit", ""), fields.get("mode", "")))
        if wrong:
            self.complain(line, wrong, text, name)
            return
        is_done = fields.get("outcome") == Outcome.MIGRATED.value
        self.rows.append(Row(line, beacon, name, Outcome.MIGRATED if is_done else Outcome.OPEN))


def _beacon(text: str) -> tuple[str, tuple[Reason, ...]]:
    """Return the beacon id in a field, or what is wrong with it."""
    try:
        return beacon_id_of(text), ()
    except InvalidRequest:
        pass
    if not text:
        return "", (Reason("beacon_empty"),)
    if _SHORTENED.fullmatch(text):
        return "", (Reason("beacon_shortened"),)
    if text.isascii() and text.isdigit():
        return "", (Reason("beacon_digits", {"digits": str(len(text)), "most": str(BEACON_DIGITS)}),)
    return "", (Reason("beacon_unknown", {"most": str(BEACON_DIGITS)}),)


def _wrong_with_name(name: str) -> tuple[Reason, ...]:
    if not name:
        return (Reason("name_empty"),)
    if len(name) > LOCATION_MOST:
        return (Reason("name_long", {"characters": str(len(name)), "most": str(LOCATION_MOST)}),)
    if any("\ud800" <= sign <= "\udfff" for sign in name):
        return (Reason("name_not_text"),)
    return () if is_location_name(name) else (Reason("name_signs"),)


def _anew(row: Row) -> Row:
    return row if row.outcome is Outcome.WRONG else replace(row, outcome=Outcome.OPEN, reasons=())


def _shown(text: str) -> str:
    """Return a field of a wrong row so that the report can be written, and read again."""
    cut = text[:FIELD_MOST].encode("utf-8", "replace").decode("utf-8")
    return "".join(sign if sign.isprintable() else "?" for sign in cut)


REASONS = {
    "quotes": "the quote marks or the separators do not fit",
    "fields": "the row has {fields} fields, and there are {columns} columns",
    "twice": "the sticker stands on line {line} already",
    "beacon_empty": "beacon_id is empty",
    "beacon_shortened": "beacon_id was shortened by a spreadsheet; save that column as text",
    "beacon_digits": "beacon_id has {digits} digits, and must have {most}",
    "beacon_unknown": "beacon_id must be {most} digits, a GUID, or the text of a sticker",
    "name_empty": "pos_name is empty",
    "name_long": "pos_name has {characters} characters; customers are shown at most {most}",
    "name_not_text": "pos_name is not text in UTF-8",
    "name_signs": "pos_name has signs that cannot be shown",
    "taken": "the sticker belongs to another merchant",
    "no_answer": "no answer came; it is sent again next time",
    "not_sent": "not sent yet",
    "refused": "refused with status {status}",
    "refused_traced": "refused with status {status}, trace {trace}",
}
_REFUSED = {
    "other_place": "it is not the report of this sales unit and mode",
    "first_row": "its first row cannot be read",
    "too_large": "it is larger than 8 MiB",
    "no_rows": "it has no rows",
    "too_many": f"it has more than {ROWS_MOST} rows",
    "columns": "its first row must name the columns beacon_id and pos_name, each once",
}
