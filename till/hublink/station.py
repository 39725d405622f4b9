"""What the hub's thread does, side by side on one event loop.

It listens, keeps the copy of the journal, follows the articles, reports used check-ins, and sees refunds through.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable

from till.domain.secret import Secret
from till.engine.article_ports import ArticleArrivals
from till.engine.hub_ports import CheckInUsed, HubErrand, Rows
from till.engine.hub_refund_ports import HubRefundWanted, PaidWanted
from till.engine.ports import Clock, Deliver
from till.hublink.articles import ArticleFollower
from till.hublink.books import Bookkeeper
from till.hublink.calls import HubAway, HubCalls, Token, TokenRefused
from till.hublink.events import CHECK_IN_LIFE_S, Listener
from till.hublink.pace import HubPace, Pauses
from till.hublink.refunds import RefundDesk

log = logging.getLogger("till.hub")


class Station:
    """One hub from one till; `run` until it is cancelled, `take` errands meanwhile, both in the loop's own thread."""

    def __init__(
        self,
        *,
        url: str,
        read_token: Callable[[], Secret | None],
        context: Callable[[], ssl.SSLContext],
        clock: Clock,
        deliver: Deliver,
        arrivals: ArticleArrivals,
        pace: HubPace,
    ) -> None:
        self._clock = clock
        self._pace = pace
        self._calls = HubCalls(url, Token(read_token, clock, pace), context, pace)
        self._follower = ArticleFollower(self._calls, arrivals=arrivals, deliver=deliver, pace=pace)
        self._refunds = RefundDesk(self._calls, deliver=deliver, pace=pace)
        self._listener = Listener(
            self._calls,
            clock=clock,
            deliver=deliver,
            pace=pace,
            look_again=self._look_again,
            hear_refund=self._refunds.hear,
        )
        self._bookkeeper = Bookkeeper(self._calls, deliver=deliver, pace=pace)
        self._reports: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Do all of it; a bug in it costs the hub's help for a while, and the till is told that it has none."""
        try:
            while True:
                try:
                    await self._work()
                except Exception:  # the top of the thread
                    log.exception("program error at the hub's side")
                    self._listener.miss()
                    await asyncio.sleep(self._pace.pauses_s[-1])
        finally:
            await self._calls.close()

    def take(self, errand: HubErrand) -> None:
        """Take an errand of the engine's."""
        match errand:
            case Rows():
                self._bookkeeper.take(errand)
            case PaidWanted() | HubRefundWanted():
                self._refunds.take(errand)
            case CheckInUsed(check_in=check_in):
                report = asyncio.get_running_loop().create_task(self._report(check_in))
                self._reports.add(report)
                report.add_done_callback(self._reports.discard)

    def _look_again(self) -> None:
        self._follower.look()
        self._bookkeeper.agree_again()

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listener.run())
            group.create_task(self._bookkeeper.run())
            group.create_task(self._follower.run())

    async def _report(self, check_in: str) -> None:
        """Let the hub forget a check-in's token, for as long as the token could be good."""
        pauses, until_s = Pauses(self._pace), self._clock.monotonic_s() + CHECK_IN_LIFE_S
        while self._clock.monotonic_s() < until_s:
            try:
                reply = await self._calls.call("POST", f"/till/v1/check-ins/{check_in}/used", b"")
                if reply.status in (204, 404):
                    return
            except (HubAway, TokenRefused):
                log.info("used check-in not reported yet")
            await asyncio.sleep(pauses.after_failure())
