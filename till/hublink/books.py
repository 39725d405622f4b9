"""The journal's copy at the hub: rows go out in order until the hub has them all, and again until it has said so."""

import asyncio
import logging
from typing import TypeVar

import msgspec
from msgspec import Struct

from till.domain.faults import Fault, FaultCode
from till.engine.hub_ports import BooksChanged, Rows, RowsWanted
from till.engine.ports import Deliver, JournalRow
from till.hublink.calls import HubAway, HubCalls, HubReply, TokenRefused
from till.hublink.pace import HubPace, Pauses

#: Rows of one batch: the engine reads them between two scans.
BATCH_MOST = 200
#: After so many failures in a row somebody is told.
FAILURES_BEFORE_TOLD = 5
PATH = "/till/v1/journal"

S = TypeVar("S", bound=Struct)

log = logging.getLogger("till.hub")


class WireRow(Struct):
    """A row as it goes over the wire: hashes in hex."""

    number: int
    stream: str
    kind: str
    version: int
    at: str
    body: str
    before: str
    hash: str


class Slice(Struct):
    """Rows as the hub hands them out, and the number of the last it has."""

    records: list[WireRow]
    last: int


class _Batch(Struct):
    records: list[WireRow]


class _Last(Struct):
    last: int
    hash: str = ""


class _Objection(Struct):
    reason: str
    last: int = 0


class BooksDiffer(Exception):
    """What the hub has is not this journal's beginning: a person must look."""


class Bookkeeper:
    """Sends the journal for as long as it runs; asks the engine for rows, and `take` is called with its answer."""

    def __init__(self, calls: HubCalls, *, deliver: Deliver, pace: HubPace) -> None:
        self._calls = calls
        self._deliver = deliver
        self._pace = pace
        self._pauses = Pauses(pace)
        self._answers: asyncio.Queue[Rows] = asyncio.Queue()
        self._told: FaultCode | None = None
        self._is_sure = False

    def agree_again(self) -> None:
        """Ask what the hub has before anything more is sent: it may have been put back from an older copy; in its own thread."""
        self._is_sure = False

    def take(self, rows: Rows) -> None:
        """Take the engine's answer; in the hub's own thread."""
        self._answers.put_nowait(rows)

    async def run(self) -> None:
        """Send what the hub lacks, then what is new; return only when the copy is not of this journal."""
        while True:
            try:
                await self._keep_up(await self._agree())
            except TokenRefused:
                await asyncio.sleep(self._pace.token_s)
            except HubAway as away:
                log.info("journal not sent", extra={"reason": str(away)})
                pause_s = self._pauses.after_failure()
                if self._pauses.failures >= FAILURES_BEFORE_TOLD:
                    self._tell(FaultCode.BOOKS_BEHIND)
                await asyncio.sleep(pause_s)
            except BooksDiffer as difference:
                log.error("the hub's copy is not this journal's", extra={"reason": str(difference)})
                self._tell(FaultCode.BOOKS_DIFFER)
                return

    async def _agree(self) -> int:
        """Return the number of the last row the hub has, which must be this journal's own."""
        self._is_sure = True
        reply = await self._calls.call("GET", f"{PATH}/last")
        last = read_reply(reply, _Last)
        if last.last == 0:
            return 0
        own = await self._rows(last.last - 1, 1)
        if not own:
            raise BooksDiffer("shortened")
        if own[0].hash.hex() != last.hash:
            await self._send(own)  # the hub refuses it, and raises an alarm of its own
            raise BooksDiffer("fork")
        return last.last

    async def _keep_up(self, after: int) -> None:
        while self._is_sure:
            rows = await self._rows(after, BATCH_MOST)
            if rows:
                after = await self._send(rows)
            self._pauses.forget()
            self._tell(None)
            await asyncio.sleep(self._pace.rest_s if rows else self._pace.books_s)

    async def _rows(self, after: int, most: int) -> tuple[JournalRow, ...]:
        """Ask the engine for rows; its answer to an older question may still be on its way."""
        self._deliver(RowsWanted(after, most))
        try:
            async with asyncio.timeout(self._pace.call_s):
                while (answer := await self._answers.get()).after != after:
                    pass
        except TimeoutError:
            raise HubAway("the till is busy") from None
        return answer.rows

    async def _send(self, rows: tuple[JournalRow, ...]) -> int:
        """Send one batch and return the number of the last row the hub has then; it grows, or the hub is as good as away."""
        body = msgspec.json.encode(_Batch([_wire_row(row) for row in rows]))
        reply = await self._calls.call("POST", PATH, body)
        if reply.status == 409:
            objection = read_reply(reply, _Objection, status=409)
            if objection.reason != "gap":
                raise BooksDiffer(objection.reason[:20])
            raise HubAway("gap")
        last = read_reply(reply, _Last).last
        if last != rows[-1].number:
            raise HubAway("other rows")
        return last

    def _tell(self, code: FaultCode | None) -> None:
        if code is not self._told:
            self._told = code
            self._deliver(BooksChanged(None if code is None else Fault(code)))


def _wire_row(row: JournalRow) -> WireRow:
    return WireRow(row.number, row.stream, row.kind, row.version, row.at, row.body, row.before.hex(), row.hash.hex())


def read_reply(reply: HubReply, kind: type[S], *, status: int = 200) -> S:
    """Return what a reply holds; raise HubAway where it is not what was asked for."""
    if reply.status != status:
        raise HubAway(str(reply.status))
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        raise HubAway("bad reply") from None
