"""Fits the client to the engine's `Wallet` port: two lanes, one asks and one acts, and answers become facts."""

import hashlib
import logging
import random
from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from till.domain.faults import Fault, FaultCode, Refusal, RefusalCode
from till.domain.money import Money
from till.domain.order import Draft, Order
from till.domain.payment import Operation, Pace, PaymentFact
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
    ReadHistory,
    WalletWord,
)
from till.vipps import answers, history, pacing, shown
from till.vipps.actor import Actor
from till.vipps.epayment import State
from till.vipps.errors import InvalidRequest, PictureRefused, RateLimited, VippsError
from till.vipps.lane_side import READ_GAP_S, Picture, WalletSettings
from till.vipps.lanes import Lane
from till.vipps.line import Connect, Line
from till.vipps.orders import request_of
from till.vipps.pacing import Memory
from till.vipps.picture import fetch_picture
from till.vipps.requests import cancel_body, create_body, modification_body

#: A picture that does not come is asked for so often, with a second between.
PICTURE_TRIES, PICTURE_PAUSE_S = 4, 1.0

log = logging.getLogger("till.wallet")


#: What the lane that asks carries: nothing of it moves money.
Question = Ask | Picture | Look | ReadHistory


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
            case Look() | ReadHistory():
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

    def look(self, errand: Look | ReadHistory) -> float:
        """Schedule a look at what the app shows with a payment, or at its past: at once, a person waits for it."""
        now = self._wallet.clock.monotonic_s()
        due = now if isinstance(errand, Look) else max(now, self._budget.due_s(errand.reference, now))
        self.lane.put((type(errand), errand.reference), errand, due)
        return due - now

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
            case Look() | ReadHistory():
                self._look(errand)

    def _ask(self, ask: Ask) -> None:
        now = self._wallet.clock.monotonic_s()
        memory = self._memory.setdefault(ask.reference, Memory(first_sent_s=now))
        memory.last_read_s = now
        before = self._line.sends
        try:
            client, _ = self._line.ready(ask.msn)
            answer = client.get(ask.reference)
            events = client.events(ask.reference) if ask.wants_history else ()
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
            self._wallet.say(answers.found_payment(answer, events, now_at))
        else:
            self._wallet.say(answers.fact_of_payment(answer, now_at))

    def _look(self, look: Look | ReadHistory) -> None:
        before, clock = self._line.sends, self._wallet.clock
        try:
            if isinstance(look, Look):
                self._wallet.say(shown.carry_out(lambda: self._line.ready(look.msn)[0].calls, look))
            else:
                self._wallet.say(history.read(lambda: self._line.ready(look.msn)[0], look, clock.now()))
                self._budget.use(look.reference, clock.monotonic_s(), self._line.sends - before)
        except Exception:  # the top of a lane: a bug costs one look, never the lane
            log.exception("program error while looking", extra={"reference": look.reference})
            self._wallet.say(shown.after_bug(look) if isinstance(look, Look) else history.after_bug(look))

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
