"""Refunds made by the hub for tills of other stores: asked once, sent with one key, done only when the wallet says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.doubles.chain import Chain
from tests.doubles.clock import ManualClock
from tests.doubles.office import calls_of, sell
from tests.doubles.service import InProcess
from till.domain.money import Currency, Money
from till.hub.database import Database, DatabaseUnavailable, T, Transaction
from till.hub.outbox import events_after
from till.hub.refunds import NotPossible, RefundAsked, RefundState, RefundWork, ask, state_of
from till.sandbox.desk import PlantedFault
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.errors import KeysMissing
from till.vipps.transport import HttpReply, HttpRequest

REFERENCE = "kasse9-261121-0001-1"
ID, OTHER = "7d7f1f3e-0000-4000-8000-000000000001", "7d7f1f3e-0000-4000-8000-000000000002"


@dataclass
class Noting(InProcess):
    """The sandbox, with a note of every refund's key that left, answered or not."""

    keys: list[str] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpReply:
        if request.url.endswith("/refund"):
            self.keys.append(request.headers["Idempotency-Key"])
        return super().send(request)


@dataclass
class Office:
    """A hub that refunds, over the sandbox."""

    chain: Chain
    transport: Noting = field(default_factory=Noting)
    has_keys: bool = True

    def __post_init__(self) -> None:
        sell(self.transport, REFERENCE, 12550)

    @contextmanager
    def calls(self, _: str) -> Iterator[Calls]:
        if not self.has_keys:
            raise KeysMissing
        yield calls_of(self.transport)

    def ask(self, minor: int, refund: str = ID, till: str = "kasse3", approved_by: str = "Kari") -> RefundState:
        asked = RefundAsked(refund, till, "gronland", REFERENCE, Money(minor, Currency.NOK), "Ola", approved_by)
        now = self.chain.clock.now()
        return self.chain.database.write(lambda transaction: ask(transaction, asked, now=now, approval_above=10_000))

    def work(self, seconds: float = 0.0) -> RefundState:
        """Turn the clock, let a process do what is due; return how the refund stands."""
        self.chain.clock.turn(seconds)
        RefundWork(self.chain.database, self.chain.sealer, self.chain.clock, self.calls).run_due()
        return self.chain.database.read(lambda transaction: state_of(transaction, "kasse3", ID))

    def work_until_settled(self) -> str:
        for _ in range(60):
            state = self.work(5)
            if state.state in ("done", "refused"):
                break
        return state.state

    @property
    def refunded(self) -> int:
        return EPayment(calls_of(self.transport)).get(REFERENCE).refunded.minor


@pytest.fixture
def office(database: Database) -> Office:
    return Office(Chain(database))


class RunningClock(ManualClock):
    """A clock that stands still for nobody: each look at it is a little later."""

    def now(self) -> datetime:
        self.turn(0.001)
        return super().now()


def test_time_passes_while_a_refund_is_made(database: Database) -> None:
    office = Office(Chain(database, clock=RunningClock()))
    office.ask(5000)
    assert office.work().state == "done"
    assert office.refunded == 5000


def test_a_refund_is_done_once_and_its_till_is_told(office: Office) -> None:
    assert office.ask(5000).state == "asked"
    assert office.work().state == "done"
    assert office.refunded == 5000
    told = office.chain.database.read(lambda transaction: events_after(transaction, office.chain.sealer, "kasse3", 0))
    assert [event.kind for event in told] == ["refund"]


def test_asking_twice_is_asking_once(office: Office) -> None:
    office.ask(5000)
    office.work()
    assert office.ask(5000).state == "done"
    office.work(60)
    assert office.refunded == 5000


def test_the_same_id_with_other_contents_is_refused(office: Office) -> None:
    office.ask(5000)
    with pytest.raises(NotPossible, match="other_contents"):
        office.ask(5001)


def test_while_one_is_open_no_other_of_the_payment_is_taken(office: Office) -> None:
    office.ask(5000)
    with pytest.raises(NotPossible, match="still_open"):
        office.ask(4000, OTHER)
    office.work()
    assert office.ask(4000, OTHER).state == "asked"


def test_more_than_is_left_is_refused_and_nothing_is_sent(office: Office) -> None:
    office.ask(12551)
    state = office.work()
    assert (state.state, state.reason) == ("refused", "too_much")
    assert office.transport.keys == []


@pytest.mark.parametrize("approved_by", ["", "Ola"])
def test_a_large_refund_needs_a_second_person(office: Office, approved_by: str) -> None:
    with pytest.raises(NotPossible, match="approval"):
        office.ask(10_001, approved_by=approved_by)
    assert office.ask(10_000, approved_by=approved_by).state == "asked"


@pytest.mark.parametrize("after", [False, True], ids=["before-acting", "after-acting"])
def test_a_lost_answer_is_read_back_and_sent_again_with_the_same_key(office: Office, *, after: bool) -> None:
    office.ask(5000)
    office.transport.desk.plant(PlantedFault("refund", "drop", after=after))
    assert office.work().state == "unknown"
    assert office.work_until_settled() == "done"
    assert office.refunded == 5000
    assert len(office.transport.keys) == (1 if after else 2)
    assert len(set(office.transport.keys)) == 1


def test_a_process_that_dies_with_the_request_on_its_way_doubles_nothing(office: Office) -> None:
    """The wallet has acted; the next process finds the intent, reads back and sends nothing."""
    office.ask(5000)

    class Dying(RefundWork):
        def _keep(self, *_: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Dying(office.chain.database, office.chain.sealer, office.chain.clock, office.calls).run_due()
    assert office.work().state == "unknown"
    assert office.work(60).state == "done"
    assert (office.refunded, len(office.transport.keys)) == (5000, 1)


def test_two_processes_never_have_the_same_refund_in_hand(office: Office) -> None:
    office.ask(5000)
    works = [RefundWork(office.chain.database, office.chain.sealer, office.chain.clock, office.calls) for _ in range(2)]
    first = office.chain.database.write(works[0]._claim)
    assert first is not None
    assert office.chain.database.write(works[1]._claim) is None


def test_missing_keys_are_waited_for(office: Office) -> None:
    office.ask(5000)
    office.has_keys = False
    state = office.work()
    assert (state.state, state.reason) == ("asked", "keys")
    office.has_keys = True
    assert office.work(61).state == "done"


def test_a_till_sees_only_its_own_refunds(office: Office) -> None:
    office.ask(5000, till="kasse1")
    with pytest.raises(NotPossible, match="unknown_refund"):
        office.work()


def test_what_the_wallet_refuses_for_good_is_said(office: Office) -> None:
    office.ask(5000)
    clock = office.transport.desk.clock
    clock.turn(timedelta(days=366).total_seconds())
    assert office.work_until_settled() == "refused"
    assert office.refunded == 0


class Leaving:
    """A database that is away at its n-th write: before it is committed, or just after."""

    def __init__(self, database: Database, at: int, *, after: bool) -> None:
        self._database = database
        self._left = at
        self._after = after
        self.read = database.read

    def write(self, act: Callable[[Transaction], T]) -> T:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise DatabaseUnavailable("away")
        result = self._database.write(act)
        if self._left == 0:
            raise DatabaseUnavailable("away")
        return result


@pytest.mark.parametrize("after", [False, True], ids=["before-commit", "after-commit"])
@pytest.mark.parametrize("at", [1, 2, 3], ids=["claim", "intent", "outcome"])
def test_a_database_that_goes_away_at_any_point_loses_and_doubles_nothing(
    office: Office, at: int, *, after: bool
) -> None:
    """F13, F14: without the intent nothing is sent; with it the payment is read before anything is sent again."""
    office.ask(5000)
    leaving = Leaving(office.chain.database, at, after=after)
    work = RefundWork(leaving, office.chain.sealer, office.chain.clock, office.calls)  # type: ignore[arg-type]
    with pytest.raises(DatabaseUnavailable):
        work.run_due()
    assert len(office.transport.keys) == (1 if at == 3 else 0)
    office.chain.clock.turn(60)
    assert office.work_until_settled() == "done"
    assert office.refunded == 5000
    assert len(set(office.transport.keys)) == 1
