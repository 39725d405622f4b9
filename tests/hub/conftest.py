"""The hub's databases, each kind of which keeps the same promises."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.doubles.chain import Chain
from tests.doubles.postgres import postgres, postgres_programs
from tests.doubles.served import served
from till.domain.secret import Secret
from till.hub.database import Database
from till.hub.migrations import migrate
from till.hub.postgres_database import PostgresDatabase
from till.hub.server import make_app
from till.hub.settings import HubSettings
from till.hub.sqlite_database import SqliteDatabase
from till.settings.model import Mode, SecretPlace, SecretSettings


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[Secret]:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed here")
    with postgres(fsync="off") as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a schema."""
    database: Database
    if request.param == "sqlite":
        database = SqliteDatabase.open(tmp_path / "hub.db")
    else:
        database = PostgresDatabase.open(request.getfixturevalue("postgres_address"))
        database.write(lambda transaction: transaction.run("drop schema public cascade"))
        database.write(lambda transaction: transaction.run("create schema public"))
    yield database
    database.close()


@pytest.fixture
def database(empty: Database) -> Database:
    """A database at the newest step."""
    migrate(empty)
    return empty


@pytest.fixture
def chain(database: Database) -> Chain:
    """A small chain on it."""
    return Chain(database)


@pytest.fixture
def client(chain: Chain, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of the hub of that chain, over a real socket; no wallet answers it."""
    secrets = SecretSettings(SecretPlace.FILE, "/nowhere")
    settings = HubSettings("https://hub.example", Mode.TEST, "http://127.0.0.1:1", tmp_path, secrets)
    with served(make_app(settings, chain.database, chain.sealer, chain.clock, "1.0")) as made:
        yield made
