"""What is settled about a counter before it opens, and what stands on its desk when a wish is judged."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from till.domain.catalogue import Articles
from till.domain.day import DayClose
from till.domain.intents import Desk
from till.domain.payment import Operation
from till.domain.scan import Market
from till.domain.store import Stores
from till.engine.ports import Wallet
from till.engine.snapshot import Surroundings


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


def desk_at(
    counter: Counter,
    around: Surroundings,
    wallet: Wallet,
    articles: Articles,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Desk:
    """Return what deciding may consult at this moment; `new_id` returns an id that nothing has yet."""
    return Desk(
        now=now,
        articles=articles,
        market=counter.market,
        till=counter.till,
        mode=counter.mode,
        stores=counter.stores,
        keyless=around.keyless,
        is_push_allowed=counter.is_push_allowed,
        draft=wallet.draft,
        refundable=around.refundable,
        digest_of_refund=lambda amount: wallet.operation_digest(Operation.REFUND, amount),
        reference_check=wallet.reference_check,
        day_close=counter.day_close,
        hub_sale=None if around.hub_sought is None else around.hub_sought.sale,
        new_id=new_id,
    )
