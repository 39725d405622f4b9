"""The hub's copy of the journal, fetched in slices to set a lost till up again; for a command, in the calling thread."""

import asyncio
import ssl
from collections.abc import Callable, Generator

from till.domain.secret import Secret
from till.engine.ports import Clock, JournalRow
from till.hublink.books import PATH, Slice, WireRow, read_reply
from till.hublink.calls import HubAway, HubCalls, Token
from till.hublink.pace import HubPace


def fetch_rows(
    *,
    url: str,
    read_token: Callable[[], Secret | None],
    context: Callable[[], ssl.SSLContext],
    clock: Clock,
    pace: HubPace,
) -> Generator[JournalRow, None, None]:
    """Return the rows of this till's journal as the hub has them, the chain not verified; raise HubAway or TokenRefused."""
    calls = HubCalls(url, Token(read_token, clock, pace), context, pace)
    after = 0
    with asyncio.Runner() as runner:
        try:
            while True:
                part = read_reply(runner.run(calls.call("GET", f"{PATH}?after={after}")), Slice)
                yield from map(_row, part.records)
                before, after = after, part.records[-1].number if part.records else after
                if after >= part.last:
                    return
                if after <= before:
                    raise HubAway("cut short")
        finally:
            runner.run(calls.close())


def _row(wire: WireRow) -> JournalRow:
    try:
        before, own = bytes.fromhex(wire.before), bytes.fromhex(wire.hash)
    except ValueError:
        raise HubAway("bad reply") from None
    return JournalRow(wire.number, wire.stream, wire.kind, wire.version, wire.at, wire.body, before, own)
