"""A server of raw bytes on loopback, for replies that no honest server gives."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: What a connection does; `receive` waits for one request's head and returns its bytes, empty when the client has gone.
Behaviour = Callable[[socket.socket, Callable[[], bytes]], None]


@dataclass
class RawServer:
    """Where it listens, and the request heads it was sent, one list per connection."""

    port: int
    heads: list[list[bytes]] = field(default_factory=list)
    #: Set when a connection has been closed by the server.
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def raw_server(*behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Serve the n-th connection by the n-th behaviour, the last for all that follow; every thread is joined at the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def one(connection: socket.socket, behave: Behaviour, heads: list[bytes]) -> None:
        def receive() -> bytes:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return b""
                head += piece
            heads.append(head)
            return head

        with suppress(OSError), connection:
            connection.settimeout(3)
            behave(connection, receive)
        server.closed.set()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if tls is not None:
                try:
                    connection = tls.wrap_socket(connection, server_side=True)
                except OSError:
                    connection.close()
                    continue
            heads: list[bytes] = []
            server.heads.append(heads)
            behave = behaviours[min(len(server.heads), len(behaviours)) - 1]
            threads.append(threading.Thread(target=one, args=(connection, behave, heads)))
            threads[-1].start()

    main = threading.Thread(target=serve)
    main.start()
    try:
        yield server
    finally:
        # Closing alone would leave `accept` waiting.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        main.join()
        for thread in threads:
            thread.join()
