"""`till hub person`: lets the first owner in."""

import io
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from till.domain.secret import Secret
from till.hub import people
from till.hub.people import Role
from till.hub.settings import hub_settings_text
from till.hub.sqlite_database import SqliteDatabase
from till.hub_commands import main

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = tmp_path / "hub.toml"
    settings.write_text(hub_settings_text(public_url="http://127.0.0.1:1", folder=str(tmp_path / "hub")))

    def run(*arguments: str, typed: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return main(["--settings", str(settings), *arguments])

    assert run("migrate") == 0
    return run


def test_the_first_owner_is_let_in_and_may_get_another_password(run: Run, tmp_path: Path) -> None:
    assert run("person", "Kari", "--role", "owner", typed="a good long one\n") == 0
    assert run("person", "kari", typed="another long one\n") == 0
    with closing(SqliteDatabase.open(tmp_path / "hub" / "hub.db")) as database:
        found = database.read(lambda transaction: people.password_of(transaction, "Kari"))
    assert found is not None
    assert found[0].role is Role.OWNER
    assert people.is_right(Secret("another long one"), found[1])


def test_who_cannot_be_let_in_is_told_why(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("person", "Ola", "--role", "owner", typed="short\n") != 0
    assert run("person", "Ola", "--role", "cashier", typed="a good long one\n") != 0
    said = capsys.readouterr().err
    assert "10 to 200" in said
    assert "--store" in said
