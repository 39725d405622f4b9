"""The commands about another of the till's stores: each speaks for the sales unit that was named, with its keys."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.sandbox_process import sandbox_process
from tests.whole.test_command_line import keep_journal, till
from till.settings.secrets import SecretName
from till.settings.template import settings_text

pytestmark = pytest.mark.whole
STORES = """
[[store]]
name = "Torget"
msn = "900006"
keys = "partner"
reference_prefix = "torget"
sells_here = true

[[store]]
name = "Kanalen"
msn = "900004"
reference_prefix = "kanal"

[[store]]
name = "Havna"
keys = "hub"
"""


@pytest.fixture
def told() -> Iterator[dict[str, Any]]:
    with sandbox_process() as told:
        yield told


@pytest.fixture
def home(tmp_path: Path, told: dict[str, Any]) -> Path:
    """A till's settings and keys: its own and the partner's, but not Kanalen's."""
    lines = [f'"{told["msn"]}.{name.value}" = "{told[name.value]}"' for name in SecretName]
    lines += [f'"partner.{name.value}" = "{told["partner"][name.value]}"' for name in SecretName]
    keys = tmp_path / "keys.toml"
    keys.write_text("\n".join(lines))
    keys.chmod(0o600)
    extra = f'{STORES}\n[secrets]\nstore = "file"\nfile = "{keys}"\n[data]\nfolder = "{tmp_path / "data"}"\n'
    text = settings_text(market="NO", msn=told["msn"], shop="Storgata", base_url=told["base_url"], extra=extra)
    (tmp_path / "till.toml").write_text(text)
    return tmp_path


def test_every_sales_unit_is_looked_at_and_one_without_keys_is_named(home: Path) -> None:
    """Requirements 12 and 40."""
    seen = till("sales-units", home=home)
    assert seen.returncode == 1
    assert "900001  Sandbox Kolonial  (this till)" in seen.stdout
    assert "900006  Sandbox Torget  (Torget)" in seen.stdout
    assert seen.stderr.startswith("Kanalen: The keys of the sales unit are missing")
    one = till("sales-units", "--store", "Torget", home=home)
    assert (one.returncode, one.stderr) == (0, "")
    assert "(this till)" not in one.stdout


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("Nowhere", "The settings know no store 'Nowhere'. They know: Storgata, Torget, Kanalen, Havna"),
        ("Havna", "The keys of Havna are not on this till: ask at the hub."),
        ("Kanalen", "The keys of sales unit 900004 are not kept here"),
    ],
)
@pytest.mark.parametrize("command", [("webhooks", "list"), ("verify",)])
def test_a_store_that_cannot_be_spoken_for_is_refused_in_words(
    home: Path, command: tuple[str, ...], store: str, words: str
) -> None:
    refused = till(*command, "--store", store, home=home)
    assert (refused.returncode, words in refused.stderr) == (1, True)


def test_webhooks_and_codes_are_those_of_the_store_that_was_named(home: Path) -> None:
    assert till("qr", "create", "--store", "Torget", "--location", "Torget 1", home=home).returncode == 0
    assert "Torget 1" in till("qr", "list", "--store", "Torget", home=home).stdout
    assert "There are no codes" in till("qr", "list", home=home).stdout
    assert till("webhooks", "list", "--store", "Torget", home=home).stdout == "Nothing is registered.\n"


def test_a_day_is_reconciled_for_the_store_that_was_named(home: Path) -> None:
    keep_journal(home).close()
    day = datetime.now(UTC).astimezone().date().isoformat()
    done = till("reconcile", "--date", day, "--store", "Torget", home=home)
    assert (done.returncode, done.stderr) == (3, "")


def test_a_partners_keys_are_asked_for_with_a_warning(home: Path) -> None:
    """Requirement 54."""
    done = till("secrets", "set", "--store", "Torget", home=home, given="a\nb\nc\n")
    assert "they may not be kept at a merchant" in done.stderr
    assert "merchant" not in till("secrets", "set", home=home, given="a\nb\nc\n").stderr
