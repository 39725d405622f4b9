"""Calls to the wallet with the keys of a store, opened for as long as the call lasts."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from till.hub.database import Database
from till.hub.seal import Sealer
from till.hub.stores import keys_of
from till.vipps.access import System
from till.vipps.calls import Calls
from till.vipps.errors import KeysMissing
from till.vipps.transport import HttpxTransport, Transport


class StoreCalls:
    """Makes calls for the sales units whose keys the hub holds."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        base_url: str,
        version: str,
        make_transport: Callable[[], Transport] = HttpxTransport,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._base_url = base_url
        self._system = System("till-hub", version)
        self._make_transport = make_transport

    @contextmanager
    def of(self, msn: str) -> Iterator[Calls]:
        """Give calls of a sales unit to one thread; raise KeysMissing, SealBroken or DatabaseUnavailable."""
        keys = self._database.read(lambda transaction: keys_of(transaction, self._sealer, msn))
        if keys is None:
            raise KeysMissing
        with closing(self._make_transport()) as transport:
            yield Calls.with_keys(keys, transport=transport, base_url=self._base_url, system=self._system)
