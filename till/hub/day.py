"""A day's figures: what was sold in each hour and in each store, how many payments there were, and how they ended."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

from msgspec import Struct

from till.domain.money import Currency
from till.hub.database import Transaction
from till.hub.hours import read_hour, written

Key = TypeVar("Key", int, str)


class Sold(Struct, frozen=True):
    """What was sold: minor units, and how many sales."""

    minor: int = 0
    sales: int = 0

    def plus(self, minor: int, sales: int) -> "Sold":
        """Return this and more."""
        return Sold(self.minor + minor, self.sales + sales)


class Day(Struct, frozen=True):
    """The figures in one currency; `refunded_minor` was given back that day, whenever the sale was."""

    currency: Currency
    hours: Mapping[int, Sold]
    stores: Mapping[str, Sold]
    refunded_minor: int
    refunds: int

    @property
    def sold(self) -> Sold:
        """The whole day's."""
        return Sold(sum(one.minor for one in self.stores.values()), sum(one.sales for one in self.stores.values()))


class PaymentCount(Struct, frozen=True):
    """How many payments were asked for in a day, by state."""

    by_state: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_state.values())


def figures(transaction: Transaction, day: date, *, store: str | None, zone: tzinfo | None = None) -> tuple[Day, ...]:
    """Return a day's figures, for each currency in which something was sold or given back."""
    since, until = _ends(day, zone)
    sold = transaction.run(
        "select substr(completed_at, 1, 13), store.id, sale.currency, sum(total), count(*)"
        " from store join sale on sale.store = store.id"
        " where store.id = coalesce(cast(? as text), store.id) and completed_at >= ? and completed_at < ?"
        " group by substr(completed_at, 1, 13), store.id, sale.currency",
        store,
        since,
        until,
    )
    given_back = transaction.run(
        "select currency, sum(amount), count(*) from refund"
        " where done_at >= ? and done_at < ? and store = coalesce(cast(? as text), store) group by currency",
        since,
        until,
        store,
    )
    refunded = {currency: (int(minor), int(count)) for currency, minor, count in given_back}
    hours: dict[str, dict[int, Sold]] = {currency: {} for currency in refunded}
    by_store: dict[str, dict[str, Sold]] = {currency: {} for currency in refunded}
    for text, of, currency, minor, sales in sold:
        hour = read_hour(f"{text}:00:00Z").astimezone(zone).hour
        _add(hours.setdefault(currency, {}), hour, int(minor), int(sales))
        _add(by_store.setdefault(currency, {}), of, int(minor), int(sales))
    return tuple(
        Day(Currency(currency), hours[currency], by_store[currency], *refunded.get(currency, (0, 0)))
        for currency in sorted(hours)
    )


def payment_count(
    transaction: Transaction, day: date, *, store: str | None, zone: tzinfo | None = None
) -> PaymentCount:
    """Return how many payments were asked for in a day and how they stand."""
    rows = transaction.run(
        "select state, count(*) from payment where requested_at >= ? and requested_at < ?"
        " and store = coalesce(cast(? as text), store) group by state",
        *_ends(day, zone),
        store,
    )
    return PaymentCount({state: int(count) for state, count in rows})


def midnight(day: date, zone: tzinfo | None) -> datetime:
    """Return when a day begins; without a zone, this machine's."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _ends(day: date, zone: tzinfo | None) -> tuple[str, str]:
    return written(midnight(day, zone)), written(midnight(day + timedelta(days=1), zone))


def _add(sums: dict[Key, Sold], key: Key, minor: int, sales: int) -> None:
    sums[key] = sums.get(key, Sold()).plus(minor, sales)
