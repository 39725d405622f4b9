"""The owner's pages: what the workers say and what is open on the screen in, finished views out."""

from msgspec import Struct

from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel
from till.presentation.house import House
from till.presentation.owner_state import (
    CodesState,
    DayState,
    Done,
    Hitch,
    OwnerPage,
    OwnerShown,
    ShowPage,
    StickersState,
    TrialState,
    UnitsState,
    WebhooksState,
)
from till.presentation.owner_views import Message, OwnerView, PageView
from till.presentation.views import Action, Tone
from till.presentation.words import Words


class OwnerState(Struct, frozen=True):
    """What all workers have said last."""

    codes: CodesState = CodesState()
    stickers: StickersState = StickersState()
    day: DayState = DayState()
    units: UnitsState = UnitsState()
    trial: TrialState = TrialState()
    webhooks: WebhooksState = WebhooksState()


def present_owner(house: House, shown: OwnerShown, page: PageView) -> OwnerView:
    """Return the pages with one of them shown."""
    words = house.words
    return OwnerView(
        title=words.say("title"),
        pages=tuple(
            Action(words.say(f"page.{one.value}"), ShowPage(one), str(place))
            for place, one in enumerate(OwnerPage, start=1)
        ),
        shown=list(OwnerPage).index(shown.page),
        back=Action(words.say("back"), ShowPanel(Panel.SELLING), "Esc"),
        page=page,
    )


def message_of(
    words: Words, *, is_busy: bool = False, hitch: Hitch | None = None, done: Done | None = None
) -> Message | None:
    """Return what goes before everything else on a page: that it is asking, what went wrong, or what was done."""
    if is_busy:
        return Message(Tone.CALM, words.say("busy"))
    if hitch is not None and not hitch.at:
        return Message(Tone.BROKEN, words.say("not_done"), said(words, hitch))
    if done is not None:
        return Message(Tone.WELL, words.say(f"done.{done.code}", **done.figures))
    return None


def error_at(words: Words, hitch: Hitch | None, field: str) -> str:
    """Return what is wrong with a field, if that is what went wrong."""
    return said(words, hitch) if hitch is not None and hitch.at == field else ""


def said(words: Words, hitch: Hitch) -> str:
    """Return a hitch in words."""
    if hitch.code.startswith("reason_"):
        return capital(words.say(f"reason.{hitch.code.removeprefix('reason_')}", **hitch.figures) + ".")
    return words.say(f"hitch.{hitch.code}", **hitch.figures)


def capital(text: str) -> str:
    """Return a text that begins as a sentence does."""
    return text[:1].upper() + text[1:]
