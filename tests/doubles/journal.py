"""A journal in memory that can be told to fail."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from till.domain.facts import Fact, PaymentRequested, SaleCompleted
from till.domain.history import ByAmount, ByName, ByTime, PaymentHistory, Wanted, begin
from till.domain.payment import Reported
from till.domain.refund import PaidSale
from till.engine.ports import JournalNotWritten, JournalRow
from till.journal.chain import FIRST_LINK, Record, link
from till.journal.codec import encode, stamp, stream_of


class MemoryJournal:
    """The engine's `Journal`, held to the same promises as the one on disk."""

    def __init__(self, facts: Sequence[Fact] = ()) -> None:
        self.written: list[Fact] = list(facts)
        self.kept: list[JournalRow] = []
        self.is_full = False

    def append(self, facts: Sequence[Fact], at: datetime) -> None:
        if self.is_full:
            raise JournalNotWritten("disk_full")
        self.written.extend(facts)
        for fact in facts:
            kind, version, body = encode(fact)
            number, before = len(self.kept) + 1, self.kept[-1].hash if self.kept else FIRST_LINK
            own = link(before, Record(number, stream_of(fact), kind, version, body, stamp(at)))
            row = JournalRow(number, stream_of(fact), kind, version, stamp(at), body.decode(), before, own)
            self.kept.append(row)

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

    def rows(self, after: int, most: int) -> tuple[JournalRow, ...]:
        return tuple(self.kept[after : after + most])

    def find_payments(self, wanted: Wanted, most: int) -> tuple[PaymentHistory, ...]:
        histories: dict[str, PaymentHistory] = {}
        for fact in self.written:
            if isinstance(fact, PaymentRequested):
                histories[fact.terms.reference] = begin(fact)
            for reference, history in histories.items():
                if history.is_about(fact):
                    histories[reference] = history.after(fact)
        hits = [history for history in histories.values() if _is_wanted(history, wanted)]
        return tuple(reversed(hits))[:most]

    def close(self) -> None:
        pass


def _is_wanted(history: PaymentHistory, wanted: Wanted) -> bool:
    terms = history.terms
    match wanted:
        case ByName(text=text):
            return text in (terms.reference, str(history.receipt_number))
        case ByAmount(minor=minor):
            return terms.amount.minor == minor
        case ByTime(since=since, until=until):
            return since <= terms.requested_at < until
        case _:
            return True
