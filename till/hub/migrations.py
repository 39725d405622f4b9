"""Brings the database to the shape this program knows, and back to an older one; each step is a transaction of its own."""

import re
from pathlib import Path

from msgspec import Struct

from till.hub.database import Database, DatabaseUnavailable, Transaction

_FOLDER = Path(__file__).parent / "schema"
_NAME = re.compile(r"(\d{4})_(\w+)\.up\.sql")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


class Migration(Struct, frozen=True):
    """One step of the schema: how to take it, and how to take it back."""

    number: int
    up: tuple[str, ...]
    down: tuple[str, ...]


def migrations() -> tuple[Migration, ...]:
    """Return all steps in order."""
    found = []
    for path in sorted(_FOLDER.glob("*.up.sql")):
        name = _NAME.fullmatch(path.name)
        if name is not None:
            down = path.with_name(path.name.replace(".up.", ".down."))
            found.append(Migration(int(name.group(1)), _statements(path), _statements(down)))
    return tuple(found)


def newest() -> int:
    """Return the number of the last step."""
    return migrations()[-1].number


def migrate(database: Database, to: int | None = None) -> int:
    """Bring the database up or down to a step, the newest by default; return how many steps were taken.

    Raise DatabaseUnavailable, also when it is of a newer program's making.
    """
    steps = migrations()
    wanted = steps[-1].number if to is None else to
    taken = 0
    while database.write(schema_number) != wanted:
        taken += database.write(lambda transaction: _step_towards(transaction, wanted, steps))
    return taken


def schema_number(transaction: Transaction) -> int:
    """Return the step at which the database is."""
    transaction.run("create table if not exists schema_step (number bigint primary key)")
    return int(transaction.run("select coalesce(max(number), 0) from schema_step")[0][0])


def _step_towards(transaction: Transaction, wanted: int, steps: tuple[Migration, ...]) -> bool:
    """Take one step; say whether this process took it. Two that start at once take turns: the row is the step's lock."""
    now = schema_number(transaction)
    if now > steps[-1].number:
        raise DatabaseUnavailable(f"it is at step {now}, made by a newer program; this one knows {steps[-1].number}")
    if now < wanted:
        sql, step, statements = (
            "insert into schema_step values (?) on conflict do nothing returning number",
            now + 1,
            steps[now].up,
        )
    else:
        sql, step, statements = "delete from schema_step where number = ? returning number", now, steps[now - 1].down
    if now == wanted or not transaction.run(sql, step):
        return False
    for statement in statements:
        transaction.run(statement)
    return True


def _statements(path: Path) -> tuple[str, ...]:
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    return tuple(statement.strip() for statement in text.split(";") if statement.strip())
