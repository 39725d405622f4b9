"""A TCP proxy that spoils what passes between a real till and the real sandbox: one fault at a time, on one side of the talk.

A fault is switched on by hand, or strikes at the first request whose line fits a pattern; it goes off by itself. Proxies share
one thread and one event loop. A connection takes a bounded piece, passes it on as the fault of the moment says, and only then
takes the next.
"""

import asyncio
import random
import re
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum

from till.demo import Sandbox

HOST = "127.0.0.1"
CONNECT_S, CALL_S = 3.0, 5.0
PIECE_BYTES, LINKS_MOST = 65_536, 64
LATENCY_S, JITTER_MOST_S, BYTES_A_SECOND = 1.5, 2.0, 1024
SLICE_MOST_BYTES, SLICE_PAUSE_S = 5, 0.002
CUT_AFTER_BYTES = 60
DRIP_PAUSE_S = 0.3

CREATE = re.compile(rb"^POST /epayment/v1/payments HTTP")
READ = re.compile(rb"^GET /epayment/v1/payments/")
CAPTURE = re.compile(rb"^POST /epayment/v1/payments/[^/ ]+/capture ")
CANCEL = re.compile(rb"^POST /epayment/v1/payments/[^/ ]+/cancel ")
_START = re.compile(rb"^(GET|POST|DELETE|HTTP/1\.[01]) ")


class Kind(Enum):
    LATENCY = "latency"
    JITTER = "jitter"
    BANDWIDTH = "bandwidth"
    RESET = "reset"
    SILENCE = "silence"
    SLICING = "slicing"
    CUT = "cut"
    DRIP_HEAD = "drip of head"
    DRIP_BODY = "drip of body"
    DOWN = "down"


class Side(Enum):
    REQUEST = "request"
    REPLY = "reply"


@dataclass(frozen=True)
class Fault:
    kind: Kind
    side: Side
    seconds: float


class _Broken(Exception):
    """The fault has ended this connection."""


@dataclass(eq=False)
class _Link:
    """One connection of the till, and its counterpart to the sandbox."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    is_mute: bool = False

    def sink(self, side: Side) -> asyncio.StreamWriter:
        return self.far if side is Side.REQUEST else self.near

    def reset(self) -> None:
        """End both ways with RST."""
        for writer in (self.near, self.far):
            with suppress(OSError):
                made = writer.get_extra_info("socket")
                made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class FaultProxy:
    """One port in front of the sandbox; its methods may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, target_port: int, seed: int) -> None:
        self._loop = loop
        self._target_port = target_port
        self._chance = random.Random(seed)
        # Never listens: while the proxy is down the port stays its own, and refuses.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._place.bind((HOST, 0))
        self.port: int = self._place.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._fault: Fault | None = None
        self._armed: tuple[Fault, re.Pattern[bytes]] | None = None
        self._off: asyncio.TimerHandle | None = None
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.has_struck = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def strike_at(self, fault: Fault, request: re.Pattern[bytes]) -> None:
        """Let the fault begin with the first request that fits."""
        self.has_struck.clear()
        self._call(self._arm(fault, request))

    def switch_on(self, fault: Fault) -> None:
        """Begin the fault now."""
        self._call(self._begin(fault))

    def switch_off(self) -> None:
        """End the fault; what it held back passes."""
        self._call(self._end())

    # ---------------------------------------------------------------- in the loop's thread

    async def open(self) -> None:
        self._server = await asyncio.start_server(
            self._meet, HOST, self.port, reuse_port=True, limit=PIECE_BYTES, backlog=LINKS_MOST
        )

    async def close(self) -> None:
        await self._end(opens_again=False)
        await self._shut()
        self._place.close()

    def _call(self, work: Awaitable[None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_S)  # type: ignore[arg-type]

    async def _arm(self, fault: Fault, request: re.Pattern[bytes]) -> None:
        self._armed = (fault, request)

    async def _begin(self, fault: Fault) -> None:
        self._strike(fault)
        if fault.kind is Kind.DOWN:
            await self._shut()

    def _strike(self, fault: Fault) -> None:
        self._armed, self._fault = None, fault
        if self._off is not None:
            self._off.cancel()
        self._off = self._loop.call_later(fault.seconds, self._go_off)
        if fault.kind is Kind.DOWN and self._server is not None:
            self._server.close()
        self.has_struck.set()

    def _go_off(self) -> None:
        task = self._loop.create_task(self._end())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, *, opens_again: bool = True) -> None:
        self._armed, fault, self._fault = None, self._fault, None
        if self._off is not None:
            self._off.cancel()
            self._off = None
        if fault is not None and fault.kind is Kind.DOWN and opens_again:
            await self.open()

    async def _shut(self) -> None:
        """Stop listening and reset every connection."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for link in tuple(self._links):
            link.reset()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if len(self._links) < LINKS_MOST:
                await self._join(reader, near)
        except (OSError, TimeoutError):
            pass
        except asyncio.CancelledError:
            # Only `_shut` cancels, and it asks for no more than that the task ends.
            pass
        finally:
            self._tasks.discard(task)
            near.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(CONNECT_S):
            far_reader, far = await asyncio.open_connection(HOST, self._target_port, limit=PIECE_BYTES)
        link = _Link(near, far)
        self._links.add(link)
        pumps = [
            asyncio.create_task(self._pump(link, reader, Side.REQUEST)),
            asyncio.create_task(self._pump(link, far_reader, Side.REPLY)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._links.discard(link)
            for writer in (near, far):
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def _pump(self, link: _Link, source: asyncio.StreamReader, side: Side) -> None:
        with suppress(_Broken, OSError):
            while piece := await source.read(PIECE_BYTES):
                fault = self._fault_for(side, piece)
                if link.is_mute:
                    continue
                if fault is None:
                    await _pass(link.sink(side), piece)
                else:
                    await self._spoil(link, side, piece, fault)
        if link.is_mute and side is Side.REPLY:
            # The sandbox has hung up on a connection gone mute; the till is not told.
            await asyncio.Event().wait()

    def _fault_for(self, side: Side, piece: bytes) -> Fault | None:
        if self._armed is not None and side is Side.REQUEST and self._armed[1].match(piece):
            self._strike(self._armed[0])
        return self._fault if self._fault is not None and self._fault.side is side else None

    # ---------------------------------------------------------------- the faults

    async def _spoil(self, link: _Link, side: Side, piece: bytes, fault: Fault) -> None:
        sink = link.sink(side)
        match fault.kind:
            case Kind.LATENCY:
                await asyncio.sleep(LATENCY_S)
                await _pass(sink, piece)
            case Kind.JITTER:
                await asyncio.sleep(self._chance.uniform(0, JITTER_MOST_S))
                await _pass(sink, piece)
            case Kind.BANDWIDTH:
                await self._slowly(sink, piece, fault, lambda: 64, 64 / BYTES_A_SECOND)
            case Kind.SLICING:
                await self._slowly(sink, piece, fault, lambda: self._chance.randint(1, SLICE_MOST_BYTES), SLICE_PAUSE_S)
            case Kind.RESET:
                link.reset()
                raise _Broken
            case Kind.DOWN:
                for one in tuple(self._links):
                    one.reset()
                raise _Broken
            case Kind.SILENCE:
                link.is_mute = True
            case Kind.CUT:
                await _pass(sink, piece[:CUT_AFTER_BYTES])
                raise _Broken
            case Kind.DRIP_HEAD | Kind.DRIP_BODY:
                head, body = _parted(piece)
                dripped_first = fault.kind is Kind.DRIP_HEAD
                for part, drips in ((head, dripped_first), (body, not dripped_first)):
                    if drips:
                        await self._slowly(sink, part, fault, lambda: 1, DRIP_PAUSE_S)
                    else:
                        await _pass(sink, part)

    async def _slowly(
        self, sink: asyncio.StreamWriter, piece: bytes, fault: Fault, size: Callable[[], int], pause_s: float
    ) -> None:
        """Pass a piece in slices for as long as the fault lasts, and then what is left at once."""
        while piece and self._fault is fault:
            most = size()
            await _pass(sink, piece[:most])
            piece = piece[most:]
            await asyncio.sleep(pause_s)
        await _pass(sink, piece)


async def _pass(sink: asyncio.StreamWriter, piece: bytes) -> None:
    if piece:
        sink.write(piece)
        await sink.drain()


def _parted(piece: bytes) -> tuple[bytes, bytes]:
    """Return head and body of a piece; one that starts no message is body."""
    if not _START.match(piece):
        return b"", piece
    head, end, body = piece.partition(b"\r\n\r\n")
    return head + end, body


@contextmanager
def fault_proxies(sandbox: Sandbox) -> Iterator[Callable[[], FaultProxy]]:
    """Run a thread that opens as many proxies as are asked for; all are closed at the end."""
    target_port = int(sandbox.base_url.rsplit(":", 1)[1])
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxies")
    thread.start()
    opened: list[FaultProxy] = []

    def open_one() -> FaultProxy:
        proxy = FaultProxy(loop, target_port, seed=len(opened))
        asyncio.run_coroutine_threadsafe(proxy.open(), loop).result(CALL_S)
        opened.append(proxy)
        return proxy

    async def close_all() -> None:
        for proxy in opened:
            await proxy.close()
        await asyncio.sleep(0.05)

    try:
        yield open_one
    finally:
        asyncio.run_coroutine_threadsafe(close_all(), loop).result(CALL_S * 4)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CALL_S)
        loop.close()
