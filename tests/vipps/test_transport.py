"""The transport over real sockets that misbehave: every exchange is bounded and said for what it is."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from till.vipps.errors import Silence, Unanswered
from till.vipps.transport import HttpReply, HttpRequest, HttpxTransport

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@contextmanager
def server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve each connection by `behave`; the address is yielded."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stopping = threading.Event()
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(3)
            try:
                connection.recv(65536)
                behave(connection)
            except OSError:
                pass

    def serve() -> None:
        while not stopping.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=one, args=(connection,))
            thread.start()
            threads.append(thread)

    main = threading.Thread(target=serve)
    main.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        stopping.set()
        main.join()
        for thread in threads:
            thread.join()
        listener.close()


def ask(url: str, *, method: str = "GET", total_s: float = 0.6) -> HttpReply:
    transport = HttpxTransport(connect_s=0.5, read_s=0.4, total_s=total_s)
    try:
        return transport.send(HttpRequest(method, url, {}, b"{}" if method == "POST" else None, most_bytes=10_000))
    finally:
        transport.close()


def drip_head(connection: socket.socket) -> None:
    for byte in OK * 20:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def drip_body(connection: socket.socket) -> None:
    connection.sendall(OK + b"content-length: 1000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"x")
        time.sleep(0.1)


@pytest.mark.parametrize("behave", [drip_head, drip_body, lambda _: time.sleep(1.5)])
def test_a_reply_that_drips_or_never_comes_is_cut_by_the_total_time(behave: Callable[[socket.socket], None]) -> None:
    """Fault catalogue C4, C6."""
    with server(behave) as url:
        began = time.monotonic()
        with pytest.raises(Unanswered) as unanswered:
            ask(url)
        assert unanswered.value.reason is Silence.TIMED_OUT
        assert unanswered.value.is_sent
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (OK + b"content-length: 100\r\n\r\nhalf", Silence.CONNECTION_LOST),
        (b"", Silence.CONNECTION_LOST),
        (b"HTTP/1.1 2", Silence.CONNECTION_LOST),
        (b"garbage\r\n\r\n", Silence.CONNECTION_LOST),
        (OK + b"content-length: 20000\r\n\r\n" + b"x" * 20000, Silence.TOO_LARGE),
        (OK + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx", Silence.BAD_REPLY),
    ],
)
def test_a_broken_reply_is_never_an_answer(reply: bytes, reason: Silence) -> None:
    """Fault catalogue B28, B31, C5."""
    with server(lambda connection: connection.sendall(reply)) as url, pytest.raises(Unanswered) as unanswered:
        ask(url, method="POST")
    assert unanswered.value.reason is reason
    assert unanswered.value.is_sent


def test_a_refused_connection_is_known_not_to_have_been_sent() -> None:
    """Fault catalogue C2."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(Unanswered) as unanswered:
        ask(f"http://127.0.0.1:{port}/")
    assert unanswered.value.reason is Silence.NO_CONNECTION
    assert not unanswered.value.is_sent


def test_a_server_without_a_good_certificate_gets_nothing() -> None:
    """Fault catalogue C3."""
    with server(lambda connection: connection.sendall(b"no TLS here")) as url:
        with pytest.raises(Unanswered) as unanswered:
            ask(url.replace("http:", "https:"), total_s=3)
        assert not unanswered.value.is_sent
        assert unanswered.value.reason is Silence.NOT_SAFE


def test_a_redirect_is_not_followed() -> None:
    """Fault catalogue B18."""
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    with server(lambda connection: connection.sendall(moved)) as url:
        assert ask(url).status == 302


def test_an_address_that_leads_nowhere_does_not_hide_the_one_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault catalogue C13: IPv6 is offered first and leads nowhere, IPv4 works."""

    def resolve(host: str, port: int, *_: object, **__: object) -> list[object]:
        nowhere = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("100::1", port, 0, 0))
        return [nowhere, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with server(lambda connection: connection.sendall(OK + b"content-length: 2\r\n\r\n{}")) as url:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        transport = HttpxTransport(connect_s=3.0)
        began = time.monotonic()
        assert transport.send(HttpRequest("GET", url.replace("127.0.0.1", "localhost"), {})).status == 200
        assert time.monotonic() - began < 3.0
        transport.close()
