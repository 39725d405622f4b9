"""Real hubs in processes of their own: a folder with settings and keys, a database, and as many hubs as it can bear."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.doubles.chain import MSN, PATH, SECRET, URL
from till.domain.money import Currency
from till.domain.secret import Secret
from till.hub import stores
from till.hub.database import Database, Transaction
from till.hub.hours import written
from till.hub.migrations import migrate
from till.hub.postgres_database import PostgresDatabase
from till.hub.seal import KEY_NAME, Sealer
from till.hub.settings import POSTGRES_NAME, hub_settings_text
from till.hub.sqlite_database import SqliteDatabase
from till.hub.stores import Store, Till

SEAL = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@dataclass
class HubHouse:
    """A hub's folder and its store with so many tills; SQLite without an address.

    Without a wallet at `base_url` it has a registration whose secret is known; with one it registers itself, at its `port`.
    """

    folder: Path
    postgres: Secret | None = None
    tills: int = 1
    msn: str = MSN
    base_url: str = ""
    port: int = 0
    sealer: Sealer = field(default_factory=lambda: Sealer(Secret(SEAL)))
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = self.folder / "keys.toml"
        keys.touch(mode=0o600)
        lines = [f'"{KEY_NAME}" = "{SEAL}"']
        kind = ""
        if self.postgres is not None:
            lines.append(f'"{POSTGRES_NAME}" = "{self.postgres.reveal()}"')
            kind = "postgresql"
        keys.write_text("\n".join(lines))
        public_url = f"http://127.0.0.1:{self.port}" if self.port else "https://hub.example"
        base_url = self.base_url or "http://127.0.0.1:9"
        text = hub_settings_text(public_url=public_url, folder=str(self.folder), base_url=base_url)
        text = text.replace('database = "sqlite"', f'database = "{kind}"') if kind else text
        (self.folder / "hub.toml").write_text(f'{text}\n[secrets]\nstore = "file"\nfile = "{keys}"\n')
        with closing(self.database()) as database:
            migrate(database)
            database.write(self._fill)

    def database(self) -> Database:
        """Open the database here; SQLite's only while no hub runs."""
        if self.postgres is None:
            return SqliteDatabase.open(self.folder / "hub.db")
        return PostgresDatabase.open(self.postgres)

    def start(self) -> "RunningHub":
        """Start one hub."""
        command = [sys.executable, "-m", "till", "hub", "--settings", str(self.folder / "hub.toml")]
        process = subprocess.Popen(
            [*command, "run", "--port", str(self.port), "--json", "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        return RunningHub(process, json.loads(process.stdout.readline())["address"])

    def _fill(self, transaction: Transaction) -> None:
        stores.add_store(transaction, Store("gronland", "Grønland", self.msn, Currency.NOK))
        word = "kasse" if self.tills < 1000 else "k"  # an id has eight signs at most
        for number in range(1, self.tills + 1):
            till = f"{word}{number}"
            stores.add_till(transaction, Till(till, "gronland", f"Kasse {number}"))
            token = stores.issue_token(transaction, till)
            assert token is not None
            self.tokens[till] = token.reveal()
        if self.base_url:
            return
        sealed = self.sealer.seal(SECRET.reveal(), f"webhook/{PATH}")
        made = ("3f2b0c1e-0000-4000-8000-000000000001", sealed, written(datetime.now(UTC)))
        transaction.run("insert into registration values (?, ?, ?, ?, ?, ?, ?)", PATH, MSN, URL, "", *made)


@dataclass
class RunningHub:
    """A hub's process."""

    process: "subprocess.Popen[str]"
    address: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.address.rpartition(":")[2])

    def resident_mib(self) -> float:
        """Return its resident memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """Let it end by itself."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._reap()

    def _reap(self) -> None:
        self.process.wait(20)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
