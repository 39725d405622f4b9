"""`till verify` and `till webhooks` as their user types them, against a running sandbox."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.office import calls_of
from tests.doubles.sandbox_process import sandbox_process
from tests.doubles.secrets import MemorySecrets
from tests.doubles.service import InProcess
from till.console import CannotGoOn
from till.vipps.webhooks import PAYMENT_EVENTS, Webhooks
from till.wallet_commands import delete, register, show

KEYS = ("base_url", "client_id", "client_secret", "subscription_key", "msn")
URL = "https://shop.example/hooks"


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, str]]:
    with sandbox_process() as line:
        yield {name: line[name] for name in KEYS}


def till(*arguments: str, given: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    surroundings = {name: value for name, value in os.environ.items() if name not in hidden} | environment
    return subprocess.run(
        [sys.executable, "-m", "till", *arguments],
        capture_output=True,
        text=True,
        input=given,
        timeout=120,
        check=False,
        env=surroundings,
    )


def verify(folder: Path, told: dict[str, str], *more: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    keys = folder / "keys.json"
    keys.write_text(json.dumps(told) + "\n")
    keys.chmod(0o600)
    file = str(folder / "report.json")
    return till("verify", "--base-url", told["base_url"], "--keys", str(keys), "--json", file, *more, given=given)


def control(told: dict[str, str], method: str, path: str, **fields: object) -> None:
    request = urllib.request.Request(
        f"{told['base_url']}/_sandbox/{path}",
        json.dumps(fields).encode(),
        {"content-type": "application/json"},
        method=method,
    )
    urllib.request.urlopen(request, timeout=5).close()


def test_all_hold_without_display_and_without_settings(tmp_path: Path, told: dict[str, str]) -> None:
    done = verify(tmp_path, told)
    assert (done.returncode, done.stderr) == (0, "")
    assert "steps hold." in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["outcome"] == "passed"
    assert {step["outcome"] for step in report["steps"]} == {"passed"}
    everything = done.stdout + (tmp_path / "report.json").read_text()
    for name in ("client_id", "client_secret", "subscription_key"):
        assert told[name] not in everything
    assert not list(tmp_path.glob("*.pdf"))


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ({"operation": "capture", "kind": "status", "status": 500}, "partial.capture_too_much"),
        ({"operation": "events", "kind": "cut", "after": True}, "partial.events"),
        ({"operation": "get", "kind": "drop"}, "partial.get"),
        ({"operation": "webhook-list", "kind": "status", "status": 503}, "webhooks.list"),
    ],
)
def test_a_planted_fault_gives_status_one_and_the_step_its_name(
    tmp_path: Path, told: dict[str, str], fault: dict[str, object], step: str
) -> None:
    control(told, "POST", "faults", **fault)
    try:
        done = verify(tmp_path, told)
    finally:
        control(told, "DELETE", "faults")
    assert done.returncode == 1
    assert f"{step} does not hold" in done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert [one["step"] for one in report["steps"] if one["outcome"] == "failed"] == [step]


def test_the_report_is_painted_without_a_display(tmp_path: Path, told: dict[str, str]) -> None:
    done = verify(tmp_path, told, "--pdf", str(tmp_path / "report.pdf"), "--market", "NO")
    assert done.returncode == 0
    whole = (tmp_path / "report.pdf").read_bytes()
    assert whole.startswith(b"%PDF")
    assert whole.count(b"/Type /Page\n") == 2


def test_wrong_keys_and_a_service_that_is_gone_end_with_status_one(tmp_path: Path, told: dict[str, str]) -> None:
    done = verify(tmp_path, told | {"client_secret": "wrong"})
    assert done.returncode == 1
    assert "access.token does not hold: refused with 401" in done.stderr
    gone = verify(tmp_path, told | {"base_url": "http://127.0.0.1:9"})
    assert gone.returncode == 1
    assert "no_connection" in gone.stderr
    assert "Traceback" not in gone.stderr + done.stderr


def test_what_cannot_start_says_why(tmp_path: Path, told: dict[str, str]) -> None:
    keys = tmp_path / "keys.json"
    file = ("--json", str(tmp_path / "report.json"))
    for text, arguments, words in (
        (json.dumps({"base_url": told["base_url"]}), (), "lacks client_id"),
        ("[]", (), "is not one line of JSON"),
        ("{", (), "is not one line of JSON"),
        (json.dumps(told | {"msn": "x"}), (), "msn cannot be sent"),
        (json.dumps(told), ("--base-url", "http://shop.example"), "The service must be"),
        (json.dumps(told), ("--base-url", "http://127.0.0.1:1@shop.example:80"), "The service must be"),
        (json.dumps(told), ("--customer", "12"), "9 to 15 digits"),
        (json.dumps(told), ("--json", str(tmp_path / "absent" / "x.json")), "cannot be written"),
    ):
        keys.write_text(text)
        done = till("verify", "--keys", str(keys), *file, *arguments)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert "cannot be read" in till("verify", "--keys", str(tmp_path / "none"), *file).stderr
    assert "needs --keys" in till("verify", "--base-url", told["base_url"], *file).stderr


def test_keys_of_a_real_service_must_be_private(tmp_path: Path, told: dict[str, str]) -> None:
    """Fault catalogue D7."""
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(told | {"base_url": "https://apitest.vipps.no"}))
    keys.chmod(0o644)
    done = till("verify", "--keys", str(keys), "--json", str(tmp_path / "r.json"))
    assert done.returncode == 1
    assert "can be read by others" in done.stderr


@pytest.mark.parametrize("answer", ["", "no\n", "y\n", "YES\n"])
def test_production_asks_first_and_sends_nothing_without_a_yes(
    tmp_path: Path, told: dict[str, str], answer: str
) -> None:
    done = verify(tmp_path, told | {"base_url": "https://api.vipps.no"}, "--market", "FI", given=answer)
    assert done.returncode == 1
    assert "one real payment of 2.00 EUR" in done.stdout
    assert done.stderr == "Nothing was sent.\n"
    assert not (tmp_path / "report.json").exists()


def test_real_money_is_never_tried_in_one_currency_after_another(tmp_path: Path, told: dict[str, str]) -> None:
    done = verify(tmp_path, told | {"base_url": "https://api.vipps.no"}, given="yes\n")
    assert done.returncode == 1
    assert "Name the market" in done.stderr


# ------------------------------------------------------------------------------------------------ webhooks


def settings_with_keys(folder: Path, told: dict[str, str]) -> Path:
    """Set a till up with its keys in a private file."""
    settings = folder / "till.toml"
    keys = folder / "keys.toml"
    keys.write_text("".join(f'"{told["msn"]}.{name}" = "{told[name]}"\n' for name in KEYS[1:4]))
    keys.chmod(0o600)
    settings.write_text(
        f"""version = 1
[shop]
market = "NO"
name = "Shop"
[till]
id = "kasse1"
[vipps]
mode = "test"
base_url = "{told["base_url"]}"
msn = "{told["msn"]}"
[secrets]
store = "file"
file = "{keys}"
[data]
folder = "{folder / "data"}"
"""
    )
    return settings


def test_the_settings_say_which_service_and_which_keys(tmp_path: Path, told: dict[str, str]) -> None:
    settings = str(settings_with_keys(tmp_path, told))
    done = till("--settings", settings, "verify", "--json", str(tmp_path / "report.json"))
    assert (done.returncode, done.stderr) == (0, "")
    listed = till("--settings", settings, "webhooks", "list")
    assert (listed.returncode, listed.stdout) == (0, "Nothing is registered.\n")
    for arguments, words in (
        (("register", URL), "could not be kept"),
        (("delete", "x"), "not the id of a webhook"),
        (("delete", "0a0a0a0a-1111-4222-8333-444444444444"), "No webhook"),
    ):
        done = till("--settings", settings, "webhooks", *arguments)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    (tmp_path / "keys.toml").write_text("")
    done = till("--settings", settings, "webhooks", "list")
    assert "are not kept here" in done.stderr


def test_a_url_is_registered_once_listed_and_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    client, store, msn = Webhooks(calls_of(InProcess())), MemorySecrets(), "900001"
    register(client, store, msn, URL)
    register(client, store, msn, URL)
    (made,) = client.list()
    assert made.events == PAYMENT_EVENTS
    assert capsys.readouterr().out.endswith("nothing was changed.\n")
    show(client, store, msn)
    shown = capsys.readouterr().out
    assert made.id in shown
    assert "not kept here" not in shown
    assert all(secret.reveal() not in shown for secret in store.kept.values())
    delete(client, store, msn, made.id)
    assert (client.list(), store.kept) == ((), {})
    with pytest.raises(CannotGoOn):
        delete(client, store, msn, made.id)


def test_a_registration_without_its_secret_is_said_to_be_of_no_use(capsys: pytest.CaptureFixture[str]) -> None:
    client, store, msn = Webhooks(calls_of(InProcess())), MemorySecrets(), "900001"
    client.register(URL, PAYMENT_EVENTS[:3])
    show(client, store, msn)
    shown = capsys.readouterr().out
    assert "not kept here" in shown
    assert f"{URL} is not told of: {', '.join(PAYMENT_EVENTS[3:])}" in shown
    register(client, store, msn, URL)
    assert len(client.list()) == 2
