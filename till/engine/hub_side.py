"""The engine's dealings with the hub.

Hints go on to the wallet, one checked-in customer is kept, rows of the journal are handed out, and refunds that the hub makes are
asked for until they have ended.
"""

import logging
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from typing import assert_never

from msgspec.structs import replace

from till.domain.hub_refund import HubRefund
from till.domain.payment import Flow
from till.domain.state import TillState
from till.engine import hub_ports, hub_refunds
from till.engine.article_ports import ArticlesChanged
from till.engine.hub_ports import CustomerArrived, Hub
from till.engine.hub_refund_ports import HubRefundTold, HubRefundWanted, PaidTold, PaidWanted
from till.engine.ports import Clock, Hint, Journal, JournalRefused, Wallet
from till.engine.shelf import Shelf
from till.engine.snapshot import HubSought, Surroundings, Visit

#: A check-in that was used is told again after a lost connection; so many are remembered.
USED_MOST = 64

log = logging.getLogger("till.engine")


class HubSide:
    """Belongs to the engine and its thread; a token stays in here until a payment needs it, a quarter of an hour at most."""

    def __init__(
        self,
        *,
        hub: Hub | None,
        wallet: Wallet,
        journal: Journal,
        shelf: Shelf,
        clock: Clock,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._hub = hub
        self._wallet = wallet
        self._journal = journal
        self._shelf = shelf
        self._clock = clock
        self._visitor: CustomerArrived | None = None
        self._until_s = 0.0
        self._visits = 0
        self._used: deque[str] = deque(maxlen=USED_MOST)
        self._asked_for: set[str] = set()
        self.new_id = new_id

    @property
    def is_there(self) -> bool:
        """Whether this till has a hub."""
        return self._hub is not None

    @property
    def visitor(self) -> CustomerArrived | None:
        """The customer who has checked in and still waits."""
        return self._visitor if self._clock.monotonic_s() < self._until_s else None

    @property
    def left_s(self) -> float | None:
        """In how many seconds the check-in is too old; None where there is none."""
        return None if self._visitor is None else max(0.0, self._until_s - self._clock.monotonic_s())

    def take(self, message: hub_ports.HubMessage, around: Surroundings, state: TillState) -> Surroundings:
        """Take a message of the hub's and return what is true around the state then."""
        match message:
            case hub_ports.HubChanged(fault=fault):
                self._wallet.rely_on_hints(is_hinted=fault is None)
                if fault is None:
                    self._ask_again(around, state)
                return replace(around, hub_fault=fault)
            case hub_ports.BooksChanged(fault=fault):
                return replace(around, books_fault=fault)
            case hub_ports.PaymentHinted(reference=reference):
                if reference in state.open_references:
                    self._wallet.send(Hint(reference))
                return around
            case CustomerArrived():
                return self._welcome(message, around) if self.is_new(message) else around
            case hub_ports.CustomerLeft(check_in=check_in):
                is_meant = self._visitor is not None and self._visitor.check_in == check_in
                return self._forget(around) if is_meant else around
            case ArticlesChanged(fault=None):
                return self._shelf.renew(around)
            case ArticlesChanged(fault=fault):
                return replace(around, articles_fault=fault)
            case hub_ports.RowsWanted():
                self._hand_out(message)
                return around
            case PaidTold():
                return hub_refunds.after_paid_told(around, message)
            case HubRefundTold():
                return hub_refunds.after_told(around, message, state)
            case _:
                assert_never(message)

    def is_new(self, arrived: CustomerArrived) -> bool:
        """Whether a check-in is told for the first time: after a lost connection the hub tells again who waits."""
        is_waiting = self._visitor is not None and self._visitor.check_in == arrived.check_in
        return not is_waiting and arrived.check_in not in self._used

    def after_request(self, around: Surroundings, flow: Flow) -> Surroundings:
        """Forget the check-in that a payment was started with, and let the hub forget it."""
        if flow is not Flow.CHECK_IN or self._visitor is None:
            return around
        self._used.append(self._visitor.check_in)
        self._send(hub_ports.CheckInUsed(self._visitor.check_in))
        return self._forget(around)

    def seek(self, around: Surroundings, sought: HubSought) -> Surroundings:
        """Look a paid sale up at the hub, and show that it is."""
        self._send(PaidWanted(sought.text, sought.store))
        return hub_refunds.after_seek(around, sought)

    def keep_asking(self, refunds: Iterable[HubRefund]) -> None:
        """Have every refund of these asked for, and read until it has ended; each is said once."""
        for refund in refunds:
            if refund.terms.id not in self._asked_for:
                self._asked_for.add(refund.terms.id)
                self._send(HubRefundWanted(refund.terms))

    def after_a_while(self, around: Surroundings) -> Surroundings:
        """Forget a check-in whose time is over."""
        return around if self.visitor is not None else self._forget(around)

    def _welcome(self, arrived: CustomerArrived, around: Surroundings) -> Surroundings:
        self._visitor = arrived
        self._until_s = self._clock.monotonic_s() + arrived.left_s
        self._visits += 1
        return replace(around, visit=Visit(self._visits, arrived.name))

    def _forget(self, around: Surroundings) -> Surroundings:
        self._visitor = None
        return around if around.visit is None else replace(around, visit=None)

    def _hand_out(self, wanted: hub_ports.RowsWanted) -> None:
        try:
            rows = self._journal.rows(wanted.after, wanted.most)
        except JournalRefused as error:
            log.error("journal cannot be read for the hub", extra={"reason": error.reason})
            rows = ()
        self._send(hub_ports.Rows(wanted.after, rows))

    def _ask_again(self, around: Surroundings, state: TillState) -> None:
        """The hub is there (again): what was said into the void is said once more; what it is busy with it reads anew."""
        self._asked_for.clear()
        self.keep_asking(state.open_hub_refunds)
        sought = around.hub_sought
        if sought is not None and sought.sales is None and not sought.refund:
            self._send(PaidWanted(sought.text, sought.store))

    def _send(self, errand: hub_ports.HubErrand) -> None:
        if self._hub is not None:
            self._hub.send(errand)
