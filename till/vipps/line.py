"""One lane's own connections to the wallet, made when they are first needed."""

import contextlib
from collections.abc import Callable

from till.vipps.epayment import EPayment
from till.vipps.errors import VippsError
from till.vipps.transport import Transport

#: Makes the client of a sales unit, named by its number, and its transport; raises KeysMissing.
Connect = Callable[[str], tuple[EPayment, Transport]]


class Line:
    """One lane's own connections to the wallet, one for each sales unit that it has spoken for."""

    def __init__(self, connect: Connect, own_msn: str) -> None:
        self._connect = connect
        self._own_msn = own_msn
        self._clients: dict[str, tuple[EPayment, Transport]] = {}

    @property
    def sends(self) -> int:
        """How many requests about payments have left by these connections."""
        return sum(client.sends for client, _ in self._clients.values())

    def prepare(self) -> None:
        """Connect before the first sale: the client's import and its TLS context take a noticeable moment."""
        with contextlib.suppress(VippsError):
            self.ready(self._own_msn)

    def ready(self, msn: str) -> tuple[EPayment, Transport]:
        """Return a sales unit's client and its transport, made when they are first needed; raise KeysMissing."""
        if msn not in self._clients:
            self._clients[msn] = self._connect(msn)
        return self._clients[msn]

    def close(self) -> None:
        """Give the connections back."""
        for client, _ in self._clients.values():
            client.close()
