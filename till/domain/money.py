"""Money in minor units of one currency, and the few roundings a till may make."""

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct


class Currency(Enum):
    """The currencies a shop of ours sells in; the value is the ISO 4217 code. All have 100 minor units."""

    NOK = "NOK"
    DKK = "DKK"
    EUR = "EUR"


class CurrencyMismatch(ValueError):
    """Two currencies met in one sum: a fault of our own code, never of a customer's."""


class Money(Struct, frozen=True):
    """An amount in minor units (øre, cent); negative amounts are returns."""

    minor: int
    currency: Currency

    @classmethod
    def zero(cls, currency: Currency) -> "Money":
        """Return nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: Currency) -> "Money":
        """Return the sum of `amounts`, which may be empty; raise CurrencyMismatch on a foreign one."""
        whole = cls.zero(currency)
        for amount in amounts:
            whole = whole + amount
        return whole

    def __add__(self, other: "Money") -> "Money":
        self._demand_same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._demand_same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._demand_same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._demand_same_currency(other)
        return self.minor <= other.minor

    def times_thousandths(self, thousandths: int) -> "Money":
        """Return this price for a quantity in thousandths of a unit, half up on the absolute value."""
        return Money(divide_half_up(self.minor * thousandths, 1000), self.currency)

    def _demand_same_currency(self, other: "Money") -> None:
        if self.currency is not other.currency:
            raise CurrencyMismatch(f"{self.currency.value} met {other.currency.value}")


def divide_half_up(dividend: int, divisor: int) -> int:
    """Divide by a positive divisor, halves away from zero, so that a return mirrors its sale."""
    assert divisor > 0
    magnitude = (2 * abs(dividend) + divisor) // (2 * divisor)
    return magnitude if dividend >= 0 else -magnitude


#: The least amount the wallet takes, in minor units (ePayment, create payment: `amount.value`).
WALLET_MINIMUM_MINOR = {Currency.NOK: 100, Currency.DKK: 1, Currency.EUR: 1}
