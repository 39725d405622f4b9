"""Which of its stores a till sells for."""

from datetime import datetime

from msgspec import Struct

from till.domain.facts import StoreChosen
from till.domain.faults import Refusal, RefusalCode
from till.domain.state import TillState
from till.domain.store import Stores


class ChooseStore(Struct, frozen=True):
    """Sell for another of the till's stores from now on."""

    name: str


def choose_store(state: TillState, name: str, stores: Stores, now: datetime) -> tuple[StoreChosen, ...] | Refusal:
    """Sell for the store of that name, the sale on the screen included; not while a payment of it is under way."""
    if stores.sold_for(name) is None:
        return Refusal(RefusalCode.STORE_NOT_HERE, name)
    if state.is_locked:
        return Refusal(RefusalCode.BASKET_LOCKED)
    return () if name == state.store_in_use else (StoreChosen(now, name),)
