"""The payment panel: what to say to the customer, how long is left, what is done, what may be done."""

from datetime import datetime, timedelta

from msgspec import Struct

from till.domain.double_payment import may_complete_sale
from till.domain.faults import Fault
from till.domain.intents import (
    CancelOpenPayment,
    CompleteOpenPayment,
    ReleaseOpenPayment,
    SetAside,
    may_cancel,
)
from till.domain.money import Money
from till.domain.payment import (
    APPROVAL_TIME,
    Cancelling,
    Captured,
    Capturing,
    Ended,
    Ending,
    Flow,
    NeedsPerson,
    Overtaken,
    Payment,
    Released,
    Releasing,
    Requested,
    Reserved,
    Waiting,
)
from till.domain.sale import Sale
from till.engine.snapshot import Panel, Pulse, Snapshot
from till.engine.wishes import Acknowledge, CheckNow, LookIntoApp, NextSale, ShowPanel
from till.presentation.house import House
from till.presentation.payment_words import complete_label, is_unknown
from till.presentation.present_distance import waiting_elsewhere
from till.presentation.present_double import double_of, present_double
from till.presentation.views import Action, Mark, PaymentPanel, Ring, StepView, Tone, Weight


class ShowReceipt(Struct, frozen=True):
    """Show the receipt of the sale on the screen; answered by the window itself."""

    sale: int


def ring_of(house: House, payment: Payment, now: datetime) -> Ring:
    """Return the countdown of the customer's time to act."""
    left = max(timedelta(), payment.terms.requested_at + APPROVAL_TIME - now)
    return Ring(house.figures.countdown(left), int(1000 * left / APPROVAL_TIME))


def time_left(payment: Payment, now: datetime) -> timedelta:
    """Return how much of the customer's time is left, never below nothing."""
    return max(timedelta(), payment.terms.requested_at + APPROVAL_TIME - now)


def present_payment(house: House, snapshot: Snapshot, sale: Sale, payment: Payment, now: datetime) -> PaymentPanel:
    """Return the panel for a payment in whatever state it is."""
    presenter = _Presenter(house, snapshot, sale, payment, now)
    if is_unknown(payment, presenter.trouble):
        return presenter.unknown()
    match payment.state:
        case Requested():
            return presenter.sending()
        case Waiting():
            return presenter.waiting()
        case Capturing() | Cancelling() | Releasing():
            return presenter.acting()
        case Overtaken():
            return presenter.overtaken()
        case Reserved():
            return presenter.reserved()
        case Captured():
            double = double_of(snapshot, sale)
            return presenter.paid() if double is None else present_double(house, sale, double, payment)
        case Released():
            return presenter.released()
        case Ended() as ended:
            return presenter.ended(ended)
        case NeedsPerson(fault=fault):
            return presenter.person(fault)


class _Presenter:
    """The panel's parts for one payment at one moment."""

    def __init__(self, house: House, snapshot: Snapshot, sale: Sale, payment: Payment, now: datetime) -> None:
        self._house = house
        self._words = house.words
        self._snapshot = snapshot
        self._sale = sale
        self._payment = payment
        self._now = now
        self._reference = payment.terms.reference
        self._amount = house.figures.money(_moving(payment))
        self._pulse = snapshot.around.pulses.get(self._reference, Pulse())
        self.trouble = snapshot.around.troubles.get(self._reference)

    # ------------------------------------------------------------------ states

    def sending(self) -> PaymentPanel:
        words = self._words
        return self._calm(
            title=words.say("sending.title", amount=self._amount),
            headline=words.say("sending.headline"),
            detail=words.say("sending.detail"),
            steps=(
                StepView(Mark.NOW, words.say("steps.sending")),
                StepView(Mark.LATER, words.say("steps.approves")),
                StepView(Mark.LATER, words.say("steps.capture")),
            ),
            actions=(self._aside(), self._cancel()),
        )

    def waiting(self) -> PaymentPanel:
        words = self._words
        if self._payment.terms.expires_at is not None:
            return self._waiting_elsewhere(self._payment.terms.expires_at)
        shows_code = self._payment.terms.flow is Flow.CUSTOMER_SCREEN
        code_fault = self._snapshot.around.code_fault
        is_blind = shows_code and code_fault is not None and code_fault[0] == self._reference
        if is_blind and code_fault is not None:
            return self._without_code(code_fault[1])
        return self._calm(
            title=words.say("waiting.title_screen" if shows_code else "waiting.title_push", amount=self._amount),
            headline=words.say("waiting.headline"),
            detail=self._waiting_detail(),
            ring=ring_of(self._house, self._payment, self._now),
            steps=(
                self._sent_step(),
                StepView(Mark.NOW, words.say("steps.approves")),
                StepView(Mark.LATER, words.say("steps.capture")),
            ),
            note=words.say("waiting.note_screen" if shows_code else "waiting.note_push"),
            actions=(self._check(), self._aside(), self._cancel()),
        )

    def _waiting_elsewhere(self, expires_at: datetime) -> PaymentPanel:
        words = self._words
        return self._calm(
            title=words.say("distance.waiting_title", amount=self._amount),
            headline=waiting_elsewhere(self._house, expires_at, self._now),
            detail=words.say("distance.will_reserve" if self._payment.terms.is_sent_later else "distance.will_take"),
            steps=(self._sent_step(), StepView(Mark.NOW, words.say("steps.approves")), self._last_step(Mark.LATER)),
            note=words.say("distance.waiting_note"),
            actions=(self._check(), self._in_app(), self._cancel(), self._next_customer("Enter", Weight.PRIMARY)),
        )

    def reserved(self) -> PaymentPanel:
        words, until = self._words, self._payment.reserved_until
        release = Action(words.say("do.release"), ReleaseOpenPayment(self._reference), weight=Weight.DANGER)
        label = complete_label(self._house, self._payment, self._sale)
        complete = Action(label, CompleteOpenPayment(self._reference), weight=Weight.PRIMARY)
        detail = words.say(
            "distance.reserved_detail", at="" if until is None else self._house.figures.until(until, self._now)
        )
        rest = self._payment.terms.amount - self._sale.due
        amount = self._house.figures.money(rest)
        note = words.say("distance.reserved_rest", amount=amount) if rest.minor else words.say("distance.reserved_note")
        return self._calm(
            title=words.say("capturing.title", amount=self._amount),
            headline=words.say("distance.reserved_headline"),
            detail=detail,
            steps=(StepView(Mark.DONE, words.say("steps.approved")), self._last_step(Mark.NOW)),
            note=note,
            actions=(self._check(), self._in_app(), self._next_customer("F6"), release, complete),
        )

    def acting(self) -> PaymentPanel:
        """Capturing, cancelling or releasing: the wallet has been told and has not confirmed yet."""
        words = self._words
        name, step, before = {
            Capturing: ("capturing", "steps.capture", "steps.approved"),
            Cancelling: ("cancelling", "steps.cancelling", "steps.sent_push"),
            Releasing: ("releasing", "steps.releasing", "steps.approved"),
        }[type(self._payment.state)]
        is_sent = name == "capturing" and self._payment.terms.is_sent_later
        is_rest = name == "releasing" and self._payment.part is not None
        detail = "distance.capturing_detail" if is_sent else "distance.releasing_rest" if is_rest else f"{name}.detail"
        first = self._sent_step() if name == "cancelling" else StepView(Mark.DONE, words.say(before))
        return self._calm(
            title=words.say(f"{name}.title", amount=self._amount),
            headline=words.say(f"{name}.headline"),
            detail=words.say(detail),
            steps=(first, StepView(Mark.NOW, words.say(step))),
            actions=(self._check(), self._aside()),
        )

    def unknown(self) -> PaymentPanel:
        words, trouble = self._words, self.trouble
        assert trouble is not None
        fault = words.fault(trouble.fault.code)
        is_unsent = isinstance(self._payment.state, Requested) and not self._payment.state.may_exist
        is_creating = isinstance(self._payment.state, Requested)
        title = "unknown.title_unsent" if is_unsent else "unknown.title_create" if is_creating else "unknown.title"
        return self._carded(
            tone=Tone.UNKNOWN,
            title=words.say(title),
            detail=f"{fault.happened} {fault.does} {fault.now}",
            strong=words.say("unknown.strong_unsent" if is_unsent else "unknown.strong"),
            steps=(self._sent_step(), StepView(Mark.UNKNOWN, words.say("steps.no_answer"), self._next_try())),
            actions=(self._check(), self._aside(next_customer=True), self._cancel()),
            fault=trouble.fault,
        )

    def overtaken(self) -> PaymentPanel:
        words = self._words
        release = Action(words.say("overtaken.release"), ReleaseOpenPayment(self._reference), weight=Weight.DANGER)
        actions = [self._aside(), release]
        if may_complete_sale(self._snapshot.state, self._payment):
            label = complete_label(self._house, self._payment, self._sale)
            actions.append(Action(label, CompleteOpenPayment(self._reference), "Enter", weight=Weight.PRIMARY))
        return self._carded(
            tone=Tone.LOOK,
            title=words.say("overtaken.title", amount=self._amount),
            detail=words.say("overtaken.detail"),
            strong=words.say("overtaken.strong"),
            steps=(StepView(Mark.DONE, words.say("steps.approved")),),
            actions=tuple(actions),
        )

    def paid(self) -> PaymentPanel:
        words = self._words
        assert isinstance(self._payment.state, Captured)
        time = self._house.figures.second(self._payment.state.at)
        number = self._sale.receipt_number
        shows = Action(words.say("paid.show_receipt"), ShowReceipt(self._sale.number), "P")
        elsewhere = (self._in_app(),) if self._payment.terms.expires_at is not None else ()
        following = Action(words.say("paid.next"), NextSale(), "Enter", weight=Weight.PRIMARY)
        return self._carded(
            tone=Tone.WELL,
            title=words.say("paid.title"),
            detail=words.say("paid.detail", amount=self._amount, time=time),
            headline=words.say("paid.receipt", number=f"{number:04}") if number is not None else "",
            note=words.say("paid.app") if self._payment.part is None else "",
            actions=(shows, *elsewhere, following),
            hint=words.say("paid.hint"),
        )

    def released(self) -> PaymentPanel:
        words = self._words
        return self._carded(
            tone=Tone.LOOK,
            title=words.say("released.title"),
            detail=words.say("released.detail", amount=self._amount),
            actions=self._after(),
        )

    def ended(self, ended: Ended) -> PaymentPanel:
        words = self._words
        if ended.ending is Ending.REFUSED and ended.fault is not None:
            fault = words.fault(ended.fault.code)
            return self._carded(
                tone=Tone.LOOK,
                title=fault.happened,
                detail=fault.does,
                strong=fault.now,
                actions=self._after(),
                fault=ended.fault,
            )
        is_long = ended.ending is Ending.EXPIRED and self._payment.terms.expires_at is not None
        detail = "distance.expired" if is_long else f"ended.{ended.ending.value}.detail"
        return self._carded(
            tone=Tone.LOOK,
            title=words.say(f"ended.{ended.ending.value}.title"),
            detail=words.say(detail),
            actions=self._after(),
        )

    def person(self, fault: Fault) -> PaymentPanel:
        words = self._words
        said = words.fault(fault.code)
        actions = [self._check(), self._aside(next_customer=True)]
        if may_complete_sale(self._snapshot.state, self._payment):
            label = complete_label(self._house, self._payment, self._sale)
            actions.append(Action(label, CompleteOpenPayment(self._reference)))
        actions.append(Action(words.say("do.release"), ReleaseOpenPayment(self._reference), weight=Weight.DANGER))
        return self._carded(
            tone=Tone.BROKEN,
            title=words.say("person.title"),
            detail=f"{said.happened} {said.does}",
            strong=words.say("person.strong"),
            actions=tuple(actions),
            fault=fault,
        )

    def _without_code(self, fault: Fault) -> PaymentPanel:
        said = self._words.fault(fault.code)
        return self._carded(
            tone=Tone.LOOK,
            title=said.happened,
            detail=said.does,
            strong=said.now,
            steps=(self._sent_step(),),
            actions=(self._check(), self._aside(), self._cancel()),
            fault=fault,
        )

    # ------------------------------------------------------------------ parts

    def _waiting_detail(self) -> str:
        words, left = self._words, time_left(self._payment, self._now)
        if not left:
            return words.say("waiting.detail_over")
        text = self._house.figures.duration(left)
        heard = self._pulse.heard_at
        if heard is None:
            return words.say("waiting.detail_first", left=text)
        ago = max(0, int((self._now - heard).total_seconds()))
        return words.say("waiting.detail", ago=str(ago), left=text)

    def _last_step(self, mark: Mark) -> StepView:
        """The amount is taken at the end, and where goods are sent later they leave before it."""
        is_sent_later = self._payment.terms.is_sent_later
        return StepView(mark, self._words.say("distance.goods_sent" if is_sent_later else "steps.capture"))

    def _sent_step(self) -> StepView:
        words = self._words
        if isinstance(self._payment.state, Requested):
            return StepView(Mark.NOW, words.say("steps.sending"))
        at = self._snapshot.around.created_at.get(self._reference, self._payment.terms.requested_at)
        if self._payment.terms.flow is not Flow.CUSTOMER_SCREEN:
            return StepView(Mark.DONE, words.say("steps.sent_push"), self._house.figures.second(at))
        code = self._snapshot.around.code
        if code is None or code.reference != self._reference:
            return StepView(Mark.NOW, words.say("steps.fetching_code"))
        return StepView(Mark.DONE, words.say("steps.sent_screen"), self._house.figures.second(at))

    def _next_try(self) -> str:
        due = self._pulse.next_ask_at
        seconds = 0 if due is None else int((due - self._now).total_seconds())
        return (
            self._words.say("steps.next_try", seconds=str(seconds)) if seconds > 0 else self._words.say("steps.trying")
        )

    def _check(self) -> Action:
        return Action(self._words.say("do.check"), CheckNow(self._reference), "F5")

    def _aside(self, *, next_customer: bool = False) -> Action:
        return Action(self._words.say("do.aside_next" if next_customer else "do.aside"), SetAside(), "F6")

    def _in_app(self) -> Action:
        return Action(self._words.say("shown.open"), LookIntoApp(self._reference))

    def _next_customer(self, key: str, weight: Weight = Weight.QUIET) -> Action:
        return Action(self._words.say("distance.next"), SetAside(), key, weight=weight)

    def _cancel(self) -> Action:
        return Action(
            self._words.say("do.cancel"),
            CancelOpenPayment(self._reference),
            "Esc",
            weight=Weight.DANGER,
            is_enabled=may_cancel(self._payment),
        )

    def _after(self) -> tuple[Action, ...]:
        """What may be done once the payment has ended without money."""
        words = self._words
        again = Action(words.say("after.again"), ShowPanel(Panel.TENDER), "Enter", weight=Weight.PRIMARY)
        return (Action(words.say("after.to_basket"), Acknowledge(self._reference), "Esc"), again)

    def _calm(
        self,
        *,
        title: str,
        headline: str,
        detail: str,
        steps: tuple[StepView, ...],
        actions: tuple[Action, ...],
        ring: Ring | None = None,
        note: str = "",
    ) -> PaymentPanel:
        kicker = self._words.say(f"flow.{self._payment.terms.flow.value}")
        return PaymentPanel(Tone.CALM, kicker, title, headline, detail, "", ring, steps, note, actions, self._corner())

    def _carded(
        self,
        *,
        tone: Tone,
        title: str,
        detail: str,
        actions: tuple[Action, ...],
        strong: str = "",
        headline: str = "",
        steps: tuple[StepView, ...] = (),
        note: str = "",
        fault: Fault | None = None,
        hint: str = "",
    ) -> PaymentPanel:
        corner = self._corner(fault)
        return PaymentPanel(tone, "", title, headline, detail, strong, None, steps, note, actions, corner, hint)

    def _corner(self, fault: Fault | None = None) -> str:
        """Return the small line for support: codes, the reference, the wallet's trace."""
        parts = [self._reference]
        if fault is not None:
            code = fault.code.value + (f"/{fault.wallet_code}" if fault.wallet_code is not None else "")
            parts.insert(0, self._words.say("corner.fault", code=code))
            if fault.trace_id:
                parts.append(self._words.say("corner.trace", trace=fault.trace_id[:11]))
        return " · ".join(parts)


def _moving(payment: Payment) -> Money:
    """Return what a payment is about now: what is taken, the rest that is released after it, else what was asked for."""
    match payment.state:
        case Capturing() | Captured():
            return payment.to_take
        case Releasing() if payment.last is not None:
            return payment.terms.amount - payment.last.captured
        case _:
            return payment.terms.amount
