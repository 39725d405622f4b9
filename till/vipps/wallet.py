"""Fits the client to the engine's `Wallet` port: two lanes, one asks and one acts, and answers become facts."""

import hashlib
import logging
import random
from collections.abc import Callable
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from till.domain.faults import Fault, FaultCode, Refusal, RefusalCode
from till.domain.intents import Draft, Order
from till.domain.money import Money
from till.domain.payment import Operation, Pace, PaymentFact, key_of
from till.domain.secret import Secret
from till.engine.ports import (
    Act,
    Ask,
    Clock,
    Code,
    CodeMissing,
    Create,
    Deliver,
    Errand,
    Forget,
    Hint,
    Look,
    WalletWord,
)
from till.vipps import answers, pacing, shown
from till.vipps.epayment import EPayment, State
from till.vipps.errors import InvalidRequest, KeysMissing, PictureRefused, RateLimited, Unanswered, VippsError
from till.vipps.lanes import Lane
from till.vipps.line import Connect, Line
from till.vipps.orders import request_of
from till.vipps.pacing import Memory
from till.vipps.picture import EXPECTED_DOMAINS, fetch_picture
from till.vipps.requests import cancel_body, create_body, modification_body

#: A picture that does not come is asked for so often, with a second between.
PICTURE_TRIES, PICTURE_PAUSE_S = 4, 1.0
#: The soonest that a read follows the one before it.
READ_GAP_S = 0.4

log = logging.getLogger("till.wallet")


class WalletSettings(Struct, frozen=True):
    """How this counter uses the wallet; `msn` is its own sales unit, whose client is made at once."""

    till: str
    shop: str
    msn: str = ""
    rhythm: pacing.Rhythm = pacing.Rhythm()
    draws_code: bool = False
    receipt_url: str = ""
    has_push: bool = True
    is_test: bool = False
    domains: tuple[str, ...] = EXPECTED_DOMAINS


class Picture(Struct, frozen=True):
    """Fetch the code's picture; a read, so it goes by the lane that asks."""

    reference: str
    msn: str
    link: Secret
    tries: int = 0


#: What the lane that asks carries: nothing of it moves money.
Question = Ask | Picture | Look


class VippsWallet:
    """The engine's wallet over two lanes, for asking and for acting.

    `connect` makes a lane's client for a sales unit, named by its number; `deliver` puts answers into the engine's inbox.
    """

    def __init__(
        self,
        *,
        settings: WalletSettings,
        clock: Clock,
        connect: Connect,
        deliver: Deliver,
        chance: Callable[[], float] = random.random,
        reference_check: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._settings = settings
        self._reference_check = reference_check
        self._clock = clock
        self._deliver = deliver
        self._chance = chance
        self._asking = Asker(self, connect)
        self._acting = Actor(self, connect)

    # ---------------------------------------------------------------- the port

    def draft(self, order: Order) -> Draft | Refusal:
        """Return the exact bytes of a create; kept in the journal only if nothing of the customer's is in them.

        What the published description would refuse is refused here, before anything is journaled.
        """
        settings = self._settings
        try:
            request = request_of(
                order,
                till=settings.till,
                shop=settings.shop,
                draws_code=settings.draws_code,
                receipt_url=settings.receipt_url,
                has_push=settings.has_push,
            )
            body = create_body(request)
        except InvalidRequest as error:
            log.error("request not possible", extra={"reason": error.field})
            return Refusal(RefusalCode.REQUEST_NOT_POSSIBLE, error.field)
        return Draft(Secret(body.decode()), hashlib.sha256(body).hexdigest(), is_keepable=request.customer is None)

    def reference_check(self, text: str) -> str:
        """Return the keyed check of a reference; empty as long as there is no key."""
        return self._reference_check(text)

    def operation_digest(self, operation: Operation, amount: Money) -> str:
        """Return the SHA-256 of an operation's body in hex."""
        if operation in (Operation.CAPTURE, Operation.REFUND):
            body = modification_body(amount)
        else:
            body = cancel_body(only_if_not_approved=operation is Operation.CANCEL)
        return hashlib.sha256(body).hexdigest()

    def recall(self, reference: str, sends: int) -> None:
        """Learn how many operations on a payment were sent before a restart: for the limit they count as sent just now."""
        self._acting.recall(reference, sends)

    def send(self, errand: Errand) -> float:
        """Take an errand, never waiting for it; return in how many seconds it will be carried out."""
        match errand:
            case Ask():
                return self._asking.put(errand)
            case Look():
                return self._asking.look(errand)
            case Create() | Act():
                self._asking.drop(errand.reference)
                return self._acting.put(errand)
            case Forget(reference=reference):
                self._asking.forget(reference)
                self._acting.forget(reference)
                return 0.0
            case Hint(reference=reference):
                self._asking.hint(reference)
                return 0.0

    def rely_on_hints(self, *, is_hinted: bool) -> None:
        """Read rarely, because a hint comes when something happens; or at the full pace again, from now on."""
        self._asking.rely_on_hints(is_hinted=is_hinted)

    @property
    def lanes(self) -> tuple[Lane[Question], Lane[Create | Act]]:
        """The lane that asks and the one that acts."""
        return self._asking.lane, self._acting.lane

    def start(self) -> None:
        """Start both lanes."""
        for lane in self.lanes:
            lane.start()

    def stop(self) -> None:
        """End both lanes after what is under way."""
        for lane in self.lanes:
            lane.stop()

    # ---------------------------------------------------------------- for the lanes

    @property
    def settings(self) -> WalletSettings:
        """How this counter uses the wallet."""
        return self._settings

    @property
    def clock(self) -> Clock:
        """The wallet's time."""
        return self._clock

    def chance(self) -> float:
        """Return a random number below one, for jitter."""
        return self._chance()

    def quiet_for(self, reference: str) -> timedelta:
        """Return for how long no create of this payment has left, as far as this start of the program knows."""
        last_s = max(self._asking.known_since_s(reference), self._acting.last_create_s(reference))
        return timedelta(seconds=self._clock.monotonic_s() - last_s)

    def say(self, message: PaymentFact | WalletWord) -> None:
        """Give an answer to the engine."""
        self._deliver(message)

    def fetch(self, picture: Picture) -> None:
        """Have a picture fetched by the lane that asks."""
        self._asking.fetch(picture)


class Asker:
    """The lane that asks: reads at the flow's pace, slower in silence, inside the limit; and pictures."""

    def __init__(self, wallet: VippsWallet, connect: Connect) -> None:
        self._wallet = wallet
        self._line = Line(connect, wallet.settings.msn)
        self._budget = pacing.Budget(pacing.READS_A_MINUTE)
        self._memory: dict[str, Memory] = {}
        self._hints = pacing.Hints()
        self.lane: Lane[Question] = Lane(
            "wallet-asks", wallet.clock, prepare=self._line.prepare, run=self._run, close=self._line.close
        )

    def put(self, ask: Ask) -> float:
        """Schedule a read; return in how many seconds it is due."""
        now = self._wallet.clock.monotonic_s()
        due = self._due_s(ask, now)
        self.lane.put(("ask", ask.reference), ask, due)
        return due - now

    def hint(self, reference: str) -> None:
        """Read a payment now if it waits to be read; if it is being read or acted on, that answer leads on."""
        memory = self._memory.get(reference)
        if memory is not None:
            memory.last_hint_s = self._wallet.clock.monotonic_s()
            self._hints.came()
            self._hasten()

    def rely_on_hints(self, *, is_hinted: bool) -> None:
        """Stretch the pace of what is scheduled from now on, or bring what waits back to the full pace."""
        self._hints.is_giver_well = is_hinted
        self._hasten()

    def _hasten(self) -> None:
        """Let waiting reads be due when they would be if they were asked for now, where that is sooner."""
        now = self._wallet.clock.monotonic_s()
        self.lane.move(lambda one, due: min(due, self._due_s(one, now)) if isinstance(one, Ask) else due)

    def _due_s(self, ask: Ask, now: float) -> float:
        rhythm, memory = self._wallet.settings.rhythm, self._memory.setdefault(ask.reference, Memory(first_sent_s=now))
        if ask.pace is Pace.PATIENT:
            due = now + pacing.PATIENT_READ_S
        elif ask.pace is Pace.LONG:
            due = now + pacing.long_read_pause_s(now - memory.first_sent_s)
        else:
            since = max(memory.first_sent_s, memory.last_read_s)
            interval = rhythm.pause_s(shows_code=ask.shows_code, age_s=since - memory.first_sent_s)
            if self._hints.are_coming and not memory.losses:
                interval = max(interval, pacing.HINTED_READ_S)
            due = since + pacing.read_pause_s(interval, memory.losses)
        if ask.pace is Pace.URGENT or memory.last_hint_s > memory.last_read_s:
            # A person or a doubt waits, or something happened since: soon, but silence still slows it down.
            pause = pacing.read_pause_s(READ_GAP_S, memory.losses)
            due = min(due, max(now, memory.last_read_s + pause))
        return max(due, memory.not_before_s, self._budget.due_s(ask.reference, now))

    def fetch(self, picture: Picture) -> None:
        """Schedule a picture: at once, and again after a pause."""
        pause = PICTURE_PAUSE_S if picture.tries else 0.0
        self.lane.put(("picture", picture.reference), picture, self._wallet.clock.monotonic_s() + pause)

    def look(self, errand: Look) -> float:
        """Schedule a look at what the app shows with a payment: at once, a person waits for it."""
        self.lane.put(("shown", errand.reference), errand, self._wallet.clock.monotonic_s())
        return 0.0

    def known_since_s(self, reference: str) -> float:
        """Return since when this payment has been read or waited for."""
        memory = self._memory.get(reference)
        return memory.first_sent_s if memory is not None else self._wallet.clock.monotonic_s()

    def drop(self, reference: str) -> None:
        """Forget a waiting read: an operation's answer is coming, and it leads on by itself."""
        self.lane.drop(lambda name: name == ("ask", reference))

    def forget(self, reference: str) -> None:
        """Forget a payment that has ended."""
        self.lane.drop(lambda name: isinstance(name, tuple) and name[1] == reference)
        self._memory.pop(reference, None)

    def _run(self, errand: Question) -> None:
        match errand:
            case Ask():
                self._ask(errand)
            case Picture():
                self._fetch(errand)
            case Look():
                self._look(errand)

    def _ask(self, ask: Ask) -> None:
        now = self._wallet.clock.monotonic_s()
        memory = self._memory.setdefault(ask.reference, Memory(first_sent_s=now))
        memory.last_read_s = now
        before = self._line.sends
        try:
            client, _ = self._line.ready(ask.msn)
            answer = client.get(ask.reference)
            history = client.events(ask.reference) if ask.wants_history else ()
        except VippsError as error:
            memory.losses += 1
            if isinstance(error, RateLimited):
                memory.refusals += 1
                pause = error.retry_after_s or pacing.back_off_s(memory.refusals, self._wallet.chance)
                memory.not_before_s = self._wallet.clock.monotonic_s() + pause
            quiet_for = self._wallet.quiet_for(ask.reference)
            at = self._wallet.clock.now()
            self._wallet.say(answers.fact_of_error(error, ask.reference, Operation.ASK, at, quiet_for=quiet_for))
            return
        except Exception:  # the top of a lane: a bug becomes a fault, and the payment goes on
            log.exception("program error while asking", extra={"reference": ask.reference})
            memory.losses += 1
            self._wallet.say(answers.fact_of_bug(ask.reference, Operation.ASK, self._wallet.clock.now()))
            return
        finally:
            # Counted from the end: when within the call it left, behind the token, nobody knows.
            self._budget.use(ask.reference, self._wallet.clock.monotonic_s(), self._line.sends - before)
        memory.losses = memory.refusals = 0
        if ask.pace is Pace.FLOW and answer.state is not State.CREATED and memory.last_hint_s == float("-inf"):
            self._hints.was_missing()
        now_at = self._wallet.clock.now()
        if ask.wants_history:
            self._wallet.say(answers.found_payment(answer, history, now_at))
        else:
            self._wallet.say(answers.fact_of_payment(answer, now_at))

    def _look(self, look: Look) -> None:
        try:
            self._wallet.say(shown.carry_out(lambda: self._line.ready(look.msn)[0].calls, look))
        except Exception:  # the top of a lane: a bug costs one look, never the lane
            log.exception("program error while looking into the app", extra={"reference": look.reference})
            self._wallet.say(shown.after_bug(look))

    def _fetch(self, picture: Picture) -> None:
        settings = self._wallet.settings
        try:
            _, transport = self._line.ready(picture.msn)
            png = fetch_picture(transport, picture.link, domains=settings.domains, is_test=settings.is_test)
        except PictureRefused as error:
            code = FaultCode.PICTURE_NOT_SAFE if error.is_suspicious else FaultCode.PICTURE_NOT_SHOWN
            log.warning("picture refused", extra={"reference": picture.reference, "reason": error.reason})
            self._wallet.say(CodeMissing(picture.reference, Fault(code)))
            return
        except VippsError:
            again = replace(picture, tries=picture.tries + 1)
            if again.tries < PICTURE_TRIES:
                self.fetch(again)
            else:
                self._wallet.say(CodeMissing(picture.reference, Fault(FaultCode.PICTURE_NOT_SHOWN)))
            return
        except Exception:  # the top of a lane: a bug costs one picture, never the lane
            log.exception("program error while fetching a picture", extra={"reference": picture.reference})
            self._wallet.say(CodeMissing(picture.reference, Fault(FaultCode.PICTURE_NOT_SHOWN)))
            return
        self._wallet.say(Code(picture.reference, png, None))


class Actor:
    """The lane that acts: create, capture, cancel and release, each repeated under its key on the resend plan."""

    def __init__(self, wallet: VippsWallet, connect: Connect) -> None:
        self._wallet = wallet
        self._line = Line(connect, wallet.settings.msn)
        self._budget = pacing.Budget(pacing.OPERATIONS_A_MINUTE)
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
            # A refund's own amount is not the payment's: that is what was authorised.
            return (answers.fact_of_modification(done, done.authorized, clock.now()),)
        else:
            only_if_not_approved = errand.operation is Operation.CANCEL
            done = client.cancel(reference, errand.key, only_if_not_approved=only_if_not_approved)
        return (answers.fact_of_modification(done, errand.amount, clock.now()),)


def _operation_of(errand: Create | Act) -> Operation:
    return Operation.CREATE if isinstance(errand, Create) else errand.operation
