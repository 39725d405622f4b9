"""A client that costs next to nothing, for many connections at once: requests and streams over bare sockets."""

import asyncio
from collections.abc import AsyncGenerator, Mapping


class Connection:
    """One kept connection; `post` raises OSError or EOFError when it is gone."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Send one request, return its status."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\nhost: hub\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
        try:
            self._writer.write(head.encode() + body)
            answer = await self._reader.readuntil(b"\r\n\r\n")
        except (OSError, EOFError):
            self.close()
            raise
        length = next(
            (int(line.split(b":")[1]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length")),
            0,
        )
        await self._reader.readexactly(length)
        return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        """Drop the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def stream(port: int, token: str, last: int | None = None) -> AsyncGenerator[tuple[int, str, bytes], None]:
    """Return a till's events: number (0 for none), kind, data; ends when the connection does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    resume = f"last-event-id: {last}\r\n" if last is not None else ""
    writer.write(f"GET /till/v1/events HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\n{resume}\r\n".encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise EOFError(head.split(b"\r\n")[0])
        number, kind, data = 0, "", b""
        while line := await reader.readline():
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"event: "):
                kind = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                data = line[6:].strip()
            elif line == b"\n" and kind:
                yield number, kind, data
                number, kind, data = 0, "", b""
    finally:
        writer.close()
