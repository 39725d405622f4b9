"""The workers behind the pages of settlements and of sales units: both ask the back office."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, tzinfo
from pathlib import Path

from msgspec.structs import replace

from till.back_office import Office, UnitSeen, csv_of
from till.domain.facts import Fact
from till.domain.reconciliation import Reconciliation
from till.owner.hitches import NotDone
from till.owner.worker import Worker
from till.presentation.owner_state import (
    CompareDay,
    DayState,
    Done,
    Hitch,
    ListUnits,
    PageState,
    SaveDay,
    UnitRow,
    UnitsState,
)
from till.presentation.paper import Paper


class DayWorker(Worker[DayState]):
    """Compares a day and writes it down; `paper_of` lays a day out for its PDF."""

    def __init__(
        self,
        open_office: Callable[[], Office],
        publish: Callable[[PageState], None],
        *,
        facts: Callable[[], Iterator[Fact]],
        today: Callable[[], date],
        paper_of: Callable[[Reconciliation], Paper],
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__("settlement", DayState(), publish)
        self._open = open_office
        self._facts = facts
        self._today = today
        self._paper_of = paper_of
        self._zone = zone

    def _take(self, wish: object) -> None:
        match wish:
            case CompareDay(day=day):
                self._compare(day)
            case SaveDay(path=path):
                self._save(Path(path))
            case _:
                raise TypeError(type(wish).__name__)

    def _fail(self, hitch: Hitch) -> None:
        self._show(replace(self._state, is_busy=False, hitch=hitch, done=None))

    def _compare(self, day: date) -> None:
        today = self._today()
        if day > today:
            raise NotDone(Hitch("day_to_come", "day"))
        self._show(DayState(day, is_busy=True))
        with closing(self._open()) as office:
            seen = office.reconcile(self._facts(), day, today=today, zone=self._zone)
        self._show(DayState(day, seen=seen))

    def _save(self, path: Path) -> None:
        seen = self._state.seen
        if seen is None:
            return
        if path.suffix.lower() == ".pdf":
            write_pdf(self._paper_of(seen), path)
        else:
            write_text(csv_of(seen), path)
        self._show(replace(self._state, hitch=None, done=Done("saved", {"path": str(path)})))


class UnitWorker(Worker[UnitsState]):
    """Reads the sales units."""

    def __init__(self, open_office: Callable[[], Office], publish: Callable[[PageState], None]) -> None:
        super().__init__("units", UnitsState(), publish)
        self._open = open_office

    def _take(self, wish: object) -> None:
        if not isinstance(wish, ListUnits):
            raise TypeError(type(wish).__name__)
        self._show(replace(self._state, is_busy=True, hitch=None))
        with closing(self._open()) as office:
            units = office.sales_units()
        self._show(UnitsState(tuple(_unit(one) for one in units)))

    def _fail(self, hitch: Hitch) -> None:
        self._show(replace(self._state, is_busy=False, hitch=hitch))


def write_pdf(paper: Paper, path: Path) -> None:
    """Write a table as PDF; raise NotDone."""
    from till.ui.report_pdf import save_report

    if not save_report(paper, path):
        raise NotDone(Hitch("not_written", figures={"path": str(path)}))


def write_text(text: str, path: Path) -> None:
    """Write a text as it is; raise NotDone."""
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError:
        raise NotDone(Hitch("not_written", figures={"path": str(path)})) from None


def _unit(seen: UnitSeen) -> UnitRow:
    unit, named = seen.unit, seen.named
    rights = (
        ()
        if unit is None
        else (
            ("payments", unit.may_take_payments),
            ("push", unit.may_push),
            ("partial", unit.may_capture_in_part),
            ("long", unit.may_live_long),
        )
    )
    return UnitRow(named.msn, named.name, seen.is_ours, rights, tuple(one.value for one in seen.warnings))
