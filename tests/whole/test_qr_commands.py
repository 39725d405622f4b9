"""`till qr` as a shopkeeper types it, over a real socket: codes, the sheet, and a list that is killed on its way."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.sandbox_process import sandbox_process
from till.sandbox.qr import OTHERS_BEACONS
from till.settings.template import settings_text

ENVIRONMENT = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


class Counter:
    """A till's settings and keys beside a running sandbox."""

    def __init__(self, home: Path, told: dict[str, str]) -> None:
        self.home, self.told = home, told
        names = ("client_id", "client_secret", "subscription_key")
        keys = home / "keys.toml"
        keys.write_text("".join(f'"{told["msn"]}.{name}" = "{told[name]}"\n' for name in names))
        keys.chmod(0o600)
        extra = f'\n[secrets]\nstore = "file"\nfile = "{keys}"\n[data]\nfolder = "{home / "data"}"\n'
        text = settings_text(market="NO", msn=told["msn"], shop="Storgata", base_url=told["base_url"], extra=extra)
        (home / "till.toml").write_text(text)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "till", "--settings", str(self.home / "till.toml"), "qr", *arguments]

    def qr(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT
        )

    def control(self, path: str, **body: object) -> object:
        url, raw = f"{self.told['base_url']}/_sandbox/{path}", json.dumps(body).encode() if body else None
        with urllib.request.urlopen(urllib.request.Request(url, raw), timeout=5) as answer:
            return json.loads(answer.read())


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with sandbox_process() as told:
        yield Counter(tmp_path, told)


def test_a_code_is_made_listed_changed_printed_and_deleted(counter: Counter) -> None:
    """Requirement 50 of the published checklist."""
    assert "There are no codes" in counter.qr("list").stdout
    assert counter.qr("create").stdout.startswith("The code kasse1 is in place: Kasse 1.")
    assert counter.qr("create").returncode == 0
    refused = counter.qr("create", "--location", "Kiosk")
    assert (refused.returncode, "There is a code kasse1 already: Kasse 1" in refused.stderr) == (1, True)
    assert "is changed: Kiosk" in counter.qr("update", "--location", "Kiosk", "--category", "VENDING").stdout
    assert "kasse1  Kiosk  https://qr.vipps.no/" in counter.qr("list").stdout
    sheet = counter.home / "sheet.pdf"
    done = counter.qr("sheet", str(sheet), "--copies", "8")
    assert (done.returncode, "Stickers: 8" in done.stdout) == (0, True)
    assert sheet.read_bytes().startswith(b"%PDF")
    assert "is deleted" in counter.qr("delete", "kasse1").stdout
    assert counter.qr("delete", "kasse1").returncode == 1
    log = (counter.home / "data" / "till.log").read_text()
    assert "merchant-callback/kasse1" in log
    assert not any(counter.told[name] in log for name in ("client_secret", "subscription_key"))


def test_what_does_not_fit_gets_its_words(counter: Counter) -> None:
    for arguments, words in (
        (("create", "--location", "x" * 37), "has 37 characters; customers are shown at most 36"),
        (("create", "--location", "a\u202eb"), "1 to 36 printable characters"),
        (("create", "--id", "a/b"), "none of them / or \\"),
        (("create", "--redirect", "http://example.com/"), "must begin with https://"),
        (("create", "--redirect", "https://example.com/", "--ttl", "5"), "after 300 seconds at the soonest"),
        (("create", "--redirect", "https://example.com/", "--location", "Kiosk"), "no --location"),
        (("create", "--ttl", "600"), "--ttl needs --redirect"),
        (("update", "--id", "nothing"), "There is no code with that id"),
        (("delete", "nothing"), "There is no code with that id"),
        (("delete", "nothing", "--redirect"), "There is no code with that id"),
        (("sheet", "sheet.pdf"), "There are no codes to print"),
        (("sheet", "sheet.pdf", "--copies", "0"), "--copies must be 1 to 60"),
        (("migrate", "absent.csv"), "cannot be read"),
    ):
        done = counter.qr(*arguments)
        assert (done.returncode, done.stdout, words in done.stderr) == (1, "", True), (arguments, done.stderr)
        assert "Traceback" not in done.stderr
    (counter.home / "keys.toml").write_text("")
    assert "Keep them: till secrets set" in counter.qr("list").stderr


def test_a_code_that_leads_to_a_page_is_made_and_led_elsewhere(counter: Counter) -> None:
    assert (
        "leads to https://example.com/a"
        in counter.qr("create", "--id", "poster", "--redirect", "https://example.com/a").stdout
    )
    assert "That id is taken" in counter.qr("create", "--id", "poster", "--redirect", "https://example.com/b").stderr
    assert counter.qr("update", "--id", "poster", "--redirect", "https://example.com/b").returncode == 0
    assert "poster  https://example.com/b  for ever" in counter.qr("list", "--redirect").stdout
    assert counter.qr("delete", "poster", "--redirect").returncode == 0


def test_a_list_is_tried_dry_killed_on_its_way_and_brought_to_its_end(counter: Counter) -> None:
    """Requirement 52 of the published checklist."""
    rows = [f"{100_000_000_000_000 + place};Kasse {place}" for place in range(120)]
    rows[5], rows[6] = "12345;Kasse", f"{OTHERS_BEACONS[0]};Nabo"
    stickers = counter.home / "stickers.csv"
    stickers.write_text("beacon_id;pos_name\n" + "\n".join(rows) + "\n")
    report = counter.home / "stickers-report.csv"

    dry = counter.qr("migrate", str(stickers), "--dry-run")
    assert "line 7: beacon_id has 5 digits, and must have 15" in dry.stderr
    assert "119 to take over, 0 done before, 1 wrong" in dry.stdout
    assert not report.exists()
    assert counter.control("stickers") == []

    process = subprocess.Popen(
        counter.command("migrate", str(stickers)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    while "40/119" not in process.stdout.readline():
        assert process.poll() is None
    process.kill()
    process.communicate(timeout=10)
    assert report.exists()

    rest = counter.qr("migrate", str(report))
    assert "the sticker belongs to another merchant" in rest.stdout
    assert "Taken over: 118. Left: 1. Wrong rows: 1." in rest.stdout
    seen = counter.control("stickers")
    assert isinstance(seen, list)
    assert len(seen) == 118
    first = int(rest.stdout.split(" to take over, ")[1].split()[0])
    assert 38 <= first <= 45

    counter.control("beacons", beacon_id=OTHERS_BEACONS[0], owner=counter.told["msn"])
    last = counter.qr("migrate", str(stickers))
    assert "1 to take over, 118 done before, 1 wrong." in last.stdout
    assert last.returncode == 1
    stickers.write_text("beacon_id;pos_name\n" + "\n".join(row for row in rows if not row.startswith("12345")) + "\n")
    assert counter.qr("migrate", str(stickers)).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal's Ctrl-C is a signal")
def test_a_run_stopped_by_hand_says_how_to_go_on(counter: Counter) -> None:
    stickers, report = counter.home / "stickers.csv", counter.home / "report.csv"
    rows = "\n".join(f"{100_000_000_000_000 + place};Kasse {place}" for place in range(20))
    stickers.write_text(f"beacon_id;pos_name\n{rows}\n")
    counter.control("faults", operation="qr-migrate", kind="delay", seconds=5, reference="100000000000003")
    process = subprocess.Popen(
        counter.command("migrate", str(stickers), "--report", str(report)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background lets them inherit an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    while "3/20" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    assert "Taken over: 3. Left: 17." in out
    assert f"To go on where it stopped: till qr migrate {report}" in errors
    assert "Traceback" not in errors
    assert process.returncode == 1
    assert "17 to take over, 3 done before" in counter.qr("migrate", str(stickers), "--report", str(report)).stdout
