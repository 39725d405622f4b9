"""What all parts of the hub share: its database, its seal, its clock, and those who wait."""

from msgspec import Struct

from till.engine.ports import Clock
from till.hub.database import Database
from till.hub.metrics import Metrics
from till.hub.seal import Sealer
from till.hub.settings import HubSettings
from till.hub.streams import Streams
from till.hub.wakes import Wakes
from till.hub.wallet import StoreCalls


class Hub(Struct, frozen=True):
    """The parts."""

    settings: HubSettings
    database: Database
    sealer: Sealer
    clock: Clock
    wakes: Wakes
    streams: Streams
    metrics: Metrics
    store_calls: StoreCalls
