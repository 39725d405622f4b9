"""The judge: the invariants of the fault catalogue, checked from the wire, the journal's rows and the wallet's own figures.

It imports nothing of the till, knows its journal only as rows and its requests only as bytes, and trusts neither.
"""

import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

OPERATIONS_A_MINUTE, READS_A_MINUTE = 5, 120


class Violation(BaseException):
    """An invariant does not hold; its name comes first. No `except Exception` of the till may swallow it."""


class PaymentAtWallet(Protocol):
    """What the wallet itself knows of a payment; amounts in minor units."""

    reference: str
    state: str
    amount: int
    authorized: int
    captured: int
    cancelled: int
    refunded: int


@dataclass
class Intent:
    """What the journal says about a request that may leave."""

    reference: str
    operation: str
    key: str
    digest: str
    amount: int


@dataclass
class Ledger:
    """What the rows say of the days: this one's receipts with their totals, its refunds, and what all days came to."""

    closes: int = 0
    receipts: list[tuple[int, int]] = field(default_factory=list)
    refunds: list[int] = field(default_factory=list)
    sold: int = 0
    returned: int = 0

    def judge(self, report: dict[str, object], *, is_close: bool) -> None:
        """Judge a report against the rows since the last close: I7; a close begins the next day."""
        match report:
            case {"number": number, "totals": dict(totals), "grand": dict(grand)}:
                demand(number == (self.closes + 1 if is_close else None), "I7", f"report {number} after {self.closes}")
                amounts, numbers = [total for _, total in self.receipts], [receipt for receipt, _ in self.receipts]
                ends = (numbers[0], numbers[-1]) if numbers else (None, None)
                demand(ends == (totals["first_receipt"], totals["last_receipt"]), "I7", f"receipts {ends} of the day")
                for name, parts in (("sales", amounts), ("given_back", self.refunds)):
                    told = (totals[name]["number"], totals[name]["amount"]["minor"])
                    demand(told == (len(parts), sum(parts)), "I7", f"the day's {name}: {told}, the rows {parts}")
                for name in ("vat", "groups", "taken"):
                    parts = [one.get("gross") or one["tally"]["amount"] for one in totals[name]]
                    demand(sum(part["minor"] for part in parts) == sum(amounts), "I7", f"the day's {name} in all")
                told = (grand["sales"]["minor"], grand["returns"]["minor"])
                demand(told == (self.sold, self.returned), "I7", f"grand totals {told}, the rows {self.sold}")
            case _:
                raise Violation(f"I7: a report that cannot be read: {report}")
        if is_close:
            self.closes += 1
            self.receipts, self.refunds = [], []

    def sell(self, receipt: int, total: int) -> None:
        """Note a completed sale."""
        self.receipts.append((receipt, total))
        self.sold += total

    def give_back(self, amount: int) -> None:
        """Note money given back."""
        self.refunds.append(amount)
        self.returned += amount


@dataclass
class Checker:
    """Sees every request, every row and every step."""

    marks: tuple[str, ...] = ()
    intents: dict[str, Intent] = field(default_factory=dict)
    amounts: dict[str, int] = field(default_factory=dict)
    sales: dict[str, int] = field(default_factory=dict)
    paid: set[int] = field(default_factory=set)
    lines: dict[int, dict[int, dict[str, object]]] = field(default_factory=lambda: defaultdict(dict))
    last_word: dict[str, str] = field(default_factory=dict)
    released: set[str] = field(default_factory=set)
    sent_later: set[str] = field(default_factory=set)
    parts: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    last_hash: bytes = bytes(32)
    last_number: int = 0
    bodies: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    uses: dict[tuple[str, bool], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    reported: dict[str, dict[str, int]] = field(default_factory=dict)
    pictures: dict[str, tuple[object, ...]] = field(default_factory=dict)
    kept: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    day: Ledger = field(default_factory=Ledger)
    checks: int = 0

    # ---------------------------------------------------------------- the wire

    def saw_request(self, at_s: float, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Judge a request as it leaves: I1, I2, I14."""
        if "/epayment/v1/payments" not in path:
            return
        tail = path.split("/epayment/v1/payments")[1].strip("/")
        reference = tail.split("/")[0] if tail else json.loads(body)["reference"]
        self._count(at_s, reference, is_read=method == "GET")
        if method == "GET":
            return
        operation = tail.split("/")[1] if tail else "create"
        key = next((value for name, value in headers.items() if name.lower() == "idempotency-key"), "")
        intent = self.intents.get(key)
        demand(intent is not None, "I1", f"{operation} of {reference} left without a journaled intent")
        assert intent is not None
        demand(intent.reference == reference, "I1", f"the intent of {key} is for {intent.reference}")
        demand(
            hashlib.sha256(body).hexdigest() == intent.digest, "I2", f"{key} left with another body than its intent's"
        )
        before = self.bodies.setdefault(key, (path, body))
        demand(before == (path, body), "I2", f"{key} was sent with two bodies")
        if operation != "create":
            self._judge_modification(reference, operation, key, body)

    def _judge_modification(self, reference: str, operation: str, key: str, body: bytes) -> None:
        fields = json.loads(body) if body else {}
        minor = fields.get("modificationAmount", {}).get("value")
        if operation == "capture":
            asked = self.asked_of(reference)
            demand(minor == asked, "I3", f"a capture of {minor} where {asked} was asked for")
            demand(self.may_take(reference), "R5", f"{reference} is captured against the cashier's word")
        if operation == "cancel" and not fields.get("cancelTransactionOnly"):
            is_rest = (
                self.reported.get(reference, {}).get("captured") == self.asked_of(reference) < self.amounts[reference]
            )
            demand(is_rest or reference in self.released, "R5", f"{reference} is released, and nobody asked for it")
        if operation == "refund":
            demand(minor == self.intents[key].amount, "I2", f"{key} gives {minor} back, its intent says otherwise")
        keys = {known for known, (path, _) in self.bodies.items() if path.endswith(f"{reference}/{operation}")}
        if operation == "capture":
            demand(keys == {key}, "I2", f"two keys for the {operation} of {reference}")

    def asked_of(self, reference: str) -> int:
        """Return how much of a payment the cashier has asked for: all of it, unless a part was named."""
        return self.parts.get(reference, self.amounts[reference])

    def may_take(self, reference: str) -> bool:
        """Whether the cashier's last word on a payment lets it be captured: for goods that are sent later none does not."""
        unasked = "" if reference in self.sent_later else "complete-asked"
        return self.last_word.get(reference, unasked) == "complete-asked"

    def _count(self, at_s: float, reference: str, *, is_read: bool) -> None:
        uses = self.uses[reference, is_read]
        uses.append(at_s)
        while uses[0] <= at_s - 60:
            uses.popleft()
        most = READS_A_MINUTE if is_read else OPERATIONS_A_MINUTE
        demand(
            len(uses) <= most, "I14", f"{len(uses)} {'reads' if is_read else 'operations'} of {reference} in a minute"
        )

    # ---------------------------------------------------------------- the journal

    def saw_rows(self, rows: Iterable[tuple[int, str, str, int, str, str, bytes, bytes]]) -> None:
        """Judge rows as they are committed: I8, I11."""
        for number, stream, kind, version, body, at, before, own in rows:
            demand(number == self.last_number + 1, "I8", f"row {number} follows {self.last_number}")
            demand(before == self.last_hash, "I8", f"row {number} does not name the hash before it")
            digest = hashlib.sha256(before)
            for part in (str(number), stream, kind, str(version), at, body):
                digest.update(len(part.encode()).to_bytes(4))
                digest.update(part.encode())
            demand(digest.digest() == own, "I8", f"row {number} does not have its own hash")
            demand(not any(mark in body for mark in self.marks), "I11", f"row {number} holds something personal")
            self.last_number, self.last_hash = number, own
            self._learn(kind, json.loads(body))

    def _learn(self, kind: str, fact: dict[str, object]) -> None:
        match kind, fact:
            case "payment-requested", {"terms": dict(terms), "key": str(key), "digest": str(digest)}:
                reference, minor = terms["reference"], terms["amount"]["minor"]
                self.amounts[reference], self.sales[reference] = minor, terms["sale"]
                if terms.get("is_sent_later"):
                    self.sent_later.add(reference)
                self.intents[key] = Intent(reference, "create", key, digest, minor)
            case "operation-intended", {"reference": str(reference), "key": str(key), "digest": str(digest)}:
                minor = fact["amount"]["minor"]  # type: ignore[index]
                self.intents[key] = Intent(reference, str(fact["operation"]), key, digest, minor)
            case "refund-requested", {"terms": dict(terms), "key": str(key), "digest": str(digest)}:
                reference, minor = terms["reference"], terms["amount"]["minor"]
                given = sum(one.amount for one in self.intents.values() if self._is_done(one, reference))
                demand(key not in self.intents, "I2", f"two refunds under {key}")
                demand(
                    given == terms["refunded_before"]["minor"], "R4", f"{key} is asked for, with one unknown before it"
                )
                self.intents[key] = Intent(reference, "refund", key, digest, minor)
            case "payment-refused", {"operation": "refund", "reference": str(reference)}:
                self.refused.add(self._last_refund(reference))
            case "payment-reported", {"reference": str(reference)}:
                grown = fact["refunded"]["minor"] - self.reported.get(reference, {}).get("refunded", 0)  # type: ignore[index]
                if grown > 0:
                    self.day.give_back(grown)
                    self.refused.discard(self._last_refund(reference))
                names = ("authorized", "captured", "cancelled", "refunded")
                self.reported[reference] = {name: fact[name]["minor"] for name in names}  # type: ignore[index]
            case "sale-completed", {"sale": int(sale), "receipt_number": int(receipt)}:
                demand(sale not in self.paid, "I4", f"sale {sale} is completed twice")
                total = sum(_line_total(line) for line in self.lines[sale].values())
                demand(
                    total == self.kept_of(sale), "I4", f"sale {sale} of {total} is complete with {self.kept_of(sale)}"
                )
                self.paid.add(sale)
                self.day.sell(receipt, total)
            case "day-reported" | "day-closed", {"report": dict(report)}:
                self.day.judge(report, is_close=kind == "day-closed")
            case "line-added", {"sale": int(sale), "line": dict(line)}:
                self.lines[sale][line["number"]] = line
            case "quantity-changed", {"sale": int(sale), "line": int(number)}:
                self.lines[sale][number]["quantity_thousandths"] = fact["quantity_thousandths"]
            case "line-voided", {"sale": int(sale), "line": int(number)}:
                del self.lines[sale][number]
            case "cancel-asked" | "complete-asked" | "release-asked", {"reference": str(reference)}:
                self.last_word[reference] = kind
                if kind == "complete-asked":
                    self._learn_part(reference, fact.get("amount"))
                if kind == "release-asked":
                    self.released.add(reference)

    def _learn_part(self, reference: str, amount: object) -> None:
        """Judge a part that is asked for: what the lines that are left come to, of goods that are sent later: I4."""
        self.parts.pop(reference, None)
        match amount:
            case {"minor": int(minor)}:
                total = sum(_line_total(line) for line in self.lines[self.sales[reference]].values())
                demand(0 < minor == total < self.amounts[reference], "I4", f"{minor} of {reference} for {total}")
                demand(reference in self.sent_later, "I4", f"a part of {reference}, whose goods are not sent")
                self.parts[reference] = minor

    def kept_of(self, sale: int) -> int:
        """Return what the journal believes was captured for a sale, in minor units."""
        return sum(amounts["captured"] for reference, amounts in self.reported.items() if self.sales[reference] == sale)

    def _last_refund(self, reference: str) -> str:
        keys = [one.key for one in self.intents.values() if (one.reference, one.operation) == (reference, "refund")]
        return keys[-1] if keys else ""

    def _is_done(self, intent: Intent, reference: str) -> bool:
        """Whether an intent is a refund of this payment that was not refused: the wallet has, or may yet, carry it out."""
        return intent.operation == "refund" and intent.reference == reference and intent.key not in self.refused

    # ---------------------------------------------------------------- every step

    def check(
        self, payments: Iterable[PaymentAtWallet], open_references: set[str] | None, shown_paid: set[str]
    ) -> None:
        """Judge the whole; `open_references` is the till's own list, None while the till is down."""
        self.checks += 1
        known = 0
        for payment in payments:
            reference = payment.reference
            known += reference in shown_paid
            is_open = None if open_references is None else reference in open_references
            seen = (payment.state, payment.authorized, payment.captured, payment.cancelled, payment.refunded)
            picture = (*seen, is_open, reference in shown_paid)
            if self.pictures.get(reference) != picture:
                self.pictures[reference] = picture
                self._judge(payment, is_open=is_open, is_shown_paid=reference in shown_paid)
        demand(known == len(shown_paid), "I4", "a payment is shown as paid that the wallet does not know")

    def _judge(self, payment: PaymentAtWallet, *, is_open: bool | None, is_shown_paid: bool) -> None:
        reference = payment.reference
        demand(reference in self.amounts, "I6", f"{reference} is at the wallet, but in no journal")
        demand(payment.captured <= payment.authorized, "I3", f"{reference} captured more than authorised")
        demand(payment.refunded <= payment.captured, "I3", f"{reference} refunded more than captured")
        if is_open is False:
            reserved = max(0, payment.authorized - payment.captured - payment.cancelled)
            demand(reserved == 0, "I5", f"{reference} holds {reserved} and is on no list")
            demand(
                payment.state != "CREATED", "I12", f"{reference} can still be approved, and the till has given it up"
            )
        if is_shown_paid:
            demand(payment.captured == self.asked_of(reference), "I4", f"{reference} is shown as paid, and is not")
        sale = self.sales[reference]
        self.kept[sale][reference] = payment.captured - payment.refunded
        total = max(amount for other, amount in self.amounts.items() if self.sales[other] == sale)
        demand(sum(self.kept[sale].values()) <= total, "I3", f"sale {sale} of {total} was captured more than once")

    def check_books(self, payments: Iterable[PaymentAtWallet]) -> None:
        """Judge the end: I7."""
        for payment in payments:
            sale, reference = self.sales[payment.reference], payment.reference
            if payment.captured:
                demand(sale in self.paid, "I7", f"{reference} was captured, and its sale {sale} is not complete")
                believed = self.reported.get(reference, {}).get("captured")
                demand(
                    believed == payment.captured, "I7", f"{reference}: journal {believed}, wallet {payment.captured}"
                )
            asked = sum(one.amount for one in self.intents.values() if self._is_done(one, reference))
            demand(payment.refunded == asked, "I7", f"{reference}: {payment.refunded} given back, {asked} asked for")
        by_sale: dict[int, int] = defaultdict(int)
        for payment in payments:
            by_sale[self.sales[payment.reference]] += payment.captured
        for sale in self.paid:
            demand(by_sale[sale] > 0, "I4", f"sale {sale} is complete, and nothing was captured")


def _line_total(line: dict[str, object]) -> int:
    """Return what a line costs with its deposit, in minor units, half up: counted apart from the till's own way."""
    match line:
        case {"quantity_thousandths": int(quantity), "price": {"minor": int(price)}, "article": {"deposit": deposit}}:
            each = deposit["price"]["minor"] if deposit else 0
            return (price * quantity + 500) // 1000 + (each * quantity + 500) // 1000
    raise Violation(f"I4: a line that cannot be read: {line}")


def demand(holds: bool, invariant: str, what: str) -> None:
    """Raise a Violation unless it holds."""
    if not holds:
        raise Violation(f"{invariant}: {what}")
