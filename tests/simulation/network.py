"""Everything that can happen to a request and its answer on the way; one real client at a time speaks through it."""

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.simulation.disk import Crash
from till.vipps.errors import Silence, Unanswered
from till.vipps.transport import TOTAL_S, HttpReply, HttpRequest

if TYPE_CHECKING:
    from tests.simulation.world import World

#: How long a request may wander about after the till has given up on it.
WANDERS_MOST_S = 100.0
HTML = {"content-type": "text/html"}
JSON = {"content-type": "application/json"}


class Network:
    """The client's `Transport`."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._earlier: dict[str, HttpReply] = {}
        self._keys: set[str] = set()
        self.is_down_until_s = 0.0
        self.fails_until_s = 0.0

    def close(self) -> None:
        """Nothing to give back."""

    def send(self, request: HttpRequest) -> HttpReply:
        """Carry a request there and its answer back, or not."""
        world, luck = self._world, self._world.luck
        is_payment = "/epayment/" in request.url
        if luck.strikes("crash before a send", 0.002 if is_payment else 0.0):
            raise Crash
        if luck.strikes("network goes down", 0.002):
            self.is_down_until_s = world.clock.true_s + luck.about(60)
        if world.clock.true_s < self.is_down_until_s or luck.strikes("no connection", 0.01):
            self._pass(request, luck.seconds(0.001, 3.0))
            raise Unanswered(Silence.NO_CONNECTION, is_sent=False)
        world.saw_request(request)
        self._pass(request, luck.seconds(0.005, 0.08))
        refusal = self._refused_on_the_way(request)
        if refusal is not None:
            return refusal
        if luck.strikes("request lost", 0.01):
            self._time_out(request)
        if luck.strikes("crash with the request on its way", 0.008 if is_payment else 0.0):
            world.later(luck.seconds(0.1, WANDERS_MOST_S), lambda: world.bank.answer(request))
            raise Crash
        if luck.strikes("request late", 0.008):
            world.later(luck.seconds(1, WANDERS_MOST_S), lambda: world.bank.answer(request))
            self._time_out(request)
        reply = world.bank.answer(request)
        if luck.strikes("request doubled", 0.004):
            world.later(luck.seconds(0, WANDERS_MOST_S), lambda: world.bank.answer(request))
        if luck.strikes("crash after acting", 0.002 if is_payment else 0.0):
            raise Crash
        self._pass(request, luck.seconds(0.005, 0.08))
        return self._answered(request, reply)

    def _refused_on_the_way(self, request: HttpRequest) -> HttpReply | None:
        """Return a refusal that means that nothing happened, now and then."""
        luck = self._world.luck
        if luck.strikes("service fails for a while", 0.003):
            self.fails_until_s = self._world.clock.true_s + luck.about(60)
        if self._world.clock.true_s < self.fails_until_s:
            return HttpReply(503, HTML, b"<h1>sorry</h1>")
        # A repeat is refused more often: what a refusal says of the first send is the question.
        key = request.headers.get("Idempotency-Key", "")
        is_repeat = key in self._keys
        self._keys.add(key)
        if not luck.strikes("refused on the way", 0.15 if key and is_repeat else 0.02):
            return None
        status = luck.one_of((401, 403, 403, 409, 423, 429, 429, 500, 502, 503, 504))
        is_read = request.method == "GET"
        if status in (409, 423) and (is_read or "/epayment/" not in request.url):
            status = 503
        if status == 429:
            headers = {"retry-after": "3"} if luck.strikes("says how long", 0.5) else {}
            return HttpReply(429, {**JSON, **headers}, b"{}")
        if status == 409:
            return HttpReply(409, JSON, problem(409, 4020 if "payments/" not in request.url else 4010))
        if status == 423:
            return HttpReply(423, JSON, problem(423, 6160))
        if status == 401 and luck.strikes("token forgotten", 0.5):
            self._world.bank.desk._tokens.clear()
        return HttpReply(status, HTML if status == 502 else JSON, b"<h1>sorry</h1>" if status == 502 else b"{}")

    def _answered(self, request: HttpRequest, reply: HttpReply) -> HttpReply:
        luck = self._world.luck
        if luck.strikes("answer lost", 0.012):
            if luck.strikes("after a long wait", 0.5):
                self._time_out(request)
            raise Unanswered(Silence.CONNECTION_LOST)
        if luck.strikes("server fails after acting", 0.008):
            return HttpReply(luck.one_of((500, 502, 503, 504)), HTML, b"<h1>sorry</h1>")
        if luck.strikes("answer slow", 0.01):
            self._pass(request, luck.seconds(1, TOTAL_S - 0.5))
        if luck.strikes("answer damaged", 0.01):
            return self._damaged(reply)
        path = urlsplit(request.url).path
        if request.method == "GET" and reply.status == 200 and "/epayment/" in path:
            earlier = self._earlier.get(path)
            self._earlier[path] = reply
            if earlier is not None and luck.strikes("an older answer comes after a newer one", 0.01):
                return earlier
            if luck.strikes("answer wrong", 0.006):
                return self._wrong(reply)
        return reply

    def _damaged(self, reply: HttpReply) -> HttpReply:
        luck = self._world.luck
        half = reply.body[: len(reply.body) // 2]
        return luck.one_of(
            (
                HttpReply(reply.status, reply.headers, half),
                HttpReply(200, HTML, b"<h1>Log in to the guest network</h1>"),
                HttpReply(200, JSON, b""),
                HttpReply(302, {"location": "https://elsewhere.example/"}),
                HttpReply(200, JSON, b"[" * 5000),
                HttpReply(204, JSON, b""),
            )
        )

    def _wrong(self, reply: HttpReply) -> HttpReply:
        """Return a whole answer that is false in one thing."""
        luck = self._world.luck
        fields = json.loads(reply.body)
        amounts = fields["aggregate"]
        match luck.one_of(("reference", "word", "currency", "authorised word", "ended word", "text", "field", "less")):
            case "reference":
                fields.update(reference="somebody-elses-0001", state="AUTHORIZED")
                for name in ("authorizedAmount", "capturedAmount"):
                    amounts[name]["value"] = fields["amount"]["value"]
            case "word":
                fields["state"] = "PONDERING"
            case "currency":
                for money in (fields["amount"], *amounts.values()):
                    money["currency"] = "DKK"
            case "authorised word":
                fields["state"] = "AUTHORIZED"
            case "text":
                fields["amount"]["value"] = str(fields["amount"]["value"])
            case "field":
                fields["never_seen_before"] = {"a": [1, 2, 3]}
            case "less" if fields["state"] == "AUTHORIZED":
                amounts["authorizedAmount"]["value"] //= 2
            case _:
                amounts["capturedAmount"]["value"] = -1
        return HttpReply(200, JSON, json.dumps(fields).encode())

    def _time_out(self, request: HttpRequest) -> None:
        self._pass(request, TOTAL_S)
        raise Unanswered(Silence.TIMED_OUT)

    def _pass(self, request: HttpRequest, seconds: float) -> None:
        self._world.pass_time(seconds, stops_lanes="/accesstoken/" in request.url)


def problem(status: int, code: int) -> bytes:
    """Return a refusal in the published shape."""
    details = [{"name": "ErrorCode", "reason": str(code)}]
    return json.dumps({"type": "", "title": "", "status": status, "traceId": "0", "extraDetails": details}).encode()
