"""Refunds that the hub makes for tills of other stores, with the discipline of a till's own.

The intent is kept before the first byte leaves, one key for every try, and the wallet's refunded amount alone says that it is done:
`domain/refund.py` decides, here it is remembered and carried out.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from till.domain.faults import Fault
from till.domain.money import Currency, Money
from till.domain.payment import Operation, PaymentFact, Reported
from till.domain.refund import (
    PaidSale,
    Refund,
    RefundDone,
    Refunding,
    RefundNeedsPerson,
    RefundRefused,
    RefundTerms,
    SendRefund,
    step,
)
from till.engine.ports import Clock
from till.hub import outbox
from till.hub.database import Database, Row, Transaction
from till.hub.hours import read_hour, written
from till.hub.seal import SealBroken, Sealer
from till.vipps import answers
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.errors import VippsError
from till.vipps.pacing import resend_due_s

#: A process that died over a refund keeps others from it for so long: longer than any call may take.
LEASE = timedelta(seconds=60)
READ_AGAIN = timedelta(seconds=3)
#: How often a refund is read that only a person can settle, or whose keys are missing.
PATIENT = timedelta(minutes=1)
#: What is woken when a refund is asked for.
TOPIC = "refunds"

log = logging.getLogger("till.hub")


class RefundAsked(Struct, frozen=True):
    """What a till asks for, and who."""

    id: str
    till: str
    store: str
    reference: str
    amount: Money
    asked_by: str
    approved_by: str


class RefundState(Struct, frozen=True):
    """How a refund stands: asked, unknown, done or refused, and why."""

    id: str
    state: str
    reason: str | None


class NotPossible(Exception):
    """A refund cannot be asked for; `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Kept(Struct, frozen=True):
    """A refund in hand."""

    id: str
    till: str
    msn: str
    reference: str
    amount: Money
    refund: Refund | None
    sends: int
    first_sent_at: datetime | None


def ask(transaction: Transaction, asked: RefundAsked, *, now: datetime, approval_above: int) -> RefundState:
    """Keep what a till asks for, once; raise NotPossible.

    The same id with the same contents is the same refund; while one of a payment is open, no other is taken.
    """
    known = transaction.run("select till, store, reference, minor, currency from central_refund where id = ?", asked.id)
    contents = (asked.till, asked.store, asked.reference, asked.amount.minor, asked.amount.currency.value)
    if known:
        if tuple(known[0]) != contents:
            raise NotPossible("other_contents")
        return state_of(transaction, asked.till, asked.id)
    if asked.amount.minor <= 0:
        raise NotPossible("amount")
    if not asked.asked_by:
        raise NotPossible("asked_by")
    if asked.amount.minor > approval_above and asked.approved_by in ("", asked.asked_by):
        raise NotPossible("approval")
    store = transaction.run("select currency from store where id = ?", asked.store)
    if not store:
        raise NotPossible("store")
    if store[0][0] != asked.amount.currency.value:
        raise NotPossible("currency")
    sql = (
        "insert into central_refund (id, till, store, reference, minor, currency, asked_by, approved_by, asked_at, state, due_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'asked', ?) on conflict do nothing returning id"
    )
    hour = written(now)
    if not transaction.run(sql, asked.id, *contents, asked.asked_by, asked.approved_by, hour, hour):
        raise NotPossible("still_open")
    transaction.wake(TOPIC)
    return RefundState(asked.id, "asked", None)


def state_of(transaction: Transaction, till: str, refund: str) -> RefundState:
    """Return how a till's refund stands; raise NotPossible for one that it never asked for."""
    rows = transaction.run("select id, state, reason from central_refund where id = ? and till = ?", refund, till)
    if not rows:
        raise NotPossible("unknown_refund")
    return RefundState(*rows[0])


class RefundWork:
    """Carries refunds out, one after another; several processes may each have one of these."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        clock: Clock,
        calls_of: Callable[[str], AbstractContextManager[Calls]],
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._calls_of = calls_of

    def run_due(self) -> int:
        """Carry out what is due and in no other process's hands; return how many steps were taken. Raise DatabaseUnavailable."""
        steps = 0
        while (kept := self._database.write(self._claim)) is not None:
            self._take_a_step(kept)
            steps += 1
        return steps

    def _claim(self, transaction: Transaction) -> _Kept | None:
        """Take the refund that is due longest, for as long as a call may last."""
        now = self._clock.now()
        sql = "select id, store from central_refund where state in ('asked', 'unknown') and due_at <= ? order by due_at limit 1 "
        due = transaction.run(sql + transaction.claiming, written(now))
        if not due:
            return None
        transaction.run("update central_refund set due_at = ? where id = ?", written(now + LEASE), due[0][0])
        rows = transaction.run(
            "select central_refund.id, till, msn, reference, minor, central_refund.currency, refund, sends, first_sent_at"
            " from central_refund join store on store.id = central_refund.store where central_refund.id = ?",
            due[0][0],
        )
        return _kept(rows[0])

    def _take_a_step(self, kept: _Kept) -> None:
        """Read the payment, or send the refund if that is what is next; keep what came of it."""
        refund, fact = kept.refund, None
        try:
            with self._calls_of(kept.msn) as calls:
                client = EPayment(calls)
                fact = self._read(client, kept)
                if refund is None and isinstance(fact, Reported):
                    refund = self._begin(kept, fact)
                    if refund is None:
                        return
                if refund is not None and self._is_to_send(refund, fact, kept):
                    # Kept before the first byte leaves, and each further try before it leaves again.
                    kept = self._intend(kept, refund)
                    fact = self._send(client, kept)
        except (VippsError, SealBroken) as error:
            # No keys, or none that can be opened: nothing was sent.
            log.warning("refund waits", extra={"reason": type(error).__name__})
            self._keep(kept, refund, None, "keys")
            return
        self._keep(kept, refund, fact, None)

    def _is_to_send(self, refund: Refund, fact: PaymentFact, kept: _Kept) -> bool:
        is_asked_for = any(isinstance(command, SendRefund) for command in step(refund, fact).commands)
        return is_asked_for and (
            kept.first_sent_at is None or self._clock.now() >= _resend_due(kept.first_sent_at, kept.sends)
        )

    def _read(self, client: EPayment, kept: _Kept) -> PaymentFact:
        now = self._clock.now()
        try:
            return answers.fact_of_payment(client.get(kept.reference), now)
        except VippsError as error:
            return answers.fact_of_error(error, kept.reference, Operation.REFUND, now)

    def _begin(self, kept: _Kept, read: Reported) -> Refund | None:
        """Return the refund over what the wallet says was given back before, or refuse it."""
        left = read.captured.minor - read.refunded.minor
        if kept.amount.currency is not read.captured.currency or kept.amount.minor > left:
            self._settle(kept, "refused", "too_much")
            return None
        now = self._clock.now()
        paid = PaidSale(kept.reference, 0, 0, read.amount, now, kept.msn)
        return Refund(RefundTerms(kept.reference, 1, kept.amount, read.refunded, now, paid))

    def _intend(self, kept: _Kept, refund: Refund) -> _Kept:
        now = self._clock.now()
        sent = replace(kept, refund=refund, sends=kept.sends + 1, first_sent_at=kept.first_sent_at or now)
        assert sent.first_sent_at is not None
        sql = "update central_refund set refund = ?, sends = ?, first_sent_at = ?, state = 'unknown' where id = ?"
        row = (_written_refund(refund), sent.sends, written(sent.first_sent_at), kept.id)
        self._database.write(lambda transaction: transaction.run(sql, *row))
        return sent

    def _send(self, client: EPayment, kept: _Kept) -> PaymentFact:
        """Send the refund with its own key, the same for every try."""
        try:
            answer = client.refund(kept.reference, kept.amount, key_of(kept.id))
            assert kept.refund is not None
            return answers.fact_of_modification(answer, kept.refund.terms.paid.amount, self._clock.now())
        except VippsError as error:
            now = self._clock.now()
            trying_for = now - (kept.first_sent_at or now)
            return answers.fact_of_error(error, kept.reference, Operation.REFUND, now, trying_for=trying_for)

    def _keep(self, kept: _Kept, refund: Refund | None, fact: PaymentFact | None, waiting_for: str | None) -> None:
        """Keep how the refund stands after a fact, and when to look again."""
        if refund is not None and fact is not None:
            refund = step(refund, fact).refund
        match None if refund is None else refund.state:
            case RefundDone():
                self._settle(kept, "done", None)
            case RefundRefused(fault=fault):
                self._settle(kept, "refused", fault.code.value)
            case RefundNeedsPerson(fault=fault):
                self._wait(kept, refund, PATIENT, fault.code.value)
            case Refunding() | None:
                self._wait(kept, refund, PATIENT if waiting_for else READ_AGAIN, waiting_for)

    def _wait(self, kept: _Kept, refund: Refund | None, pause: timedelta, reason: str | None) -> None:
        due = written(self._clock.now() + pause)
        state = "asked" if kept.first_sent_at is None else "unknown"
        sql = "update central_refund set refund = ?, due_at = ?, state = ?, reason = ? where id = ?"
        row = (_written_refund(refund), due, state, reason, kept.id)
        self._database.write(lambda transaction: transaction.run(sql, *row))

    def _settle(self, kept: _Kept, state: str, reason: str | None) -> None:
        now = self._clock.now()

        def settle(transaction: Transaction) -> None:
            sql = "update central_refund set refund = null, state = ?, reason = ? where id = ?"
            transaction.run(sql, state, reason, kept.id)
            outbox.post(transaction, self._sealer, till=kept.till, kind="refund", body={"id": kept.id}, now=now)

        self._database.write(settle)


def _resend_due(first_sent_at: datetime, sends: int) -> datetime:
    """Return when a refund may be sent again: the till's own schedule, inside the limit on operations."""
    return first_sent_at + timedelta(seconds=resend_due_s(0.0, sends))


def key_of(refund: str) -> str:
    """Return the idempotency key of a refund: no till makes one like it."""
    return f"hub-{refund}"


def _kept(row: Row) -> _Kept:
    refund_id, till, msn, reference, minor, currency, refund, sends, first_sent_at = row
    return _Kept(
        refund_id,
        till,
        msn,
        reference,
        Money(minor, Currency(currency)),
        None if refund is None else _read_refund(refund),
        sends,
        None if first_sent_at is None else read_hour(first_sent_at),
    )


class _OpenRefund(Struct, frozen=True):
    """An open refund as it is written down: what was refused, if anything, or why a person is to look."""

    terms: RefundTerms
    refusal: Fault | None = None
    for_person: Fault | None = None


def _written_refund(refund: Refund | None) -> str | None:
    match refund:
        case Refund(terms=terms, state=Refunding(refusal=refusal)):
            kept = _OpenRefund(terms, refusal=refusal)
        case Refund(terms=terms, state=RefundNeedsPerson(fault=fault)):
            kept = _OpenRefund(terms, for_person=fault)
        case _:
            return None
    return msgspec.json.encode(kept).decode()


def _read_refund(text: str) -> Refund:
    kept = msgspec.json.decode(text, type=_OpenRefund)
    state = Refunding(kept.refusal) if kept.for_person is None else RefundNeedsPerson(kept.for_person)
    return Refund(kept.terms, state)
