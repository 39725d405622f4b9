"""Refunds that the hub makes: sales are looked up, and each refund is asked for under its one id until the hub has ended it.

Asking again is harmless: the hub takes the same id for the same refund, and so does the wallet, whose key is made of it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from till.domain.hub_refund import HubRefundTerms, HubSale
from till.domain.money import Currency, Money
from till.engine.hub_refund_ports import HubRefundTold, HubRefundWanted, PaidTold, PaidWanted
from till.engine.ports import Deliver
from till.hublink.books import read_reply
from till.hublink.calls import HubAway, HubCalls, TokenRefused
from till.hublink.pace import HubPace, Pauses

PATH = "/till/v1/refunds"
NAME_MOST, REASON_MOST = 60, 40
#: What a hub answers that will never make a refund asked for like this one.
_REFUSED = (400, 409, 422)
#: What it answers that does not tell of a sale now.
_NOT_TOLD = (400, 424)
_ENDED = ("done", "refused")

log = logging.getLogger("till.hub")


class _Amount(Struct):
    minor: int
    currency: Currency


class _Sale(Struct, rename="camel"):
    store: str
    store_name: str
    receipt_number: int
    reference: str
    at: datetime
    amount: _Amount
    captured: int | None
    refunded: int | None


class _Sales(Struct):
    sales: list[_Sale]


class _Store(Struct):
    id: str
    name: str


class _Stores(Struct):
    stores: list[_Store]


class _Asked(Struct, rename="camel"):
    id: str
    store: str
    reference: str
    amount: _Amount
    asked_by: str
    approved_by: str


class _State(Struct):
    id: str
    state: str
    reason: str | None = None


class _Objection(Struct):
    reason: str


class _NotTold(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RefundDesk:
    """Carries out what the engine wants of the hub's refunds; belongs to the hub's thread."""

    def __init__(self, calls: HubCalls, *, deliver: Deliver, pace: HubPace) -> None:
        self._calls = calls
        self._deliver = deliver
        self._pace = pace
        self._in_hand: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, wanted: PaidWanted | HubRefundWanted) -> None:
        """Take a wish; a refund that is in hand already is looked at anew: its event may have been missed."""
        if isinstance(wanted, PaidWanted):
            self._begin(self._find(wanted))
        elif wanted.terms.id in self._in_hand:
            self.hear(wanted.terms.id)
        else:
            self._in_hand[wanted.terms.id] = asyncio.Event()
            self._begin(self._see_through(wanted.terms))

    def hear(self, refund: str) -> None:
        """Something happened to a refund: read it now."""
        if refund in self._in_hand:
            self._in_hand[refund].set()

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ---------------------------------------------------------------- looking up

    async def _find(self, wanted: PaidWanted) -> None:
        """Look up once and say what came of it: the cashier waits."""
        sales, reason = None, ""
        try:
            sales = await self._sales(wanted)
        except TokenRefused:
            reason = "token"
        except HubAway as away:
            log.info("sale not looked up", extra={"reason": str(away)})
            reason = "away"
        except _NotTold as objection:
            reason = objection.reason
        self._deliver(PaidTold(wanted, sales, reason))

    async def _sales(self, wanted: PaidWanted) -> tuple[HubSale, ...]:
        query = {"text": wanted.text}
        if wanted.store:
            query["store"] = await self._store_id(wanted.store)
        reply = await self._calls.call("GET", f"/till/v1/paid?{urlencode(query)}")
        if reply.status in _NOT_TOLD:
            raise _NotTold(read_reply(reply, _Objection, status=reply.status).reason[:REASON_MOST])
        try:
            return tuple(_sale(one) for one in read_reply(reply, _Sales).sales)
        except ValueError:
            raise HubAway("bad reply") from None

    async def _store_id(self, store: str) -> str:
        """Return the hub's id of a store by its id or its name."""
        reply = await self._calls.call("GET", "/till/v1/stores")
        for one in read_reply(reply, _Stores).stores:
            if store == one.id or store.casefold() == one.name.casefold():
                return one.id
        raise _NotTold("store")

    # ---------------------------------------------------------------- refunding

    async def _see_through(self, terms: HubRefundTerms) -> None:
        """Ask until the hub has answered, then read until the refund has ended; each change is told once."""
        pauses, is_kept, told = Pauses(self._pace), False, None
        try:
            while True:
                pause_s = self._pace.refund_s
                try:
                    said = await (self._read(terms) if is_kept else self._ask(terms))
                    is_kept = said is not None
                    if said is not None and said != told:
                        told = said
                        self._deliver(said)
                    if said is not None and said.state in _ENDED:
                        return
                    if said is None:
                        # A hub that has lost what it had.
                        pause_s = pauses.after_failure()
                    else:
                        pauses.forget()
                except TokenRefused:
                    pause_s = self._pace.token_s
                except HubAway as away:
                    log.info("refund not told", extra={"reason": str(away)})
                    pause_s = pauses.after_failure()
                await self._rest(terms.id, pause_s)
        finally:
            del self._in_hand[terms.id]

    async def _ask(self, terms: HubRefundTerms) -> HubRefundTold | None:
        amount = _Amount(terms.amount.minor, terms.amount.currency)
        asked = _Asked(terms.id, terms.store, terms.reference, amount, terms.asked_by, terms.approved_by)
        reply = await self._calls.call("POST", PATH, msgspec.json.encode(asked))
        if reply.status in _REFUSED:
            reason = read_reply(reply, _Objection, status=reply.status).reason[:REASON_MOST]
            return HubRefundTold(terms.id, "refused", reason)
        return _told(read_reply(reply, _State, status=202), terms)

    async def _read(self, terms: HubRefundTerms) -> HubRefundTold | None:
        """Return how the refund stands, None where the hub knows nothing of it."""
        reply = await self._calls.call("GET", f"{PATH}/{terms.id}")
        return None if reply.status == 404 else _told(read_reply(reply, _State), terms)

    async def _rest(self, refund: str, pause_s: float) -> None:
        """Wait for the hub's word that something has changed, or for some time."""
        woken = self._in_hand[refund]
        try:
            async with asyncio.timeout(pause_s):
                await woken.wait()
        except TimeoutError:
            return
        woken.clear()


def _sale(said: _Sale) -> HubSale:
    currency = said.amount.currency
    if said.at.tzinfo is None:
        raise ValueError("at")
    return HubSale(
        said.store,
        said.store_name[:NAME_MOST],
        said.receipt_number,
        said.reference,
        said.at,
        Money(said.amount.minor, currency),
        None if said.captured is None else Money(said.captured, currency),
        None if said.refunded is None else Money(said.refunded, currency),
    )


def _told(said: _State, terms: HubRefundTerms) -> HubRefundTold:
    if said.id != terms.id:
        raise HubAway("bad reply")
    return HubRefundTold(said.id, said.state[:REASON_MOST], (said.reason or "")[:REASON_MOST])
