"""One till, one wallet, one cashier, one stretch of a day, in one thread under a virtual clock."""

import heapq
import logging
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path

from tests.simulation.bank import BASE_URL, Bank
from tests.simulation.checker import Checker, Violation
from tests.simulation.clock import VirtualClock, WalletClock
from tests.simulation.disk import Crash, WatchedJournal
from tests.simulation.hub import Hub
from tests.simulation.luck import Luck
from tests.simulation.network import Network
from tests.simulation.people import Cashier, Customers, shelves
from till.domain.day import DayClose
from till.domain.faults import FaultCode
from till.domain.money import Currency
from till.domain.payment import Captured, NeedsPerson, Payment, Unanswered
from till.domain.reference import keyed_check
from till.domain.refund import RefundNeedsPerson
from till.domain.scan import Market
from till.domain.secret import Secret
from till.domain.state import TillState
from till.domain.store import Store, Stores
from till.engine.counter import Counter
from till.engine.engine import Engine
from till.engine.ports import JournalNotWritten
from till.engine.snapshot import Snapshot
from till.engine.wishes import DismissNotice
from till.sandbox.units import SalesUnit
from till.vipps.access import Credentials, System, Tokens
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.lane_side import WalletSettings
from till.vipps.transport import HttpRequest
from till.vipps.wallet import VippsWallet

#: A story that takes more steps than this for a sale hangs.
STEPS_A_SALE_MOST = 3_000
#: How long after the last sale everything must have come to rest, with a working network and a deciding cashier.
REST_S = 3 * 3600.0


class World:
    """Runs `sales` sales with the luck of one seed; `run` raises a Violation, or leaves the figures behind.

    With `has_two_stores` every third sale is for another store, whose sales unit has keys of its own.
    """

    def __init__(
        self,
        seed: int,
        sales: int,
        folder: Path,
        *,
        muted: Collection[int] = (),
        harshness: float = 1.0,
        has_two_stores: bool = False,
        has_hub: bool = False,
    ) -> None:
        self.luck = Luck(seed, muted, harshness=harshness)
        #: The day's end has a luck of its own, so that a seed's sales go as they went before there was one.
        self.day_luck = Luck(seed + 1_000_000_007, harshness=harshness)
        self.clock = VirtualClock()
        self.bank = Bank(WalletClock(self.clock), seed)
        marks = [part for one in self.bank.desk.customers for part in (one.phone_number, one.personal_qr)]
        self.units = (self.bank.unit, self.bank.desk.units[5]) if has_two_stores else (self.bank.unit,)
        keys = [key for unit in self.units for key in (unit.client_secret, unit.subscription_key)]
        self.checker = Checker((*marks, *keys))
        self.network = Network(self)
        self.customers = Customers(self)
        self.cashier = Cashier(self, sales)
        self.hub = Hub(self, seed) if has_hub else None
        self.story: list[str] = []
        self.steps = 0
        self.restarts = 0
        self._path = folder / "journal.db"
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self._busy: set[int] = set()
        self._draws_code = seed % 2 == 0
        self._day_close = seed // 2 % 2
        self._is_up = False

    # ---------------------------------------------------------------- the whole

    def run(self) -> None:
        """Sell, then let everything come to rest, and judge the books; the till's log is silent meanwhile."""
        log = logging.getLogger("till")
        level = log.level
        log.setLevel(logging.CRITICAL)
        try:
            self._run()
        finally:
            log.setLevel(level)

    def _run(self) -> None:
        self._start_till()
        while not self.cashier.is_done:
            self._survive(self._serve)
        self.luck.is_over = True
        self.network.is_down_until_s = self.network.fails_until_s = 0.0
        end = self.clock.true_s + REST_S
        while self.engine._state.open_references or self._events:
            if self.clock.true_s > end:
                self._demand_rest()
                break
            self._survive(self._rest)
        self._survive(self.cashier.close_day)
        self._check()
        self.checker.check_books(self._payments())
        self._journal.close()

    def _serve(self) -> None:
        self.cashier.act()
        self.luck.is_stormy = self.luck.strikes("storm", 0.85 if self.luck.is_stormy else 0.01)
        if self.luck.strikes("clock is set", 0.002):
            self.clock.wrong_by += timedelta(seconds=self.luck.one_of((-3600, -61, 61, 3600, 86_400 * 800)))
        if self.hub is not None:
            self.hub.act()
        self.pass_time(self.luck.about(1.5))

    def _rest(self) -> None:
        self.pass_time(20.0)
        self.cashier.resolve()

    def _demand_rest(self) -> None:
        hanging = [
            payment.terms.reference
            for payment in self.engine._state.open_payments
            if not isinstance(payment.state, NeedsPerson)
        ]
        hanging += [
            refund.terms.reference
            for refund in self.engine._state.open_refunds
            if not isinstance(refund.state, RefundNeedsPerson)
        ]
        if hanging:
            raise Violation(f"REST: {hanging} hang, {REST_S / 3600:.0f} h after all was well again")

    def _survive(self, act: Callable[[], None]) -> None:
        """Do something; if the program stops in the middle of it, start it again after a while."""
        try:
            act()
        except Crash:
            self._restart()

    # ---------------------------------------------------------------- the till

    def _start_till(self) -> None:
        """Start the till, again and again if need be."""
        while True:
            try:
                self._make_till()
                self.engine.start()
            except (Crash, JournalNotWritten):
                self._journal.close()
                continue
            self._is_up = True
            return

    def _make_till(self) -> None:
        self._journal = WatchedJournal(self._path, self.luck, self.day_luck, self.checker)
        self._wallet = VippsWallet(
            settings=WalletSettings(till="kasse1", shop="Storgata", draws_code=self._draws_code, is_test=True),
            clock=self.clock,
            connect=self._connect,
            deliver=self._take,
            chance=lambda: self.luck.seconds(0, 1),
            reference_check=lambda text: keyed_check(Secret(self.bank.unit.client_id), text),
        )
        self.engine = Engine(
            counter=Counter(
                Market.NORWAY, "kasse1", "1", "test", self.stores, day_close=tuple(DayClose)[self._day_close]
            ),
            journal=self._journal,
            wallet=self._wallet,
            articles=shelves(),
            clock=self.clock,
            state=TillState.empty(Currency.NOK),
            publish=self._show,
        )
        self._tokens = {unit.msn: self._tokens_of(unit) for unit in self.units}

    @property
    def stores(self) -> Stores:
        """The till's stores, one for each sales unit."""
        names = zip(("Storgata", "Torget"), ("", "torget"), self.units, strict=False)
        return Stores(tuple(Store(name, unit.msn, prefix, sells_here=True) for name, prefix, unit in names))

    def _tokens_of(self, unit: SalesUnit) -> Tokens:
        return Tokens(
            transport=self.network,
            base_url=BASE_URL,
            credentials=Credentials(
                Secret(unit.client_id), Secret(unit.client_secret), Secret(unit.subscription_key), unit.msn
            ),
            system=System("till", "1"),
            monotonic_s=self.clock.monotonic_s,
        )

    def _connect(self, msn: str) -> tuple[EPayment, Network]:
        client = EPayment(
            Calls(
                transport=self.network,
                tokens=self._tokens[msn],
                base_url=BASE_URL,
                system=System("till", "1"),
                monotonic_s=self.clock.monotonic_s,
                msn=msn,
            )
        )
        return client, self.network

    def _restart(self) -> None:
        """The program stopped: what was in memory is gone, what was on its way goes on, time passes."""
        self.tell("the till stops")
        self._journal.close()
        self._busy.clear()
        self._is_up = False
        self.clock.starts += self.day_luck.strikes("the machine starts anew", 0.3)
        self.pass_time(self.luck.about(20))
        self.luck.is_stormy = self.luck.is_stormy or self.luck.strikes("storm", 0.6)
        self._start_till()
        self.restarts += 1
        self.tell("the till starts again")

    def wish(self, wish: object) -> None:
        """Let the cashier ask for something."""
        self.tell(f"the cashier: {_words(wish)}")
        self._take(wish)

    def hear(self, message: object) -> None:
        """Let the till hear from somebody other than the cashier and the wallet."""
        self._take(message)

    def _take(self, message: object) -> None:
        if self._is_up:
            if isinstance(message, Unanswered) and message.fault.code is FaultCode.PROGRAM_ERROR:
                raise Violation(f"PROGRAM: an error in the till while it was busy with {message.operation.value}")
            self.engine.take(message)
            self._step()
            if self.engine._unwritten:
                self.later(2.0, lambda: self._take(DismissNotice(-1)))

    def _show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    # ---------------------------------------------------------------- time

    def later(self, in_s: float, act: Callable[[], object]) -> None:
        """Let something happen after a while, whether the till is up or not."""
        self._count += 1
        heapq.heappush(self._events, (self.clock.true_s + in_s, self._count, act))

    def pass_time(self, seconds: float, *, stops_lanes: bool = False) -> None:
        """Let time pass; what is due meanwhile happens, also while a lane waits for an answer.

        `stops_lanes` while one lane renews the token: the other would wait for it at the lock.
        """
        until = self.clock.true_s + seconds
        while True:
            lane_due, lane = (float("inf"), -1) if stops_lanes else self._next_lane()
            event_due = self._events[0][0] if self._events else float("inf")
            due = max(min(lane_due, event_due), self.clock.true_s)
            if due > until:
                break
            self.clock.advance_to(due)
            if event_due <= lane_due:
                heapq.heappop(self._events)[2]()
                self._step()
            else:
                self._run_lane(lane)
        self.clock.advance_to(until)

    def _next_lane(self) -> tuple[float, int]:
        dues = [
            (due, place)
            for place, lane in enumerate(self._wallet.lanes)
            if self._is_up and place not in self._busy and (due := lane.next_due_s()) is not None
        ]
        return min(dues, default=(float("inf"), -1))

    def _run_lane(self, place: int) -> None:
        self._busy.add(place)
        self._wallet.lanes[place].run_one()
        self._busy.discard(place)
        self._step()

    # ---------------------------------------------------------------- judging

    def saw_request(self, request: HttpRequest) -> None:
        """Take a request that leaves before the judge, and to the customer who is just about to approve."""
        self.tell(f"{request.method} {request.url.removeprefix(BASE_URL).partition('?')[0]}")
        body = request.body or b""
        self.checker.saw_request(self.clock.true_s, request.method, request.url, request.headers, body)
        if request.url.endswith("/cancel"):
            self.customers.at_cancel(request.url.split("/")[-2])

    def _step(self) -> None:
        self.steps += 1
        if self.steps > STEPS_A_SALE_MOST * (self.cashier.begun + 1):
            raise Violation("REST: too many steps")
        self.customers.look()
        self._check()

    def _check(self) -> None:
        if not self._is_up:
            self.checker.check(self._payments(), None, set())
            return
        state = self.engine._state
        open_references = {reference for reference, payment in state.payments.items() if not payment.is_final}
        shown = self.snapshot.state.payments.values()
        self.checker.check(self._payments(), open_references, {_name(one) for one in shown if _is_paid(one)})

    def _payments(self) -> tuple[object, ...]:
        return tuple(self.bank.desk.payments._by_name.values())

    def tell(self, what: str) -> None:
        """Add a line to the story."""
        self.story.append(f"{self.clock.true_s - 1000:8.1f} s  {what}")


def _is_paid(payment: Payment) -> bool:
    return isinstance(payment.state, Captured)


def _name(payment: Payment) -> str:
    return payment.terms.reference


def _words(wish: object) -> str:
    return repr(wish)[:80]
