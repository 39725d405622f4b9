"""For those who run a store: a day's figures, and how its tills are."""

from datetime import date, timedelta

from starlette.responses import Response
from starlette.routing import Route

from till.domain.money import Money
from till.hub import day as days
from till.hub import stores
from till.hub.alarms import standing_alarms
from till.hub.database import Transaction
from till.hub.day import Day, Sold
from till.hub.health import tills_seen
from till.hub.web.charts import HEIGHT, WIDTH, bars
from till.hub.web.language import Language
from till.hub.web.site import MANAGERS, Site, Visit

#: Before any till.
_FIRST_DAY = date(2000, 1, 1)
_ONE_DAY = timedelta(days=1)


class DayPages:
    """The pages for managers and owners."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.hub.database

    def routes(self) -> list[Route]:
        """Return their routes."""
        return [
            self._site.page("/figures", self._figures, MANAGERS),
            self._site.page("/tills", self._tills, MANAGERS),
        ]

    def _figures(self, visit: Visit) -> Response:
        zone = visit.language.zone
        today = visit.now.astimezone(zone).date()
        day = _day(visit.field("day"), today)

        def look(transaction: Transaction) -> tuple[tuple[Day, ...], days.PaymentCount, dict[str, str]]:
            return (
                days.figures(transaction, day, store=visit.store, zone=zone),
                days.payment_count(transaction, day, store=visit.store, zone=zone),
                {store.id: store.name for store in stores.stores(transaction)},
            )

        figures, count, names = self._database.read(look)
        return self._site.draw(
            visit,
            "figures.html",
            {
                "day": day,
                "is_today": day == today,
                "before": (day - _ONE_DAY).isoformat(),
                "after": (day + _ONE_DAY).isoformat(),
                "parts": [_part(one, names, visit.language) for one in figures],
                "count": count,
                "chart_width": WIDTH,
                "chart_height": HEIGHT,
            },
        )

    def _tills(self, visit: Visit) -> Response:
        def look(transaction: Transaction) -> dict[str, object]:
            return {
                "tills": tills_seen(transaction, self._site.hub.wakes, visit.store),
                "standing": standing_alarms(transaction, visit.store),
                "store_names": {store.id: store.name for store in stores.stores(transaction)},
                "till_names": {till.id: till.name for till in stores.tills(transaction)},
            }

        return self._site.draw(visit, "tills.html", self._database.read(look))


def _day(text: str, today: date) -> date:
    """Return the day that a field says, today where it says none that can have figures."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if _FIRST_DAY <= day <= today else today


def _part(day: Day, names: dict[str, str], language: Language) -> dict[str, object]:
    """Return what is drawn of one currency's day: hours from the first to the last in which something was sold."""
    first, last = min(day.hours, default=0), max(day.hours, default=-1)
    hours = [(f"{hour:02}", day.hours.get(hour, Sold())) for hour in range(first, last + 1)]
    by_store = sorted(((names.get(store, store), sold) for store, sold in day.stores.items()), key=_most_first)
    most = max((sold.minor for _, sold in by_store), default=0) or 1

    def money(minor: int) -> str:
        return language.figures.money(Money(minor, day.currency))

    return {
        "day": day,
        "sold": money(day.sold.minor),
        "refunded": money(day.refunded_minor),
        "hours": hours,
        "turnover": bars([(label, sold.minor, str(sold.minor // 100)) for label, sold in hours]),
        "sales": bars([(label, sold.sales, str(sold.sales)) for label, sold in hours]),
        "stores": [(name, money(sold.minor), sold.sales, sold.minor * 100 // most) for name, sold in by_store],
    }


def _most_first(one: tuple[str, Sold]) -> tuple[int, str]:
    return -one[1].minor, one[0]
