"""Daily copies of the hub's database: whole, few, and only for the eyes of who runs the hub."""

import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tests.doubles.chain import Chain
from till.hub import copies, stores
from till.hub.database import Database
from till.hub.sqlite_database import SqliteDatabase


def test_a_copy_a_day_holds_everything_and_the_newest_seven_stay(database: Database, tmp_path: Path) -> None:
    chain = Chain(database)
    folder = tmp_path / "copies"
    for _ in range(9):
        copies.renew(database, folder, chain.clock)
        chain.clock.turn(timedelta(days=1).total_seconds())
    found = sorted(folder.iterdir())
    if not isinstance(database, SqliteDatabase):
        assert found == []
        return
    assert [path.name for path in found] == [f"hub-202611{day}.db" for day in range(23, 30)]
    assert stat.S_IMODE(found[-1].stat().st_mode) == 0o600
    with closing(SqliteDatabase.open(found[-1])) as copy:
        assert copy.read(stores.stores) == database.read(stores.stores)
