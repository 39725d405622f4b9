"""What support needs to see of a till, in one zip. It holds what is named here and nothing else: no key, nobody's number."""

import json
import platform
import zipfile
from collections.abc import Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path

from msgspec import Struct

from till.devices.serial_scanner import present_ports
from till.domain.money import Currency
from till.domain.state import TillState
from till.engine.ports import JournalRefused, ReaderLost
from till.engine.recovery import replay
from till.journal.reader import SQLITE_VERSION, JournalReader
from till.logs import FIELDS
from till.settings.file import SettingsRefused, load
from till.settings.model import Settings
from till.settings.paths import Folders, data_folder

LINES_MOST, FAULTS_MOST, OPEN_MOST = 200, 50, 200
#: More of a log file is not read: 200 lines of ordinary length are a fifth of it.
LOG_MOST_BYTES = 256 * 1024
VALUE_MOST = 300
#: Settings by section that support may see. One that is not named is withheld: names and addresses may be a person's.
SHOWN = {
    "shop": ("market", "is_vat_registered"),
    "till": ("id", "language", "theme", "scale_percent", "has_motion", "day_close"),
    "vipps": (
        "mode",
        "base_url",
        "msn",
        "brand",
        "qr",
        "is_push_allowed",
        "starts_on_scan",
        "sells_at_a_distance",
        "keys",
        "reference_prefix",
    ),
    "polling": ("pace_percent",),
    "scanner": ("kind", "port", "baud", "idle_gap_ms", "wedge_gap_ms"),
    "customer_screen": ("is_shown", "name", "serial"),
    "secrets": ("store",),
    "hub": ("starts_on_check_in",),
}
WITHHELD = {
    "shop": ("name", "organisation_number", "address"),
    "till": ("name",),
    "vipps": ("receipt_url",),
    "secrets": ("file",),
    "data": ("folder",),
    "hub": ("url",),
}
#: The same of each store, whose name is withheld.
SHOWN_OF_STORES = ("msn", "keys", "reference_prefix", "sells_here", "refunds_here")
_LINE = ("at", "level", "log", "what", *FIELDS)


class Bundle(Struct, frozen=True):
    """The report, and the newest lines of the log, oldest first."""

    report: dict[str, object]
    log: tuple[dict[str, object], ...]


def collect(settings_path: Path, *, version: str, now: datetime, screens: Sequence[str] = ()) -> Bundle:
    """Look at everything; what cannot be looked at is said in its place. `screens` are known to who has windows."""
    try:
        settings = load(settings_path)
    except SettingsRefused as error:
        report = _surroundings(version, now, screens)
        report["settings"] = {"refused": [str(complaint) for complaint in error.complaints]}
        return _without_home(Bundle(report, ()))
    folders = data_folder(settings.data.folder, settings.till.id)
    return collect_of(settings, folders, None, version=version, now=now, screens=screens)


def collect_of(
    settings: Settings,
    folders: Folders,
    state: TillState | None,
    *,
    version: str,
    now: datetime,
    screens: Sequence[str] = (),
) -> Bundle:
    """Look at a till whose settings are known; the `state` of one that runs stands in for its journal, which it has locked."""
    report, lines = _surroundings(version, now, screens), log_lines(folders.log)
    report["settings"] = shown_settings(settings)
    if state is None:
        report["journal"] = journal_figures(folders, settings.shop.currency, now)
    else:
        report["journal"] = {"said": "The till was running.", **open_figures(state, now)}
    report["faults"] = faults(lines)
    return _without_home(Bundle(report, lines))


def _surroundings(version: str, now: datetime, screens: Sequence[str]) -> dict[str, object]:
    return {
        "made_at": now.isoformat(timespec="seconds"),
        "versions": versions(version),
        "devices": {"serial_ports": serial_ports(), "screens": list(screens)},
    }


def write(bundle: Bundle, path: Path) -> None:
    """Write a bundle as a zip; raise OSError. What stood there before stays until the new one is whole."""
    new = path.with_name(path.name + ".new")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("report.json", json.dumps(bundle.report, indent=2))
        out.writestr("log.jsonl", "".join(json.dumps(line) + "\n" for line in bundle.log))
    new.replace(path)


def versions(version: str) -> dict[str, object]:
    """Return what runs here; the machine's own name is not asked for."""
    try:
        qt = metadata.version("PySide6-Essentials")
    except metadata.PackageNotFoundError:
        qt = "not known"
    return {
        "till": version,
        "python": platform.python_version(),
        "qt": qt,
        "sqlite": SQLITE_VERSION,
        "system": platform.platform(),
        "machine": platform.machine(),
    }


def shown_settings(settings: Settings) -> dict[str, object]:
    """Return the settings that are named as shown."""
    shown: dict[str, object] = {}
    for section, names in SHOWN.items():
        values = getattr(settings, section)
        shown[section] = {name: _plain(getattr(values, name)) for name in names}
    shown["stores"] = [{name: _plain(getattr(store, name)) for name in SHOWN_OF_STORES} for store in settings.stores]
    return shown


def serial_ports() -> list[object]:
    """Return the ports that are there now, or one word where they cannot be listed."""
    try:
        return [
            {"port": port.device, "usb": port.usb_id, "serial": port.serial, "is": port.description}
            for port in present_ports()
        ]
    except ReaderLost:
        return ["cannot be listed"]


def journal_figures(folders: Folders, currency: Currency, now: datetime) -> dict[str, object]:
    """Return the journal's length, head and open payments, or in words why not."""
    if not folders.journal.exists():
        return {"said": "There is no journal yet."}
    reader = JournalReader(folders.journal)
    try:
        state, _ = replay(reader.facts(), TillState.empty(currency))
    except JournalRefused as error:
        if error.reason == "in_use":
            return {"said": "The till has its journal open. Close the till to see inside."}
        return {"said": f"The journal does not hold: {error.reason}.", "records": reader.length}
    return {"records": reader.length, "head": reader.head.hex(), **open_figures(state, now)}


def open_figures(state: TillState, now: datetime) -> dict[str, object]:
    """Return how many payments are open, and how they stand."""
    payments = [
        {
            "reference": payment.terms.reference,
            "state": type(payment.state).__name__,
            "age_s": round((now - payment.terms.requested_at).total_seconds()),
            "currency": payment.terms.amount.currency.value,
            "amount_minor": payment.terms.amount.minor,
        }
        for payment in state.open_payments[:OPEN_MOST]
    ]
    return {"open": len(state.open_payments), "payments": payments}


def log_lines(path: Path) -> tuple[dict[str, object], ...]:
    """Return the newest lines of the log, oldest first; of each only the fields that have a name."""
    lines: list[dict[str, object]] = []
    for place in (path, path.with_name(path.name + ".1")):
        lines = [*_fields_of(place), *lines]
        if len(lines) >= LINES_MOST:
            break
    return tuple(lines[-LINES_MOST:])


def faults(lines: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Return the newest lines that tell of a fault, with the wallet's trace id where it gave one."""
    return [line for line in lines if "trace" in line or "fault" in line or line.get("level") == "error"][-FAULTS_MOST:]


def _fields_of(path: Path) -> list[dict[str, object]]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_MOST_BYTES))
            text = file.read(LOG_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    lines = []
    for line in text.splitlines():
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            continue  # cut off at the front, or not the till's
        if isinstance(fields, dict):
            lines.append({name: _plain(fields[name]) for name in _LINE if name in fields})
    return lines


def _plain(value: object) -> object:
    """Return a value that is one word or figure, and nothing of any other."""
    value = getattr(value, "value", value)
    if isinstance(value, str):
        return value[:VALUE_MOST]
    return value if value is None or isinstance(value, bool | int | float) else "withheld"


def _without_home(bundle: Bundle) -> Bundle:
    """Put `~` for the user's own folder, whose name is often the person's."""
    try:
        home = str(Path.home())
    except RuntimeError:
        return bundle
    if len(home) < 2:
        return bundle

    def hide(value: object) -> object:
        if isinstance(value, str):
            return value.replace(home, "~")
        if isinstance(value, dict):
            return {name: hide(inner) for name, inner in value.items()}
        return [hide(inner) for inner in value] if isinstance(value, list | tuple) else value

    return Bundle(
        {name: hide(value) for name, value in bundle.report.items()},
        tuple({name: hide(value) for name, value in line.items()} for line in bundle.log),
    )
