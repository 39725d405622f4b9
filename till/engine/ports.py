"""What the engine needs from the world, as protocols; each has one home outside and one double in the tests."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol

from msgspec import Struct

from till.domain.facts import Fact
from till.domain.faults import Fault, Refusal
from till.domain.history import PaymentHistory, Wanted
from till.domain.money import Money
from till.domain.order import Draft, Order
from till.domain.payment import Operation, Pace, Reported
from till.domain.refund import PaidSale
from till.domain.secret import Secret

# ------------------------------------------------------------------------------------------------ time


class Clock(Protocol):
    """The hour for people, and a steady count for intervals."""

    def now(self) -> datetime:
        """Return the time in UTC."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""

    def boot(self) -> str:
        """Name the start of the machine since which every program counts the same seconds; empty where that is not known."""


# ------------------------------------------------------------------------------------------------ journal


class JournalNotWritten(Exception):
    """The facts are not in the journal: nothing happened, and nothing may be sent. `reason` names why.

    After `disk_error` nothing more is written until the program is started again: nobody knows what the disk has kept.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class JournalRefused(Exception):
    """The journal cannot be used: broken chain, newer version, another till's, in use. `reason` names it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class JournalRow(Struct, frozen=True):
    """One row of the journal as it stands: the body's exact text, and both hashes."""

    number: int
    stream: str
    kind: str
    version: int
    at: str
    body: str
    before: bytes
    hash: bytes


class Journal(Protocol):
    """The append-only store of facts. What a promise holds is stated by one test class for every backend."""

    def append(self, facts: Sequence[Fact], at: datetime) -> None:
        """Write all facts durably, or none; raise JournalNotWritten."""

    def facts(self) -> Iterable[Fact]:
        """Return all facts in order, the chain verified on the way; raise JournalRefused."""

    def part(self, after: int, most: int) -> tuple[Fact, ...]:
        """Return at most so many facts that follow the first `after` ones; raise JournalRefused."""

    def find_paid(self, text: str) -> PaidSale | None:
        """Return the completed sale with this receipt number or payment reference, or None; raise JournalRefused."""

    def rows(self, after: int, most: int) -> tuple[JournalRow, ...]:
        """Return at most so many rows that follow the row `after`, fewer where they are large; raise JournalRefused."""

    def find_payments(self, wanted: Wanted, most: int) -> tuple[PaymentHistory, ...]:
        """Return at most so many payments with all that became of them, newest first; raise JournalRefused."""

    def close(self) -> None:
        """Give the store back."""


#: So many facts are handed out at a time: a scan that comes meanwhile waits less than a millisecond.
PART_MOST = 250


class PartAsked(Struct, frozen=True):
    """Another thread wants to read the journal: hand the facts after the first `after` ones to `answer`."""

    after: int
    answer: Callable[[tuple[Fact, ...] | JournalRefused], None]


def hand_out(journal: Journal, asked: PartAsked) -> None:
    """Answer with a part of the journal, or why there is none."""
    try:
        asked.answer(journal.part(asked.after, PART_MOST))
    except JournalRefused as error:
        asked.answer(error)


# ------------------------------------------------------------------------------------------------ wallet


class Create(Struct, frozen=True):
    """Create a payment: always these bytes under this key."""

    reference: str
    msn: str
    key: str
    body: Secret
    shows_code: bool


class Ask(Struct, frozen=True):
    """Read a payment; `shows_code` tells its flow, `pace` how soon.

    Of a payment that is not in this till's journal its history is wanted too: the answer is then a PaymentFound.
    """

    reference: str
    msn: str
    shows_code: bool
    pace: Pace
    wants_history: bool = False


class Act(Struct, frozen=True):
    """Capture, cancel, release or refund: always the same amount under the same key.

    `is_others` is a refund of what another till was paid: this one has sent nothing for it before.
    """

    reference: str
    msn: str
    operation: Operation
    amount: Money
    key: str
    is_others: bool = False


class Forget(Struct, frozen=True):
    """The payment has ended: drop whatever is waiting for it and what is remembered of it."""

    reference: str


class LinkKind(Enum):
    """What the button that the app shows with a payment leads to."""

    ORDER = "order"
    DELIVERY = "delivery"


class Link(Struct, frozen=True):
    """The button: what it leads to, and where."""

    kind: LinkKind
    address: str


class Look(Struct, frozen=True):
    """Read what the app shows with a payment beside its amount; before it put a button in place of the one before, if one is given."""

    reference: str
    msn: str
    link: Link | None = None


class Hint(Struct, frozen=True):
    """Something happened to the payment: what waits to be read of it is read now."""

    reference: str


class ReadHistory(Struct, frozen=True):
    """Read how a payment stands and its event log, for a person to look at: nothing follows from it."""

    reference: str
    msn: str


Errand = Create | Ask | Act | Forget | Look | Hint | ReadHistory


class Code(Struct, frozen=True):
    """The code for the customer's screen: the wallet's own picture, or the text to draw. Never journaled."""

    reference: str
    png: bytes | None
    text: Secret | None

    def __repr__(self) -> str:
        return f"Code({self.reference!r})"


class CodeMissing(Struct, frozen=True):
    """The payment exists, but its picture could not be had."""

    reference: str
    fault: Fault


class Shown(Struct, frozen=True):
    """What the app shows with a payment: so many lines of goods, and a button; `fault` says why that is not known or not done.

    `is_read` is False until the wallet has spoken; `is_put` once a button was just put in place.
    """

    reference: str
    lines: int = 0
    link: Link | None = None
    fault: Fault | None = None
    is_read: bool = False
    is_put: bool = False


class PaymentFound(Struct, frozen=True):
    """A payment of another till as the wallet knows it: what was taken of it and when, and what was given back."""

    reference: str
    amount: Money
    captured: Money
    refunded: Money
    at: datetime


class WalletEvent(Struct, frozen=True):
    """One entry of a payment's event log at the wallet; `psp_reference` is this entry's own, `at` None if it cannot be read."""

    name: str
    at: datetime | None
    amount: Money
    is_success: bool
    psp_reference: str


class WalletHistory(Struct, frozen=True):
    """How a payment stands at the wallet and its event log, oldest first; `fault` says why that is not known.

    `standing` is None until the wallet has spoken.
    """

    reference: str
    standing: Reported | None = None
    events: tuple[WalletEvent, ...] = ()
    fault: Fault | None = None


class WalletChanged(Struct, frozen=True):
    """The wallet as a whole works again (no fault), or cannot work: keys missing, worker stopped.

    `keyless` are all sales units, by number, whose keys are not there.
    """

    fault: Fault | None
    keyless: frozenset[str] = frozenset()


class DiskChanged(Struct, frozen=True):
    """The disk has room for the journal again (no fault), little, or too little for another payment."""

    fault: Fault | None


#: What the wallet says that is no fact.
WalletWord = Code | CodeMissing | Shown | WalletHistory | WalletChanged | PaymentFound


class Wallet(Protocol):
    """The wallet as the engine sees it: errands go out at once, answers come back as messages."""

    def draft(self, order: Order) -> Draft | Refusal:
        """Return the exact bytes of a create, or why the wallet could never take it. Pure."""

    def reference_check(self, text: str) -> str:
        """Return the keyed check of a reference; empty as long as there is no key. Pure."""

    def operation_digest(self, operation: Operation, amount: Money) -> str:
        """Return the SHA-256 of an operation's body in hex. Pure."""

    def recall(self, reference: str, sends: int) -> None:
        """Learn how many operations on a payment were sent before a restart: for the limit they count as sent just now."""

    def send(self, errand: Errand) -> float:
        """Take an errand, never waiting for it; return in how many seconds it will be carried out.

        At most one of a kind waits per payment: a newer one takes its place.
        """

    def rely_on_hints(self, *, is_hinted: bool) -> None:
        """Read rarely, because a hint comes when something happens; or at the full pace again, from now on."""


# ------------------------------------------------------------------------------------------------ readers


class ScanRefusal(Enum):
    """Why a scan is no text."""

    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    CONTROL_CHARACTERS = "control_characters"
    LAYOUT_DAMAGED = "layout_damaged"


class RawScan(Struct, frozen=True):
    """One whole scanned text; it may be a customer's, so it never prints itself."""

    text: str
    aim: str | None = None
    is_terminated: bool = True
    is_repaired: bool = False

    def __repr__(self) -> str:
        return f"RawScan({len(self.text)} characters)"


class RefusedScan(Struct, frozen=True):
    """A scan that is no text; only its length is kept."""

    length: int
    reason: ScanRefusal


class ReaderState(Enum):
    """How a reader is doing."""

    ABSENT = "absent"
    OPENING = "opening"
    READY = "ready"
    LOST = "lost"


class ReaderChanged(Struct, frozen=True):
    """A reader's state, by the reader's name."""

    reader: str
    state: ReaderState


class ReaderLost(Exception):
    """The reader is gone; open it again later."""


class Reader(Protocol):
    """A device that reads codes; it has no thread, no loop and no lock."""

    def open(self) -> None:
        """Take the device; raise ReaderLost."""

    def read(self) -> tuple[RawScan | RefusedScan, ...]:
        """Wait a moment at most and return whole scans; raise ReaderLost."""

    def close(self) -> None:
        """Give the device back; never raises."""


ReaderMessage = RawScan | RefusedScan | ReaderChanged

# ------------------------------------------------------------------------------------------------ secrets


class KeyStoreUnavailable(Exception):
    """The key store is locked, missing or of an unsafe kind; `reason` names it. Never a way round it in plain text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SecretStore(Protocol):
    """Where keys are kept."""

    def get(self, name: str) -> Secret | None:
        """Return the secret of that name, or None; raise KeyStoreUnavailable."""

    def put(self, name: str, secret: Secret) -> None:
        """Keep a secret; raise KeyStoreUnavailable."""

    def delete(self, name: str) -> None:
        """Forget a secret; raise KeyStoreUnavailable."""


Deliver = Callable[[object], None]
