"""Server-sent events out of bytes, as the HTML standard parses them ("Interpreting an event stream"); pure, and bounded."""

import re

from msgspec import Struct

#: Longer lines, and events of more text, are dropped whole; nothing the hub sends comes near either.
LINE_MOST_BYTES, EVENT_MOST_BYTES = 16 * 1024, 64 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Event(Struct, frozen=True):
    """One event; `last_id` is the id to go on from after it. Its data may hold a token, so it never prints itself."""

    kind: str
    data: str
    last_id: str

    def __repr__(self) -> str:
        return f"Event({self.kind!r}, {len(self.data)} characters)"


class EventParser:
    """Takes pieces of a stream, however it was cut, and gives the events that have become whole."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._is_first_line = True
        self._is_after_return = False
        self._is_line_too_long = False
        self._kind = ""
        self._data: list[str] = []
        self._size = 0
        self._is_event_too_large = False
        self.last_id = ""

    def feed(self, piece: bytes) -> list[Event]:
        """Take the next bytes and return the events they complete."""
        if self._is_after_return and piece:
            # A return was the last byte: a line feed now belongs to it and ends no second line.
            self._is_after_return = False
            piece = piece.removeprefix(b"\n")
        self._is_after_return = self._is_after_return or piece.endswith(b"\r")
        *whole, rest = _LINE_END.split(piece)
        events = [event for line in whole if (event := self._end_line(line)) is not None]
        self._keep(rest)
        return events

    def _keep(self, part: bytes) -> None:
        """Keep a part of a line, unless the line has become too long to be anything."""
        if len(self._pending) + len(part) > LINE_MOST_BYTES:
            self._is_line_too_long = True
            self._pending.clear()
        if not self._is_line_too_long:
            self._pending += part

    def _end_line(self, part: bytes) -> Event | None:
        self._keep(part)
        line, is_too_long = bytes(self._pending), self._is_line_too_long
        self._pending.clear()
        self._is_line_too_long = False
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if is_too_long:
            self._is_event_too_large = True
            return None
        if not line:
            return self._dispatch()
        self._take_field(line.decode("utf-8", errors="replace"))
        return None

    def _take_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._kind = value
            case "id" if "\0" not in value:
                self.last_id = value
            case "data":
                self._size += len(value) + 1
                if self._size > EVENT_MOST_BYTES:
                    self._is_event_too_large = True
                    self._data.clear()
                if not self._is_event_too_large:
                    self._data.append(value)
            case _:
                pass  # a comment has no name; how soon to reconnect is the till's own affair; the rest is for others

    def _dispatch(self) -> Event | None:
        event = Event(self._kind or "message", "\n".join(self._data), self.last_id)
        is_whole = bool(self._data) and not self._is_event_too_large
        self._kind, self._size, self._is_event_too_large = "", 0, False
        self._data.clear()
        return event if is_whole else None
