"""One payment over a network where requests arrive late, reads are overtaken, and the till may stop at any moment."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.doubles.far_wallet import OPERATIONS, FarWallet
from till.domain.faults import Fault, FaultCode
from till.domain.money import Currency, Money
from till.domain.payment import (
    AskPayment,
    CancelAsked,
    Cancelling,
    Captured,
    CapturePayment,
    Command,
    CompleteAsked,
    CreatePayment,
    Ended,
    Flow,
    Missing,
    NeedsPerson,
    Overtaken,
    Payment,
    PaymentFact,
    ReleaseAsked,
    Released,
    Requested,
    Reserved,
    Terms,
    Unanswered,
    Waiting,
)
from till.domain.payment_step import resume, step

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REF = "test-kasse1-261121-0001-1"
LOST = Fault(FaultCode.NO_ANSWER)
#: How long a customer elsewhere is given.
GOOD_FOR = timedelta(hours=1)
#: More steps than any payment needs to come to rest.
STEPS_MOST = 200


@dataclass
class Story:
    """The till's payment and the far wallet, and what waits in the till's lanes."""

    far: FarWallet
    payment: Payment
    now: datetime = AT
    lanes: list[Command] = field(default_factory=list)
    was_cancelled: bool = False
    was_released: bool = False
    was_completed: bool = False
    quiet_since: datetime = AT

    @classmethod
    def begin(cls, flow: Flow, *, refuses_create: bool, is_sent_later: bool) -> "Story":
        expires_at = AT + GOOD_FOR if flow is Flow.DISTANCE else None
        terms = Terms(REF, 1, Money(48712, Currency.NOK), flow, "900001", AT, expires_at, is_sent_later)
        is_kept = flow is Flow.CUSTOMER_SCREEN
        payment = Payment(terms, Requested(may_exist=False, may_resend=True), keeps_body=is_kept)
        return cls(FarWallet(terms, refuses_create), payment, lanes=[CreatePayment(REF)])

    # ---------------------------------------------------------------- what may happen

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.far.pass_to(self.now)

    def exchange(self, luck: str) -> None:
        """Carry out what waits the longest; the answer may be lost, overtaken, or never come about."""
        if not self.lanes:
            return
        command = self.lanes.pop(0)
        if isinstance(command, CreatePayment) and luck != "unsent":
            self.quiet_since = self.now
        operation = OPERATIONS[type(command)]
        if luck == "unsent":
            self.take(Unanswered(REF, self.now, operation, LOST, is_sent=False))
        elif luck in ("late", "acted"):
            if luck == "acted":
                self.far.carry_out(command, self.now)
            else:
                self.far.lose(command, self.now)
            self.take(Unanswered(REF, self.now, operation, LOST, is_sent=True))
        elif luck == "overtaken" and isinstance(command, AskPayment):
            self.take(self.far.report_of_earlier(self.now) or self.far.carry_out(command, self.now))
        elif luck == "vanished" and isinstance(command, AskPayment) and self.is_known_to_exist:
            self.take(Missing(REF, self.now))
        else:
            fact = self.far.carry_out(command, self.now)
            if isinstance(fact, Missing):
                fact = replace(fact, quiet_for=self.now - self.quiet_since)
            self.take(fact)

    def press(self, button: str) -> None:
        """Let the cashier press a button that is on the screen in this state."""
        state = self.payment.state
        if button == "cancel" and isinstance(state, Requested | Waiting):
            self.was_cancelled = True
            self.take(CancelAsked(REF, self.now))
        elif button == "complete" and isinstance(state, Overtaken | Reserved):
            self.was_completed = True
            self.take(CompleteAsked(REF, self.now))
        elif button == "release" and isinstance(state, Overtaken | Reserved | NeedsPerson):
            self.was_released = True
            self.take(ReleaseAsked(REF, self.now))

    def crash(self, *, is_under_way: bool) -> None:
        """Stop in the middle; a request under way may still arrive."""
        if self.lanes and is_under_way:
            self.far.lose(self.lanes[0], self.now)
        after = resume(self.payment)
        self.quiet_since = self.now
        self.payment, self.lanes = after.payment, list(after.commands)

    def take(self, fact: PaymentFact) -> None:
        after = step(self.payment, fact)
        self.payment = after.payment
        for command in after.commands:
            self.lanes = [one for one in self.lanes if type(one) is not type(command)]
            self.lanes.append(command)
            self.check_may_leave(command)
        if self.payment.is_final:
            self.lanes = []
        self.check()

    @property
    def is_known_to_exist(self) -> bool:
        state = self.payment.state
        return not isinstance(state, Requested) and not (isinstance(state, Cancelling) and not state.does_exist)

    # ---------------------------------------------------------------- what must hold

    def check_may_leave(self, command: Command) -> None:
        """A capture is never sent against the word of a person."""
        if isinstance(command, CapturePayment):
            assert not self.was_released
            assert not self.was_cancelled or self.was_completed
            assert not self.payment.terms.is_sent_later or self.was_completed

    def check(self) -> None:
        far, state = self.far, self.payment.state
        assert far.captures <= 1
        assert far.captured in (0, 48712)
        if isinstance(state, Captured):
            assert far.captured == 48712
        if isinstance(state, Released):
            assert far.captured == 0
            assert not far.holds_money_for_nobody
        if isinstance(state, Ended):
            assert far.state in ("", "ABORTED", "EXPIRED", "TERMINATED")
        if not self.payment.is_final:
            assert self.lanes, f"nothing follows {state}"

    def come_to_rest(self) -> None:
        """Let everything be answered, a person decide, and the customer run out of time."""
        for _ in range(STEPS_MOST):
            if self.payment.is_final:
                break
            self.wait(31)
            self.press("release" if isinstance(self.payment.state, Overtaken | Reserved) else "")
            self.exchange("")
        assert self.payment.is_final or isinstance(self.payment.state, NeedsPerson), self.payment.state

    def try_to_pay_after_the_end(self) -> None:
        """Whatever still wanders about arrives, and the customer approves whatever can be approved."""
        while self.far.wandering:
            self.far.arrive(self.now)
            self.far.approve()
        self.far.approve()
        if self.payment.is_final:
            assert not self.far.holds_money_for_nobody


lucks = st.sampled_from(["", "", "", "", "unsent", "late", "late", "acted", "overtaken", "vanished"])
happenings = st.one_of(
    st.tuples(st.just("exchange"), lucks),
    st.tuples(st.just("press"), st.sampled_from(["cancel", "complete", "release"])),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 30, 100, 290, 601])),
    st.tuples(st.just("far"), st.sampled_from(["approve", "approve", "decline", "arrive", "arrive"])),
    st.tuples(st.just("crash"), st.booleans()),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(happenings, max_size=40), st.sampled_from(list(Flow)), st.booleans(), st.booleans())
def test_an_ended_payment_can_never_be_approved_however_late_a_request_arrives(
    story: list[tuple[str, object]], flow: Flow, refuses_create: bool, is_sent_later: bool
) -> None:
    """Fault catalogue A3-A18, B3, B4, B12, B27, C8, C9, E1, E2; invariants I3, I4, I5, I12."""
    play = Story.begin(flow, refuses_create=refuses_create, is_sent_later=is_sent_later)
    for what, how in story:
        match what, how:
            case "exchange", str(luck):
                play.exchange(luck)
            case "press", str(button):
                play.press(button)
            case "wait", int(seconds):
                play.wait(seconds)
            case "far", "approve":
                play.far.approve()
            case "far", "decline":
                play.far.decline()
            case "far", _:
                play.far.arrive(play.now)
            case "crash", is_under_way:
                play.crash(is_under_way=bool(is_under_way))
        play.check()
    play.come_to_rest()
    play.try_to_pay_after_the_end()
