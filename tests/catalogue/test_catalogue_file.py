"""The article file: what is refused when it is opened, and what a failed import leaves."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.doubles.articles import article, many_articles
from till.catalogue.arrivals import Arrivals
from till.catalogue.store import CatalogueRefused, arrival_of, open_catalogue, origin_of, write_catalogue
from till.domain.money import Currency
from till.engine.article_ports import ArticlesRefused


def refusal(path: Path) -> str:
    with pytest.raises(CatalogueRefused) as refused:
        open_catalogue(path)
    return refused.value.reason


def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    for content, reason in ((None, "missing"), (b"no database" * 99, "damaged"), (b"", "old")):
        if content is not None:
            path.write_bytes(content)
        assert refusal(path) == reason
    path.unlink()
    newer = sqlite3.connect(path)
    newer.execute("pragma user_version = 9")
    newer.close()
    assert refusal(path) == "newer"


def test_a_file_of_this_version_without_articles_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    other = sqlite3.connect(path)
    other.execute("pragma user_version = 1")
    other.close()
    assert refusal(path) == "damaged"


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_damage_anywhere_is_met_when_the_file_is_opened_and_not_with_a_customer_waiting(
    tmp_path: Path, part: float
) -> None:
    path = tmp_path / "articles.db"
    write_catalogue(path, many_articles(2_000))
    content = bytearray(path.read_bytes())
    begin = int(len(content) * part) // 4096 * 4096
    content[begin : begin + 4096] = b"\xaa" * len(content[begin : begin + 4096])
    path.write_bytes(content)
    assert refusal(path) == "damaged"


def test_a_file_cut_short_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    write_catalogue(path, many_articles(2_000))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refusal(path) == "damaged"


@pytest.mark.parametrize(
    "change",
    [
        "drop table article",
        "update article set currency = 'XXX'",
        "update article set unit = 'box'",
        "update article set deposit = 'no json'",
    ],
)
def test_damage_that_comes_while_the_file_is_open_is_a_refusal_too(tmp_path: Path, change: str) -> None:
    path = tmp_path / "articles.db"
    write_catalogue(path, [article("1001", favourite="Pant")])
    store = open_catalogue(path)
    try:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute(change)
        other.close()
        for ask in (lambda: store.by_plu("1001"), store.favourites, lambda: store.search("grov", 9)):
            with pytest.raises(CatalogueRefused) as refused:
                ask()
            assert refused.value.reason == "damaged"
    finally:
        store.close()


def test_an_import_that_fails_leaves_the_old_articles_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    write_catalogue(path, [article("1001")])
    before = path.read_bytes()
    with pytest.raises(CatalogueRefused):
        write_catalogue(path, [article("1002"), article("1002")])
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["articles.db"]


def test_what_a_killed_import_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    (tmp_path / "articles.db.new").write_bytes(b"half")
    write_catalogue(path, [article("1001")])
    assert [one.name for one in tmp_path.iterdir()] == ["articles.db"]


def test_an_open_store_keeps_its_articles_while_new_ones_are_put_in_place(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    write_catalogue(path, [article("1001")])
    store = open_catalogue(path)
    try:
        write_catalogue(path, [article("1002")])
        assert store.by_plu("1001") == article("1001")
    finally:
        store.close()
    again = open_catalogue(path)
    assert (again.by_plu("1001"), again.by_plu("1002")) == (None, article("1002"))
    again.close()


def test_a_folder_with_odd_signs_in_its_name_holds_a_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "50 % æøå #1?mode=rwc" / "articles.db"
    write_catalogue(path, [article("1001")])
    store = open_catalogue(path)
    assert store.by_plu("1001") == article("1001")
    store.close()
    shutil.rmtree(path.parent)


def test_ten_thousand_articles_are_written_and_found(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "a.db", many_articles(10_000))
    store = open_catalogue(tmp_path / "a.db")
    assert len(store.search("vare 99", 30)) == 30
    store.close()


HEAD = "plu;gtin;name;price;unit;vat\n"
BUN = f"{HEAD}1001;;Kanelbolle;32,00;piece;15\n".encode()


def names_of(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def test_an_open_store_turns_to_what_has_arrived_and_nothing_is_left_over(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    write_catalogue(path, [article("1001")])
    store = open_catalogue(path)
    assert store.search("grov", 9) == (article("1001"),)
    store.renew()
    assert store.by_plu("1001") == article("1001")
    arrivals = Arrivals(path, Currency.NOK)
    assert arrivals.origin() == ""
    arrivals.lay_ready(BUN, "digest-1")
    assert (arrivals.origin(), origin_of(path)) == ("digest-1", "")
    assert store.by_plu("1001") == article("1001")
    store.renew()
    found = store.by_plu("1001")
    assert found is not None
    assert found.name == "Kanelbolle"
    assert store.search("grov", 9) == ()
    assert store.search("kanel", 9) == (found,)
    assert (arrivals.origin(), names_of(tmp_path)) == ("digest-1", {"articles.db"})
    store.close()


def test_a_broken_arrival_leaves_the_store_with_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    write_catalogue(path, [article("1001")])
    arrivals = Arrivals(path, Currency.NOK)
    with pytest.raises(ArticlesRefused, match="line 3") as refused:
        arrivals.lay_ready(BUN + b"1002;;;x;piece;15\n", "digest-1")
    assert refused.value.is_for_good
    assert names_of(tmp_path) == {"articles.db"}
    arrival_of(path).write_bytes(b"no database" * 99)
    store = open_catalogue(path)
    with pytest.raises(CatalogueRefused):
        store.renew()
    assert store.by_plu("1001") == article("1001")
    assert arrivals.origin() == ""
    store.close()


def test_a_place_that_cannot_be_written_is_another_refusal(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    arrival_of(path).mkdir()
    with pytest.raises(ArticlesRefused) as refused:
        Arrivals(path, Currency.NOK).lay_ready(BUN, "digest-1")
    assert not refused.value.is_for_good


def test_a_start_takes_what_arrived_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "articles.db"
    Arrivals(path, Currency.NOK).lay_ready(BUN, "digest-1")
    store = open_catalogue(path)
    assert store.by_plu("1001") is not None
    store.close()
    assert (origin_of(path), names_of(tmp_path)) == ("digest-1", {"articles.db"})
