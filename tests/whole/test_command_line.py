"""The command line: what a shopkeeper types, and what is said when it does not fit."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from till.domain.facts import TillStarted
from till.journal.sqlite import SqliteJournal
from till.resource_files import resource_path
from till.settings.paths import data_folder

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def till(*arguments: str, home: Path, given: str = "") -> "subprocess.CompletedProcess[str]":
    settings = ["--settings", str(home / "till.toml")]
    return subprocess.run(
        [sys.executable, "-m", "till", *settings, *arguments],
        capture_output=True,
        text=True,
        input=given,
        timeout=60,
        check=False,
    )


def set_up(home: Path) -> None:
    assert till("setup", "--market", "NO", "--msn", "900001", "--shop", "Shop", home=home).returncode == 0
    with (home / "till.toml").open("a") as settings:
        settings.write(f'\n[data]\nfolder = "{home / "data"}"\n')


def test_a_shop_is_set_up_and_given_its_articles(tmp_path: Path) -> None:
    set_up(tmp_path)
    done = till("articles", "import", str(resource_path("demo/NO.csv")), home=tmp_path)
    assert done.returncode == 0
    assert "234 articles" in done.stdout
    assert till("setup", "--market", "NO", "--msn", "900001", "--shop", "Shop", home=tmp_path).returncode == 1


def test_wrong_settings_are_listed_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "till.toml").write_text('version = 1\n[shop]\nmarket = "XX"\nwindow = 1\n')
    done = till("journal", "verify", home=tmp_path)
    assert done.returncode == 1
    assert "line 3: shop.market" in done.stderr
    assert "line 4: shop.window" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_article_file_and_an_absent_journal_get_their_words(tmp_path: Path) -> None:
    set_up(tmp_path)
    (tmp_path / "a.csv").write_text("plu;name\n")
    for arguments, word in (
        (("articles", "import", str(tmp_path / "a.csv")), "column price is missing"),
        (("articles", "import", str(tmp_path / "absent.csv")), "cannot be read"),
        (("journal", "verify"), "no journal"),
    ):
        done = till(*arguments, home=tmp_path)
        assert done.returncode == 1
        assert word in done.stderr


def test_keys_are_never_kept_in_plain_text(tmp_path: Path) -> None:
    """Fault catalogue D7."""
    set_up(tmp_path)
    done = till("secrets", "set", home=tmp_path, given="a\nb\nc\n")
    assert done.returncode == 1
    assert "key store" in done.stderr


def keep_journal(home: Path, times: int = 1) -> SqliteJournal:
    """Sell a little, as a till of this folder does; return the journal, still open."""
    folders = data_folder(str(home / "data"), "kasse1")
    folders.data.mkdir(exist_ok=True)
    journal = SqliteJournal.open(folders.journal, folders.mark)
    for _ in range(times):
        journal.append([TillStarted(AT, "kasse1", "0.1.0", "test")], AT)
    return journal


def test_a_journal_is_verified_backed_up_lost_and_put_back(tmp_path: Path) -> None:
    """Fault catalogue F9, F17."""
    set_up(tmp_path)
    journal, copy = tmp_path / "data" / "journal.db", str(tmp_path / "copy.db")
    keep_journal(tmp_path, times=3).close()
    assert till("journal", "verify", home=tmp_path).stdout == "3 records, the chain is whole.\n"
    assert till("backup", copy, home=tmp_path).stdout == f"3 records are copied, the chain is whole: {copy}\n"
    journal.unlink()
    gone = till("journal", "verify", home=tmp_path)
    assert gone.returncode == 1
    assert "it is gone. Put a copy back: till restore FILE" in gone.stderr
    restored = till("restore", copy, home=tmp_path).stdout.splitlines()
    assert restored[0] == "3 records are in place, the chain is whole."
    assert "till journal walk" in restored[-1]
    journal.write_bytes(b"no journal" * 1000)
    done = till("restore", copy, home=tmp_path)
    assert done.returncode == 0
    assert f"is kept: {tmp_path / 'data' / 'journal-replaced-1.db'}" in done.stdout
    assert till("journal", "verify", home=tmp_path).returncode == 0


def test_what_a_backup_or_a_restore_will_not_do_is_said(tmp_path: Path) -> None:
    """Fault catalogue F9, F11; invariant I9."""
    set_up(tmp_path)
    older, copy = str(tmp_path / "older.db"), str(tmp_path / "copy.db")
    nowhere = str(tmp_path / "absent" / "copy.db")
    assert "no journal" in till("backup", copy, home=tmp_path).stderr
    keep_journal(tmp_path).close()
    assert till("backup", older, home=tmp_path).returncode == 0
    keep_journal(tmp_path).close()
    for arguments, words in (
        (("backup", older), "is there already; nothing was written"),
        (("backup", nowhere), "cannot be written (cannot_open); there is no copy"),
        (("restore", nowhere), "There is no file"),
        (("restore", older), "records would be lost.\nNothing was changed."),
        (("restore", str(tmp_path / "till.toml")), "is not a whole journal.\nNothing was changed."),
    ):
        done = till(*arguments, home=tmp_path)
        assert done.returncode == 1
        assert words in done.stderr
    open_till = keep_journal(tmp_path)
    for arguments, words in (
        (("backup", copy), "Close the till, and back up again."),
        (("restore", older), "Close the till, and restore again."),
        (("journal", "verify"), "Close the till, and verify again."),
    ):
        assert words in till(*arguments, home=tmp_path).stderr
    open_till.close()
    (tmp_path / "data" / "journal.db").write_bytes(Path(older).read_bytes())
    assert "older than the one the till last wrote" in till("journal", "verify", home=tmp_path).stderr


def test_a_token_is_asked_for_only_where_the_settings_name_a_hub(tmp_path: Path) -> None:
    set_up(tmp_path)
    done = till("secrets", "set", "--hub", home=tmp_path, given="token\n")
    assert done.returncode == 1
    assert "name no hub" in done.stderr
    assert "name no hub" in till("restore", "--from-hub", home=tmp_path).stderr
    assert till("restore", home=tmp_path).returncode == 2
