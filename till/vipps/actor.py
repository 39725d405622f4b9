"""The wallet's lane that acts: what moves money, or makes or ends a payment."""

import logging
from datetime import timedelta

from till.domain.faults import Fault, FaultCode
from till.domain.payment import Operation, PaymentFact, key_of
from till.engine.ports import Act, CodeMissing, Create, WalletWord
from till.vipps import answers, pacing
from till.vipps.epayment import EPayment
from till.vipps.errors import KeysMissing, RateLimited, Unanswered, VippsError
from till.vipps.lane_side import READ_GAP_S, LaneSide, Picture
from till.vipps.lanes import Lane
from till.vipps.line import Connect, Line
from till.vipps.pacing import Memory

log = logging.getLogger("till.wallet")


class Actor:
    """The lane that acts: create, capture, cancel and release, each repeated under its key on the resend plan."""

    def __init__(self, wallet: LaneSide, connect: Connect) -> None:
        self._wallet = wallet
        self._line = Line(connect, wallet.settings.msn)
        self._budget = pacing.Budget(pacing.OPERATIONS_A_MINUTE)
        self._began_s = wallet.clock.monotonic_s()
        self._memory: dict[str, Memory] = {}
        self.lane: Lane[Create | Act] = Lane(
            "wallet-acts", wallet.clock, prepare=self._line.prepare, run=self._run, close=self._line.close
        )

    def put(self, errand: Create | Act) -> float:
        """Schedule an operation, at once the first time, then on the resend plan; return in how many seconds."""
        now = self._wallet.clock.monotonic_s()
        memory = self._memory.setdefault(errand.key, Memory(first_sent_s=now))
        due = max(now, memory.not_before_s)
        if memory.sends:
            due = max(due, pacing.resend_due_s(memory.first_sent_s, memory.sends))
        if isinstance(errand, Act) and not errand.is_others:
            # What was sent before this start for a payment that had ended by then nobody has counted.
            self._budget.use_up(errand.reference, self._began_s)
        due = self._budget.due_s(errand.reference, due)
        # One operation waits per payment: a release must not leave with an older capture still waiting behind it.
        self.lane.put(("act", errand.reference), errand, due)
        return due - now

    def recall(self, reference: str, sends: int) -> None:
        """Count what was sent before a restart against the limit; no clock that was set meanwhile has a say."""
        self._budget.use(reference, self._wallet.clock.monotonic_s(), sends)

    def last_create_s(self, reference: str) -> float:
        """Return when a create of this payment last left."""
        memory = self._memory.get(key_of(reference, Operation.CREATE))
        return memory.last_sent_s if memory is not None else float("-inf")

    def forget(self, reference: str) -> None:
        """Forget a payment that has ended."""
        self.lane.drop(lambda name: isinstance(name, tuple) and name[1] == reference)
        for key in [key for key in self._memory if key.startswith(reference + "-")]:
            del self._memory[key]

    def _run(self, errand: Create | Act) -> None:
        operation = _operation_of(errand)
        now = self._wallet.clock.monotonic_s()
        memory = self._memory.setdefault(errand.key, Memory(first_sent_s=now))
        if memory.sends == 0:
            memory.first_sent_s = now
        before = self._line.sends
        facts: tuple[PaymentFact | WalletWord, ...]
        try:
            client, _ = self._line.ready(errand.msn)
            client.repeat_refused(is_allowed=self._budget.left(errand.reference, now) > 1)
            facts = self._carry_out(client, errand)
        except VippsError as error:
            self._pace(memory, error)
            trying_for = timedelta(seconds=self._wallet.clock.monotonic_s() - memory.first_sent_s)
            at = self._wallet.clock.now()
            facts = (answers.fact_of_error(error, errand.reference, operation, at, trying_for=trying_for),)
        except Exception:  # the top of a lane: a bug becomes a fault, and the payment goes on
            log.exception("program error while acting", extra={"reference": errand.reference})
            facts = (answers.fact_of_bug(errand.reference, operation, self._wallet.clock.now()),)
        else:
            memory.losses = memory.refusals = 0
        sends = self._line.sends - before
        if sends:
            # What never left this machine counts against neither the resend plan nor the limit.
            memory.sends += 1
            memory.last_sent_s = self._wallet.clock.monotonic_s()
            self._budget.use(errand.reference, memory.last_sent_s, sends)
        for fact in facts:
            self._wallet.say(fact)

    def _pace(self, memory: Memory, error: VippsError) -> None:
        """Choose the pause that an error asks for."""
        now = self._wallet.clock.monotonic_s()
        if isinstance(error, RateLimited):
            memory.refusals += 1
            memory.not_before_s = now + (error.retry_after_s or pacing.back_off_s(memory.refusals, self._wallet.chance))
        elif isinstance(error, KeysMissing) or (isinstance(error, Unanswered) and not error.is_sent):
            memory.losses += 1
            memory.not_before_s = now + pacing.read_pause_s(READ_GAP_S, memory.losses)

    def _carry_out(self, client: EPayment, errand: Create | Act) -> tuple[PaymentFact | WalletWord, ...]:
        reference, clock = errand.reference, self._wallet.clock
        log.info("sending", extra={"reference": reference, "operation": _operation_of(errand).value})
        if isinstance(errand, Create):
            created = client.create(reference, errand.body.reveal().encode(), errand.key)
            fact = answers.fact_of_create(created, clock.now())
            if not errand.shows_code:
                return (fact,)
            if created.link is None:
                return (fact, CodeMissing(reference, Fault(FaultCode.PICTURE_NOT_SHOWN)))
            if self._wallet.settings.draws_code:
                settings = self._wallet.settings
                code = answers.code_to_draw(reference, created.link, settings.domains, is_test=settings.is_test)
                return (fact, code)
            self._wallet.fetch(Picture(reference, errand.msn, created.link))
            return (fact,)
        if errand.operation is Operation.CAPTURE:
            done = client.capture(reference, errand.amount, errand.key)
        elif errand.operation is Operation.REFUND:
            done = client.refund(reference, errand.amount, errand.key)
        else:
            only_if_not_approved = errand.operation is Operation.CANCEL
            done = client.cancel(reference, errand.key, only_if_not_approved=only_if_not_approved)
        if errand.operation in (Operation.CAPTURE, Operation.REFUND):
            # What was moved may be a part: the payment's own amount is what was authorised.
            return (answers.fact_of_modification(done, done.authorized, clock.now()),)
        return (answers.fact_of_modification(done, errand.amount, clock.now()),)


def _operation_of(errand: Create | Act) -> Operation:
    return Operation.CREATE if isinstance(errand, Create) else errand.operation
