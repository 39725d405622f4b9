"""Help from support: making the one file that they ask for, and where it is."""

from msgspec import Struct

from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import ShowPanel
from till.presentation.house import House
from till.presentation.views import Action, PaymentPanel, StoppedView, Tone, Weight


class MakeSupportFile(Struct, frozen=True):
    """Make the file for support; answered by whoever has the windows, beside the engine."""


def present_support(house: House, snapshot: Snapshot) -> PaymentPanel:
    """Return the panel: what the file is for, then where it is or why there is none."""
    words, path = house.words, snapshot.around.support_file
    back = Action(words.say("support.back"), ShowPanel(Panel.SELLING), "Esc")
    if path is None:
        detail, note, actions = words.say("support.detail"), "", (back, make_support_file(house))
        return _panel(house, Tone.CALM, words.say("support.title"), detail, note, actions)
    if not path:
        title, detail = words.say("support.failed"), words.say("support.failed_now")
        return _panel(house, Tone.BROKEN, title, detail, "", (back, make_support_file(house)))
    done = Action(words.say("support.done"), ShowPanel(Panel.SELLING), "Enter", weight=Weight.PRIMARY)
    return _panel(house, Tone.WELL, words.say("support.made"), words.say("support.made_now"), path, (done,))


def present_stopped(house: House, key: str, title: str, support_file: str | None = None) -> StoppedView:
    """Return what is said when the till cannot go on, with the way to the file for support."""
    words = house.words
    note = ""
    if support_file is not None:
        note = words.say("support.is_at", path=support_file) if support_file else words.say("support.failed")
    return StoppedView(words.say(title), words.say(key), note, make_support_file(house))


def make_support_file(house: House) -> Action:
    """Return the one action."""
    return Action(house.words.say("support.make"), MakeSupportFile(), "Enter", weight=Weight.PRIMARY)


def _panel(house: House, tone: Tone, title: str, detail: str, note: str, actions: tuple[Action, ...]) -> PaymentPanel:
    return PaymentPanel(tone, house.words.say("support.kicker"), title, "", detail, "", None, (), note, actions, "")
