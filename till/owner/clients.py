"""The wallet's APIs with the keys of one till's sales unit; opened when something is first asked, closed when it is done."""

from collections.abc import Callable
from functools import cached_property

from till.domain.secret import Secret
from till.engine.ports import SecretStore
from till.engine_room import VERSION, read_keys
from till.settings.model import Mode, Settings, StoreSettings
from till.vipps.access import Credentials, System
from till.vipps.calls import Calls
from till.vipps.picture import fetch_picture
from till.vipps.qr import QrApi
from till.vipps.transport import HttpxTransport, Transport
from till.vipps.webhooks import Webhooks

SYSTEM = System("till", VERSION)


class Clients:
    """What an act of the owner's works with; `store` opens the keys, `unit` is the store that is meant. Close it when done."""

    def __init__(
        self,
        settings: Settings,
        store: Callable[[], SecretStore],
        *,
        unit: StoreSettings | None = None,
        connect: Callable[[], Transport] = HttpxTransport,
    ) -> None:
        self.settings = settings
        self.unit = settings.stores[0] if unit is None else unit
        self.transport = connect()
        self._open_store = store

    @cached_property
    def keys(self) -> Credentials:
        """The sales unit's keys; raise KeysMissing, InvalidRequest or KeyStoreUnavailable."""
        return read_keys(self.store, self.unit.msn, self.unit.keys_name)

    @cached_property
    def store(self) -> SecretStore:
        """Where the keys are; raise KeyStoreUnavailable."""
        return self._open_store()

    @cached_property
    def qr(self) -> QrApi:
        """The QR API; raises what `keys` raises."""
        return QrApi(self._calls)

    @cached_property
    def webhooks(self) -> Webhooks:
        """The Webhooks API; raises what `keys` raises."""
        return Webhooks(self._calls)

    @cached_property
    def _calls(self) -> Calls:
        base_url = self.settings.vipps.base_url
        return Calls.with_keys(self.keys, transport=self.transport, base_url=base_url, system=SYSTEM)

    def picture(self, link: Secret) -> bytes:
        """Return the PNG behind a link; raise PictureRefused or a VippsError."""
        return fetch_picture(self.transport, link, is_test=self.settings.vipps.mode is Mode.TEST)

    def close(self) -> None:
        """Give the connection back."""
        self.transport.close()
