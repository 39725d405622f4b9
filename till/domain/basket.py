"""The basket: lines of articles with quantities, a line voided, and what it all comes to."""

from msgspec import Struct
from msgspec.structs import replace

from till.domain.catalogue import Article, Unit
from till.domain.money import Currency, Money
from till.domain.vat import VatRate, VatShare, summarise_vat

#: A quantity above this is a scan that landed in a number, not a purchase (thousandths of a unit).
QUANTITY_MOST_THOUSANDTHS = 9_999_000
ONE_THOUSANDTHS = 1000


class Line(Struct, frozen=True):
    """One row of the basket: `number` names it for the life of the sale; quantity in thousandths of the unit."""

    number: int
    article: Article
    quantity_thousandths: int
    price: Money

    @property
    def goods(self) -> Money:
        """The goods alone: quantity times unit price, half up, without deposit."""
        return self.price.times_thousandths(self.quantity_thousandths)

    @property
    def deposit(self) -> Money:
        """The bottle deposit that follows the goods; nothing where there is none."""
        if self.article.deposit is None:
            return Money.zero(self.price.currency)
        return self.article.deposit.price.times_thousandths(self.quantity_thousandths)

    @property
    def total(self) -> Money:
        """Goods and deposit."""
        return self.goods + self.deposit

    def vat_parts(self) -> tuple[tuple[VatRate, Money], ...]:
        """Return the gross parts of this line with the rate of each."""
        goods = (self.article.vat, self.goods)
        if self.article.deposit is None:
            return (goods,)
        return (goods, (self.article.deposit.vat, self.deposit))


class Basket(Struct, frozen=True):
    """The lines rung up so far, in the order they came.

    `total_minor` is kept with every change: a long basket is asked for it several times with every scan.
    """

    currency: Currency
    lines: tuple[Line, ...] = ()
    total_minor: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is rung up."""
        return not self.lines

    @property
    def total(self) -> Money:
        """The sum of all lines."""
        return Money(self.total_minor, self.currency)

    @property
    def vat(self) -> tuple[VatShare, ...]:
        """The tax per rate, summed over lines."""
        return summarise_vat((part for line in self.lines for part in line.vat_parts()), self.currency)

    @property
    def least_age(self) -> int | None:
        """The highest age limit of anything in it, or None."""
        return max((line.article.min_age for line in self.lines if line.article.min_age is not None), default=None)

    @property
    def pieces(self) -> int:
        """How many things the customer carries: pieces counted, a weighed line as one."""
        return sum(
            line.quantity_thousandths // ONE_THOUSANDTHS if line.article.unit is Unit.PIECE else 1
            for line in self.lines
        )

    def line(self, number: int) -> Line | None:
        """Return the line of that number, or None."""
        return next((line for line in self.lines if line.number == number), None)

    def line_to_join(self, article: Article, price: Money) -> Line | None:
        """Return the line that one more piece of `article` would join: the last one, same article and price."""
        last = self.lines[-1] if self.lines else None
        if last is None or article.unit is Unit.KG or last.article != article or last.price != price:
            return None
        return last

    def with_line(self, line: Line) -> "Basket":
        """Return this basket with `line` at the end."""
        assert line.price.currency is self.currency
        return replace(self, lines=(*self.lines, line), total_minor=self.total_minor + line.total.minor)

    def with_quantity(self, number: int, quantity_thousandths: int) -> "Basket":
        """Return this basket with another quantity on one line."""
        lines = tuple(
            replace(line, quantity_thousandths=quantity_thousandths) if line.number == number else line
            for line in self.lines
        )
        return self._with_lines(lines)

    def without_line(self, number: int) -> "Basket":
        """Return this basket with one line voided; the journal keeps what it was."""
        return self._with_lines(tuple(line for line in self.lines if line.number != number))

    def _with_lines(self, lines: tuple[Line, ...]) -> "Basket":
        return replace(self, lines=lines, total_minor=sum(line.total.minor for line in lines))
