"""The till's day: what was sold, taken, given back and put right since the last close, and the totals that only grow.

Every figure is folded from facts, so that a day that is closed again gives the same figures. What a report shows follows
kassasystemforskrifta § 2-8-2 (Norway asks for most), as far as this till has the functions.
"""

from datetime import datetime
from enum import Enum
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from till.domain.money import Currency, Money
from till.domain.sale import Sale
from till.domain.tender import Tender, TenderKind
from till.domain.vat import VatShare

Name = TypeVar("Name", str, TenderKind)


class DayClose(Enum):
    """What closing the day does about what is open: refuse, or name it on the report and carry it over."""

    REFUSE = "refuse"
    LIST = "list"


class Tally(Struct, frozen=True):
    """How often something happened, and what it came to."""

    number: int
    amount: Money

    @classmethod
    def nothing(cls, currency: Currency) -> "Tally":
        """Return the tally of what never happened."""
        return cls(0, Money.zero(currency))

    def plus(self, amount: Money) -> "Tally":
        """Return this tally after it happened once more."""
        return Tally(self.number + 1, self.amount + amount)


class GroupTally(Struct, frozen=True):
    """In how many sales a group of articles was sold, and for how much; `group` is empty where an article has none."""

    group: str
    tally: Tally


class MeansTally(Struct, frozen=True):
    """How many payments were taken by one means, and how much."""

    means: TenderKind
    tally: Tally


class OpenKind(Enum):
    """What can be left open at the end of a day."""

    PAYMENT = "payment"
    REFUND = "refund"
    SET_ASIDE = "set_aside"
    DOUBLE = "double"


class LeftOpen(Struct, frozen=True):
    """Something that a day leaves open; `name` is the payment's reference, or the number of the sale that was set aside."""

    kind: OpenKind
    name: str
    amount: Money


class DayTotals(Struct, frozen=True):
    """The figures of one day.

    `sales` are receipts and gross turnover before anything is given back; `corrections` count lines that were voided or
    reduced before payment, `voided` sales that were given up. A payment beyond a sale's own is no turnover, nor is its refund a
    return: `doubles` and `doubles_returned` count them apart.
    """

    sales: Tally
    given_back: Tally
    corrections: Tally
    voided: Tally
    doubles: Tally
    doubles_returned: Tally
    vat: tuple[VatShare, ...] = ()
    groups: tuple[GroupTally, ...] = ()
    taken: tuple[MeansTally, ...] = ()
    first_receipt: int | None = None
    last_receipt: int | None = None

    @classmethod
    def empty(cls, currency: Currency) -> "DayTotals":
        """Return the figures of a day on which nothing has happened."""
        nothing = Tally.nothing(currency)
        return cls(
            sales=nothing,
            given_back=nothing,
            corrections=nothing,
            voided=nothing,
            doubles=nothing,
            doubles_returned=nothing,
        )


class GrandTotals(Struct, frozen=True):
    """What the till has sold and given back since its first day; nothing sets them back."""

    sales: Money
    returns: Money

    @property
    def net(self) -> Money:
        """Sales less returns."""
        return self.sales - self.returns


class DayReport(Struct, frozen=True):
    """The report of a day: numbered where it closed the day (a Z report), without a number in between (an X report)."""

    number: int | None
    since: datetime | None
    at: datetime
    totals: DayTotals
    grand: GrandTotals
    left_open: tuple[LeftOpen, ...] = ()


class Day(Struct, frozen=True):
    """The day that runs, since the last close or the till's first start; `report` is the newest that was made."""

    totals: DayTotals
    grand: GrandTotals
    since: datetime | None = None
    closes: int = 0
    report: DayReport | None = None

    @classmethod
    def empty(cls, currency: Currency) -> "Day":
        """Return the first day of a till, before it was started."""
        zero = Money.zero(currency)
        return cls(DayTotals.empty(currency), GrandTotals(zero, zero))

    @property
    def is_idle(self) -> bool:
        """Whether nothing has happened that a report would show."""
        return self.totals == DayTotals.empty(self.grand.sales.currency)

    def begun(self, at: datetime) -> "Day":
        """Return this day, begun by the till's first start."""
        return self if self.since is not None else replace(self, since=at)

    def with_sale(self, sale: Sale) -> "Day":
        """Return this day with one more completed sale."""
        totals, total = self.totals, sale.basket.total
        grown = replace(
            totals,
            sales=totals.sales.plus(total),
            vat=_joined(totals.vat, sale.basket.vat),
            groups=_with_groups(totals.groups, sale),
            first_receipt=sale.receipt_number if totals.first_receipt is None else totals.first_receipt,
            last_receipt=sale.receipt_number,
        )
        return replace(self, totals=grown, grand=replace(self.grand, sales=self.grand.sales + total))

    def with_tender(self, tender: Tender) -> "Day":
        """Return this day with one more payment taken."""
        taken = {one.means: one.tally for one in self.totals.taken}
        _add(taken, tender.kind, tender.amount)
        counted = tuple(MeansTally(means, tally) for means, tally in taken.items())
        return replace(self, totals=replace(self.totals, taken=counted))

    def with_refund(self, amount: Money) -> "Day":
        """Return this day with money given back, whenever its sale was."""
        totals = replace(self.totals, given_back=self.totals.given_back.plus(amount))
        return replace(self, totals=totals, grand=replace(self.grand, returns=self.grand.returns + amount))

    def with_double(self, amount: Money) -> "Day":
        """Return this day with a payment beyond the sale's own."""
        return replace(self, totals=replace(self.totals, doubles=self.totals.doubles.plus(amount)))

    def with_double_returned(self, amount: Money) -> "Day":
        """Return this day with some of such a payment given back."""
        returned = self.totals.doubles_returned.plus(amount)
        return replace(self, totals=replace(self.totals, doubles_returned=returned))

    def with_correction(self, less: Money) -> "Day":
        """Return this day with a line voided or reduced by so much."""
        return replace(self, totals=replace(self.totals, corrections=self.totals.corrections.plus(less)))

    def with_voided(self, total: Money) -> "Day":
        """Return this day with a sale of so much given up."""
        return replace(self, totals=replace(self.totals, voided=self.totals.voided.plus(total)))

    def reported(self, report: DayReport) -> "Day":
        """Return this day after a report of it; one that has a number ends it, and the next begins with nothing."""
        if report.number is None:
            return replace(self, report=report)
        totals = DayTotals.empty(self.grand.sales.currency)
        return Day(totals, self.grand, since=report.at, closes=report.number, report=report)


def _joined(vat: tuple[VatShare, ...], more: tuple[VatShare, ...]) -> tuple[VatShare, ...]:
    """Sum the shares of each rate, highest rate first."""
    shares = {share.rate: share for share in vat}
    for share in more:
        known = shares.get(share.rate)
        shares[share.rate] = share if known is None else known.plus(share)
    return tuple(shares[rate] for rate in sorted(shares, reverse=True))


def _with_groups(groups: tuple[GroupTally, ...], sale: Sale) -> tuple[GroupTally, ...]:
    """Count each group once for the sale; a deposit is a group of its own."""
    sold: dict[str, Money] = {}
    for line in sale.basket.lines:
        parts = [(line.article.group, line.goods)]
        if line.article.deposit is not None:
            parts.append((line.article.deposit.name, line.deposit))
        for group, amount in parts:
            sold[group] = sold[group] + amount if group in sold else amount
    tallies = {one.group: one.tally for one in groups}
    for group, amount in sold.items():
        _add(tallies, group, amount)
    return tuple(GroupTally(group, tallies[group]) for group in sorted(tallies))


def _add(tallies: dict[Name, Tally], name: Name, amount: Money) -> None:
    tallies[name] = tallies.get(name, Tally.nothing(amount.currency)).plus(amount)
