"""A till that sells for more than one store: which one, in the bar, and the panel to choose another."""

from till.domain.state import TillState
from till.domain.store_choice import ChooseStore
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import ShowPanel
from till.presentation.house import House
from till.presentation.views import Action, StoresPanel, Weight

#: The digits choose; a till with more stores than that is chosen by hand.
_DIGITS = "123456789"


def present_store(house: House, state: TillState) -> Action | None:
    """Return the bar's way to another store; None where there is nothing to choose."""
    if len(house.stores.selling) < 2 and state.store_in_use in ("", house.shop):
        return None
    return Action(house.words.say("bar.change_store"), ShowPanel(Panel.STORES), "F4", is_enabled=not state.is_locked)


def present_stores(house: House, snapshot: Snapshot) -> StoresPanel:
    """Return the panel that offers every store that this till sells for."""
    words, now = house.words, snapshot.state.store_in_use or house.shop
    names = [store.name for store in house.stores.selling]
    return StoresPanel(
        title=words.say("stores.title"),
        hint=words.say("stores.hint"),
        back=Action(words.say("number.back"), ShowPanel(Panel.SELLING), "Esc"),
        choices=tuple(
            Action(
                name,
                ChooseStore(name),
                _DIGITS[place : place + 1],
                note=words.say("stores.now") if name == now else "",
                weight=Weight.PRIMARY if name == now else Weight.QUIET,
            )
            for place, name in enumerate(names)
        ),
    )
