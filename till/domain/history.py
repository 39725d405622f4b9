"""What became of one payment: its facts in order, and the state that the till's own fold leads them to; and what it is found by."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from till.domain.basket import Basket
from till.domain.facts import (
    Fact,
    OperationIntended,
    OperationRepeated,
    PaymentRequested,
    RefundRequested,
    SaleCompleted,
)
from till.domain.payment import Captured, Payment, PaymentFact, Terms
from till.domain.refund import Refund
from till.domain.sale import Sale
from till.domain.state import TillState, advance

_OWN_FACTS = PaymentFact | OperationIntended | OperationRepeated


class PaymentHistory(Struct, frozen=True):
    """One payment's facts, oldest first, with the starts of the till and the receipt among them; `state` knows nothing else."""

    terms: Terms
    facts: tuple[Fact, ...]
    state: TillState

    @property
    def payment(self) -> Payment:
        """The payment as these facts leave it."""
        return self.state.payments[self.terms.reference]

    @property
    def refund(self) -> Refund | None:
        """Its newest refund."""
        return self.state.refunds.get(self.terms.reference)

    @property
    def receipt_number(self) -> int | None:
        """The receipt of its sale, once that was paid."""
        return self.state.sales[self.terms.sale].receipt_number

    def after(self, fact: Fact) -> "PaymentHistory":
        """Return the history with one more fact; a receipt that another payment of the sale brought is none of its own."""
        if isinstance(fact, SaleCompleted) and not isinstance(self.payment.state, Captured):
            return self
        return replace(self, facts=(*self.facts, fact), state=advance(self.state, fact).state)

    def is_about(self, fact: Fact) -> bool:
        """Whether a fact belongs to this payment."""
        if isinstance(fact, SaleCompleted):
            return fact.sale == self.terms.sale
        if isinstance(fact, RefundRequested):
            return fact.terms.reference == self.terms.reference
        return isinstance(fact, _OWN_FACTS) and fact.reference == self.terms.reference


def begin(fact: PaymentRequested) -> PaymentHistory:
    """Return the history of a payment that was just asked for."""
    terms, currency = fact.terms, fact.terms.amount.currency
    sale = Sale(terms.sale, Basket(currency))
    state = replace(TillState.empty(currency), sales={terms.sale: sale})
    return PaymentHistory(terms, (fact,), advance(state, fact).state)


# ---------------------------------------------------------------------------------------------- looking for it


class ByName(Struct, frozen=True):
    """The payments of a receipt number, or the one of a reference."""

    text: str


class ByAmount(Struct, frozen=True):
    """The payments that were asked for, or refunded, with this amount in minor units."""

    minor: int


class ByTime(Struct, frozen=True):
    """The payments that were asked for, or refunded, from one moment up to another."""

    since: datetime
    until: datetime


class Newest(Struct, frozen=True):
    """The newest payments of all."""


Wanted = ByName | ByAmount | ByTime | Newest
