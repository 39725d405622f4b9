"""The settings file: read whole, or refused with the whole list of complaints, each with its line."""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from till.domain.day import DayClose
from till.domain.scan import Market
from till.settings.model import (
    PRODUCTION_URL,
    TEST_URL,
    CustomerScreenSettings,
    DataSettings,
    HubSettings,
    KeysOf,
    Mode,
    PollingSettings,
    QrSource,
    ScannerKind,
    ScannerSettings,
    SecretPlace,
    SecretSettings,
    Settings,
    ShopSettings,
    Theme,
    TillSettings,
    VippsSettings,
    is_hub_address,
    is_loopback,
)
from till.settings.reading import Complaint, Reading, lines_of
from till.settings.stores import hold_together, numbered, read_prefix, read_stores

VERSION = 1
FILE_MOST_BYTES = 256 * 1024
_RECEIPT_URL = re.compile(r"https://[!-~]+")
T = TypeVar("T")


class SettingsRefused(Exception):
    """The settings cannot be used; `complaints` has all of them."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        super().__init__("\n".join(map(str, complaints)))
        self.complaints = complaints


def load(path: Path) -> Settings:
    """Read the settings file; raise SettingsRefused with every complaint."""
    return parse(text_of(path))


def parse(text: str) -> Settings:
    """Read settings from text; raise SettingsRefused with every complaint."""
    return read(text, _settings)


def text_of(path: Path) -> str:
    """Return a settings file's text; raise SettingsRefused."""
    try:
        if not path.is_file():
            raise OSError  # a pipe would be waited for, and a device has no end
        if path.stat().st_size > FILE_MOST_BYTES:
            raise SettingsRefused((Complaint(0, str(path), "is too large for a settings file"),))
        with path.open(encoding="utf-8-sig") as file:  # editors on Windows put a mark in front
            return file.read(FILE_MOST_BYTES)
    except UnicodeDecodeError:
        raise SettingsRefused((Complaint(0, str(path), "is not text in UTF-8"),)) from None
    except OSError:
        message = "cannot be read; `till setup` writes one to start from"
        raise SettingsRefused((Complaint(0, str(path), message),)) from None


def read(text: str, take: Callable[[Reading], T | None]) -> T:
    """Let `take` read every section of a text in TOML; raise SettingsRefused with all its complaints and every unknown key."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError of Python's own
        found = re.search(r"line (\d+)", str(error))
        is_cut_short = str(error).endswith("(at end of document)")
        line = int(found.group(1)) if found else len(text.splitlines()) if is_cut_short else 0
        raise SettingsRefused((Complaint(line, "file", "is not valid TOML here"),)) from None
    reading = Reading(numbered(table), lines_of(text))
    settings = take(reading)
    reading.refuse_unknown()
    if reading.complaints or settings is None:
        raise SettingsRefused(tuple(sorted(reading.complaints, key=lambda complaint: (complaint.line, complaint.key))))
    return settings


def save(path: Path, text: str) -> None:
    """Write a settings file so that a power cut leaves the old one or the new one: new file, sync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)


def _settings(reading: Reading) -> Settings | None:
    version = reading.whole("", "version", least=1, most=10_000, default=None)
    if version is not None and version != VERSION:
        reading.complain("version", f"must be {VERSION}; this program does not know others")
    shop, till, vipps = _shop(reading), _till(reading), _vipps(reading)
    rest = (_polling(reading), _scanner(reading), _screen(reading), _secrets(reading), _data(reading), _hub(reading))
    stores = read_stores(reading, vipps)
    if shop is not None and till is not None and vipps is not None:
        hold_together(reading, shop, till, vipps, stores)
    if reading.complaints or shop is None or till is None or vipps is None:
        return None
    return Settings(shop, till, vipps, *rest, stores)


def _shop(reading: Reading) -> ShopSettings | None:
    market = reading.choice("shop", "market", Market, default=None)
    name = reading.text("shop", "name", least=1, most=60, default=None)
    number = reading.text("shop", "organisation_number", most=30, default="")
    address = reading.text("shop", "address", most=120, default="")
    is_registered = reading.flag("shop", "vat_registered", default=True)
    if market is None or name is None:
        return None
    return ShopSettings(market, name, number or "", address or "", is_registered)


def _till(reading: Reading) -> TillSettings | None:
    till = reading.text("till", "id", pattern=r"[a-z][a-z0-9]{0,7}", default=None)
    name = reading.text("till", "name", least=1, most=30, default="Kasse 1")
    language = reading.text("till", "language", pattern=r"[a-z]{2}", default="nb")
    theme = reading.choice("till", "theme", Theme, default=Theme.LIGHT)
    scale = reading.whole("till", "scale_percent", least=100, most=200, default=100)
    has_motion = reading.flag("till", "motion", default=True)
    day_close = reading.choice("till", "day_close", DayClose, default=DayClose.REFUSE) or DayClose.REFUSE
    if till is None:
        return None
    return TillSettings(till, name or "", language or "nb", theme or Theme.LIGHT, scale or 100, has_motion, day_close)


def _vipps(reading: Reading) -> VippsSettings | None:
    mode = reading.choice("vipps", "mode", Mode, default=None)
    msn = reading.text("vipps", "msn", pattern=r"[0-9]{4,10}", default=None)
    default_url = PRODUCTION_URL if mode is Mode.PRODUCTION else TEST_URL
    base_url = reading.text("vipps", "base_url", least=8, most=200, default=default_url) or ""
    brand = reading.text("vipps", "brand", most=20, default="")
    qr = reading.choice("vipps", "qr", QrSource, default=QrSource.PICTURE)
    is_push_allowed = reading.flag("vipps", "push_allowed", default=True)
    starts_on_scan = reading.flag("vipps", "start_on_scan", default=True)
    sells_at_a_distance = reading.flag("vipps", "distance_sales", default=False)
    receipt_url = reading.text("vipps", "receipt_url", most=500, default="") or ""
    if receipt_url and not _RECEIPT_URL.fullmatch(receipt_url):
        reading.complain("vipps.receipt_url", "must be an address that begins with https://")
    keys = reading.choice("vipps", "keys", KeysOf, default=KeysOf.OWN) or KeysOf.OWN
    prefix = read_prefix(reading, "vipps")
    if mode is Mode.PRODUCTION and base_url != PRODUCTION_URL:
        reading.complain("vipps.base_url", f"must be {PRODUCTION_URL} in production")
    if mode is Mode.TEST and base_url != TEST_URL and not is_loopback(base_url):
        reading.complain("vipps.base_url", f"must be {TEST_URL}, or a sandbox at http://127.0.0.1:PORT, in test mode")
    if mode is None or msn is None:
        return None
    return VippsSettings(
        mode,
        base_url.rstrip("/"),
        msn,
        brand or "",
        qr or QrSource.PICTURE,
        is_push_allowed,
        starts_on_scan,
        sells_at_a_distance,
        receipt_url,
        keys,
        prefix,
    )


def _polling(reading: Reading) -> PollingSettings:
    return PollingSettings(reading.whole("polling", "pace_percent", least=25, most=1000, default=100) or 100)


def _scanner(reading: Reading) -> ScannerSettings:
    kind = reading.choice("scanner", "kind", ScannerKind, default=ScannerKind.WEDGE) or ScannerKind.WEDGE
    port = reading.text("scanner", "port", most=200, default="") or ""
    if kind is ScannerKind.SERIAL and not port:
        reading.complain("scanner.port", "is needed for a serial scanner: a device path, or VID:PID")
    return ScannerSettings(
        kind,
        port,
        reading.whole("scanner", "baud", least=300, most=4_000_000, default=9600) or 9600,
        reading.whole("scanner", "idle_gap_ms", least=50, most=1000, default=80) or 80,
        reading.whole("scanner", "wedge_gap_ms", least=20, most=200, default=65) or 65,
    )


def _screen(reading: Reading) -> CustomerScreenSettings:
    return CustomerScreenSettings(
        reading.flag("customer_screen", "shown", default=True),
        reading.text("customer_screen", "name", most=100, default="") or "",
        reading.text("customer_screen", "serial", most=100, default="") or "",
    )


def _secrets(reading: Reading) -> SecretSettings:
    store = reading.choice("secrets", "store", SecretPlace, default=SecretPlace.KEYRING) or SecretPlace.KEYRING
    file = reading.text("secrets", "file", most=400, default="") or ""
    if store is SecretPlace.FILE and not Path(file).is_absolute():
        reading.complain("secrets.file", "must be the full path of the key file")
    return SecretSettings(store, file)


def _data(reading: Reading) -> DataSettings:
    folder = reading.text("data", "folder", most=400, default="") or ""
    if folder and not Path(folder).is_absolute():
        reading.complain("data.folder", "must be a full path")
    return DataSettings(folder)


def _hub(reading: Reading) -> HubSettings:
    url = reading.text("hub", "url", most=200, default="") or ""
    starts_on_check_in = reading.flag("hub", "start_on_check_in", default=True)
    if url and not is_hub_address(url):
        reading.complain("hub.url", "must begin with https://, or be a hub at http://127.0.0.1:PORT on this machine")
    return HubSettings(url.rstrip("/"), starts_on_check_in)
