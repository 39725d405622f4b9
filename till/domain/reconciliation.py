"""What the journal says was captured and refunded, against what the wallet's books say: sums, and every difference.

Report API, guide "Settlement process": match each movement by the `pspReference` of its event, then by `reference`. Books are
read by sign and unknown kinds of entries are summed apart; the till's own day may end at another hour than the books'.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, tzinfo
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from till.domain.facts import Fact, PaymentRequested
from till.domain.money import Currency, Money
from till.domain.payment import Reported


class Kind(Enum):
    """Which way money moved."""

    CAPTURE = "capture"
    REFUND = "refund"


class Reason(Enum):
    """Why journal and books do not agree."""

    MISSING_IN_REPORT = "missing_in_report"
    MISSING_IN_JOURNAL = "missing_in_journal"
    DOUBLED = "doubled"
    OTHER_AMOUNT = "other_amount"
    OTHER_DAY = "other_day"
    DAY_OPEN = "day_open"


class Movement(Struct, frozen=True):
    """Money that the journal knows to have moved; `psp_reference` is its event's own, empty until it has been looked up."""

    reference: str
    kind: Kind
    amount: Money
    at: datetime
    psp_reference: str = ""


class Event(Struct, frozen=True):
    """One capture or refund of a payment's event log, oldest first."""

    psp_reference: str
    kind: Kind
    amount: Money


class LedgerEntry(Struct, frozen=True):
    """One line of the wallet's books; the amount is signed, `kind` is the wallet's own word and may be a new one."""

    psp_reference: str
    at: datetime
    ledger_date: date
    kind: str
    reference: str
    amount: Money


class Difference(Struct, frozen=True):
    """One thing that does not agree; an amount is None on the side that has none."""

    reason: Reason
    kind: Kind
    reference: str
    psp_reference: str
    journal: Money | None = None
    report: Money | None = None


class Matched(Struct, frozen=True):
    """A movement and its entry in the books, with the fee that stands under the same `pspReference`, if it is known yet."""

    movement: Movement
    entry: LedgerEntry
    fee: Money | None = None


class Sums(Struct, frozen=True):
    """What the books of one day add up to; `fees` are charged when negative, `payout` leaves for the bank when negative.

    `fees` come from the fees' books, `retained` and the rest from the funds'.
    """

    captured: Money
    refunded: Money
    fees: Money
    retained: Money
    payout: Money
    other: Money
    payout_numbers: tuple[str, ...] = ()


class Reconciliation(Struct, frozen=True):
    """One day: the journal's sums, the books' sums, what agrees and what does not.

    `elsewhere` sums what other tills of the same sales unit moved, which this journal cannot know.
    """

    day: date
    is_open: bool
    captured: Money
    refunded: Money
    report: Sums
    matched: tuple[Matched, ...]
    differences: tuple[Difference, ...]
    elsewhere: Money

    @property
    def agrees(self) -> bool:
        """Whether all money is where it should be, or may still get there."""
        return all(one.reason in (Reason.OTHER_DAY, Reason.DAY_OPEN) for one in self.differences)


class Books(Struct, frozen=True):
    """The wallet's books: the funds of the day and of days around it, the fees of the day, and which days are still open."""

    funds: tuple[LedgerEntry, ...]
    fees: tuple[LedgerEntry, ...] = ()
    open_days: frozenset[date] = frozenset()


_SIGNS = {Kind.CAPTURE.value: 1, Kind.REFUND.value: -1}
_PAYOUTS = ("payout-scheduled", "payout-aborted", "scheduled-for-payout")
#: How fees are paid, which is not what they are.
_FEES_PAID = ("fees-retained", "fees-invoiced")


def movements_of(facts: Iterable[Fact], msn: str) -> tuple[Movement, ...]:
    """Return every growth of a captured and refunded amount that the journal tells of one sales unit, in its order."""
    units: dict[str, str] = {}
    known: dict[tuple[str, Kind], Money] = {}
    movements = []
    for fact in facts:
        if isinstance(fact, PaymentRequested):
            units[fact.terms.reference] = fact.terms.msn
        if not isinstance(fact, Reported) or units.get(fact.reference) != msn:
            continue
        for kind, amount in ((Kind.CAPTURE, fact.captured), (Kind.REFUND, fact.refunded)):
            before = known.get((fact.reference, kind), Money.zero(amount.currency))
            if before < amount:
                movements.append(Movement(fact.reference, kind, amount - before, fact.at))
                known[fact.reference, kind] = amount
    return tuple(movements)


def with_events(movements: Iterable[Movement], events: Mapping[str, tuple[Event, ...]]) -> tuple[Movement, ...]:
    """Give each movement its event's own `pspReference`; one that the till heard of as a sum becomes several.

    A movement that the event log does not add up to keeps its amount and goes without.
    """
    left = {reference: list(log) for reference, log in events.items()}
    return tuple(part for movement in movements for part in _named(movement, left.get(movement.reference, [])))


def reconcile(
    day: date,
    *,
    movements: Iterable[Movement],
    books: Books,
    prefix: str,
    currency: Currency,
    zone: tzinfo | None = None,
) -> Reconciliation:
    """Compare one day; `prefix` begins every reference of this till, `zone` parts its days (None: this machine's).

    All movements of the journal are wanted, not the day's alone: what the till heard of late is not missing.
    """
    known: dict[str, list[Movement]] = {}
    for movement in movements:
        known.setdefault(movement.reference, []).append(movement)
    own = [one for group in known.values() for one in group if one.at.astimezone(zone).date() == day]
    booked: dict[str, list[LedgerEntry]] = {}
    others: list[Money] = []
    for entry in books.funds:
        if entry.kind in _SIGNS and (entry.reference in known or entry.reference.startswith(prefix)):
            booked.setdefault(entry.reference, []).append(entry)
        elif entry.kind in _SIGNS and entry.ledger_date == day:
            others.append(entry.amount)
    matched: list[Matched] = []
    differences: list[Difference] = []
    for reference in sorted({one.reference for one in own} | set(booked)):
        payment = _Payment(day, zone, is_open=day in books.open_days)
        payment.compare(known.get(reference, []), booked.get(reference, []))
        matched += payment.matched
        differences += payment.differences
    fees = _fees_by_event(books.fees)
    return Reconciliation(
        day=day,
        is_open=day in books.open_days,
        captured=Money.total((one.amount for one in own if one.kind is Kind.CAPTURE), currency),
        refunded=Money.total((one.amount for one in own if one.kind is Kind.REFUND), currency),
        report=_sums(day, books, currency),
        matched=tuple(replace(pair, fee=fees.get(pair.entry.psp_reference)) for pair in matched),
        differences=tuple(differences),
        elsewhere=Money.total(others, currency),
    )


class _Payment:
    """One payment's movements and entries, taken off two lists pair by pair; what is left is noted."""

    def __init__(self, day: date, zone: tzinfo | None, *, is_open: bool) -> None:
        self._day = day
        self._zone = zone
        self._is_open = is_open
        self.matched: list[Matched] = []
        self.differences: list[Difference] = []

    def compare(self, movements: list[Movement], entries: list[LedgerEntry]) -> None:
        """Pair by event; then, for what has no event's name, by kind and amount; then by kind alone."""
        entries = self._without_repeats(entries)
        paired: list[Movement] = []
        for fits in (_is_same_event, _is_same_amount, _is_same_kind):
            for movement in [one for one in movements if one not in paired]:
                entry = next((one for one in entries if fits(movement, one)), None)
                if entry is not None:
                    entries.remove(entry)
                    paired.append(movement)
                    self._note_pair(movement, entry)
        for movement in movements:
            if movement not in paired and self._is_today(movement):
                reason = Reason.DAY_OPEN if self._is_open else Reason.MISSING_IN_REPORT
                self._note(reason, movement, None)
        for entry in entries:
            if entry.ledger_date == self._day:
                is_twice = any(_is_same_amount(one, entry) for one in paired)
                self._note(Reason.DOUBLED if is_twice else Reason.MISSING_IN_JOURNAL, None, entry)

    def _without_repeats(self, entries: list[LedgerEntry]) -> list[LedgerEntry]:
        """Return each event's first entry; another of the same event is a double."""
        first: dict[tuple[str, str], LedgerEntry] = {}
        for entry in entries:
            name = (entry.psp_reference, entry.kind)
            if name not in first:
                first[name] = entry
            elif entry.ledger_date == self._day:
                self._note(Reason.DOUBLED, None, entry)
        return list(first.values())

    def _note_pair(self, movement: Movement, entry: LedgerEntry) -> None:
        is_today, is_booked_today = self._is_today(movement), entry.ledger_date == self._day
        if not (is_today or is_booked_today):
            return
        if movement.amount != _moved(entry):
            self._note(Reason.OTHER_AMOUNT, movement, entry)
        elif is_today and is_booked_today:
            self.matched.append(Matched(movement, entry))
        else:
            self._note(Reason.OTHER_DAY, movement, entry)

    def _note(self, reason: Reason, movement: Movement | None, entry: LedgerEntry | None) -> None:
        if movement is not None:
            kind, reference, psp_reference = movement.kind, movement.reference, movement.psp_reference
        else:
            assert entry is not None
            kind, reference, psp_reference = Kind(entry.kind), entry.reference, entry.psp_reference
        if entry is not None:
            psp_reference = entry.psp_reference
        self.differences.append(
            Difference(
                reason=reason,
                kind=kind,
                reference=reference,
                psp_reference=psp_reference,
                journal=None if movement is None else movement.amount,
                report=None if entry is None else _moved(entry),
            )
        )

    def _is_today(self, movement: Movement) -> bool:
        return movement.at.astimezone(self._zone).date() == self._day


def _is_same_event(movement: Movement, entry: LedgerEntry) -> bool:
    return movement.psp_reference == entry.psp_reference and movement.kind.value == entry.kind


def _is_same_amount(movement: Movement, entry: LedgerEntry) -> bool:
    return _is_same_kind(movement, entry) and movement.amount == _moved(entry)


def _is_same_kind(movement: Movement, entry: LedgerEntry) -> bool:
    """Whether an entry may be that of a movement whose event is not known."""
    return not movement.psp_reference and movement.kind.value == entry.kind


def _moved(entry: LedgerEntry) -> Money:
    """Return a capture's or refund's entry as the journal counts it: growing."""
    return entry.amount if _SIGNS[entry.kind] > 0 else -entry.amount


def _named(movement: Movement, left: list[Event]) -> Iterator[Movement]:
    """Take the events that make up a movement off those that are left of its payment."""
    taken: list[Event] = []
    missing = movement.amount
    for event in [one for one in left if one.kind is movement.kind]:
        if missing.minor <= 0 or missing < event.amount:
            break
        taken.append(event)
        missing = missing - event.amount
    if missing.minor != 0:
        yield movement
        return
    for event in taken:
        left.remove(event)
        yield replace(movement, amount=event.amount, psp_reference=event.psp_reference)


def _fees_by_event(entries: tuple[LedgerEntry, ...]) -> dict[str, Money]:
    fees: dict[str, Money] = {}
    for entry in entries:
        if entry.kind not in _FEES_PAID:
            before = fees.get(entry.psp_reference, Money.zero(entry.amount.currency))
            fees[entry.psp_reference] = before + entry.amount
    return fees


def _sums(day: date, books: Books, currency: Currency) -> Sums:
    funds = [entry for entry in books.funds if entry.ledger_date == day]
    named = (*_SIGNS, *_PAYOUTS, "fees-retained")

    def total(*kinds: str) -> Money:
        return Money.total((entry.amount for entry in funds if entry.kind in kinds), currency)

    charged = [one.amount for one in books.fees if one.ledger_date == day and one.kind not in _FEES_PAID]
    return Sums(
        captured=total(Kind.CAPTURE.value),
        refunded=-total(Kind.REFUND.value),
        fees=Money.total(charged, currency),
        retained=total("fees-retained"),
        payout=total(*_PAYOUTS),
        other=Money.total((entry.amount for entry in funds if entry.kind not in named), currency),
        payout_numbers=tuple(
            entry.psp_reference.rpartition("-")[2]
            for entry in funds
            if entry.kind in _PAYOUTS and entry.amount.minor < 0
        ),
    )
