"""The command line: what a shopkeeper types, and what is said when it does not fit."""

import subprocess
import sys
from pathlib import Path

from till.resource_files import resource_path


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
