"""What is settled about a counter before its engine starts."""

from msgspec import Struct

from till.domain.day import DayClose
from till.domain.scan import Market
from till.domain.store import Stores


class Counter(Struct, frozen=True):
    """What is settled about this counter: the shop's market, the till's name in references, its stores."""

    market: Market
    till: str
    version: str
    mode: str
    stores: Stores
    is_push_allowed: bool = True
    starts_on_scan: bool = True
    day_close: DayClose = DayClose.REFUSE
    starts_on_check_in: bool = True
