"""One request out, one whole reply back, inside a connect, a read *and* a total deadline, with a capped size.

A read time-out alone does not bound a reply that drips, so each exchange runs under one `asyncio.timeout`; the loop belongs to
the transport and the transport to one thread, which sees a plain function call.
"""

import sys
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from till.vipps.errors import Silence, Unanswered
from till.vipps.tls import is_guarded, system_context

if TYPE_CHECKING:
    import asyncio
    import ssl

    import httpx

CONNECT_S = 3.0
READ_S = 5.0
TOTAL_S = 10.0
#: No answer of the API comes near this; more is a fault or an attack.
REPLY_MOST_BYTES = 1024 * 1024


class HttpRequest(Struct, frozen=True):
    """One request; headers may hold secrets, so it never prints itself."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None
    most_bytes: int = REPLY_MOST_BYTES

    def __repr__(self) -> str:
        return f"HttpRequest({self.method})"


class HttpReply(Struct, frozen=True):
    """One whole reply; header names are in lower case."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __repr__(self) -> str:
        return f"HttpReply({self.status}, {len(self.body)} bytes)"


class Transport(Protocol):
    """The client's seam to the network: one method."""

    def send(self, request: HttpRequest) -> HttpReply:
        """Return the whole reply, whatever its status; raise Unanswered."""

    def close(self) -> None:
        """Give connections back."""


class HttpxTransport:
    """httpx over a private event loop: redirects off, TLS verified by the system's store, environment ignored.

    A call goes out under TLS or to this machine itself; anything else is refused before a byte of it leaves.
    """

    def __init__(self, *, connect_s: float = CONNECT_S, read_s: float = READ_S, total_s: float = TOTAL_S) -> None:
        self._connect_s = connect_s
        self._read_s = read_s
        self._total_s = total_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient | None = None

    @classmethod
    def warm(cls) -> "HttpxTransport":
        """Return one with httpx imported and the TLS context built, so that the first sale does not pay for it."""
        transport = cls()
        transport._ready()
        return transport

    def send(self, request: HttpRequest) -> HttpReply:
        """Return the whole reply; a read whose kept connection had just been closed is repeated once."""
        if not is_guarded(request.url):
            raise Unanswered(Silence.NOT_SAFE, is_sent=False)
        loop, client = self._ready()
        return loop.run_until_complete(self._exchange(client, request))

    def close(self) -> None:
        """Close connections and the loop."""
        if self._loop is not None and self._client is not None:
            self._loop.run_until_complete(self._client.aclose())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
        self._loop = self._client = None

    def _ready(self) -> "tuple[asyncio.AbstractEventLoop, httpx.AsyncClient]":
        if self._loop is None or self._client is None:
            # Here, not above: together they cost 0.15 s, and only the wallet's threads need them, after the first frame.
            import asyncio

            # httpx does without its own command line where that cannot be imported: up to 7 MiB that no till needs.
            sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
            import httpx

            self._loop = asyncio.new_event_loop()
            self._client = httpx.AsyncClient(
                verify=_system_context(),
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(self._read_s, connect=self._connect_s),
                limits=httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=30.0),
            )
        return self._loop, self._client

    async def _exchange(self, client: "httpx.AsyncClient", request: HttpRequest) -> HttpReply:
        import asyncio

        try:
            async with asyncio.timeout(self._total_s):
                return await _read_or_repeat(client, request)
        except Unanswered:
            raise
        except Exception as error:  # all of httpx's errors become ours in one function
            raise unanswered_from(error) from error


@cache
def _system_context() -> "ssl.SSLContext":
    """Return one context for all transports: each would hold the machine's certificates, most of a MiB, once more."""
    return system_context()


class _Wire:
    """Notes whether an exchange opened a connection of its own, or was given one that had been kept."""

    is_new = False

    async def note(self, event: str, _: Mapping[str, object]) -> None:
        """Take word of one step from httpx's trace extension."""
        if event == "connection.connect_tcp.started":
            self.is_new = True


async def _read_or_repeat(client: "httpx.AsyncClient", request: HttpRequest) -> HttpReply:
    """Repeat a read once if the connection it was given had been kept, and was gone by then.

    A new connection that is lost is not repeated here: the caller paces its reads, and a second send would not be counted.
    """
    import httpx

    wire = _Wire()
    try:
        return await _read_whole(client, request, wire)
    except (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError):
        if request.method != "GET" or wire.is_new:
            raise
    return await _read_whole(client, request, _Wire())


async def _read_whole(client: "httpx.AsyncClient", request: HttpRequest, wire: _Wire) -> HttpReply:
    headers = {"Accept-Encoding": "identity", **request.headers}
    trace = {"trace": wire.note}
    async with client.stream(
        request.method, request.url, headers=headers, content=request.body, extensions=trace
    ) as response:
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Unanswered(Silence.BAD_REPLY, status=response.status_code)
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > request.most_bytes:
                raise Unanswered(Silence.TOO_LARGE, status=response.status_code)
        names = {name.lower(): value for name, value in response.headers.items()}
        return HttpReply(response.status_code, names, bytes(body))


def unanswered_from(error: Exception) -> Unanswered:
    """Say what an exception of the network means, by its type: whether a byte may have left decides."""
    import httpx

    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        reason = Silence.NOT_SAFE if _is_about_tls(error) else Silence.NO_CONNECTION
        return Unanswered(reason, is_sent=False)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.LocalProtocolError):
        return Unanswered(Silence.NO_CONNECTION, is_sent=False)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Unanswered(Silence.TIMED_OUT)
    if isinstance(error, httpx.DecodingError | httpx.RemoteProtocolError):
        return Unanswered(Silence.CONNECTION_LOST)
    if isinstance(error, httpx.TransportError | OSError):
        return Unanswered(Silence.CONNECTION_LOST)
    raise error


def _is_about_tls(error: BaseException) -> bool:
    """Whether a failed connect was a failed certificate check."""
    import ssl

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
