"""The hub's settings file: where it listens, under which address the world knows it, and where it keeps things."""

from enum import Enum
from pathlib import Path

from msgspec import Struct

from till.settings.file import read, text_of
from till.settings.model import PRODUCTION_URL, TEST_URL, Mode, SecretPlace, SecretSettings, is_loopback
from till.settings.reading import Reading

DEFAULT_PORT = 8650
VERSION = 1
#: The name under which the key store keeps the address of a PostgreSQL database, which may hold a password.
POSTGRES_NAME = "hub.postgres"


class DatabaseKind(Enum):
    """Where the hub keeps things."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class HubSettings(Struct, frozen=True):
    """All of it; `public_url` is what the reverse proxy answers to."""

    public_url: str
    mode: Mode
    base_url: str
    folder: Path
    secrets: SecretSettings
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    database: DatabaseKind = DatabaseKind.SQLITE
    #: A refund for another store of more than this many minor units needs a second person's word.
    approval_above: int = 100_000

    @property
    def database_file(self) -> Path:
        """The SQLite file."""
        return self.folder / "hub.db"


def load(path: Path) -> HubSettings:
    """Read the hub's settings file; raise SettingsRefused with every complaint."""
    return parse(text_of(path))


def parse(text: str) -> HubSettings:
    """Read the hub's settings from text; raise SettingsRefused with every complaint."""
    return read(text, _settings)


def hub_settings_text(*, public_url: str, folder: str, mode: str = "test", base_url: str = "", extra: str = "") -> str:
    """Return the text of a settings file to start from."""
    url = f'base_url = "{base_url}"\n' if base_url else ""
    return f"""# Settings of the hub. Keys never stand here: `till hub keys` seals them in the database.
version = 1

[hub]
public_url = "{public_url}"     # https, as the reverse proxy answers it
host = "127.0.0.1"          # the reverse proxy stands before it
port = {DEFAULT_PORT}
folder = "{folder}"
database = "sqlite"         # or postgresql, its address kept with `till hub postgres`

[vipps]
mode = "{mode}"             # test or production
{url}{extra}"""


def _settings(reading: Reading) -> HubSettings | None:
    version = reading.whole("", "version", least=1, most=10_000, default=None)
    if version is not None and version != VERSION:
        reading.complain("version", f"must be {VERSION}; this program does not know others")
    public_url = (reading.text("hub", "public_url", least=8, most=200, default=None) or "").rstrip("/")
    if public_url and not (public_url.startswith("https://") or is_loopback(public_url)):
        reading.complain(
            "hub.public_url", "must begin with https://, or be this machine's http://127.0.0.1:PORT for a test"
        )
    host = reading.text("hub", "host", least=1, most=100, default="127.0.0.1")
    port = reading.whole("hub", "port", least=0, most=65535, default=DEFAULT_PORT)
    folder = Path(reading.text("hub", "folder", least=1, most=400, default=None) or "")
    if folder.parts and not folder.is_absolute():
        reading.complain("hub.folder", "must be a full path")
    database = reading.choice("hub", "database", DatabaseKind, default=DatabaseKind.SQLITE)
    mode = reading.choice("vipps", "mode", Mode, default=None)
    standard = PRODUCTION_URL if mode is Mode.PRODUCTION else TEST_URL
    base_url = (reading.text("vipps", "base_url", least=8, most=200, default=standard) or "").rstrip("/")
    if base_url != standard and (mode is Mode.PRODUCTION or not is_loopback(base_url)):
        reading.complain("vipps.base_url", f"must be {standard}, or a sandbox at http://127.0.0.1:PORT in test mode")
    store = reading.choice("secrets", "store", SecretPlace, default=SecretPlace.KEYRING) or SecretPlace.KEYRING
    file = reading.text("secrets", "file", most=400, default="") or ""
    approval_above = reading.whole("refunds", "approval_above", least=0, most=65_000_000, default=100_000)
    if reading.complaints or mode is None:
        return None
    return HubSettings(
        public_url,
        mode,
        base_url,
        folder,
        SecretSettings(store, file),
        host or "127.0.0.1",
        DEFAULT_PORT if port is None else port,
        database or DatabaseKind.SQLITE,
        100_000 if approval_above is None else approval_above,
    )
