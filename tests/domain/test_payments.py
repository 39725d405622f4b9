"""One payment against a wallet that loses answers, a cashier who cancels, a customer who decides, and crashes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from till.domain.faults import Fault, FaultCode
from till.domain.money import Currency, Money
from till.domain.payment import (
    AskPayment,
    CancelAsked,
    Cancelling,
    CancelPayment,
    Captured,
    CapturePayment,
    Capturing,
    Command,
    CompleteAsked,
    Created,
    CreatePayment,
    Ended,
    Ending,
    Flow,
    Missing,
    NeedsPerson,
    Operation,
    Overtaken,
    Pace,
    Payment,
    PaymentFact,
    Refused,
    ReleaseAsked,
    Released,
    ReleasePayment,
    Releasing,
    Reported,
    Requested,
    Reserved,
    State,
    Terms,
    Unanswered,
    Verdict,
    Waiting,
)
from till.domain.payment_step import resume, step

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AMOUNT = Money(48712, Currency.NOK)
NOTHING = Money(0, Currency.NOK)
REF = "test-kasse1-261121-0001-1"
LOST = Fault(FaultCode.NO_ANSWER)


def payment(state: State, flow: Flow = Flow.CUSTOMER_SCREEN, *, is_sent_later: bool = False) -> Payment:
    expires_at = AT + timedelta(days=1) if flow is Flow.DISTANCE else None
    terms = Terms(REF, 1, AMOUNT, flow, "900001", AT, expires_at, is_sent_later)
    return Payment(terms, state, keeps_body=flow is Flow.CUSTOMER_SCREEN)


def report(
    verdict: Verdict = Verdict.AUTHORIZED,
    *,
    amount: Money = AMOUNT,
    authorized: Money | None = None,
    captured: Money = NOTHING,
    cancelled: Money = NOTHING,
) -> Reported:
    if authorized is None:
        authorized = amount if verdict is Verdict.AUTHORIZED else NOTHING
    return Reported(REF, AT, verdict, amount, authorized, captured, cancelled, NOTHING)


STATES: list[State] = [
    Requested(may_exist=False, may_resend=True),
    Requested(may_exist=True, may_resend=False),
    Waiting(),
    Cancelling(may_exist=True, does_exist=True),
    Cancelling(may_exist=False, does_exist=False),
    Overtaken(),
    Reserved(),
    Capturing(),
    Capturing(LOST),
    Captured(AT),
    Releasing(),
    Released(),
    Ended(Ending.ABORTED),
    NeedsPerson(Fault(FaultCode.AMOUNT_DIFFERS)),
    NeedsPerson(Fault(FaultCode.PAYMENT_MISSING)),
]
FACTS: list[PaymentFact] = [
    Created(REF, AT),
    *(report(verdict) for verdict in Verdict),
    report(captured=AMOUNT),
    report(cancelled=AMOUNT),
    report(captured=Money(1, Currency.NOK)),
    report(amount=Money(1, Currency.NOK)),
    report(amount=Money(48712, Currency.DKK)),
    Missing(REF, AT),
    Missing(REF, AT, quiet_for=timedelta(hours=1)),
    *(Refused(REF, AT, operation, LOST) for operation in Operation),
    Refused(REF, AT, Operation.CREATE, Fault(FaultCode.REFERENCE_TAKEN)),
    Refused(REF, AT, Operation.CREATE, Fault(FaultCode.KEYS_REFUSED)),
    *(Unanswered(REF, AT, operation, LOST, sent) for operation in Operation for sent in (True, False)),
    CancelAsked(REF, AT),
    CompleteAsked(REF, AT),
    ReleaseAsked(REF, AT),
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: type(state).__name__)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_every_state_meets_every_fact_and_no_open_payment_is_left_without_a_next_command(
    state: State, fact: PaymentFact
) -> None:
    before = payment(state)
    after = step(before, fact)
    if after.payment.is_final:
        assert after.commands == ()
    elif isinstance(fact, CancelAsked) and isinstance(state, Requested) and not state.may_exist:
        assert after.commands == (), "the create under way is still to be answered"
    else:
        asked = [command for command in after.commands if isinstance(command, AskPayment)]
        acts = [command for command in after.commands if command not in asked]
        assert len(asked) <= 1
        assert len(acts) <= 1
        assert len(after.commands) == 1 or acts == [CreatePayment(REF)], "a create for its code has a read beside it"


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_what_has_ended_stays_ended(fact: PaymentFact) -> None:
    """Fault catalogue B19: what has ended without money does, too, unless the wallet's figures say that there is some."""
    for state in (Captured(AT), Released()):
        assert step(payment(state), fact).payment.state == state
    there_is_money = {report(Verdict.AUTHORIZED): Overtaken(), report(captured=AMOUNT): Captured(AT)}
    ended = Ended(Ending.EXPIRED)
    expected = there_is_money.get(fact, ended) if isinstance(fact, Reported) else ended
    assert step(payment(ended), fact).payment.state == expected


@pytest.mark.parametrize(
    "wrong",
    [
        report(amount=Money(48711, Currency.NOK)),
        report(amount=Money(48712, Currency.DKK), captured=Money(0, Currency.DKK), cancelled=Money(0, Currency.DKK)),
        report(authorized=Money(100, Currency.NOK)),
        report(captured=Money(1, Currency.NOK)),
    ],
)
def test_amounts_that_do_not_fit_are_never_captured(wrong: Reported) -> None:
    """Fault catalogue B22, B23, B25, B26."""
    after = step(payment(Waiting()), wrong)
    assert isinstance(after.payment.state, NeedsPerson)
    assert not any(isinstance(command, CapturePayment) for command in after.commands)


def test_a_word_never_seen_before_is_still_waiting() -> None:
    """Fault catalogue B20."""
    after = step(payment(Waiting()), report(Verdict.NOT_KNOWN))
    assert after.payment.state == Waiting()
    assert after.commands == (AskPayment(REF, Flow.CUSTOMER_SCREEN),)


def test_the_payment_wins_over_a_cancel_and_a_person_chooses() -> None:
    """Fault catalogue E1, B12, rule R5."""
    cancelling = step(payment(Waiting()), CancelAsked(REF, AT))
    assert cancelling.commands == (CancelPayment(REF),)
    refused = step(cancelling.payment, Refused(REF, AT, Operation.CANCEL, LOST))
    overtaken = step(refused.payment, report())
    assert overtaken.payment.state == Overtaken()
    assert step(overtaken.payment, CompleteAsked(REF, AT)).commands == (CapturePayment(REF, AMOUNT),)
    assert step(overtaken.payment, ReleaseAsked(REF, AT)).commands == (ReleasePayment(REF),)


def test_a_refused_capture_is_read_back_before_it_is_believed() -> None:
    """Fault catalogue B8: already captured is paid, anything else is for a person."""
    refused = step(payment(Capturing()), Refused(REF, AT, Operation.CAPTURE, Fault(FaultCode.CAPTURE_REFUSED)))
    assert isinstance(refused.commands[0], AskPayment)
    assert isinstance(step(refused.payment, report(captured=AMOUNT)).payment.state, Captured)
    assert isinstance(step(refused.payment, report()).payment.state, NeedsPerson)


def test_an_older_report_never_undoes_a_newer_one() -> None:
    """Fault catalogue B27."""
    after = step(payment(Overtaken()), report()).payment
    assert step(after, report(Verdict.CREATED)).payment == after


def test_a_reference_that_is_taken_by_ourselves_goes_on() -> None:
    """Fault catalogue B5."""
    taken = step(
        payment(Requested(may_exist=False, may_resend=True), Flow.PHONE_NUMBER),
        Refused(REF, AT, Operation.CREATE, Fault(FaultCode.REFERENCE_TAKEN)),
    )
    assert isinstance(step(taken.payment, report(Verdict.CREATED)).payment.state, Waiting)


def test_a_create_without_its_body_is_only_read_back_until_it_has_surely_expired() -> None:
    """Fault catalogue A3, B3, rule R12."""
    resumed = resume(payment(Requested(may_exist=False, may_resend=True), Flow.PHONE_NUMBER))
    soon = step(resumed.payment, Missing(REF, AT + timedelta(days=800), quiet_for=timedelta(seconds=300)))
    assert not soon.payment.is_final
    assert not any(isinstance(command, CreatePayment) for command in (*resumed.commands, *soon.commands))
    late = step(resumed.payment, Missing(REF, AT, quiet_for=timedelta(seconds=780)))
    assert late.payment.state == Ended(Ending.NEVER_CREATED)


def test_a_cancel_never_ends_a_payment_whose_earlier_create_may_have_arrived() -> None:
    """Fault catalogue A5, A18, B3: only a cancel of a create that never left may end at once."""
    unsent = Unanswered(REF, AT, Operation.CREATE, LOST, is_sent=False)
    arrived = step(payment(Requested(may_exist=True, may_resend=True)), CancelAsked(REF, AT))
    assert not step(arrived.payment, unsent).payment.is_final
    never_left = step(payment(Requested(may_exist=False, may_resend=True)), CancelAsked(REF, AT))
    assert step(never_left.payment, unsent).payment.state == Ended(Ending.NEVER_CREATED, LOST)


@pytest.mark.parametrize(
    "state", [Requested(may_exist=True, may_resend=True), Cancelling(may_exist=True, does_exist=False)]
)
def test_a_gateways_refusal_of_a_repeat_says_nothing_of_the_create_that_left_before(state: State) -> None:
    """Fault catalogue B3, B5, B36: only the wallet's own code speaks of that one too."""
    for fault in (Fault(FaultCode.NOT_PERMITTED), Fault(FaultCode.REFERENCE_TAKEN, wallet_code=4150)):
        after = step(payment(state), Refused(REF, AT, Operation.CREATE, fault))
        assert not after.payment.is_final
        assert isinstance(after.commands[0], AskPayment)
    said_no = Fault(FaultCode.CUSTOMER_NOT_REACHED, wallet_code=7010)
    assert step(payment(state), Refused(REF, AT, Operation.CREATE, said_no)).payment.is_final


def test_a_payment_that_vanished_goes_on_when_it_is_back() -> None:
    """Fault catalogue B4."""
    gone = step(payment(Waiting()), Missing(REF, AT))
    assert gone.payment.state == NeedsPerson(Fault(FaultCode.PAYMENT_MISSING), vanished=Waiting())
    assert step(gone.payment, report(Verdict.CREATED)).payment.state == Waiting()


def test_money_for_goods_that_are_sent_later_is_taken_by_a_persons_word_alone() -> None:
    waiting = payment(Waiting(), Flow.DISTANCE, is_sent_later=True)
    approved = step(waiting, report())
    assert approved.payment.state == Reserved()
    assert approved.commands == (AskPayment(REF, Flow.DISTANCE, Pace.LONG),)
    assert resume(approved.payment).payment.state == Reserved(), "a restart is nobody's word"
    assert step(approved.payment, CompleteAsked(REF, AT)).commands == (CapturePayment(REF, AMOUNT),)
    assert step(approved.payment, ReleaseAsked(REF, AT)).commands == (ReleasePayment(REF),)
    assert step(approved.payment, report(cancelled=AMOUNT)).payment.state == Released(), "the time ran out"
    assert step(approved.payment, report(captured=AMOUNT)).payment.state == Captured(AT), "taken in the portal"


def test_a_customer_elsewhere_is_waited_for_rarely_and_a_doubt_is_still_cleared_at_once() -> None:
    created = step(payment(Requested(may_exist=False, may_resend=True), Flow.DISTANCE), Created(REF, AT))
    assert created.commands == (AskPayment(REF, Flow.DISTANCE, Pace.LONG),)
    assert resume(created.payment).commands == (AskPayment(REF, Flow.DISTANCE, Pace.URGENT),)


# ------------------------------------------------------------------------------------------ the model


@dataclass
class ModelWallet:
    """What the wallet really does; shares nothing with the till but the words."""

    state: str = ""
    authorized: int = 0
    captured: int = 0
    cancelled: int = 0
    captures: int = 0

    def create(self) -> None:
        self.state = self.state or "CREATED"

    def approve(self) -> None:
        if self.state == "CREATED":
            self.state, self.authorized = "AUTHORIZED", AMOUNT.minor

    def end(self, word: str) -> None:
        if self.state == "CREATED":
            self.state = word

    def capture(self, minor: int) -> bool:
        if self.state != "AUTHORIZED" or self.cancelled:
            return False
        if self.captured == 0:
            self.captured, self.captures = minor, self.captures + 1
        return True

    def cancel(self, *, only_if_not_approved: bool) -> bool:
        if self.state == "CREATED":
            self.state = "TERMINATED"
            return True
        if self.state != "AUTHORIZED" or only_if_not_approved or self.captured:
            return False
        self.cancelled = self.authorized
        return True


@dataclass
class Play:
    """The till's payment and the model, side by side."""

    payment: Payment
    wallet: ModelWallet = field(default_factory=ModelWallet)
    now: datetime = AT
    pending: list[Command] = field(default_factory=list)
    quiet_since: datetime = AT
    was_completed: bool = False

    def take(self, fact: PaymentFact) -> None:
        after = step(self.payment, fact)
        self.payment = after.payment
        self._keep(after.commands)
        self.check()

    def crash(self) -> None:
        """All that was under way is forgotten; a request may still be on its way to the wallet."""
        after = resume(self.payment)
        self.quiet_since = self.now
        self.payment, self.pending = after.payment, list(after.commands)

    def carry_out(self, *, loss: str) -> None:
        """Do the oldest pending command; `loss` is where the exchange breaks, if anywhere."""
        command = self.pending.pop(0)
        if loss == "unsent":
            self.take(Unanswered(REF, self.now, _operation(command), LOST, is_sent=False))
            return
        if isinstance(command, CreatePayment):
            self.quiet_since = self.now
        answer = self._act(command) if loss != "before" else None
        if answer is None or loss == "after":
            self.take(Unanswered(REF, self.now, _operation(command), LOST, is_sent=True))
        else:
            self.take(answer)

    def check(self) -> None:
        wallet, state = self.wallet, self.payment.state
        assert wallet.captures <= 1
        assert wallet.captured in (0, AMOUNT.minor)
        if self.payment.terms.is_sent_later:
            assert self.was_completed or not wallet.captured, "nothing is taken before the goods are sent"
        if isinstance(state, Captured):
            assert wallet.captured == AMOUNT.minor
        if isinstance(state, Ended | Released):
            assert wallet.captured == 0
            assert wallet.state in ("", "ABORTED", "EXPIRED", "TERMINATED") or wallet.cancelled
        if self.payment.is_final:
            assert not self.pending

    def settle(self) -> None:
        """Let everything be answered; a customer who did not act runs out of time."""
        for _ in range(60):
            if self.payment.is_final or not self.pending:
                return
            self.now += timedelta(seconds=30)
            if self.now - AT > timedelta(minutes=10):
                self.wallet.end("EXPIRED")
            if isinstance(self.payment.state, Overtaken | Reserved):
                self.take(ReleaseAsked(REF, self.now))
                continue
            self.carry_out(loss="")

    def _keep(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            self.pending = [one for one in self.pending if type(one) is not type(command)]
            self.pending.append(command)
        if self.payment.is_final:
            self.pending = []

    def _act(self, command: Command) -> PaymentFact:
        wallet = self.wallet
        match command:
            case CreatePayment():
                wallet.create()
                return Created(REF, self.now)
            case CapturePayment(amount=amount):
                is_done, operation = wallet.capture(amount.minor), Operation.CAPTURE
            case CancelPayment():
                is_done, operation = wallet.cancel(only_if_not_approved=True), Operation.CANCEL
            case ReleasePayment():
                is_done, operation = wallet.cancel(only_if_not_approved=False), Operation.RELEASE
            case AskPayment():
                quiet_for = self.now - self.quiet_since
                return self._report() if wallet.state else Missing(REF, self.now, quiet_for)
        return self._report() if is_done else Refused(REF, self.now, operation, Fault(FaultCode.CAPTURE_REFUSED))

    def _report(self) -> Reported:
        wallet = self.wallet

        def money(minor: int) -> Money:
            return Money(minor, Currency.NOK)

        verdict = Verdict(wallet.state.lower())
        cancelled = AMOUNT.minor if wallet.state == "TERMINATED" else wallet.cancelled
        return Reported(
            REF, self.now, verdict, AMOUNT, money(wallet.authorized), money(wallet.captured), money(cancelled), NOTHING
        )


def _operation(command: Command) -> Operation:
    return {
        CreatePayment: Operation.CREATE,
        AskPayment: Operation.ASK,
        CapturePayment: Operation.CAPTURE,
        CancelPayment: Operation.CANCEL,
        ReleasePayment: Operation.RELEASE,
    }[type(command)]


happenings = st.lists(
    st.sampled_from(
        [
            "answer",
            "answer",
            "answer",
            "lose before",
            "lose after",
            "unsent",
            "approve",
            "decline",
            "expire",
            "cancel",
            "complete",
            "release",
            "crash",
        ]
    ),
    max_size=40,
)


@settings(max_examples=600, deadline=None)
@given(happenings, st.sampled_from(list(Flow)), st.booleans())
def test_whatever_happens_nothing_is_taken_twice_or_lost_and_nothing_hangs(
    story: list[str], flow: Flow, is_sent_later: bool
) -> None:
    """Fault catalogue A3-A18, B3, B11, C4-C9, E1, E2; invariants I3, I4, I5, I12."""
    before = payment(Requested(may_exist=False, may_resend=True), flow, is_sent_later=is_sent_later)
    play = Play(before, pending=[CreatePayment(REF)])
    for happening in story:
        state = play.payment.state
        play.now += timedelta(seconds=1)
        match happening:
            case "answer" | "lose before" | "lose after" | "unsent":
                if play.pending:
                    play.carry_out(loss=happening.removeprefix("lose ").removeprefix("answer"))
            case "approve":
                play.wallet.approve()
            case "decline" | "expire":
                play.wallet.end("ABORTED" if happening == "decline" else "EXPIRED")
            case "cancel" if isinstance(state, Requested | Waiting):
                play.take(CancelAsked(REF, play.now))
            case "complete" if isinstance(state, Overtaken | Reserved):
                play.was_completed = True
                play.take(CompleteAsked(REF, play.now))
            case "release" if isinstance(state, Overtaken | Reserved):
                play.take(ReleaseAsked(REF, play.now))
            case "crash":
                play.crash()
        play.check()
    play.settle()
    assert play.payment.is_final or isinstance(play.payment.state, NeedsPerson), play.payment.state
    assert replace(play.payment) == play.payment
