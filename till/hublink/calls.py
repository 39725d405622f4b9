"""Calls to the hub over one client: bounded in time and size, the token never shown, every error one of two."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct

from till.domain.secret import Secret
from till.engine.ports import Clock, KeyStoreUnavailable
from till.hublink.pace import HubPace

if TYPE_CHECKING:
    import httpx

#: A slice of the journal is the largest answer but one: a store's articles.
REPLY_MOST_BYTES = 2 * 1024 * 1024

log = logging.getLogger("till.hub")


class HubAway(Exception):
    """No answer, too late an answer, or none that can be believed; it may be there again soon."""


class TokenRefused(Exception):
    """There is no token, or the hub does not take it: nothing is sent until there is another, or much later."""


class HubReply(Struct, frozen=True):
    """One whole reply; its body may hold a shop's sales, so it never prints itself."""

    status: int
    body: bytes

    def __repr__(self) -> str:
        return f"HubReply({self.status}, {len(self.body)} bytes)"


class Token:
    """The till's token: read from the key store, and after a refusal not used again until it is another one or time has passed."""

    def __init__(self, read: Callable[[], Secret | None], clock: Clock, pace: HubPace) -> None:
        self._read = read
        self._clock = clock
        self._pace = pace
        self._kept: Secret | None = None
        self._refused: Secret | None = None
        self._refused_until_s = 0.0

    def get(self) -> Secret:
        """Return the token; raise TokenRefused while there is none to use."""
        if self._kept is None:
            found = self._look()
            is_refused = found == self._refused and self._clock.monotonic_s() < self._refused_until_s
            if found is None or is_refused:
                raise TokenRefused
            self._kept = found
        return self._kept

    def refuse(self, token: Secret) -> None:
        """Remember that the hub does not take a token."""
        self._kept, self._refused = None, token
        self._refused_until_s = self._clock.monotonic_s() + self._pace.refused_s

    def _look(self) -> Secret | None:
        try:
            return self._read()
        except KeyStoreUnavailable as error:
            log.warning("hub token cannot be read", extra={"reason": error.reason})
            return None


class HubCalls:
    """Makes calls to one hub from one event loop; every call may raise HubAway or TokenRefused."""

    def __init__(self, base_url: str, token: Token, context: Callable[[], ssl.SSLContext], pace: HubPace) -> None:
        import httpx  # costs 0.15 s: only the hub's thread comes here

        self._base_url = base_url
        self._token = token
        self._pace = pace
        self._client = httpx.AsyncClient(
            verify=context(),
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113  # the deadlines below bound whole exchanges and every silence
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=30.0),
        )

    async def close(self) -> None:
        """Give connections back."""
        await self._client.aclose()

    async def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        known: str = "",
        most_bytes: int = REPLY_MOST_BYTES,
        deadline_s: float | None = None,
    ) -> HubReply:
        """Return the whole reply of one call, whatever its status but 401 and 5xx, inside one total deadline.

        `known` is the version of what is asked for that is here already (RFC 9110, 13.1.2).
        """
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if known:
            headers["If-None-Match"] = f'"{known}"'
        async with (
            self._guarded(deadline_s or self._pace.call_s),
            self._open(method, path, headers, body) as response,
        ):
            kept = bytearray()
            async for piece in response.aiter_raw():
                kept += piece
                if len(kept) > most_bytes:
                    raise HubAway("too large")
            return HubReply(response.status_code, bytes(kept))

    async def listen(self, last_id: str, take: Callable[[bytes], None]) -> NoReturn:
        """Hand over the pieces of the stream of events as they come; its end or a silence is HubAway."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        now_s = asyncio.get_running_loop().time
        async with (
            self._guarded(self._pace.silence_s) as silence,
            self._open("GET", "/till/v1/events", headers) as response,
        ):
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status_code != 200 or kind != "text/event-stream":
                raise HubAway("no stream")
            async for piece in response.aiter_raw():
                silence.reschedule(now_s() + self._pace.silence_s)
                take(piece)
        raise HubAway("stream ended")

    @asynccontextmanager
    async def _open(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> "AsyncIterator[httpx.Response]":
        token = self._token.get()
        sent = {"Accept-Encoding": "identity", "Authorization": f"Bearer {token.reveal()}", **headers}
        async with self._client.stream(method, self._base_url + path, headers=sent, content=body) as response:
            if response.status_code == 401:
                self._token.refuse(token)
                raise TokenRefused
            if response.status_code >= 500:
                raise HubAway(str(response.status_code))
            yield response

    @asynccontextmanager
    async def _guarded(self, deadline_s: float) -> AsyncIterator[asyncio.Timeout]:
        """Bound what is done inside, and turn what the network raises into HubAway.

        Not chained: such errors may quote what was sent.
        """
        import httpx

        try:
            async with asyncio.timeout(deadline_s) as deadline:
                yield deadline
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, UnicodeError) as error:
            raise HubAway(type(error).__name__) from None
