"""Settings as frozen records, one per section of the file; ask for a setting by attribute."""

import re
from enum import Enum

from msgspec import Struct, field

from till.domain.day import DayClose
from till.domain.money import Currency
from till.domain.scan import Market
from till.domain.store import Store, Stores

#: The only addresses that exist; a test till may also use a sandbox on this machine.
PRODUCTION_URL = "https://api.vipps.no"
TEST_URL = "https://apitest.vipps.no"
_SANDBOX_URL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}/?")
_HTTPS_URL = re.compile(r"https://[a-zA-Z0-9.-]+(:[0-9]{1,5})?(/[a-zA-Z0-9._~/-]*)?")
CURRENCIES = {Market.NORWAY: Currency.NOK, Market.DENMARK: Currency.DKK, Market.FINLAND: Currency.EUR}
#: The brand customers know on each market; settings may say otherwise, since names change.
BRANDS = {Market.NORWAY: "Vipps", Market.DENMARK: "MobilePay", Market.FINLAND: "MobilePay"}


#: The name under which a partner's keys are kept.
PARTNER_KEYS = "partner"


class Mode(Enum):
    """Whether money is real."""

    TEST = "test"
    PRODUCTION = "production"


class Theme(Enum):
    """How the windows are coloured."""

    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


class ScannerKind(Enum):
    """How the scanner is connected."""

    NONE = "none"
    SERIAL = "serial"
    WEDGE = "wedge"


class QrSource(Enum):
    """Where the code on the customer's screen comes from: the wallet's picture, or drawn here (needs approval)."""

    PICTURE = "picture"
    DRAWN = "drawn"


class SecretPlace(Enum):
    """Where the keys are: the system's key store, or a file that only its owner may read."""

    KEYRING = "keyring"
    FILE = "file"


class KeysOf(Enum):
    """Whose keys speak for a sales unit: its own, a partner's that serve many, or none on this till but the hub's."""

    OWN = "own"
    PARTNER = "partner"
    HUB = "hub"


class ShopSettings(Struct, frozen=True):
    """The shop."""

    market: Market
    name: str
    organisation_number: str = ""
    address: str = ""
    is_vat_registered: bool = True

    @property
    def currency(self) -> Currency:
        """The market's currency."""
        return CURRENCIES[self.market]


class TillSettings(Struct, frozen=True):
    """The counter; `id` stands in payment references, `day_close` says what a day's end does about open payments."""

    id: str
    name: str = "Kasse 1"
    language: str = "nb"
    theme: Theme = Theme.LIGHT
    scale_percent: int = 100
    has_motion: bool = True
    day_close: DayClose = DayClose.REFUSE


class VippsSettings(Struct, frozen=True):
    """The sales unit and how it is reached."""

    mode: Mode
    base_url: str
    msn: str
    brand: str = ""
    qr: QrSource = QrSource.PICTURE
    is_push_allowed: bool = True
    starts_on_scan: bool = True
    sells_at_a_distance: bool = False
    receipt_url: str = ""
    keys: KeysOf = KeysOf.OWN
    reference_prefix: str = ""


class StoreSettings(Struct, frozen=True):
    """A store and its sales unit; `sells_here` and `refunds_here` say what this till may do for it."""

    name: str
    msn: str
    keys: KeysOf = KeysOf.OWN
    reference_prefix: str = ""
    sells_here: bool = False
    refunds_here: bool = False

    @property
    def has_keys_here(self) -> bool:
        """Whether its keys are meant to be on this till."""
        return self.keys is not KeysOf.HUB

    @property
    def known(self) -> Store:
        """The store as the till's engine and windows know it."""
        return Store(self.name, self.msn, self.reference_prefix, self.sells_here, self.refunds_here)

    @property
    def keys_name(self) -> str:
        """The name under which its keys are kept."""
        return PARTNER_KEYS if self.keys is KeysOf.PARTNER else self.msn


class PollingSettings(Struct, frozen=True):
    """How often a payment is read, against the rhythm that was measured to be best: 200 is twice as often."""

    pace_percent: int = 100


class ScannerSettings(Struct, frozen=True):
    """The scanner; `port` is a device path, a `/dev/serial/by-id` path or `VID:PID[:SERIAL]`."""

    kind: ScannerKind = ScannerKind.WEDGE
    port: str = ""
    baud: int = 9600
    idle_gap_ms: int = 80
    wedge_gap_ms: int = 65


class CustomerScreenSettings(Struct, frozen=True):
    """The customer's window; remembered by the screen's name and serial number."""

    is_shown: bool = True
    name: str = ""
    serial: str = ""


class SecretSettings(Struct, frozen=True):
    """Where the keys are kept."""

    store: SecretPlace = SecretPlace.KEYRING
    file: str = ""


class DataSettings(Struct, frozen=True):
    """Where the journal, the articles and the receipts are; empty means the system's own place for data."""

    folder: str = ""


class HubSettings(Struct, frozen=True):
    """The shop's hub, where it has one; an empty `url` is none."""

    url: str = ""
    starts_on_check_in: bool = True


class Settings(Struct, frozen=True):
    """All of it."""

    shop: ShopSettings
    till: TillSettings
    vipps: VippsSettings
    polling: PollingSettings = field(default_factory=PollingSettings)
    scanner: ScannerSettings = field(default_factory=ScannerSettings)
    customer_screen: CustomerScreenSettings = field(default_factory=CustomerScreenSettings)
    secrets: SecretSettings = field(default_factory=SecretSettings)
    data: DataSettings = field(default_factory=DataSettings)
    hub: HubSettings = field(default_factory=HubSettings)
    other_stores: tuple[StoreSettings, ...] = ()

    @property
    def stores(self) -> tuple[StoreSettings, ...]:
        """Every store that this till knows, its own first; with a prefix, its other tills' payments are known by it."""
        prefix = self.vipps.reference_prefix
        own = StoreSettings(
            self.shop.name, self.vipps.msn, self.vipps.keys, prefix, sells_here=True, refunds_here=bool(prefix)
        )
        return (own, *self.other_stores)

    @property
    def known_stores(self) -> Stores:
        """The stores as the till's engine and windows know them."""
        return Stores(tuple(store.known for store in self.stores))

    @property
    def brand(self) -> str:
        """The payment brand's name as this shop shows it."""
        return self.vipps.brand or BRANDS[self.shop.market]


def is_loopback(base_url: str) -> bool:
    """Whether an address is a sandbox on this machine: nothing but a host that is this machine, and a port.

    Judged as a whole: in `http://127.0.0.1:1@elsewhere` only the user's name looks like this machine.
    """
    return _SANDBOX_URL.fullmatch(base_url) is not None


def is_hub_address(url: str) -> bool:
    """Whether a till may give its token to an address: under TLS, or on this machine."""
    return is_loopback(url) or _HTTPS_URL.fullmatch(url) is not None
