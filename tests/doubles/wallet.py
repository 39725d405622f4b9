"""A wallet that only remembers what it was sent, and what the journal held at that moment."""

import hashlib

from tests.doubles.journal import MemoryJournal
from till.domain.facts import Fact
from till.domain.money import Money
from till.domain.order import Draft, Order
from till.domain.payment import Operation
from till.domain.secret import Secret
from till.engine.ports import Errand


class RecordingWallet:
    """The engine's `Wallet`: answers are given to the engine by the test."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.sent: list[Errand] = []
        self.journal_at_send: list[tuple[Fact, ...]] = []
        self._journal = journal
        self.recalled: dict[str, int] = {}
        self.is_hinted = False

    def draft(self, order: Order) -> Draft:
        text = f"create {order.terms.reference} {order.customer.reveal() if order.customer else ''}"
        return Draft(Secret(text), hashlib.sha256(text.encode()).hexdigest(), is_keepable=order.customer is None)

    def reference_check(self, text: str) -> str:
        return ""

    def operation_digest(self, operation: Operation, amount: Money) -> str:
        return hashlib.sha256(f"{operation.value} {amount.minor}".encode()).hexdigest()

    def recall(self, reference: str, sends: int) -> None:
        self.recalled[reference] = sends

    def rely_on_hints(self, *, is_hinted: bool) -> None:
        self.is_hinted = is_hinted

    def send(self, errand: Errand) -> float:
        self.sent.append(errand)
        self.journal_at_send.append(tuple(self._journal.written))
        return 0.0
