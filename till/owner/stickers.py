"""Lists of old stickers as files: read, planned against an earlier report, and the report written after every row."""

from pathlib import Path

from till.settings.file import save
from till.vipps.migration import ListRefused, Migration, Place, StickerList, plan, read_list

LIST_MOST_BYTES = 8 * 1024 * 1024
#: Without it a spreadsheet takes UTF-8 for something else.
BYTE_ORDER_MARK = "\ufeff"


def read_stickers(path: Path) -> StickerList:
    """Read a list, or a report; raise ListRefused and OSError."""
    if path.stat().st_size > LIST_MOST_BYTES:
        raise ListRefused("too_large")
    # A byte that is no UTF-8 comes through as a lone surrogate, so that its row can be named.
    stickers = read_list(path.read_bytes().decode("utf-8-sig", "surrogateescape"))
    if not stickers.rows:
        raise ListRefused("no_rows")
    return stickers


def report_beside(path: Path, stickers: StickerList, place: Place) -> Path:
    """Return where the report goes: over a report of this place that was given again, else beside the list."""
    return path if place in stickers.places else path.with_name(f"{path.stem}-report.csv")


def planned(stickers: StickerList, report: Path, place: Place) -> Migration:
    """Return what is left to do, an earlier report considered; raise ListRefused and OSError."""
    return plan(stickers, read_stickers(report) if report.exists() else None, place)


def save_report(report: Path, text: str) -> None:
    """Write the report whole, or leave the one before; raise OSError."""
    save(report, BYTE_ORDER_MARK + text)
