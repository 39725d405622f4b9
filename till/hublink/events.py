"""The hub's events as messages to the engine: connected for as long as it can be, and its loss said at once."""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn, TypeVar

import msgspec
from msgspec import Struct

from till.domain.faults import Fault, FaultCode
from till.domain.secret import Secret
from till.engine.hub_ports import CustomerArrived, CustomerLeft, HubChanged, PaymentHinted
from till.engine.ports import Clock, Deliver
from till.hublink.calls import HubAway, HubCalls, TokenRefused
from till.hublink.pace import HubPace, Pauses
from till.hublink.sse import Event, EventParser

#: How long a check-in's token is good (QR API, `user.checked-in.v1`).
CHECK_IN_LIFE_S = 900.0
#: A connection that lived this long was a good one: the next loss is met without delay.
GOOD_AFTER_S = 30.0
NAME_MOST, TOKEN_MOST = 40, 4096
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
S = TypeVar("S", bound=Struct)

log = logging.getLogger("till.hub")


class _Hello(Struct):
    now: datetime


class _Payment(Struct):
    reference: str


class _CheckIn(Struct, rename="camel"):
    id: str
    customer_token: str
    at: datetime
    name: str = ""


class _Gone(Struct):
    id: str


class _Refund(Struct):
    id: str


class Listener:
    """Listens to the hub for as long as it runs; `deliver` puts messages into the engine's inbox.

    `look_again` is called when what the hub has may be other than it was: it says so, or nobody listened for a while.
    `hear_refund` is called with the id of a refund that has changed.
    """

    def __init__(
        self,
        calls: HubCalls,
        *,
        clock: Clock,
        deliver: Deliver,
        pace: HubPace,
        look_again: Callable[[], None],
        hear_refund: Callable[[str], None],
    ) -> None:
        self._calls = calls
        self._clock = clock
        self._deliver = deliver
        self._look_again = look_again
        self._hear_refund = hear_refund
        self._pace = pace
        self._pauses = Pauses(pace)
        self._last_id = ""
        self._told: FaultCode | str | None = "nothing yet"
        self._parser = EventParser()
        self._hub_time: tuple[datetime, float] | None = None

    async def run(self) -> NoReturn:
        """Connect, listen, and connect again."""
        while True:
            self._parser = EventParser()
            self._parser.last_id = self._last_id
            since_s = self._clock.monotonic_s()
            try:
                await self._calls.listen(self._last_id, self._take_piece)
            except TokenRefused:
                # Nothing is sent meanwhile: only the key store is looked at, for another token.
                self._tell(FaultCode.HUB_REFUSED)
                await asyncio.sleep(self._pace.token_s)
            except HubAway as away:
                log.info("hub not heard", extra={"reason": str(away)})
                self.miss()
                if self._clock.monotonic_s() - since_s >= GOOD_AFTER_S:
                    self._pauses.forget()
                await asyncio.sleep(self._pauses.after_failure())

    def miss(self) -> None:
        """Say that the hub is not heard just now."""
        self._tell(FaultCode.HUB_AWAY)

    def _take_piece(self, piece: bytes) -> None:
        for event in self._parser.feed(piece):
            self._take(event)
        self._last_id = self._parser.last_id

    def _take(self, event: Event) -> None:
        match event.kind:
            case "hello" if (hello := _decoded(event, _Hello)) is not None and hello.now.tzinfo is not None:
                self._hub_time = (hello.now, self._clock.monotonic_s())
                self._tell(None)
                self._look_again()
            case "articles":
                self._look_again()
            case "payment" if (payment := _decoded(event, _Payment)) is not None:
                self._deliver(PaymentHinted(payment.reference))
            case "check-in" if (check_in := _decoded(event, _CheckIn)) is not None:
                self._take_check_in(check_in)
            case "check-in-gone" if (gone := _decoded(event, _Gone)) is not None:
                self._deliver(CustomerLeft(gone.id))
            case "refund" if (refund := _decoded(event, _Refund)) is not None:
                self._hear_refund(refund.id)
            case _:
                pass  # of a newer hub, or for somebody else

    def _take_check_in(self, check_in: _CheckIn) -> None:
        token = check_in.customer_token
        is_token = 0 < len(token) <= TOKEN_MOST and token.isascii() and token.isprintable()
        if not is_token or not _ID.fullmatch(check_in.id) or check_in.at.tzinfo is None:
            log.warning("check-in not understood")
            return
        left_s = CHECK_IN_LIFE_S - self._age_s(check_in.at)
        if left_s > 0:
            name = "".join(sign for sign in check_in.name if sign.isprintable()).strip()[:NAME_MOST]
            self._deliver(CustomerArrived(check_in.id, name, Secret(token), left_s))

    def _age_s(self, at: datetime) -> float:
        """Return how old something is by the hub's own clock, carried on by a steady count: this machine's may be set wrong."""
        if self._hub_time is None:
            return CHECK_IN_LIFE_S
        then, then_s = self._hub_time
        now = then + timedelta(seconds=self._clock.monotonic_s() - then_s)
        return max(0.0, (now - at).total_seconds())

    def _tell(self, code: FaultCode | None) -> None:
        if code != self._told:
            self._told = code
            self._deliver(HubChanged(None if code is None else Fault(code)))


def _decoded(event: Event, kind: type[S]) -> S | None:
    """Return an event's data, or None where it is not what its kind has; the error is not kept, since it may quote it."""
    try:
        return msgspec.json.decode(event.data, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        log.warning("event not understood", extra={"kind": event.kind[:20]})
        return None
