"""The wallet's side of the wire: the sandbox's desk behind plain requests and replies, without a server."""

import json
from urllib.parse import parse_qs, urlsplit

from till.sandbox import pictures
from till.sandbox.clock import Ids, TurnableClock
from till.sandbox.desk import Answer, Desk
from till.sandbox.problems import GatewayProblem, Problem
from till.vipps.transport import HttpReply, HttpRequest

BASE_URL = "http://127.0.0.1:9"
JSON = {"content-type": "application/json"}
#: Making a real picture of each code would cost more than all the rest.
PICTURE = pictures.png("https://qr.vipps.no/s/OneCodeForAll", 200)


class Bank:
    """Answers requests as the sandbox does."""

    def __init__(self, clock: TurnableClock, seed: int) -> None:
        self.desk = Desk(clock=clock, ids=Ids(seed), base_url=lambda: BASE_URL)
        self.unit = self.desk.units[0]

    def answer(self, request: HttpRequest) -> HttpReply:
        """Carry a request out and answer it."""
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if parts.path == "/qr-image/v1":
            return self._picture(parse_qs(parts.query)["token"][0])
        try:
            answer = self._carry_out(request.method, parts.path, headers, request.body or b"")
        except Problem as problem:
            body = problem.body(instance=parts.path, trace_id=self.desk.ids.trace())
            return HttpReply(problem.status, {**JSON, **_lower(problem.headers)}, json.dumps(body).encode())
        except GatewayProblem as problem:
            return HttpReply(problem.status, JSON, json.dumps(problem.body()).encode())
        return HttpReply(answer.status, JSON, json.dumps(answer.body).encode())

    def _carry_out(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Answer:
        if path == "/accesstoken/get":
            return self.desk.token(headers)
        body = json.loads(raw) if raw else None
        tail = path.removeprefix("/epayment/v1/payments").strip("/").split("/")
        if tail == [""]:
            return self.desk.create(headers, raw, body)
        if method == "GET":
            return self.desk.get(headers, tail[0])
        return self.desk.modify(tail[1], headers, tail[0], raw, body)

    def _picture(self, token: str) -> HttpReply:
        payment = self.desk.payments.by_picture(token)
        if payment is None or payment.state != "CREATED":
            return HttpReply(404)
        return HttpReply(200, {"content-type": "image/png"}, PICTURE)


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
