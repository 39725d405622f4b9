"""One wallet payment as frozen records: its states, the facts it meets, and the commands it gives.

Where each fact leads is in `payment_step.py`.
"""

from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from till.domain.faults import Fault
from till.domain.money import Currency, Money

#: The customer's time to act, from creation (ePayment, "Times and deadlines").
APPROVAL_TIME = timedelta(minutes=10)


#: How long approved money is kept for the shop, by currency (ePayment, "Times and deadlines").
RESERVED_FOR = {Currency.NOK: timedelta(days=180), Currency.DKK: timedelta(days=14), Currency.EUR: timedelta(days=14)}
#: How long a request may wait for a customer elsewhere: longer than the first, at most the other, by currency (ePayment,
#: `expiresAt`: more than ten minutes and less than 60 days; the Norwegian terms allow a day).
REQUEST_LEAST = APPROVAL_TIME
REQUEST_MOST = {Currency.NOK: timedelta(days=1), Currency.DKK: timedelta(days=59), Currency.EUR: timedelta(days=59)}


class Flow(Enum):
    """How the till meets the customer."""

    PERSONAL_QR = "personal_qr"
    CUSTOMER_SCREEN = "customer_screen"
    PHONE_NUMBER = "phone_number"
    DISTANCE = "distance"
    CHECK_IN = "check_in"


class Operation(Enum):
    """What was asked of the wallet."""

    CREATE = "create"
    ASK = "ask"
    CAPTURE = "capture"
    CANCEL = "cancel"
    RELEASE = "release"
    REFUND = "refund"


class Verdict(Enum):
    """The wallet's word for a payment's state; a word never seen before counts as still waiting."""

    CREATED = "created"
    AUTHORIZED = "authorized"
    ABORTED = "aborted"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    NOT_KNOWN = "not_known"


class Ending(Enum):
    """How a payment ended without money."""

    ABORTED = "aborted"
    EXPIRED = "expired"
    TERMINATED = "terminated"
    REFUSED = "refused"
    NEVER_CREATED = "never_created"


class Terms(Struct, frozen=True):
    """What was journaled before the first byte left: the payment's name, its sale, and what it may take.

    `expires_at` is set where the customer has longer than the approval time. With `is_sent_later` the goods leave after the
    approval, and the amount is taken only then: nothing may be captured before (ePayment, "Capture"; payment rules).
    """

    reference: str
    sale: int
    amount: Money
    flow: Flow
    msn: str
    requested_at: datetime
    expires_at: datetime | None = None
    is_sent_later: bool = False


def is_time_to_approve(good_for: timedelta | None, flow: Flow, currency: Currency) -> bool:
    """Whether the wallet grants so long: its own time at the counter (None), a named one to a customer elsewhere."""
    if flow is not Flow.DISTANCE:
        return good_for is None
    return good_for is not None and REQUEST_LEAST < good_for <= REQUEST_MOST[currency]


# ---------------------------------------------------------------------------------------------- states


class Requested(Struct, frozen=True):
    """The create is intended; whether it reached the wallet may be unknown."""

    may_exist: bool
    may_resend: bool


class Waiting(Struct, frozen=True):
    """The payment exists; the customer has not approved it.

    `lacks_code` after a restart: the link to its code was not kept, and the same create gives it again. `is_code_asked` while that
    create is under way, which may wait for its turn: the payment is read beside it.
    """

    lacks_code: bool = False
    is_code_asked: bool = False


class Cancelling(Struct, frozen=True):
    """The cashier asked to cancel; the customer may still be faster."""

    may_exist: bool
    does_exist: bool


class Overtaken(Struct, frozen=True):
    """The customer approved although the cashier cancelled: a person chooses to complete or to release."""


class Reserved(Struct, frozen=True):
    """The customer approved, and the goods are still to be sent: a person completes it when they are."""


class Capturing(Struct, frozen=True):
    """The customer approved; the capture is intended and not yet confirmed."""

    refusal: Fault | None = None


class Captured(Struct, frozen=True):
    """The captured amount has been reached."""

    at: datetime


class Releasing(Struct, frozen=True):
    """The reserved money is to be given back; not yet confirmed."""


class Released(Struct, frozen=True):
    """The wallet confirmed that nothing is reserved any more."""


class Ended(Struct, frozen=True):
    """The payment ended without money; the customer can no longer approve it."""

    ending: Ending
    fault: Fault | None = None


class NeedsPerson(Struct, frozen=True):
    """The wallet's figures do not fit the sale; nobody acts on it but a person. The till keeps reading.

    `vanished` is how a payment stood when the wallet suddenly knew nothing of it, to go on with once it is back.
    """

    fault: Fault
    vanished: Waiting | Cancelling | Capturing | Releasing | None = None


State = (
    Requested
    | Waiting
    | Cancelling
    | Overtaken
    | Reserved
    | Capturing
    | Captured
    | Releasing
    | Released
    | Ended
    | NeedsPerson
)
#: States that the wallet has ended for good.
FINAL = (Captured, Released, Ended)


class EarlierSends(Struct, frozen=True):
    """How many operations had left when the program was started: at this second of that start of the machine."""

    number: int
    boot: str
    up_s: int


class Payment(Struct, frozen=True):
    """One payment request for one sale.

    `last` is the newest report that was believed; `intended` names the operations whose intent is in the journal;
    `keeps_body` says whether the journal holds the create's bytes; `sends` is how many operations may have left since the
    program was started and `sends_before` how many before: their limit must hold over a restart. `part` is what a person has chosen to take
    where not all of it is to be taken.
    """

    terms: Terms
    state: State
    last: "Reported | None" = None
    intended: tuple[Operation, ...] = ()
    keeps_body: bool = False
    sends: int = 0
    sends_before: tuple[EarlierSends, ...] = ()
    part: Money | None = None

    @property
    def to_take(self) -> Money:
        """What is taken of it once it is completed: all of it, or the part that a person chose."""
        return self.terms.amount if self.part is None else self.part

    @property
    def reserved_until(self) -> datetime | None:
        """When the approved money may go back to the customer unless it is taken; None where nothing is reserved.

        The market's own time, or the day until which the wallet guarantees it, if that comes first; a day before the payment
        began is none.
        """
        last = self.last
        if last is None or last.verdict is not Verdict.AUTHORIZED or self.is_final:
            return None
        began, guaranteed = self.terms.requested_at, last.guaranteed_until
        until = began + RESERVED_FOR[self.terms.amount.currency]
        return until if guaranteed is None or guaranteed < began else min(until, guaranteed)

    @property
    def is_final(self) -> bool:
        """Whether the wallet has ended it."""
        return isinstance(self.state, FINAL)

    @property
    def leaves_the_counter(self) -> bool:
        """Whether the next customer can be served without a word: this one is elsewhere, and the wallet has the request."""
        return self.terms.flow is Flow.DISTANCE and isinstance(self.state, Waiting | Reserved)


# ---------------------------------------------------------------------------------------------- facts


class Created(Struct, frozen=True):
    """The wallet accepted the create."""

    reference: str
    at: datetime


class Reported(Struct, frozen=True):
    """A definite answer that says how the payment stands; `guaranteed_until` is as long as taking it is sure to work, if stated."""

    reference: str
    at: datetime
    verdict: Verdict
    amount: Money
    authorized: Money
    captured: Money
    cancelled: Money
    refunded: Money
    guaranteed_until: datetime | None = None


class Missing(Struct, frozen=True):
    """The wallet does not know this reference.

    `quiet_for` is how long, by a clock that never jumps, no create of it has left this machine.
    """

    reference: str
    at: datetime
    quiet_for: timedelta = timedelta(0)


class Refused(Struct, frozen=True):
    """A definite no to one operation, final for its key."""

    reference: str
    at: datetime
    operation: Operation
    fault: Fault


class Unanswered(Struct, frozen=True):
    """No definite answer; unless `is_sent` is False the operation may have happened.

    `trying_for` is how long, by a clock that never jumps, the operation has been tried.
    """

    reference: str
    at: datetime
    operation: Operation
    fault: Fault
    is_sent: bool
    trying_for: timedelta = timedelta(0)


class CancelAsked(Struct, frozen=True):
    """The cashier asked to cancel the payment."""

    reference: str
    at: datetime


class CompleteAsked(Struct, frozen=True):
    """The cashier chose to take the approved money; with `amount` only a part of it, and the rest is released afterwards."""

    reference: str
    at: datetime
    amount: Money | None = None


class ReleaseAsked(Struct, frozen=True):
    """The cashier chose to give reserved money back."""

    reference: str
    at: datetime


PaymentFact = Created | Reported | Missing | Refused | Unanswered | CancelAsked | CompleteAsked | ReleaseAsked


# ---------------------------------------------------------------------------------------------- commands


class CreatePayment(Struct, frozen=True):
    """Ask the wallet to create it: always the same key and the same bytes."""

    reference: str


class Pace(Enum):
    """How soon a read is wanted: as the flow says, at once for a person or a doubt, or rarely while a person decides.

    LONG is for what may take days, a request that waits for a customer elsewhere or goods that are still to be sent.
    """

    FLOW = "flow"
    URGENT = "urgent"
    PATIENT = "patient"
    LONG = "long"


class AskPayment(Struct, frozen=True):
    """Read the payment."""

    reference: str
    flow: Flow
    pace: Pace = Pace.FLOW


class CapturePayment(Struct, frozen=True):
    """Take the approved amount."""

    reference: str
    amount: Money


class CancelPayment(Struct, frozen=True):
    """Cancel it only if it is not approved yet (`cancelTransactionOnly`)."""

    reference: str


class ReleasePayment(Struct, frozen=True):
    """Give back all that is reserved."""

    reference: str


#: Which operation a command carries out, for those that move money and are journaled before they leave.
INTENT_OF: dict[type, Operation] = {
    CreatePayment: Operation.CREATE,
    CapturePayment: Operation.CAPTURE,
    CancelPayment: Operation.CANCEL,
    ReleasePayment: Operation.RELEASE,
}


def key_of(reference: str, operation: Operation) -> str:
    """Return the idempotency key of an operation: one per purpose, the same for every retry (at most 50 characters)."""
    return f"{reference}-{operation.value}"


Command = CreatePayment | AskPayment | CapturePayment | CancelPayment | ReleasePayment


class Step(Struct, frozen=True):
    """Where a fact leads: the next payment and what is to be asked of the wallet."""

    payment: Payment
    commands: tuple[Command, ...] = ()
