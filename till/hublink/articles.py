"""The store's articles as the hub has them: fetched when they have changed, checked, and laid ready for the engine."""

import asyncio
import hashlib
import logging
from typing import NoReturn

from till.domain.faults import Fault, FaultCode
from till.engine.article_ports import ArticleArrivals, ArticlesChanged, ArticlesRefused
from till.engine.ports import Deliver
from till.hublink.calls import HubAway, HubCalls, TokenRefused
from till.hublink.pace import HubPace, Pauses

PATH = "/till/v1/articles"
#: A file of some hundred thousand articles; the hub takes none that is larger.
CONTENT_MOST_BYTES = 32 * 1024 * 1024

log = logging.getLogger("till.hub")


class ArticleFollower:
    """Follows the hub's articles for as long as it runs; `look` says that they may have changed."""

    def __init__(self, calls: HubCalls, *, arrivals: ArticleArrivals, deliver: Deliver, pace: HubPace) -> None:
        self._calls = calls
        self._arrivals = arrivals
        self._deliver = deliver
        self._pace = pace
        self._pauses = Pauses(pace)
        self._may_have_changed = asyncio.Event()
        #: The file fetched last, and the one that was laid ready last: others, where the till could not use it.
        self._seen = self._taken = ""
        self._told: FaultCode | None = None

    def look(self) -> None:
        """Look at the hub's articles soon; in the loop's own thread."""
        self._may_have_changed.set()

    async def run(self) -> NoReturn:
        """Look whenever it is asked for, and again until the hub has answered."""
        self._seen = self._taken = await asyncio.to_thread(self._arrivals.origin)
        while True:
            await self._may_have_changed.wait()
            self._may_have_changed.clear()
            try:
                await self._follow()
            except TokenRefused:
                continue  # the hub's next hello asks for another look
            except HubAway as away:
                log.info("articles not fetched", extra={"reason": str(away)})
                self._may_have_changed.set()
                await asyncio.sleep(self._pauses.after_failure())
            else:
                self._pauses.forget()

    async def _follow(self) -> None:
        reply = await self._calls.call(
            "GET", PATH, known=self._seen, most_bytes=CONTENT_MOST_BYTES, deadline_s=self._pace.articles_s
        )
        if reply.status in (304, 404):
            return  # nothing new, or a store whose articles the hub does not have
        if reply.status != 200:
            raise HubAway(str(reply.status))
        digest = hashlib.sha256(reply.body).hexdigest()
        if digest != self._taken:
            await self._take(reply.body, digest)
        elif self._told is not None:
            self._say(None)
        self._seen = digest

    async def _take(self, content: bytes, digest: str) -> None:
        """Lay a file ready; one that is refused changes nothing, and is fetched again only where that may help."""
        try:
            await asyncio.to_thread(self._arrivals.lay_ready, content, digest)
        except ArticlesRefused as error:
            log.error("the hub's articles were not taken", extra={"reason": error.reason})
            self._say(FaultCode.ARTICLES_NOT_TAKEN)
            if not error.is_for_good:
                raise HubAway(error.reason) from None
        else:
            log.info("other articles from the hub")
            self._taken = digest
            self._say(None)

    def _say(self, code: FaultCode | None) -> None:
        self._told = code
        self._deliver(ArticlesChanged(None if code is None else Fault(code)))
