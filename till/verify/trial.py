"""One payment on trial: each method makes one step of its life, and raises NotAsPublished where an answer does not fit."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from msgspec import Struct

from till.domain.money import Money
from till.domain.secret import Secret
from till.verify.service import Asked, Needed, Service, Terms
from till.vipps.epayment import EventAnswer, ModificationAnswer, PaymentAnswer, State
from till.vipps.errors import Refused, Silence, Unanswered
from till.vipps.requests import CreateRequest, QrFormat, UserFlow, create_body

#: What a customer has to act in, with some room (ePayment, "Times and deadlines").
ACT_S, READ_PAUSE_S = 660.0, 2.0
#: An approval by force is read back so often.
READS, REREAD_S = 5, 1.0
WRONG_CURRENCY, CAPTURE_TOO_HIGH = 5040, 6090
#: The states for which every sum is published.
_PUBLISHED = (State.CREATED, State.AUTHORIZED)


class NotAsPublished(Exception):
    """What was seen is not what the published description says; the message is for the report."""


class ByHand(Exception):
    """A person has to do this; the message says what."""


class Trial:
    """One payment; `minor` is its whole amount."""

    def __init__(self, service: Service, reference: str, minor: int) -> None:
        self._service = service
        self._client = service.epayment
        self._minor = minor
        self.reference = reference
        self.state: State | None = None
        self._link: Secret | None = None
        self._keys = 0
        self._captured = (0, "")
        self.is_created = False

    @property
    def terms(self) -> Terms:
        """How the run is made."""
        return self._service.terms

    @property
    def whole(self) -> Money:
        """The payment's amount."""
        return self.part(self._minor)

    def part(self, minor: int) -> Money:
        """Return an amount in the payment's currency."""
        return Money(minor, self._service.currencies[0])

    def key(self) -> str:
        """Return a new idempotency key."""
        self._keys += 1
        return f"{self.reference[-40:]}-{self._keys}"

    # ---------------------------------------------------------------- what the shop does

    def create(self) -> None:
        """Create it in the first currency that the sales unit takes."""
        whole = list(self._service.currencies)
        first = self.reference
        for place, currency in enumerate(whole):
            self._service.currencies = whole[place:]
            self.reference = first if place == 0 else f"{first}-{currency.value.lower()}"
            try:
                self._created()
            except Refused as error:
                if error.code != WRONG_CURRENCY or place == len(whole) - 1:
                    self._service.currencies = whole
                    raise
            else:
                self._service.currencies = [currency]
                return

    def create_again(self) -> None:
        """Repeat the create with the same key and bytes: the same answer, and one payment."""
        answer = self._client.create(self.reference, self._body(self.whole), self._create_key)
        if answer.link != self._link:
            raise NotAsPublished("the repeat was answered with another link")
        self.demand_events(("CREATED", self._minor))

    def create_otherwise(self) -> None:
        """Send another body under the create's key: 409."""
        body = self._body(self.part(self._minor + 1))
        demand_refusal(lambda: self._client.create(self.reference, body, self._create_key), status=409)
        self.demand(State.CREATED)

    def capture(self, minor: int) -> None:
        """Take a part, or all of it."""
        self._captured = (minor, self.key())
        self._capture(*self._captured)

    def capture_too_much(self) -> None:
        """Ask for more than was approved: 400 with its domain code."""
        too_much, key = self.part(self._minor + 1), self.key()
        act = partial(self._client.capture, self.reference, too_much, key)
        demand_refusal(act, status=400, code=CAPTURE_TOO_HIGH)
        self.demand(State.AUTHORIZED, authorized=self._minor)

    def capture_again(self) -> None:
        """Repeat the last capture with its key and bytes: one effect."""
        self._capture(*self._captured)

    def capture_otherwise(self) -> None:
        """Send another amount under the last capture's key: 409, and nothing more is taken."""
        minor, key = self._captured
        act = partial(self._client.capture, self.reference, self.part(minor + 1), key)
        demand_refusal(act, status=409)
        self.demand(State.AUTHORIZED, authorized=self._minor, captured=minor)

    def terminate(self) -> None:
        """Cancel it while the customer has not approved."""
        answer = self._client.cancel(self.reference, self.key(), only_if_not_approved=True)
        self._modified(answer, state=State.TERMINATED, authorized=0, captured=0)

    def release(self, minor: int) -> None:
        """Release what is approved and not captured, which is so much."""
        answer = self._client.cancel(self.reference, self.key(), only_if_not_approved=False)
        self._modified(answer, cancelled=minor)

    def refund(self, minor: int, *, refunded: int) -> None:
        """Give a part back, after which so much is refunded in all."""
        self._modified(self._client.refund(self.reference, self.part(minor), self.key()), refunded=refunded)

    # ---------------------------------------------------------------- what the customer and time do

    def approve(self) -> None:
        """Approve by force, or let a person do it; the test environment alone has the first."""
        customer = self._service.customer
        if self._service.terms.mode == "test" and customer is not None:
            self._client.force_approve(self.reference, customer)
            for _ in range(READS - 1):
                if self.read().state is not State.CREATED:
                    break
                self._service.terms.pause(REREAD_S)
        else:
            self._wait(Needed.APPROVAL)
        self.demand(State.AUTHORIZED, authorized=self._minor)

    def fail_to_approve(self) -> None:
        """Try to approve by force what the customer cannot pay; whatever is answered, nothing may be authorised."""
        if self._service.customer is None:
            raise ByHand("Name a test customer with --customer; this step approves by force.")
        try:
            self._client.force_approve(self.reference, self._service.customer)
        except Refused as error:
            if error.status != 400:
                raise
        except Unanswered as error:
            if error.reason is not Silence.SERVER_ERROR:
                raise
        else:
            raise NotAsPublished("the approval was taken")
        self.demand(State.CREATED)

    def abort(self) -> None:
        """Let the customer decline."""
        control = self._service.control
        if control is not None:
            control.decline(self.reference)
        else:
            self._wait(Needed.DECLINE)
        self.demand(State.ABORTED)
        self.demand_events(("CREATED", self._minor), ("ABORTED", None))

    def expire(self) -> None:
        """Let the customer's time run out."""
        control = self._service.control
        if control is not None:
            control.turn_clock(round(ACT_S))
        else:
            self._wait(Needed.PATIENCE)
        self.demand(State.EXPIRED)
        self.demand_events(("CREATED", self._minor), ("EXPIRED", None))

    # ---------------------------------------------------------------- what is looked at

    def read(self) -> PaymentAnswer:
        """Read the payment; its amount must be the one that was asked for."""
        answer = self._client.get(self.reference)
        self.state = answer.state
        if answer.amount != self.whole:
            raise NotAsPublished(f"the payment is for {answer.amount.minor}, not {self._minor}")
        return answer

    def demand(self, state: State, **expected: int) -> None:
        """Read the payment, and compare its state and its sums.

        A sum that is not named is zero; only what is shown as cancelled of a payment that nobody approved is not published.
        """
        answer = self.read()
        if answer.state is not state:
            raise NotAsPublished(f"the state is {_word(answer.state)}, not {state.value}")
        named = ("authorized", "captured", "refunded", *(("cancelled",) if state in _PUBLISHED else ()))
        _compare(answer, **{name: expected.get(name, 0) for name in named})

    def demand_events(self, *expected: tuple[str, int | None]) -> None:
        """Read the event log, and compare names and amounts in their order; every event has a reference of its own."""
        events = self._client.events(self.reference)
        fits = [
            event.name == name and minor in (None, event.amount.minor)
            for event, (name, minor) in zip(events, expected, strict=False)
        ]
        if len(events) != len(expected) or not all(fits):
            raise NotAsPublished(f"the events are {_listed(events)}")
        if len({event.psp_reference for event in events}) < len(events):
            raise NotAsPublished("two events have the same pspReference")
        if not all(event.is_success for event in events):
            raise NotAsPublished("an event is not a success")

    def tidy(self) -> str:
        """Release what a broken-off trial may have left reserved; return what became of it, for the report."""
        if not self.is_created:
            return ""
        try:
            self._client.cancel(self.reference, self.key(), only_if_not_approved=False)
        except (Refused, Unanswered):
            return "; look at this payment by hand"
        return "; the payment was cancelled afterwards"

    # ---------------------------------------------------------------- inside

    def _capture(self, minor: int, key: str) -> None:
        self._modified(self._client.capture(self.reference, self.part(minor), key), captured=minor)

    @property
    def _create_key(self) -> str:
        return f"{self.reference[-40:]}-create"

    def _body(self, amount: Money) -> bytes:
        customer = self._service.customer if self._service.terms.mode == "production" else None
        return create_body(
            CreateRequest(
                self.reference,
                amount,
                UserFlow.QR if customer is None else UserFlow.PUSH_MESSAGE,
                "Go-live checklist",
                customer=customer,
                qr_format=QrFormat.PNG if customer is None else None,
            )
        )

    def _created(self) -> None:
        answer = self._client.create(self.reference, self._body(self.whole), self._create_key)
        self._link, self.is_created, self.state = answer.link, True, State.CREATED
        is_push = self._service.terms.mode == "production" and self._service.customer is not None
        if (answer.link is None) is not is_push:
            raise NotAsPublished("a QR payment has a link to its picture, and a push has none")

    def _modified(self, answer: ModificationAnswer, *, state: State = State.AUTHORIZED, **expected: int) -> None:
        """Compare what an operation answers with what it should have done, and then with what the payment says of itself."""
        if answer.state is not state:
            raise NotAsPublished(f"the answer's state is {_word(answer.state)}, not {state.value}")
        if state is State.AUTHORIZED:
            expected["authorized"] = self._minor
        _compare(answer, **expected)
        self.demand(
            answer.state,
            authorized=answer.authorized.minor,
            captured=answer.captured.minor,
            cancelled=answer.cancelled.minor,
            refunded=answer.refunded.minor,
        )

    def _wait(self, needed: Needed) -> None:
        """Wait until a person or time has brought the payment to another state."""
        terms = self._service.terms
        asked = Asked(needed, self.reference, self._link)
        if not terms.waits:
            raise ByHand(asked.words)
        terms.tell(asked)
        ends_s = terms.monotonic_s() + ACT_S
        while terms.monotonic_s() < ends_s:
            # Ten minutes are long enough for a read to get lost; the one that decides comes after.
            with suppress(Unanswered):
                if self.read().state is not State.CREATED:
                    return
            terms.pause(READ_PAUSE_S)


class Stage(Struct, frozen=True):
    """One step to be made: its name, what is expected, and the act."""

    name: str
    expected: str
    act: Callable[[Trial], object]
    reference: str | None = None


def demand_refusal(act: Callable[[], object], *, status: int, code: int | None = None) -> None:
    """Call what must be refused in exactly this way."""
    try:
        act()
    except Refused as error:
        if error.status != status:
            raise NotAsPublished(f"refused with {error.status}, not {status}") from error
        if code is not None and error.code != code:
            raise NotAsPublished(f"refused with code {error.code}, not {code}") from error
        if status in (400, 409) and error.code is None:
            raise NotAsPublished("refused without a domain code") from error
    else:
        raise NotAsPublished("it was not refused")


def _compare(answer: PaymentAnswer | ModificationAnswer, **expected: int) -> None:
    for name, minor in expected.items():
        seen: Money = getattr(answer, name)
        if seen.minor != minor:
            raise NotAsPublished(f"{name} is {seen.minor}, not {minor}")


def _listed(events: tuple[EventAnswer, ...]) -> str:
    return ", ".join(f"{event.name[:20]} {event.amount.minor}" for event in events) or "none"


def _word(state: State) -> str:
    return state.value or "a word never seen"
