"""The Report API v2: ledgers, a day's entries, and the feed, page by page (guide: "Fetching report data").

The real one exists in production only.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from till.sandbox.desk import Answer, Desk
from till.sandbox.ledgers import Ledgers, handle_of, ledger_id_of
from till.sandbox.problems import Problem
from till.sandbox.units import SalesUnit

PAGE_SIZE = 1000
TOPICS = ("funds", "fees")
_OWNERS = {
    "NO": ("business:NO:ORG", "999000001"),
    "DK": ("business:DK:CVR", "99900002"),
    "FI": ("business:FI:Y-tunnus", "9990003-0"),
}
_SIZE_HEADER = "Vipps-Feed-Page-Size"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class ReportProblem(Problem):
    """A refusal as this API writes it: 401 in a shape of its own, others without a trace id."""

    def body(self, *, instance: str, trace_id: str) -> dict[str, object]:
        """Return the refusal's body."""
        if self.status == 401:
            return {"code": "Unauthorized", "message": "Please check your API keys"}
        return {
            "type": f"https://httpstatuses.io/{self.status}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }


class Reports:
    """The API's operations; `page_size` can be made small."""

    def __init__(self, desk: Desk, page_size: int = PAGE_SIZE) -> None:
        self._desk = desk
        self._ledgers = Ledgers(desk.payments, desk.clock.now_s)
        self.page_size = page_size

    def ledgers(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Answer:
        """GET /settlement/v1/ledgers."""
        unit = self._unit(headers)
        if "cursor" in query:
            raise _refused("cursor")
        wanted = query.get("settlesForRecipientHandles")
        is_listed = wanted is None or wanted == handle_of(unit)
        return Answer(200, {"items": [_ledger(unit)] if is_listed else [], "cursor": ""})

    def day(self, headers: Mapping[str, str], path: Mapping[str, str], query: Mapping[str, str]) -> Answer:
        """GET /report/v2/ledgers/{ledgerId}/{topic}/dates/{ledgerDate}."""
        unit, topic = self._opened(headers, path)
        day = _date(path["ledgerDate"])
        entries = [entry for entry in self._ledgers.entries(unit, topic) if entry.ledger_date == day]
        start = _place(query.get("cursor"), f"{topic} {day}")
        page = entries[start : start + self.page_size]
        has_more = start + len(page) < len(entries)
        body: dict[str, object] = {
            "items": [entry.body(unit) for entry in page],
            "hasMore": has_more,
            "tryLater": not self._ledgers.is_closed(unit, day),
        }
        if has_more:
            body["cursor"] = _cursor(f"{topic} {day}", start + len(page))
        return Answer(200, body, {_SIZE_HEADER: str(self.page_size)})

    def feed(self, headers: Mapping[str, str], path: Mapping[str, str], query: Mapping[str, str]) -> Answer:
        """GET /report/v2/ledgers/{ledgerId}/{topic}/feed; there is always a cursor to go on with."""
        unit, topic = self._opened(headers, path)
        entries = self._ledgers.entries(unit, topic)
        start = _place(query.get("cursor"), topic)
        page = entries[start : start + self.page_size]
        end = start + len(page)
        body = {
            "items": [entry.body(unit) for entry in page],
            "cursor": _cursor(topic, end),
            "tryLater": end >= len(entries),
        }
        return Answer(200, body, {_SIZE_HEADER: str(self.page_size)})

    def _opened(self, headers: Mapping[str, str], path: Mapping[str, str]) -> tuple[SalesUnit, str]:
        unit = self._unit(headers)
        if path["topic"] not in TOPICS:
            raise _refused("topic")
        if path["ledgerId"] != ledger_id_of(unit):
            raise ReportProblem(404, "Not Found", "These keys have no access to this ledger.")
        return unit, path["topic"]

    def _unit(self, headers: Mapping[str, str]) -> SalesUnit:
        try:
            return self._desk.unit_of(headers, needs_msn=False)
        except Problem as problem:
            raise ReportProblem(problem.status, problem.title, problem.detail) from None


def owner_of(unit: SalesUnit) -> dict[str, str]:
    """Return the business that a sales unit belongs to; one business owns all units of a market."""
    scheme, number = _OWNERS[unit.market]
    return {"scheme": scheme, "id": number}


def bank_account_of(unit: SalesUnit) -> dict[str, str]:
    """Return where the money goes."""
    return {"scheme": f"BBAN:{unit.market}", "id": f"{unit.msn:0>11}"}


def _ledger(unit: SalesUnit) -> dict[str, object]:
    return {
        "ledgerId": ledger_id_of(unit),
        "currency": unit.currency,
        "payoutBankAccount": bank_account_of(unit),
        "owner": owner_of(unit),
        "settlesForRecipientHandles": [handle_of(unit)],
        "salesUnits": [{"name": unit.name, "recipientHandle": handle_of(unit)}],
    }


def _date(text: str) -> date:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise _refused("ledgerDate") from None


def _cursor(what: str, place: int) -> str:
    """Return an opaque place in one answer's pages."""
    return base64.urlsafe_b64encode(f"{what}|{place}".encode()).decode()


def _place(cursor: str | None, what: str) -> int:
    if cursor is None:
        return 0
    try:
        stated, _, place = base64.urlsafe_b64decode(cursor.encode()).decode().rpartition("|")
        if stated != what:
            raise ValueError
        return int(place)
    except ValueError:
        raise _refused("cursor") from None


def _refused(name: str) -> ReportProblem:
    return ReportProblem(400, "Bad Request", f"{name} is not one of this API's.")
