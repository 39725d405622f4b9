"""The Report API v2: the ledgers that the keys reach, a day's entries, and the feed (guide: "Fetching report data").

It exists in production only. Nothing here says how a payment stands: the books trail behind (guide, "Report API").
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from urllib.parse import quote, urlencode

from msgspec import Struct

from till.domain.money import Currency, Money
from till.domain.reconciliation import LedgerEntry
from till.vipps.calls import Calls
from till.vipps.errors import InvalidRequest, Silence, Unanswered
from till.vipps.replies import decode

LEDGERS_PATH, REPORT_PATH = "/settlement/v1/ledgers", "/report/v2/ledgers"
#: How long to leave an open day, and the end of the feed, alone (description, `tryLater`).
DAY_PAUSE_S, FEED_PAUSE_S = 1800.0, 1.0
#: More pages than this are a fault: a thousand entries are on each.
PAGES_MOST = 1000
CURSOR_MOST = 4096
_LEDGER_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
#: No sum of a day comes near this (description: int32).
_AMOUNT_MOST = 2**31


class Topic(Enum):
    """Sales, refunds and payouts, or what they cost."""

    FUNDS = "funds"
    FEES = "fees"


class Ledger(Struct, frozen=True):
    """An account between shop and wallet; `handles` names the sales units that it settles for."""

    ledger_id: str
    currency: Currency | None
    handles: tuple[str, ...]

    def settles_for(self, msn: str) -> bool:
        """Whether a sales unit's money is in it."""
        return f"api:{msn}" in self.handles


class DayReport(Struct, frozen=True):
    """Everything booked on a day so far; `ask_again_s` is None once the day is closed and will not change."""

    entries: tuple[LedgerEntry, ...]
    ask_again_s: float | None


class FeedPage(Struct, frozen=True):
    """The next entries of the feed; `ask_again_s` is None while there are more at once."""

    entries: tuple[LedgerEntry, ...]
    cursor: str
    ask_again_s: float | None


class ReportApi:
    """The API for one sales unit's keys; every method may raise InvalidRequest or a VippsError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def ledgers(self, msn: str | None = None) -> tuple[Ledger, ...]:
        """Return the ledgers that the keys reach, or only those that settle for one sales unit."""
        found: list[Ledger] = []
        query = {} if msn is None else {"settlesForRecipientHandles": f"api:{msn}"}
        pages = _Pages()
        while pages.has_more:
            fields = self._read(LEDGERS_PATH, query)
            found += [_ledger(item) for item in _items(fields)]
            query = pages.after(fields, has_more=bool(fields.get("cursor")))
        return tuple(found)

    def day(self, ledger_id: str, topic: Topic, day: date) -> DayReport:
        """Return all entries of a ledger day, page by page; NotFound if the keys have no access to it."""
        path = f"{_path(ledger_id, topic)}/dates/{day.isoformat()}"
        entries: list[LedgerEntry] = []
        is_open = False
        query: dict[str, str] = {}
        pages = _Pages()
        while pages.has_more:
            fields = self._read(path, query)
            entries += [_entry(item) for item in _items(fields)]
            is_open = is_open or _flag(fields, "tryLater")
            query = pages.after(fields, has_more=_flag(fields, "hasMore"))
        if any(entry.ledger_date != day for entry in entries):
            raise Unanswered(Silence.BAD_REPLY)
        return DayReport(tuple(entries), DAY_PAUSE_S if is_open else None)

    def feed(self, ledger_id: str, topic: Topic, cursor: str | None = None) -> FeedPage:
        """Return the entries after a cursor, from the beginning without one; go on with the cursor that comes back."""
        fields = self._read(f"{_path(ledger_id, topic)}/feed", {} if cursor is None else {"cursor": _checked(cursor)})
        following = fields.get("cursor")
        if not isinstance(following, str) or not following or len(following) > CURSOR_MOST:
            raise Unanswered(Silence.BAD_REPLY)
        entries = tuple(_entry(item) for item in _items(fields))
        return FeedPage(entries, following, FEED_PAUSE_S if _flag(fields, "tryLater") else None)

    def _read(self, path: str, query: Mapping[str, str]) -> Mapping[str, object]:
        return self._calls.call("GET", path, query=f"?{urlencode(query)}" if query else "", read=decode)


class _Pages:
    """Follows cursors to the last page; one that leads in a circle, or nowhere, is no answer."""

    def __init__(self) -> None:
        self.has_more = True
        self._seen: set[str] = set()

    def after(self, fields: Mapping[str, object], *, has_more: bool) -> dict[str, str]:
        """Return the query of the next page."""
        self.has_more = has_more
        if not has_more:
            return {}
        cursor = fields.get("cursor")
        if not isinstance(cursor, str) or not cursor or len(cursor) > CURSOR_MOST:
            raise Unanswered(Silence.BAD_REPLY)
        if cursor in self._seen or len(self._seen) >= PAGES_MOST:
            raise Unanswered(Silence.BAD_REPLY)
        self._seen.add(cursor)
        return {"cursor": cursor}


def _path(ledger_id: str, topic: Topic) -> str:
    if not _LEDGER_ID.fullmatch(ledger_id):
        raise InvalidRequest("ledgerId")
    return f"{REPORT_PATH}/{quote(ledger_id, safe='')}/{topic.value}"


def _checked(cursor: str) -> str:
    if not 0 < len(cursor) <= CURSOR_MOST:
        raise InvalidRequest("cursor")
    return cursor


def _items(fields: Mapping[str, object]) -> list[object]:
    items = fields.get("items")
    if not isinstance(items, list):
        raise Unanswered(Silence.BAD_REPLY)
    return items


def _flag(fields: Mapping[str, object], name: str) -> bool:
    """Read a flag that may be absent; anything but a truth value is no answer."""
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise Unanswered(Silence.BAD_REPLY)
    return value


def _ledger(item: object) -> Ledger:
    if not isinstance(item, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    ledger_id, handles = item.get("ledgerId"), item.get("settlesForRecipientHandles", [])
    if not isinstance(ledger_id, str) or not _LEDGER_ID.fullmatch(ledger_id) or not isinstance(handles, list):
        raise Unanswered(Silence.BAD_REPLY)
    currency = item.get("currency")
    known = {one.value: one for one in Currency}
    return Ledger(
        ledger_id,
        known.get(currency) if isinstance(currency, str) else None,
        tuple(handle for handle in handles if isinstance(handle, str)),
    )


def _entry(item: object) -> LedgerEntry:
    """Read one line of the books strictly: it is money."""
    if not isinstance(item, Mapping):
        raise Unanswered(Silence.BAD_REPLY)
    texts = {name: item.get(name) for name in ("pspReference", "time", "ledgerDate", "entryType", "currency")}
    reference, minor = item.get("reference") or "", item.get("amount")
    if not all(isinstance(text, str) and text for text in texts.values()) or not isinstance(reference, str):
        raise Unanswered(Silence.BAD_REPLY)
    if isinstance(minor, bool) or not isinstance(minor, int) or abs(minor) > _AMOUNT_MOST:
        raise Unanswered(Silence.BAD_REPLY)
    try:
        at = datetime.fromisoformat(str(texts["time"]))
        return LedgerEntry(
            psp_reference=str(texts["pspReference"]),
            at=at if at.tzinfo is not None else at.replace(tzinfo=UTC),
            ledger_date=date.fromisoformat(str(texts["ledgerDate"])),
            kind=str(texts["entryType"]),
            reference=reference,
            amount=Money(minor, Currency(texts["currency"])),
        )
    except ValueError as error:
        raise Unanswered(Silence.BAD_REPLY) from error
