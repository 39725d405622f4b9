"""The owner's pages over their threads: a long list through a cut network, and a day read through a running engine."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from tests.doubles.articles import article
from tests.doubles.office import NOON, at_noon, sell, set_clock
from tests.doubles.owner import HERE, Cable, Cuttable, stickers_file
from tests.doubles.sandbox_process import sandbox_process
from tests.doubles.secrets import MemorySecrets
from tests.doubles.service import InProcess
from tests.whole.test_back_office import REF, Kept, journaled, settings, told
from till.back_office import Office
from till.catalogue.store import write_catalogue
from till.domain.facts import Fact, PaymentRequested, SaleOpened
from till.domain.reconciliation import Reason
from till.domain.secret import Secret
from till.engine.ports import PART_MOST, JournalRefused
from till.engine.snapshot import Snapshot
from till.engine_room import EngineRoom, Stopped
from till.owner.clients import Clients
from till.owner.office_workers import DayWorker
from till.owner.sticker_worker import StickerWorker
from till.presentation.owner_state import (
    CompareDay,
    DayState,
    Hitch,
    PageState,
    ReadStickers,
    RunPhase,
    StartStickers,
    StickersState,
)
from till.presentation.paper import Paper
from till.sandbox.ledgers import zone_of
from till.settings.paths import Folders
from till.settings.secrets import SecretName
from till.vipps.migration import read_list
from till.vipps.transport import HttpReply, HttpRequest

pytestmark = pytest.mark.whole
WAIT_S = 60


class Heard:
    """What a worker says from its own thread, waited for."""

    def __init__(self) -> None:
        self._said: queue.Queue[PageState] = queue.Queue()

    def __call__(self, state: PageState) -> None:
        self._said.put(state)

    def until(self, condition: Callable[[PageState], bool]) -> Any:
        while not condition(state := self._said.get(timeout=WAIT_S)):
            pass
        return state


def is_in(phase: RunPhase) -> Callable[[PageState], bool]:
    return lambda state: isinstance(state, StickersState) and state.phase is phase


@pytest.fixture
def offer() -> Iterator[dict[str, str]]:
    with sandbox_process() as told_of_itself:
        yield told_of_itself


def test_two_hundred_old_stickers_are_brought_over_a_cut_network(tmp_path: Path, offer: dict[str, str]) -> None:
    """Requirement 52; the list has five rows that are wrong, and the network goes in the middle."""
    cable, msn = Cable(), offer["msn"]
    keys = MemorySecrets({name.of(msn): Secret(offer[name.value]) for name in SecretName})
    shop = settings(msn, base_url=offer["base_url"])
    rows = [f"{100_000_000_000_000 + place};Kasse {place}" for place in range(200)]
    rows[5], rows[60], rows[100] = "12345;Kasse 5", f"100000000000060;{'x' * 37}", "1,00E+14;Kasse 100"
    rows[17], rows[150] = rows[3], ";Kasse 150"
    heard = Heard()
    worker = StickerWorker(
        lambda: Clients(shop, lambda: keys, connect=lambda: Cuttable(cable)), heard, place=HERE, folder=tmp_path
    )
    worker._pause = lambda _: None  # type: ignore[method-assign]
    worker.ask(ReadStickers(str(stickers_file(tmp_path, rows))))
    planned = heard.until(is_in(RunPhase.READY))
    assert [row.outcome for row in planned.rows].count("wrong") == 5

    cable.left = 100
    worker.ask(StartStickers())
    stopped = heard.until(is_in(RunPhase.STOPPED))
    assert stopped.hitch == Hitch("no_network")
    done = [row.outcome for row in stopped.rows].count("migrated")
    assert 0 < done < 195
    report = Path(stopped.report)
    on_disk = read_list(report.read_text("utf-8-sig"))
    assert [row.outcome.value for row in on_disk.rows].count("migrated") == done

    cable.left = None
    worker.ask(StartStickers())
    ended = heard.until(is_in(RunPhase.ENDED))
    assert [row.outcome for row in ended.rows].count("migrated") == 195
    sent = [url for url in cable.sent if "/mobilepay/" in url]
    assert len(sent) == len(set(sent)) == 195, "none was sent twice"
    worker.ask(ReadStickers(str(report)))
    assert heard.until(is_in(RunPhase.ENDED)).hitch is None
    worker.close()


class Doctored:
    """The sandbox, whose books lack one entry and have another twice."""

    def __init__(self, inner: InProcess, *, missing: str, doubled: str) -> None:
        self._inner, self._missing, self._doubled = inner, missing, doubled

    def send(self, request: HttpRequest) -> HttpReply:
        reply = self._inner.send(request)
        if "/funds/dates/" not in request.url:
            return reply
        fields = json.loads(reply.body)
        kept = [one for one in fields["items"] if one["reference"] != self._missing]
        fields["items"] = kept + [one for one in kept if one["reference"] == self._doubled]
        return replace(reply, body=json.dumps(fields).encode())

    def close(self) -> None:
        pass


def sold(reference: str, sale: int, at: datetime = NOON) -> list[Fact]:
    requested, reported = told(reference, 5000, at=at)
    assert isinstance(requested, PaymentRequested)
    return [SaleOpened(sale, NOON), replace(requested, terms=replace(requested.terms, sale=sale)), reported]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[EngineRoom]:
    """A running engine over a journal of a sold day that is longer than what is read at a time."""
    facts = [fact for sale in range(1, 4) for fact in sold(REF.format(sale), sale)]
    facts += [fact for sale in range(4, PART_MOST) for fact in sold(f"earlier-{sale}", sale, NOON - timedelta(days=3))]
    folders = journaled(tmp_path, *facts)
    write_catalogue(folders.articles, [article()])
    is_ready = threading.Event()
    said: list[Snapshot | Stopped] = []

    def publish(one: Snapshot | Stopped) -> None:
        said.append(one)
        is_ready.set()

    room = EngineRoom(settings(), Folders(tmp_path), MemorySecrets(), publish)
    room.start()
    assert is_ready.wait(10)
    assert isinstance(said[0], Snapshot)
    yield room
    room.stop()


def test_a_day_is_compared_beside_the_running_till(room: EngineRoom, qtbot: QtBot) -> None:
    """Requirement 62: of three sales one is missing in the wallet's books, and one stands there twice."""
    transport = at_noon()
    for number in (1, 2, 3):
        sell(transport, REF.format(number), 5000)
    set_clock(transport, NOON + timedelta(days=1))
    doctored = Doctored(transport, missing=REF.format(2), doubled=REF.format(3))

    def open_office() -> Office:
        return Office(settings(), Kept(transport), version="0.1.0", transport=doctored)

    heard = Heard()
    worker = DayWorker(
        open_office,
        heard,
        facts=room.facts,
        today=lambda: NOON.date() + timedelta(days=1),
        paper_of=lambda _: Paper("", (), ("", "", "", ""), ()),
        zone=zone_of(transport.desk.units[0]),
    )
    worker.ask(CompareDay(NOON.date()))
    state = heard.until(lambda state: isinstance(state, DayState) and not state.is_busy)
    assert state.seen is not None
    assert [(one.reference, one.reason) for one in state.seen.differences] == [
        (REF.format(2), Reason.MISSING_IN_REPORT),
        (REF.format(3), Reason.DOUBLED),
    ]
    assert len(state.seen.matched) == 2
    worker.close()


def test_the_journal_is_read_whole_through_the_engine_and_refused_when_it_has_stopped(room: EngineRoom) -> None:
    facts = list(room.facts())
    assert len(facts) == 3 * (PART_MOST - 1) + 1
    room.stop()
    with pytest.raises(JournalRefused):
        list(room.facts())
