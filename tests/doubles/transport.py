"""A transport that answers from a script and remembers what it was asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from till.domain.secret import Secret
from till.vipps.access import Credentials, System
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.transport import HttpReply, HttpRequest

BASE = "https://wallet.test"
JSON = {"content-type": "application/json"}


def reply(status: int, body: object = None, **headers: str) -> HttpReply:
    """Return a JSON reply; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpReply(status, {**JSON, **named}, b"" if body is None else json.dumps(body).encode())


def token(text: str = "token-1", life: object = "3600", **fields: object) -> HttpReply:
    """Return the token service's answer; numbers come as text, as published."""
    return reply(200, {"access_token": text, "expires_in": life, **fields})


@dataclass
class Scripted:
    """The client's `Transport`: token calls and other calls each take the next of their answers, the last for ever."""

    answers: list[HttpReply | Exception]
    tokens: list[HttpReply | Exception] = field(default_factory=lambda: [token()])
    asked: list[HttpRequest] = field(default_factory=list)
    token_calls: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpReply:
        if request.url.endswith("/accesstoken/get"):
            return _next(self.tokens, self.token_calls, request)
        return _next(self.answers, self.asked, request)

    def close(self) -> None:
        pass


def _next(script: list[HttpReply | Exception], asked: list[HttpRequest], request: HttpRequest) -> HttpReply:
    answer = script[min(len(asked), len(script) - 1)]
    asked.append(request)
    if isinstance(answer, Exception):
        raise answer
    return answer


def scripted_client(transport: Scripted, *, now: list[float] | None = None) -> EPayment:
    """Return a client over a script; `now` is a monotonic clock of one number."""
    steady = now if now is not None else [0.0]
    credentials = Credentials(Secret("the-id"), Secret("the-secret"), Secret("the-subscription"), "900001")
    system = System("till", "0.1.0")

    def monotonic_s() -> float:
        return steady[0]

    calls = Calls.with_keys(credentials, transport=transport, base_url=BASE, system=system, monotonic_s=monotonic_s)
    return EPayment(calls)


def payment(reference: str, **changes: object) -> Mapping[str, object]:
    """Return the body of a payment that has been approved for 100.00 kroner."""
    whole, nothing = {"currency": "NOK", "value": 10000}, {"currency": "NOK", "value": 0}
    return {
        "reference": reference,
        "pspReference": "5f0c1c7e-2f0b-4b0e-9a51-0f3a3c1de001",
        "state": "AUTHORIZED",
        "amount": whole,
        "aggregate": {
            "authorizedAmount": whole,
            "capturedAmount": nothing,
            "cancelledAmount": nothing,
            "refundedAmount": nothing,
        },
        **changes,
    }
