"""The engine's dealings with the hub: hints go on to the wallet, one checked-in customer is kept, rows of the journal are handed out."""

import logging
from collections import deque
from collections.abc import Container
from typing import assert_never

from msgspec.structs import replace

from till.domain.payment import Flow
from till.engine import ports
from till.engine.article_ports import ArticlesChanged
from till.engine.ports import Clock, CustomerArrived, Hint, Hub, Journal, JournalRefused, Wallet
from till.engine.shelf import Shelf
from till.engine.snapshot import Surroundings, Visit

#: A check-in that was used is told again after a lost connection; so many are remembered.
USED_MOST = 64

log = logging.getLogger("till.engine")


class HubSide:
    """Belongs to the engine and its thread; a token stays in here until a payment needs it, a quarter of an hour at most."""

    def __init__(self, *, hub: Hub | None, wallet: Wallet, journal: Journal, shelf: Shelf, clock: Clock) -> None:
        self._hub = hub
        self._wallet = wallet
        self._journal = journal
        self._shelf = shelf
        self._clock = clock
        self._visitor: CustomerArrived | None = None
        self._until_s = 0.0
        self._visits = 0
        self._used: deque[str] = deque(maxlen=USED_MOST)

    @property
    def visitor(self) -> CustomerArrived | None:
        """The customer who has checked in and still waits."""
        return self._visitor if self._clock.monotonic_s() < self._until_s else None

    @property
    def left_s(self) -> float | None:
        """In how many seconds the check-in is too old; None where there is none."""
        return None if self._visitor is None else max(0.0, self._until_s - self._clock.monotonic_s())

    def take(self, message: ports.HubMessage, around: Surroundings, open_references: Container[str]) -> Surroundings:
        """Take a message of the hub's and return what is true around the state then."""
        match message:
            case ports.HubChanged(fault=fault):
                self._wallet.rely_on_hints(is_hinted=fault is None)
                return replace(around, hub_fault=fault)
            case ports.BooksChanged(fault=fault):
                return replace(around, books_fault=fault)
            case ports.PaymentHinted(reference=reference):
                if reference in open_references:
                    self._wallet.send(Hint(reference))
                return around
            case CustomerArrived():
                return self._welcome(message, around) if self.is_new(message) else around
            case ports.CustomerLeft(check_in=check_in):
                is_meant = self._visitor is not None and self._visitor.check_in == check_in
                return self._forget(around) if is_meant else around
            case ArticlesChanged(fault=None):
                return self._shelf.renew(around)
            case ArticlesChanged(fault=fault):
                return replace(around, articles_fault=fault)
            case ports.RowsWanted():
                self._hand_out(message)
                return around
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
        if self._hub is not None:
            self._hub.send(ports.CheckInUsed(self._visitor.check_in))
        return self._forget(around)

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

    def _hand_out(self, wanted: ports.RowsWanted) -> None:
        try:
            rows = self._journal.rows(wanted.after, wanted.most)
        except JournalRefused as error:
            log.error("journal cannot be read for the hub", extra={"reason": error.reason})
            rows = ()
        if self._hub is not None:
            self._hub.send(ports.Rows(wanted.after, rows))
