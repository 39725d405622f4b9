"""One lane's own connection to the wallet, made when it is first needed."""

import contextlib
from collections.abc import Callable

from till.vipps.epayment import EPayment
from till.vipps.errors import VippsError
from till.vipps.transport import Transport


class Line:
    """One lane's own connection to the wallet."""

    def __init__(self, connect: Callable[[], tuple[EPayment, Transport]]) -> None:
        self._connect = connect
        self._client: tuple[EPayment, Transport] | None = None

    @property
    def sends(self) -> int:
        """How many requests about payments have left by this connection."""
        return self._client[0].sends if self._client is not None else 0

    def prepare(self) -> None:
        """Connect before the first sale: the client's import and its TLS context take a noticeable moment."""
        with contextlib.suppress(VippsError):
            self.ready()

    def ready(self) -> tuple[EPayment, Transport]:
        """Return the client and its transport, made when they are first needed; raise KeysMissing."""
        if self._client is None:
            self._client = self._connect()
        return self._client

    def close(self) -> None:
        """Give the connection back."""
        if self._client is not None:
            self._client[0].close()
