"""A small hub in memory over a real socket, held to the interface for tills; it can be told to lose, delay, double, cut and die."""

import hashlib
import json
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from till.journal.chain import FIRST_LINK, Record, link

TOKEN = "the-till-token"
WAIT_S = 20.0
BEAT_S = 0.05
RECORDS_MOST = 500
LIFE = timedelta(minutes=15)


class HubDouble:
    """One hub with one till; everything it was asked is kept, and `until` waits for something to become true."""

    def __init__(self) -> None:
        self.token: str | None = TOKEN
        self.records: list[dict[str, Any]] = []
        self.articles: bytes | None = None
        self.used: list[str] = []
        self.asked: list[str] = []
        self.connected_after: list[str | None] = []
        self.batches: list[int] = []
        #: How much the hub's clock is ahead of this machine's.
        self.ahead = timedelta()
        self.is_silent = False
        #: What is answered instead, once each, by method and path: a status and a body, or None to drop the connection.
        self.planted: dict[str, list[tuple[int, bytes] | None]] = {}
        #: Paths whose next answer is lost after the request was carried out.
        self.loses_after: list[str] = []
        self.rows_a_reply = RECORDS_MOST
        #: What was paid, by the text it is looked up with, and the refunds that were asked for, by id.
        self.paid: dict[str, list[dict[str, Any]]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.looked_up: list[str] = []
        self._events: list[tuple[int, str, str]] = []
        self._check_ins: dict[str, tuple[datetime, str]] = {}
        self._streams: list[queue.Queue[bytes | None]] = []
        self._sockets: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._server: ThreadingHTTPServer | None = None
        self._is_dead = True
        self._thread: threading.Thread | None = None
        self.port = 0

    # ---------------------------------------------------------------- living and dying

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def come_up(self) -> None:
        """Listen, on the same port as before; what it knew it still knows."""
        self._is_dead = False
        self._server = _Server(("127.0.0.1", self.port), _handler_of(self))
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def die(self) -> None:
        """Stop in the middle of everything."""
        if self._server is None or self._thread is None:
            return
        self._is_dead = True
        self._server.shutdown()
        self.cut()
        self._server.server_close()
        self._thread.join()
        self._server = None

    def cut(self) -> None:
        """Cut every connection."""
        with self._changed:
            for stream in self._streams:
                stream.put(None)
            for one in tuple(self._sockets):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    # ---------------------------------------------------------------- what happens

    def say(self, kind: str, fields: object, *, times: int = 1, is_lost: bool = False) -> None:
        """Let something happen; `is_lost` keeps it for those who ask for it after a reconnect."""
        with self._changed:
            number = len(self._events) + 1
            self._events.append((number, kind, json.dumps(fields)))
            for stream in () if is_lost else self._streams:
                for _ in range(times):
                    stream.put(_wire(number, kind, json.dumps(fields)))

    def send_raw(self, text: bytes) -> None:
        """Send bytes that are no event."""
        with self._changed:
            for stream in self._streams:
                stream.put(text)

    def check_in(
        self, name: str = "Kasse 2", *, key: str = "check-in-1", token: str = "dG9r", age_s: float = 0
    ) -> None:
        """Let a customer scan the sticker."""
        at = self.now() - timedelta(seconds=age_s)
        fields = {"id": key, "merchantQrId": "till-2", "customerToken": token, "at": _stamp(at), "name": name}
        self._check_ins[key] = (at, json.dumps(fields))
        self.say("check-in", fields)

    def publish(self, articles: bytes) -> None:
        """Let the store have other articles, and tell the till."""
        self.articles = articles
        self.say("articles", {"digest": hashlib.sha256(articles).hexdigest()})

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is true of the hub."""
        with self._changed:
            assert self._changed.wait_for(condition, WAIT_S), "waited in vain"

    @property
    def listeners(self) -> int:
        return len(self._streams)

    # ---------------------------------------------------------------- answering

    def saw(self, what: str) -> None:
        with self._changed:
            self.asked.append(what)
            self._changed.notify_all()

    def subscribe(self, last_id: str | None) -> "queue.Queue[bytes | None]":
        """Open a stream: what was missed, or the check-ins still alive, then what happens."""
        stream: queue.Queue[bytes | None] = queue.Queue()
        stream.put(f"event: hello\ndata: {json.dumps({'hub': 'double', 'now': _stamp(self.now())})}\n\n".encode())
        with self._changed:
            is_known = last_id is not None and last_id.isdigit() and int(last_id) <= len(self._events)
            missed = self._events[int(last_id or 0) :] if is_known else self._alive()
            for number, kind, data in missed:
                stream.put(_wire(number, kind, data))
            self._streams.append(stream)
            self.connected_after.append(last_id)
            self._changed.notify_all()
        return stream

    def unsubscribe(self, stream: "queue.Queue[bytes | None]") -> None:
        with self._changed:
            self._streams.remove(stream)
            self._changed.notify_all()

    def _alive(self) -> list[tuple[int, str, str]]:
        alive = {data for at, data in self._check_ins.values() if self.now() - at < LIFE}
        return [one for one in self._events if one[1] == "check-in" and one[2] in alive]

    def use(self, check_in: str) -> int:
        with self._changed:
            known = self._check_ins.pop(check_in, None)
            self.used.append(check_in)
            self._changed.notify_all()
        return 204 if known else 404

    def keep(self, records: list[dict[str, Any]]) -> tuple[int, object]:
        """Take records as the interface says: without a gap, each chained to the one before, never another in a kept one's place."""
        with self._changed:
            self.batches.append(len(records))
            self._changed.notify_all()
            if len(records) > RECORDS_MOST or not records:
                return 400, {"reason": "size"}
            for record in records:
                if record["number"] > len(self.records) + 1:
                    return 409, {"reason": "gap", "last": len(self.records)}
                if record["number"] <= len(self.records):
                    if self.records[record["number"] - 1] != record:
                        return 409, {"reason": "fork", "last": len(self.records), "hash": self.last()["hash"]}
                    continue
                if record["before"] != self.last()["hash"] and self.records:
                    return 409, {"reason": "fork", "last": len(self.records), "hash": self.last()["hash"]}
                if not _is_whole(record):
                    return 409, {"reason": "broken"}
                self.records.append(record)
            return 200, {"last": len(self.records)}

    def ask_refund(self, asked: dict[str, Any]) -> tuple[int, object]:
        """Take a refund: the same id with the same contents is the same refund."""
        with self._changed:
            known = self.refunds.setdefault(asked["id"], {"asked": asked, "state": "asked", "reason": None})
            self._changed.notify_all()
        if known["asked"] != asked:
            return 409, {"reason": "other_contents"}
        return 202, self.refund_state(asked["id"])

    def refund_state(self, refund: str) -> dict[str, Any]:
        return {"id": refund, "state": self.refunds[refund]["state"], "reason": self.refunds[refund]["reason"]}

    def settle(self, state: str, reason: str | None = None, *, is_said: bool = True) -> None:
        """Let every refund stand so, and say so."""
        for id_, kept in self.refunds.items():
            kept.update(state=state, reason=reason)
            if is_said:
                self.say("refund", {"id": id_})

    def last(self) -> dict[str, Any]:
        own = self.records[-1]["hash"] if self.records else FIRST_LINK.hex()
        return {"last": len(self.records), "hash": own}


def _is_whole(record: dict[str, Any]) -> bool:
    row = Record(
        record["number"],
        record["stream"],
        record["kind"],
        record["version"],
        record["body"].encode(),
        record["at"],
    )
    return link(bytes.fromhex(record["before"]), row).hex() == record["hash"]


def _wire(number: int, kind: str, data: str) -> bytes:
    return f"id: {number}\nevent: {kind}\ndata: {data}\n\n".encode()


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a connection that was cut


def _handler_of(hub: HubDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            hub._sockets.add(self.connection)
            if hub._is_dead:
                hub.cut()

        def finish(self) -> None:
            hub._sockets.discard(self.connection)
            with suppress(OSError):
                super().finish()

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            what = f"{self.command} {parts.path}"
            hub.saw(what)
            if hub.planted.get(what):
                planted = hub.planted[what].pop(0)
                self._drop() if planted is None else self._answer(planted[0], planted[1])
                return
            if hub.token is None or self.headers.get("Authorization") != f"Bearer {hub.token}":
                self._answer(401, b'{"reason": "token"}')
                return
            if parts.path == "/till/v1/events":
                self._stream(self.headers.get("Last-Event-ID"))
                return
            if what == "GET /till/v1/articles" and hub.articles is not None:
                self._send_articles(hub.articles)
                return
            status, answer = self._judge(what, parts.query, body)
            if what in hub.loses_after:
                hub.loses_after.remove(what)
                self._drop()
            else:
                self._answer(status, b"" if answer is None else json.dumps(answer).encode())

        def _judge(self, what: str, query: str, body: bytes) -> tuple[int, object]:
            if what == "POST /till/v1/journal":
                return hub.keep(json.loads(body)["records"])
            if what == "GET /till/v1/journal/last":
                return 200, hub.last()
            if what == "GET /till/v1/journal":
                after = int(parse_qs(query)["after"][0])
                return 200, {"records": hub.records[after : after + hub.rows_a_reply], "last": len(hub.records)}
            if what.startswith("POST /till/v1/check-ins/") and what.endswith("/used"):
                return hub.use(what.split("/")[-2]), None
            if what == "GET /till/v1/stores":
                return 200, {"stores": [{"id": "havna", "name": "Havna"}]}
            if what == "GET /till/v1/paid":
                hub.looked_up.append(query)
                return 200, {"sales": hub.paid.get(parse_qs(query)["text"][0], [])}
            if what == "POST /till/v1/refunds":
                return hub.ask_refund(json.loads(body))
            if what.startswith("GET /till/v1/refunds/"):
                refund = what.split("/")[-1]
                return (200, hub.refund_state(refund)) if refund in hub.refunds else (404, {"reason": "unknown_refund"})
            return 404, None

        def _stream(self, last_id: str | None) -> None:
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            stream = hub.subscribe(last_id)
            try:
                while not hub._is_dead:
                    try:
                        piece = stream.get(timeout=BEAT_S)
                    except queue.Empty:
                        piece = b"" if hub.is_silent else b": still here\n\n"
                    if piece is None:
                        return
                    if not hub.is_silent:
                        self.wfile.write(piece)
            except OSError:
                return
            finally:
                hub.unsubscribe(stream)

        def _send_articles(self, content: bytes) -> None:
            is_known = self.headers.get("If-None-Match") == f'"{hashlib.sha256(content).hexdigest()}"'
            self._answer(304, b"") if is_known else self._answer(200, content)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _drop(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    return Handler


@contextmanager
def running_hub() -> Iterator[HubDouble]:
    """Run a hub for as long as the block lasts."""
    hub = HubDouble()
    hub.come_up()
    try:
        yield hub
    finally:
        hub.die()
