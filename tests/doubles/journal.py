"""A journal in memory that can be told to fail."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from till.domain.facts import Fact, PaymentRequested, SaleCompleted
from till.domain.payment import Reported
from till.domain.refund import PaidSale
from till.engine.ports import JournalNotWritten


class MemoryJournal:
    """The engine's `Journal`, held to the same promises as the one on disk."""

    def __init__(self, facts: Sequence[Fact] = ()) -> None:
        self.written: list[Fact] = list(facts)
        self.is_full = False

    def append(self, facts: Sequence[Fact], at: datetime) -> None:
        if self.is_full:
            raise JournalNotWritten("disk_full")
        self.written.extend(facts)

    def facts(self) -> Iterator[Fact]:
        return iter(tuple(self.written))

    def part(self, after: int, most: int) -> tuple[Fact, ...]:
        return tuple(self.written[after : after + most])

    def find_paid(self, text: str) -> PaidSale | None:
        completed = [fact for fact in self.written if isinstance(fact, SaleCompleted)]
        requested = [fact.terms for fact in self.written if isinstance(fact, PaymentRequested)]
        captured = {fact.reference for fact in self.written if isinstance(fact, Reported) and fact.captured.minor}
        for terms in sorted(requested, key=lambda one: one.reference != text):
            for fact in completed:
                named = [one.reference for one in requested if one.sale == fact.sale]
                is_meant = text in (str(fact.receipt_number), *named)
                if is_meant and fact.sale == terms.sale and terms.reference in captured:
                    return PaidSale(terms.reference, fact.sale, fact.receipt_number, terms.amount, fact.at, terms.msn)
        return None

    def close(self) -> None:
        pass
