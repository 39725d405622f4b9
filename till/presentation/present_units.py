"""The page of sales units."""

from till.presentation.house import House
from till.presentation.owner_state import ListUnits, UnitRow, UnitsState
from till.presentation.owner_views import Message, PageView, Table, TableRow
from till.presentation.present_owner import message_of
from till.presentation.views import Action, Tone
from till.presentation.words import Words

_RIGHTS = ("payments", "push", "partial", "long")


def present_units(house: House, state: UnitsState) -> PageView:
    """Return what each sales unit may do, and what to mind about this till's."""
    words = house.words
    return PageView(
        name="units",
        title=words.say("page.units"),
        lead=words.say("units.lead"),
        message=message_of(words, is_busy=state.is_busy, hitch=state.hitch) or _verdict(words, state),
        table=Table(
            heads=tuple(words.say(f"units.{name}") for name in ("msn", "name", *_RIGHTS)),
            shares=(4, 10, 4, 5, 4, 4),
            rows=tuple(_row(words, unit) for unit in state.units or ()),
            empty=words.say("units.empty") if state.units is not None else "",
        ),
        actions=(Action(words.say("units.reload"), ListUnits(), "F5", is_enabled=not state.is_busy),),
    )


def _verdict(words: Words, state: UnitsState) -> Message | None:
    ours = next((unit for unit in state.units or () if unit.is_ours), None)
    if ours is None:
        return None
    if not ours.warnings:
        return Message(Tone.WELL, words.say("units.all_well"))
    text = " ".join(words.say(f"warning.{one}") for one in ours.warnings)
    return Message(Tone.LOOK, words.say("units.mind", msn=ours.msn), text)


def _row(words: Words, unit: UnitRow) -> TableRow:
    told = dict(unit.rights)
    rights = tuple(words.say({True: "yes", False: "no", None: "not_told"}[told.get(name)]) for name in _RIGHTS)
    name = words.say("units.here", name=unit.name).strip() if unit.is_ours else unit.name
    return TableRow(unit.msn, (unit.msn, name, *rights), Tone.LOOK if unit.warnings else Tone.CALM)
