"""Puts the owner's pages together: widgets, presenters, and one worker for each page; made when they are first opened."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from till.back_office import Office
from till.domain.facts import Fact
from till.domain.money import Money
from till.engine.ports import Clock, SecretStore
from till.engine_room import VERSION
from till.owner.clients import Clients
from till.owner.code_worker import CodeWorker
from till.owner.office_workers import DayWorker, UnitWorker
from till.owner.sticker_worker import StickerWorker
from till.owner.trial_worker import TrialWorker
from till.owner.webhook_worker import WebhookWorker
from till.presentation.house import House
from till.presentation.owner_state import (
    ChangeCode,
    CloseForm,
    CodesState,
    CompareDay,
    DayState,
    DeleteCode,
    DeleteWebhook,
    ListCodes,
    ListUnits,
    ListWebhooks,
    MakeCode,
    OpenForm,
    OwnerPage,
    OwnerShown,
    ReadStickers,
    RegisterWebhook,
    RunPhase,
    SaveDay,
    SaveSheet,
    SaveTrial,
    ShowPage,
    StartStickers,
    StartTrial,
    StickersState,
    StopStickers,
    StopTrial,
    TrialState,
    TypeSticker,
    UnitsState,
    WebhooksState,
)
from till.presentation.owner_views import PageView
from till.presentation.present_codes import present_codes
from till.presentation.present_old_stickers import OldStickersPresenter
from till.presentation.present_owner import OwnerState, present_owner
from till.presentation.present_settlement import paper_of_day, present_settlement
from till.presentation.present_trial import present_trial
from till.presentation.present_units import present_units
from till.presentation.present_webhooks import present_webhooks
from till.settings.model import Settings
from till.settings.paths import Folders
from till.ui.bridge import Bridge
from till.verify.checklist import REAL
from till.vipps.migration import Place
from till.vipps.transport import HttpxTransport, Transport

if TYPE_CHECKING:
    from till.ui.owner.pages import OwnerPagesWidget


AnyWorker = CodeWorker | StickerWorker | DayWorker | UnitWorker | TrialWorker | WebhookWorker


class OwnerPages:
    """The pages over their workers; `forward` takes the wishes that are the cashier's."""

    def __init__(
        self,
        window: "OwnerPagesWidget",
        house: House,
        settings: Settings,
        folders: Folders,
        secrets: SecretStore,
        *,
        facts: Callable[[], Iterator[Fact]],
        forward: Callable[[object], None],
        clock: Clock,
        connect: Callable[[], Transport] = HttpxTransport,
    ) -> None:
        self._window = window
        self._house = house
        self._settings = settings
        self._forward = forward
        self._clock = clock
        self._state = OwnerState()
        self._shown = OwnerShown()
        self._is_sent = False
        self._today: date | None = None
        self._old_stickers = OldStickersPresenter(house)
        self._bridge = Bridge()
        self._bridge.arrived.connect(self._take)
        publish = self._bridge.publish
        clients = partial(Clients, settings, lambda: secrets, connect=connect)
        office = partial(_office, settings, secrets, connect)
        place = Place(settings.vipps.msn, settings.vipps.mode.value)
        self._codes = CodeWorker(clients, publish)
        self._stickers = StickerWorker(clients, publish, place=place, folder=folders.data)
        self._days = DayWorker(office, publish, facts=facts, today=self._day, paper_of=partial(paper_of_day, house))
        self._units = UnitWorker(office, publish)
        self._trials = TrialWorker(clients, publish, now=clock.now)
        self._webhooks = WebhookWorker(clients, publish)
        window.asked.connect(self.ask)

    @property
    def state(self) -> OwnerState:
        """What the workers have said last."""
        return self._state

    def open(self) -> None:
        """Show the pages, as they were left; called again and again while they are open, it does nothing more."""
        today = self._day()
        if today != self._today:
            self._today = today
            self._turn_to(self._shown.page)

    def ask(self, wish: object) -> None:
        """Take a wish of the pages; nothing here waits."""
        match wish:
            case ShowPage(page=page):
                self._turn_to(page)
            case OpenForm():
                self._show_form(wish)
            case CloseForm():
                self._show_form(None)
            case StopStickers():
                self._stickers.break_off()
            case StopTrial():
                self._trials.break_off()
            case _ if (worker := self._worker_of(wish)) is not None:
                self._is_sent = self._shown.form is not None
                worker.ask(wish)
            case _:
                self._forward(wish)

    def close(self) -> None:
        """End the workers: what is under way stops at its next resting place, and its report is whole."""
        workers = (self._codes, self._stickers, self._days, self._units, self._trials, self._webhooks)
        for worker in workers:
            worker.break_off()
        for worker in workers:
            worker.close()

    def _worker_of(self, wish: object) -> AnyWorker | None:
        match wish:
            case ListCodes() | MakeCode() | ChangeCode() | DeleteCode() | SaveSheet():
                return self._codes
            case ReadStickers() | TypeSticker() | StartStickers():
                return self._stickers
            case CompareDay() | SaveDay():
                return self._days
            case ListUnits():
                return self._units
            case StartTrial() | SaveTrial():
                return self._trials
            case ListWebhooks() | RegisterWebhook() | DeleteWebhook():
                return self._webhooks
        return None

    def _turn_to(self, page: OwnerPage) -> None:
        """Show a page; a list that has never been read is read now."""
        if page is not self._shown.page:
            self._shown = OwnerShown(page)
        if page is OwnerPage.STICKERS and self._state.codes.codes is None:
            self._codes.ask(ListCodes())
        if page is OwnerPage.UNITS and self._state.units.units is None:
            self._units.ask(ListUnits())
        if page is OwnerPage.WEBHOOKS and self._state.webhooks.rows is None:
            self._webhooks.ask(ListWebhooks())
        self._show()

    def _show_form(self, form: OpenForm | None) -> None:
        """Open or close a form; what went wrong in the one before is forgotten."""
        self._is_sent = False
        self._shown = replace(self._shown, form=form)
        self._state = _without_hitch(self._state, self._shown.page)
        self._show()

    def _take(self, said: object) -> None:
        """Take what a worker says; a form that was granted closes."""
        match said:
            case CodesState():
                self._state = replace(self._state, codes=said)
            case StickersState():
                self._state = replace(self._state, stickers=said)
            case DayState():
                self._state = replace(self._state, day=said)
            case UnitsState():
                self._state = replace(self._state, units=said)
            case TrialState():
                self._state = replace(self._state, trial=said)
            case WebhooksState():
                self._state = replace(self._state, webhooks=said)
        if self._is_sent and _is_granted(said):
            self._is_sent = False
            self._shown = replace(self._shown, form=None)
        self._show()

    def _show(self) -> None:
        self._window.show_view(present_owner(self._house, self._shown, self._page()))

    def _page(self) -> PageView:
        house, state, form = self._house, self._state, self._shown.form
        match self._shown.page:
            case OwnerPage.STICKERS:
                return present_codes(house, state.codes, form)
            case OwnerPage.OLD_STICKERS:
                return self._old_stickers.present(state.stickers, form)
            case OwnerPage.SETTLEMENT:
                return present_settlement(house, state.day, self._day())
            case OwnerPage.UNITS:
                return present_units(house, state.units)
            case OwnerPage.TRIAL:
                amount = Money(REAL, self._settings.shop.currency)
                return present_trial(house, state.trial, form, msn=self._settings.vipps.msn, amount=amount)
            case OwnerPage.WEBHOOKS:
                return present_webhooks(house, state.webhooks, form)

    def _day(self) -> date:
        return self._clock.now().astimezone().date()


def _office(settings: Settings, secrets: SecretStore, connect: Callable[[], Transport]) -> Office:
    return Office(settings, secrets, version=VERSION, transport=connect())


def _is_granted(said: object) -> bool:
    """Whether what a form asked for is done, or under way where it is long."""
    match said:
        case CodesState(is_busy=False, hitch=None) | WebhooksState(is_busy=False, hitch=None):
            return True
        case StickersState(hitch=None):
            return True
        case TrialState(phase=RunPhase.RUNNING):
            return True
    return False


def _without_hitch(state: OwnerState, page: OwnerPage) -> OwnerState:
    match page:
        case OwnerPage.STICKERS:
            return replace(state, codes=replace(state.codes, hitch=None, done=None))
        case OwnerPage.OLD_STICKERS:
            return replace(state, stickers=replace(state.stickers, hitch=None))
        case OwnerPage.TRIAL:
            return replace(state, trial=replace(state.trial, hitch=None))
        case OwnerPage.WEBHOOKS:
            return replace(state, webhooks=replace(state.webhooks, hitch=None, done=None))
    return state
