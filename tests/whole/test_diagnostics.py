"""The bundle for support: made whatever the till's state is, and of nothing but what is named."""

import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from till import diagnostics
from till.domain.facts import PaymentRequested, SaleOpened, TillStarted
from till.domain.money import Currency, Money
from till.domain.payment import Created, Flow, Terms
from till.journal.sqlite import SqliteJournal
from till.settings.file import parse
from till.settings.paths import Folders
from till.settings.template import settings_text

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NOW = AT + timedelta(minutes=7)
REFERENCE = "test-kasse1-261121-0001-1"
AMOUNT = Money(10000, Currency.NOK)
TERMS = Terms(REFERENCE, 1, AMOUNT, Flow.CUSTOMER_SCREEN, "900001", AT)
TEXT = settings_text(market="NO", msn="900001", shop="Kari Storgata")
FACTS = [
    TillStarted(AT, "kasse1", "0.1.0", "test"),
    SaleOpened(1, AT),
    PaymentRequested(TERMS, f"{REFERENCE}-create", "0" * 64, None),
    Created(REFERENCE, AT),
]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A till's settings and data, with one payment open in the journal."""
    (tmp_path / "till.toml").write_text(f'{TEXT}\n[data]\nfolder = "{tmp_path}"\n', encoding="utf-8")
    journal = SqliteJournal.open(tmp_path / "journal.db")
    journal.append(FACTS, AT)
    journal.close()
    return tmp_path


def report(folder: Path) -> dict[str, object]:
    return diagnostics.collect(folder / "till.toml", version="0.1.0", now=NOW, screens=("DP-1",)).report


def write_log(folder: Path, name: str, lines: list[object]) -> None:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / name).write_text("\n".join(texts) + "\n", encoding="utf-8")


def test_open_payments_are_listed_with_their_state_age_and_amount(shop: Path) -> None:
    figures = report(shop)["journal"]
    assert isinstance(figures, dict)
    assert figures["records"] == len(FACTS)
    assert len(bytes.fromhex(figures["head"])) == 32
    assert figures["payments"] == [
        {"reference": REFERENCE, "state": "Waiting", "age_s": 420, "currency": "NOK", "amount_minor": 10000}
    ]


def test_a_till_that_runs_keeps_its_journal_and_it_is_said(shop: Path) -> None:
    """Invariant I9."""
    journal = SqliteJournal.open(shop / "journal.db")
    assert "has its journal open" in str(report(shop)["journal"])
    journal.append([TillStarted(NOW, "kasse1", "0.1.0", "test")], NOW)
    journal.close()
    assert dict(report(shop)["journal"])["records"] == len(FACTS) + 1  # type: ignore[call-overload]


def test_a_journal_that_was_changed_or_is_none_is_told(shop: Path) -> None:
    """Fault catalogue J9."""
    content = (shop / "journal.db").read_bytes()
    (shop / "journal.db").write_bytes(content.replace(REFERENCE.encode(), REFERENCE.replace("0001", "0002").encode()))
    assert "does not hold: broken_chain" in str(report(shop)["journal"])
    (shop / "journal.db").write_bytes(b"no journal at all" * 100)
    assert "does not hold: not_readable" in str(report(shop)["journal"])
    (shop / "journal.db").unlink()
    assert "no journal yet" in str(report(shop)["journal"])
    assert not (shop / "journal.db").exists()


def test_every_setting_is_shown_or_withheld_by_name() -> None:
    """Invariant I11: a new setting is seen by nobody until somebody has thought about it."""
    settings = parse(TEXT)
    assert {*diagnostics.SHOWN_OF_STORES, "name"} == set(settings.stores[0].__struct_fields__)
    for section in set(settings.__struct_fields__) - {"other_stores"}:
        names = {*diagnostics.SHOWN.get(section, ()), *diagnostics.WITHHELD.get(section, ())}
        assert names == set(getattr(settings, section).__struct_fields__), section
    shown = json.dumps(diagnostics.shown_settings(settings))
    assert "900001" in shown
    assert "Kari" not in shown


def test_settings_that_cannot_be_used_are_told_and_the_rest_is_there(tmp_path: Path) -> None:
    (tmp_path / "till.toml").write_text('version = 1\n[shop]\nname = "Kari"\n', encoding="utf-8")
    told = report(tmp_path)
    assert "shop.market" in str(told["settings"])
    assert "Kari" not in json.dumps(told)
    assert told["versions"]["sqlite"].count(".") == 2  # type: ignore[index]
    assert told["devices"]["screens"] == ["DP-1"]  # type: ignore[index]


def test_of_the_log_only_named_fields_and_the_newest_lines_are_taken(tmp_path: Path) -> None:
    """Fault catalogue J5, J10; invariant I13."""
    write_log(tmp_path, "till.log.1", [{"what": f"old {number}"} for number in range(300)])
    write_log(
        tmp_path,
        "till.log",
        [
            "not the till's",
            "[" * 5000,
            [1],
            {"what": "call failed", "trace": "a-trace", "number": "a number", "path": {"number": "a number"}},
            {"what": "\u202e" * 1000, "level": "error", "code": "two\nlines"},
        ],
    )
    lines = diagnostics.log_lines(tmp_path / "till.log")
    assert len(lines) == diagnostics.LINES_MOST
    assert lines[0] == {"what": "old 102"}
    assert lines[-2] == {"what": "call failed", "trace": "a-trace", "path": "withheld"}
    assert len(str(lines[-1]["what"])) == diagnostics.VALUE_MOST
    assert diagnostics.faults(lines) == list(lines[-2:])
    bundle = tmp_path / "bundle.zip"
    diagnostics.write(diagnostics.Bundle({}, lines), bundle)
    with zipfile.ZipFile(bundle) as written:
        text = written.read("log.jsonl").decode("ascii")
    assert text.count("\n") == len(lines)
    assert "a number" not in text


def test_a_log_of_any_length_costs_little(tmp_path: Path) -> None:
    """Invariant I13."""
    with (tmp_path / "till.log").open("wb") as log:
        log.truncate(1024**3)
        log.seek(0, 2)
        log.write(b'\n{"what": "last"}\n')
    assert diagnostics.log_lines(tmp_path / "till.log") == ({"what": "last"},)


def test_the_users_own_folder_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invariant I11: its name is often the person's."""
    monkeypatch.setenv("HOME", str(tmp_path / "kari"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "kari"))
    told = diagnostics.collect(tmp_path / "kari" / "till.toml", version="0.1.0", now=NOW).report
    assert "kari" not in json.dumps(told)
    assert "~" in str(told["settings"])


def test_the_command_says_where_it_wrote_or_that_it_could_not(shop: Path) -> None:
    command = [sys.executable, "-m", "till", "--settings", str(shop / "till.toml"), "diagnostics", "--out"]
    for out, status in ((shop / "bundle.zip", 0), (shop / "absent" / "bundle.zip", 1), (shop, 1)):
        done = subprocess.run([*command, str(out)], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status
        assert str(out) in (done.stderr if status else done.stdout)
        assert "Traceback" not in done.stderr
    with zipfile.ZipFile(shop / "bundle.zip") as bundle:
        assert bundle.namelist() == ["report.json", "log.jsonl"]
        assert json.loads(bundle.read("report.json"))["journal"]["records"] == len(FACTS)
    assert Folders(shop).journal.exists()
