"""The worker behind the page of old stickers: a list read and planned, sent row by row, stopped, and gone on with."""

import csv
import time
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path

from msgspec.structs import replace

from till.owner.clients import Clients
from till.owner.hitches import NotDone, hitch_of
from till.owner.stickers import planned, read_stickers, report_beside, save_report
from till.owner.worker import BrokenOff, Worker
from till.presentation.owner_state import (
    Hitch,
    PageState,
    ReadStickers,
    RunPhase,
    StartStickers,
    StickerRow,
    StickersState,
    TypeSticker,
)
from till.vipps.migration import COLUMNS, Migration, Outcome, Place, Row, StickerList, read_list
from till.vipps.migration_run import MigrationStopped, run

#: A list of thousands is not shown anew for each of its rows.
SHOW_PAUSE_S = 0.1
#: The report of stickers that were typed stands in the till's own folder.
TYPED_REPORT = "old-stickers-report.csv"


class StickerWorker(Worker[StickersState]):
    """Takes old stickers over for one place; the report on the disk is whole after every row."""

    def __init__(
        self,
        open_clients: Callable[[], Clients],
        publish: Callable[[PageState], None],
        *,
        place: Place,
        folder: Path,
    ) -> None:
        super().__init__("old-stickers", StickersState(), publish)
        self._open = open_clients
        self._place = place
        self._folder = folder
        self._migration: Migration | None = None
        self._rows: dict[int, StickerRow] = {}
        self._shown_s = 0.0

    def _take(self, wish: object) -> None:
        match wish:
            case ReadStickers(path=path):
                stickers = _read(Path(path))
                self._plan(stickers, path, report_beside(Path(path), stickers, self._place))
            case TypeSticker(beacon=beacon, name=name):
                self._plan(_typed(beacon, name), "", self._folder / TYPED_REPORT)
            case StartStickers():
                self._send()
            case _:
                raise TypeError(type(wish).__name__)

    def _fail(self, hitch: Hitch) -> None:
        is_under_way = self._state.phase is RunPhase.RUNNING
        self._show(replace(self._state, hitch=hitch, phase=RunPhase.STOPPED if is_under_way else self._state.phase))

    def _plan(self, stickers: StickerList, source: str, report: Path) -> None:
        try:
            self._migration = planned(stickers, report, self._place)
        except OSError:
            raise NotDone(Hitch("not_read", figures={"path": str(report)})) from None
        phase = RunPhase.READY if self._migration.left() else RunPhase.ENDED
        self._rows = {row.line: _row(row) for row in self._migration.rows}
        self._show(StickersState(phase, source, str(report), tuple(self._rows.values())))

    def _send(self) -> None:
        migration = self._migration
        if migration is None or not migration.left():
            return
        report = Path(self._state.report)
        hitch, phase = None, RunPhase.STOPPED
        self._show(replace(self._state, phase=RunPhase.RUNNING, hitch=None))
        with closing(self._open()) as clients:
            rows = run(clients.qr, migration, pause=self._pause, save=lambda text: save_report(report, text))
            try:
                for row in rows:
                    self._note(row)
                    self._pause(0)
                phase = RunPhase.ENDED
            except BrokenOff:
                pass
            except MigrationStopped as error:
                hitch = hitch_of(error.error)
            except OSError:
                hitch = Hitch("not_written", figures={"path": str(report)})
        self._show(replace(self._state, phase=phase, rows=tuple(self._rows.values()), hitch=hitch))

    def _note(self, row: Row) -> None:
        """Remember a row that is settled, and show it with those that came before it a moment ago."""
        self._rows[row.line] = _row(row)
        now_s = time.monotonic()
        if now_s - self._shown_s >= SHOW_PAUSE_S:
            self._shown_s = now_s
            self._show(replace(self._state, rows=tuple(self._rows.values())))


def _read(path: Path) -> StickerList:
    try:
        return read_stickers(path)
    except OSError:
        raise NotDone(Hitch("not_read", figures={"path": str(path)})) from None


def _typed(beacon: str, name: str) -> StickerList:
    """Read what was typed as a list of one row; what is wrong with it is for its field. Raise NotDone."""
    text = StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\n")
    table.writerow(COLUMNS[:2])
    table.writerow((beacon, name))
    stickers = read_list(text.getvalue())
    wrong = next((reason for row in stickers.rows if row.outcome is Outcome.WRONG for reason in row.reasons), None)
    if wrong is not None:
        at = "name" if wrong.code.startswith("name_") else "beacon"
        raise NotDone(Hitch(f"reason_{wrong.code}", at, wrong.figures))
    return stickers


def _row(row: Row) -> StickerRow:
    reasons = tuple(Hitch(f"reason_{one.code}", figures=one.figures) for one in row.reasons)
    return StickerRow(row.line, row.beacon, row.name, row.outcome.value, reasons)
