"""The sandbox as a transport: the real client against the real service, in one process, without a socket."""

import asyncio
from dataclasses import dataclass, field

import httpx

from till.domain.secret import Secret
from till.sandbox.clock import Ids, TurnableClock
from till.sandbox.desk import Desk
from till.sandbox.units import SalesUnit
from till.sandbox.wire import make_app
from till.vipps.access import Credentials, System
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.errors import Silence, Unanswered
from till.vipps.transport import HttpReply, HttpRequest

BASE = "http://sandbox.test"


@dataclass
class Exchange:
    """One request and its reply, for contract checks."""

    request: HttpRequest
    reply: HttpReply


@dataclass
class InProcess:
    """The client's `Transport` over the sandbox's application; keeps every exchange."""

    desk: Desk = field(
        default_factory=lambda: Desk(
            clock=TurnableClock(), ids=Ids(1), base_url=lambda: "http://127.0.0.1:8640", is_limited=False
        )
    )
    exchanges: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._app = make_app(self.desk)

    def send(self, request: HttpRequest) -> HttpReply:
        reply = asyncio.run(self._send(request))
        self.exchanges.append(Exchange(request, reply))
        return reply

    def close(self) -> None:
        pass

    async def _send(self, request: HttpRequest) -> HttpReply:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            try:
                answer = await client.request(
                    request.method, request.url, headers=request.headers, content=request.body or b""
                )
            except (ConnectionResetError, ExceptionGroup):
                raise Unanswered(Silence.CONNECTION_LOST) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpReply(answer.status_code, headers, answer.content)


def client_of(transport: InProcess, *, unit: SalesUnit | None = None, now: list[float] | None = None) -> EPayment:
    """Return a client with a sales unit's keys; `now` is a monotonic clock of one number."""
    unit = unit or transport.desk.units[0]
    steady = now if now is not None else [0.0]
    credentials = Credentials(
        Secret(unit.client_id), Secret(unit.client_secret), Secret(unit.subscription_key), unit.msn
    )
    system = System("till", "0.1.0")
    calls = Calls.with_keys(
        credentials, transport=transport, base_url=BASE, system=system, monotonic_s=lambda: steady[0]
    )
    return EPayment(calls)
