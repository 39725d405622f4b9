"""A till's journal as the hub is told of it: facts chained into records that travel, and a few facts to tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.doubles.chain import MSN, OTHER_MSN
from till.domain.facts import Fact, OperationIntended, PaymentRequested, RefundRequested, SaleCompleted, SaleOpened
from till.domain.money import Currency, Money
from till.domain.payment import Created, Flow, Operation, Reported, Terms, Verdict
from till.domain.refund import PaidSale, RefundTerms
from till.journal.chain import FIRST_LINK, Record, link
from till.journal.codec import encode, stamp, stream_of

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def nok(minor: int) -> Money:
    """Return an amount in øre."""
    return Money(minor, Currency.NOK)


NOTHING = nok(0)


@dataclass
class ToldJournal:
    """A journal that grows; `records` are as they travel."""

    records: list[dict[str, object]] = field(default_factory=list)
    head: bytes = FIRST_LINK

    def tell(self, *facts: Fact, at: datetime = AT) -> list[dict[str, object]]:
        """Add facts; return their records."""
        return [self.add(stream_of(fact), *_encoded(fact), at) for fact in facts]

    def add(self, stream: str, kind: str, version: int, body: str, at: datetime = AT) -> dict[str, object]:
        """Add a record of any kind; return it."""
        record = Record(len(self.records) + 1, stream, kind, version, body.encode(), stamp(at))
        own = link(self.head, record)
        travelling = {
            "number": record.number,
            "stream": stream,
            "kind": kind,
            "version": version,
            "at": record.at,
            "body": body,
            "before": self.head.hex(),
            "hash": own.hex(),
        }
        self.head = own
        self.records.append(travelling)
        return travelling


def requested(sale: int, *, till: str = "kasse1", amount: int = 12550, at: datetime = AT) -> PaymentRequested:
    """Return the request of a sale's first payment."""
    reference = reference_of(sale, till)
    terms = Terms(reference, sale, nok(amount), Flow.CUSTOMER_SCREEN, _unit(till), at)
    return PaymentRequested(terms, f"{reference}-create", "00" * 32, "{}")


def reference_of(sale: int, till: str = "kasse1") -> str:
    """Return the reference of a sale's first payment."""
    return f"{till}-261121-{sale:04}-1"


def reported(
    reference: str,
    *,
    amount: int = 12550,
    captured: int = 0,
    refunded: int = 0,
    verdict: Verdict = Verdict.AUTHORIZED,
    at: datetime = AT,
) -> Reported:
    """Return a report about a payment."""
    authorized = nok(amount) if verdict is Verdict.AUTHORIZED else NOTHING
    return Reported(reference, at, verdict, nok(amount), authorized, nok(captured), NOTHING, nok(refunded))


def paid_sale(
    sale: int, *, till: str = "kasse1", amount: int = 12550, receipt: int | None = None, at: datetime = AT
) -> list[Fact]:
    """Return the facts of a sale that was paid, its lines left out."""
    reference = reference_of(sale, till)
    return [
        SaleOpened(sale, at),
        requested(sale, till=till, amount=amount, at=at),
        Created(reference, at),
        reported(reference, amount=amount, at=at),
        OperationIntended(
            reference, at, Operation.CAPTURE, nok(amount), _unit(till), f"{reference}-capture", "00" * 32
        ),
        reported(reference, amount=amount, captured=amount, at=at),
        SaleCompleted(sale, at + timedelta(seconds=5), sale if receipt is None else receipt),
    ]


def refund(sale: int, minor: int, *, till: str = "kasse1", amount: int = 12550, before: int = 0) -> list[Fact]:
    """Return the facts of a refund that was done."""
    reference = reference_of(sale, till)
    paid = PaidSale(reference, sale, sale, nok(amount), AT, _unit(till))
    terms = RefundTerms(reference, 1, nok(minor), nok(before), AT, paid)
    return [
        RefundRequested(terms, f"{reference}-refund-1", "00" * 32),
        reported(reference, amount=amount, captured=amount, refunded=before + minor),
    ]


def in_batches(records: Sequence[dict[str, object]], size: int) -> Iterator[list[dict[str, object]]]:
    """Return records in batches."""
    for first in range(0, len(records), size):
        yield list(records[first : first + size])


def _unit(till: str) -> str:
    """Return the sales unit of a till of the small chain."""
    return OTHER_MSN if till == "kasse3" else MSN


def _encoded(fact: Fact) -> tuple[str, int, str]:
    kind, version, body = encode(fact)
    return kind, version, body.decode()
