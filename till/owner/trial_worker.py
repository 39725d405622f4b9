"""The worker behind the page of the go-live check."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from till.engine_room import VERSION, SystemClock
from till.owner.clients import SYSTEM, Clients
from till.owner.hitches import NotDone
from till.owner.office_workers import write_pdf, write_text
from till.owner.worker import BrokenOff, Worker
from till.presentation.owner_state import (
    Done,
    Hitch,
    PageState,
    RunPhase,
    SaveTrial,
    StartTrial,
    TrialRow,
    TrialState,
)
from till.settings.model import Mode
from till.verify.checklist import run
from till.verify.control import customer_of
from till.verify.heard import hearing_of
from till.verify.paper import paper_of
from till.verify.report import Report, Step
from till.verify.service import PRODUCTION, TEST, Asked, Service, Terms, name_of_run


class TrialWorker(Worker[TrialState]):
    """Runs the checklist, telling of each step as it comes out, and keeps the report until it is saved."""

    def __init__(
        self,
        open_clients: Callable[[], Clients],
        publish: Callable[[PageState], None],
        *,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("trial", TrialState(), publish)
        self._open = open_clients
        self._now = now
        self._report: Report | None = None

    def _take(self, wish: object) -> None:
        match wish:
            case StartTrial():
                self._run_trial(wish)
            case SaveTrial(path=path):
                self._save(Path(path))
            case _:
                raise TypeError(type(wish).__name__)

    def _fail(self, hitch: Hitch) -> None:
        is_under_way = self._state.phase is RunPhase.RUNNING
        phase = RunPhase.STOPPED if is_under_way else self._state.phase
        self._show(replace(self._state, phase=phase, asked=None, hitch=hitch, done=None))

    def _run_trial(self, wish: StartTrial) -> None:
        number = wish.customer
        customer, now = customer_of(number.reveal() if number is not None else None), self._now()
        if number is not None and customer is None:
            raise NotDone(Hitch("customer", "customer"))
        with closing(self._open()) as clients:
            settings = clients.settings
            is_real = settings.vipps.mode is Mode.PRODUCTION
            if is_real and customer is None:
                raise NotDone(Hitch("customer", "customer"))
            self._show(TrialState(RunPhase.RUNNING))
            names = clients.unit.known.names_in_references(settings.till.id)
            terms = Terms(
                run_id=name_of_run(names, now, is_real=is_real),
                mode=PRODUCTION if is_real else TEST,
                currencies=(settings.shop.currency,),
                customer=customer,
                tell=self._tell_person,
                waits=wish.waits or is_real,
                pause=self._rest,
            )
            base_url = settings.vipps.base_url
            service = Service(
                transport=clients.transport, base_url=base_url, credentials=clients.keys, system=SYSTEM, terms=terms
            )
            with hearing_of(settings, clients.store, SystemClock()) as hearing:
                self._report = run(
                    service, made_at=now, version=VERSION, base_url=base_url, told=self._note, hearing=hearing
                )
        self._show(replace(self._state, phase=RunPhase.ENDED, asked=None))

    def _note(self, step: Step) -> None:
        row = TrialRow(step.name, step.outcome.value, step.reference or "", step.status, step.found)
        self._show(replace(self._state, rows=(*self._state.rows, row), asked=None))

    def _tell_person(self, asked: Asked) -> None:
        """Show what is to be done; the link to a code stays here, since a test app finds the payment by itself."""
        self._show(replace(self._state, asked=Hitch(asked.needed.value, figures={"reference": asked.reference})))

    def _rest(self, seconds: float) -> None:
        """Wait; what is broken off here is tidied up by the checklist, as after Ctrl-C."""
        try:
            self._pause(seconds)
        except BrokenOff:
            raise KeyboardInterrupt from None

    def _save(self, path: Path) -> None:
        if self._report is None:
            return
        if path.suffix.lower() == ".pdf":
            write_pdf(paper_of(self._report), path)
        else:
            write_text(self._report.to_json() + "\n", path)
        self._show(replace(self._state, hitch=None, done=Done("saved", {"path": str(path)})))
