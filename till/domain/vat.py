"""Value added tax taken out of gross prices, line by line, half up (kassasystemforskrifta; momsloven; AVL)."""

from collections.abc import Iterable

from msgspec import Struct

from till.domain.money import Currency, Money, divide_half_up


class VatRate(Struct, frozen=True, order=True):
    """A rate in basis points: 2500 is 25 %."""

    basis_points: int

    def __post_init__(self) -> None:
        assert 0 <= self.basis_points <= 10_000

    def contained_in(self, gross: Money) -> Money:
        """Return the tax inside `gross`, half up to the minor unit, mirrored for returns."""
        tax_minor = divide_half_up(gross.minor * self.basis_points, 10_000 + self.basis_points)
        return Money(tax_minor, gross.currency)


class VatShare(Struct, frozen=True):
    """What one rate contributes to a sale: gross, the tax inside it, and the net."""

    rate: VatRate
    gross: Money
    tax: Money

    @property
    def net(self) -> Money:
        """The amount without tax."""
        return self.gross - self.tax

    def plus(self, other: "VatShare") -> "VatShare":
        """Return both shares of the same rate as one."""
        assert self.rate == other.rate
        return VatShare(self.rate, self.gross + other.gross, self.tax + other.tax)


def summarise_vat(parts: Iterable[tuple[VatRate, Money]], currency: Currency) -> tuple[VatShare, ...]:
    """Sum gross parts per rate, highest rate first; the tax is summed per part, never taken from the sum.

    Whole numbers are summed rather than Money: a long basket has hundreds of parts, and this runs with every scan.
    """
    gross: dict[int, int] = {}
    tax: dict[int, int] = {}
    for rate, amount in parts:
        points = rate.basis_points
        gross[points] = gross.get(points, 0) + amount.minor
        tax[points] = tax.get(points, 0) + divide_half_up(amount.minor * points, 10_000 + points)
    return tuple(
        VatShare(VatRate(points), Money(gross[points], currency), Money(tax[points], currency))
        for points in sorted(gross, reverse=True)
    )
