"""Copies of the hub's database, one a day, the newest few kept; the owner takes them to another disk."""

from pathlib import Path

from till.engine.ports import Clock
from till.hub.database import Database, DatabaseUnavailable

KEPT = 7


def renew(database: Database, folder: Path, clock: Clock) -> None:
    """Write today's copy and drop those beyond the newest few; raise DatabaseUnavailable."""
    new = folder / f"hub-{clock.now():%Y%m%d}.db"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        half = new.with_suffix(".new")
        half.unlink(missing_ok=True)
        if not database.back_up(half):
            return
        # Only a whole copy has a copy's name.
        half.replace(new)
        for old in sorted(folder.glob("hub-*.db"))[:-KEPT]:
            old.unlink()
    except OSError as error:
        raise DatabaseUnavailable("no copy of the database can be written") from error
