"""Marks in every secret and every personal field of a whole till, which are then looked for in all that it leaves and shows."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests.hostile.disguises import disguises, found_in, pdf_contents
from till.catalogue.importer import read_articles
from till.catalogue.store import write_catalogue
from till.demo import running_sandbox
from till.domain.money import Currency
from till.resource_files import resource_path
from till.settings.template import settings_text

pytestmark = pytest.mark.whole
#: The sandbox's customers have numbers of a plan that is not in use; this one of theirs is nobody's.
STRANGER = "4700000008"


class Remains(Struct, frozen=True):
    """What a till left and showed: files by path, and words by where they were read."""

    marks: dict[str, str]
    folder: Path
    #: Contents of all files while the till ran and after it had ended, by name.
    files: dict[str, bytes]
    seen: list[str]
    #: Command line, environment, output and error output.
    outside: dict[str, bytes]
    bundles: dict[str, bytes]


@pytest.fixture(scope="module")
def remains(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remains]:
    folder = tmp_path_factory.mktemp("marks")
    for name in ("data", "temp", "home"):
        (folder / name).mkdir()
    with running_sandbox("NO") as sandbox:
        settings = settings_text(market="NO", msn=sandbox.msn, shop="Storgata", base_url=sandbox.base_url)
        more = f'\n[data]\nfolder = "{folder / "data"}"\n[polling]\npace_percent = 1000\n'
        (folder / "till.toml").write_text(settings + more, encoding="utf-8")
        write_catalogue(folder / "data" / "articles.db", read_articles(resource_path("demo/NO.csv"), Currency.NOK))
        keys = {name.value: key.reveal() for name, key in sandbox.keys.items()}
        told = {"base_url": sandbox.base_url, "msn": sandbox.msn, "keys": keys, "customers": sandbox.customers}
        told |= {"settings": str(folder / "till.toml"), "stranger": STRANGER}
        marks = {**keys, "number": sandbox.customers[0]["phone_number"], "stranger": STRANGER}
        marks |= {"code": sandbox.customers[0]["personal_qr"]}
        yield _ran(folder, told, marks)


def _ran(folder: Path, told: dict[str, object], marks: dict[str, str]) -> Remains:
    places = {"TMPDIR": "temp", "HOME": "home", "XDG_RUNTIME_DIR": "temp"}
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        **{name: str(folder / at) for name, at in places.items()},
    }
    errors = (folder / "errors.txt").open("w+b")
    command = [sys.executable, "-m", "tests.hostile.marked_shop"]
    with (
        errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(told) + "\n")
        child.stdin.flush()
        own = child.stdout.readline()
        assert own, (folder / "errors.txt").read_text()
        marks |= {name: mark.rpartition("/")[2] for name, mark in json.loads(own).items()}
        seen = json.loads(child.stdout.readline())
        outside = _outside(child.pid)
        files = _contents(folder, "running")
        bundles = {"running": _bundle(folder, "running", environment)}
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.wait(30) == 0, (folder / "errors.txt").read_text()
        outside["output"] = child.stdout.read().encode()
    outside["errors"] = (folder / "errors.txt").read_bytes()
    bundles["closed"] = _bundle(folder, "closed", environment)
    return Remains(marks, folder, files | _contents(folder, "closed"), seen, outside, bundles)


def _outside(pid: int) -> dict[str, bytes]:
    """Return what any other program of this user can read of a running one."""
    process = Path(f"/proc/{pid}")
    names = ("cmdline", "environ", "comm", "maps") if process.exists() else ()
    open_files = [os.readlink(link).encode() for link in (process / "fd").iterdir()] if names else []
    return {**{name: (process / name).read_bytes() for name in names}, "open files": b"\n".join(open_files)}


def _contents(folder: Path, when: str) -> dict[str, bytes]:
    return {f"{when} {path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _bundle(folder: Path, when: str, environment: dict[str, str]) -> bytes:
    out = folder / f"{when}.zip"
    command = [sys.executable, "-m", "till", "--settings", str(folder / "till.toml"), "diagnostics", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as bundle:
        return b"\n".join(bundle.read(name) for name in bundle.namelist())


def test_the_search_finds_a_mark_in_every_disguise() -> None:
    """A search that finds nothing must be able to find something."""
    mark = "https://qr.example/28/æ?v=1"
    for form in disguises(mark):
        assert found_in(b"before" + form + b"after", {"code": mark}) == ["code"]
    for offset in range(3):
        packed = json.dumps({"a": "x" * offset}).encode().hex() + "-" + mark
        assert found_in(packed.encode(), {"code": mark}) == ["code"]
    assert found_in(b"nothing of it", {"code": mark}) == []


def test_no_secret_and_nothing_personal_is_in_any_file(remains: Remains) -> None:
    """Fault catalogue J10; invariant I11: journal and its side files, log, settings, receipts, temporary and home folder."""
    names = {name.partition(" ")[2] for name in remains.files}
    assert {"data/journal.db", "data/journal.db-wal", "data/till.log", "till.toml"} <= names
    assert len(remains.marks) >= 8
    for name, content in remains.files.items():
        assert found_in(content, remains.marks) == [], name
        assert b"Bearer" not in content, name


def test_receipts_hold_none_of_it_in_bytes_or_words(remains: Remains) -> None:
    """Fault catalogue J10; invariant I11."""
    receipts = {name: content for name, content in remains.files.items() if name.endswith(".pdf")}
    assert len({name.partition(" ")[2] for name in receipts}) == 2
    for name, content in receipts.items():
        words = list(pdf_contents(content))
        assert any(b"Storgata" in text for text in words)
        assert any(re.search(rb"kasse1-?[0-9]{6}-?[0-9]{4}", text) for text in words), "digits are read too"
        for text in words:
            assert found_in(text, remains.marks) == [], name


def test_no_window_shows_any_of_it_after_it_was_typed_or_scanned(remains: Remains) -> None:
    """Fault catalogue J10, H4; invariant I11: labels, fields, names for screen readers, tool tips and the clipboard."""
    assert any("Storgata" in text for text in remains.seen)
    assert len(remains.seen) > 100
    marks = {**remains.marks, "number without country": remains.marks["number"][2:]}
    for text in remains.seen:
        assert found_in(text.encode(), marks) == [], text
        assert found_in(re.sub(r"[\s.-]", "", text).encode(), marks) == [], text


def test_nobody_who_looks_at_the_program_from_outside_sees_any_of_it(remains: Remains) -> None:
    """Fault catalogue J10; invariant I11: process list, environment, open files, output and error output."""
    for name, content in remains.outside.items():
        assert found_in(content, remains.marks) == [], name
    assert b"ArithmeticError" not in remains.outside["errors"], "a failed handler goes to the log, by type and place"
    assert b"ArithmeticError" in remains.files["closed data/till.log"]


@pytest.mark.parametrize("when", ["running", "closed"])
def test_the_bundle_for_support_holds_none_of_it(remains: Remains, when: str) -> None:
    """Fault catalogue J10; invariant I11."""
    bundle = remains.bundles[when]
    assert found_in(bundle, remains.marks) == []
    assert b'"call failed"' in bundle
    assert b"program error" in bundle
    assert (b'"head"' in bundle) is (when == "closed")
    assert (b"has its journal open" in bundle) is (when == "running")
    assert b"Storgata" not in bundle
