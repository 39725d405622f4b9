"""Notes what really left and what came back: of each exchange what a report may show, and nothing secret."""

import time
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from till.vipps.access import SYSTEM_MOST
from till.vipps.errors import Unanswered
from till.vipps.replies import refusal_of
from till.vipps.transport import HttpReply, HttpRequest, Transport

#: Knowledge base, "HTTP headers".
SYSTEM_HEADERS = (
    "Vipps-System-Name",
    "Vipps-System-Version",
    "Vipps-System-Plugin-Name",
    "Vipps-System-Plugin-Version",
)


class Exchange(Struct, frozen=True):
    """One request and its answer; no status means that there was none."""

    method: str
    path: str
    status: int | None
    trace_id: str | None
    ms: int
    has_system_headers: bool


class Recorder:
    """A transport that remembers each exchange over another."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.exchanges: list[Exchange] = []

    def send(self, request: HttpRequest) -> HttpReply:
        """Pass a request on, and note it; on a connection of its own, so that no read is quietly sent twice."""
        began_s = time.monotonic()
        try:
            reply = self._transport.send(replace(request, headers={**request.headers, "Connection": "close"}))
        except Unanswered:
            self._note(request, None, None, began_s)
            raise
        trace_id = refusal_of(reply).trace_id if reply.status >= 400 else None
        self._note(request, reply.status, trace_id, began_s)
        return reply

    def close(self) -> None:
        """Give connections back."""
        self._transport.close()

    def _note(self, request: HttpRequest, status: int | None, trace_id: str | None, began_s: float) -> None:
        has_all = all(0 < len(request.headers.get(name, "")) <= SYSTEM_MOST for name in SYSTEM_HEADERS)
        ms = round((time.monotonic() - began_s) * 1000)
        self.exchanges.append(
            Exchange(request.method, urlsplit(request.url).path, status, trace_id, ms, has_system_headers=has_all)
        )
