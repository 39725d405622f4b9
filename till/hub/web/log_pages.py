"""Searching the sale log, one payment with its history, and what is open."""

import re
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from msgspec.structs import replace
from starlette.responses import Response
from starlette.routing import Route

from till.hub import limits, sale_log, stores
from till.hub.database import Transaction
from till.hub.day import midnight
from till.hub.hours import written
from till.hub.people import Role
from till.hub.sale_log import PaymentSeen, Wanted
from till.hub.stores import Store, Till
from till.hub.web.site import Site, Visit
from till.hub.web.timeline import timeline
from till.hub.web.wallet import NotTold, WalletEvent, wallet_events

#: Fields that narrow a search further.
_NARROWING = ("amount", "since", "until", "store", "till", "cashier")
_AMOUNT = re.compile(r"(\d{1,13})(?:[.,](\d{2}))?")


class LogPages:
    """The pages that everybody who is signed in may look at."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.hub.database

    def routes(self) -> list[Route]:
        """Return their routes."""
        return [
            self._site.page("/", lambda _: self._site.go_to("/sales")),
            self._site.page("/sales", self._search),
            self._site.page("/payments/{till}/{reference}", self._payment),
            self._site.page("/open", self._open),
        ]

    def _search(self, visit: Visit) -> Response:
        wanted, complaint = self._wanted(visit)

        def look(transaction: Transaction) -> dict[str, object]:
            found = sale_log.search(transaction, wanted) if not complaint else ()
            return {
                "found": found[: sale_log.PAGE],
                "next_page": _next_page(visit, found),
                **_places(transaction, visit),
                "cashiers": sale_log.cashiers(transaction),
            }

        values = self._database.read(look)
        return self._site.draw(
            visit, "search.html", {**values, "complaint": complaint, "narrowed": any(map(visit.field, _NARROWING))}
        )

    def _wanted(self, visit: Visit) -> tuple[Wanted, str]:
        """Return what the fields ask for within the person's own store, and a complaint about a field or nothing."""
        wanted = Wanted(
            text=visit.field("text"),
            store=visit.store or visit.field("store") or None,
            till=visit.field("till") or None,
            cashier=visit.field("cashier") or None,
            after=_after(visit.field("after")),
        )
        try:
            since, until = visit.field("since"), visit.field("until")
            if since:
                wanted = replace(wanted, since=_moment(since, visit, timedelta()))
            if until:
                wanted = replace(wanted, until=_moment(until, visit, timedelta(days=1)))
        except (ValueError, OverflowError):
            return wanted, "time"
        if visit.field("amount"):
            fields = _AMOUNT.fullmatch(visit.field("amount").replace(" ", "").replace("\N{NO-BREAK SPACE}", ""))
            if fields is None:
                return wanted, "amount"
            wanted = replace(wanted, amount_minor=int(fields[1]) * 100 + int(fields[2] or 0))
        return wanted, ""

    def _payment(self, visit: Visit) -> Response:
        till, reference = visit.params["till"], visit.params["reference"]

        def look(transaction: Transaction) -> dict[str, object] | None:
            payment = sale_log.payment(transaction, till, reference)
            if payment is None or visit.store not in (None, payment.store):
                return None
            return {
                "payment": payment,
                "msn": next((one.msn for one in stores.stores(transaction) if one.id == payment.store), ""),
                "told": timeline(sale_log.history(transaction, till, reference), visit.language),
                "refunds": sale_log.refunds(transaction, reference),
                **_names(transaction),
            }

        values = self._database.read(look)
        if values is None:
            return self._site.refuse(visit, 404, "payment")
        asked = visit.field("wallet") == "yes"
        events, silence = self._events(visit, str(values["msn"]), reference) if asked else ((), "")
        return self._site.draw(
            visit, "payment.html", {**values, "asked_wallet": asked, "events": events, "silence": silence}
        )

    def _events(self, visit: Visit, msn: str, reference: str) -> tuple[tuple[WalletEvent, ...], str]:
        """Return the wallet's own events of a payment, or why there are none."""

        def count(transaction: Transaction) -> bool:
            return limits.attempt(transaction, limits.WALLET_BY_PERSON, visit.person.id, visit.now)

        if not self._database.write(count):
            return (), "often"
        try:
            return wallet_events(self._site.hub.store_calls, msn, reference), ""
        except NotTold as error:
            return (), error.reason

    def _open(self, visit: Visit) -> Response:
        def look(transaction: Transaction) -> dict[str, object]:
            return {
                "payments": sale_log.open_payments(transaction, visit.store),
                "refunds": sale_log.open_refunds(transaction, visit.store),
                **_names(transaction),
            }

        return self._site.draw(visit, "open.html", self._database.read(look))


def _places(transaction: Transaction, visit: Visit) -> dict[str, object]:
    """Return the stores and tills among which somebody may choose, and what they are called."""
    known: tuple[Store, ...] = stores.stores(transaction)
    tills: tuple[Till, ...] = stores.tills(transaction)
    return {
        "stores": known if visit.person.role is Role.OWNER else (),
        "tills": [till for till in tills if visit.store in (None, till.store)],
        **_names(transaction),
    }


def _names(transaction: Transaction) -> dict[str, object]:
    return {
        "store_names": {store.id: store.name for store in stores.stores(transaction)},
        "till_names": {till.id: till.name for till in stores.tills(transaction)},
    }


def _moment(text: str, visit: Visit, whole_day: timedelta) -> datetime:
    """Return the moment that a field says in the language's zone: a day's beginning or end, or a time of a day."""
    day, _, clock = text.partition("T")
    if not clock:
        return midnight(date.fromisoformat(day) + whole_day, visit.language.zone)
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), visit.language.zone).astimezone()


def _next_page(visit: Visit, found: tuple[PaymentSeen, ...]) -> str:
    if len(found) <= sale_log.PAGE:
        return ""
    last = found[sale_log.PAGE - 1]
    after = "~".join((written(last.requested_at), last.till, last.reference))
    return f"{visit.path}?{urlencode({**visit.query, 'after': after})}"


def _after(text: str) -> tuple[str, str, str] | None:
    at, _, rest = text.partition("~")
    till, _, reference = rest.partition("~")
    return (at, till, reference) if reference else None
