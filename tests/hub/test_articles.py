"""A store's articles on the hub: taken whole, told to its tills, and sent only where they have changed."""

import httpx
import pytest

from tests.doubles.chain import Chain
from till.catalogue.importer import ImportRefused
from till.domain.money import Currency
from till.hub import articles
from till.hub.outbox import events_after

HEAD = "plu;gtin;name;price;unit;vat\n"
BUN = f"{HEAD}1001;;Kanelbolle;32,00;piece;15\n".encode()
DEARER = f"{HEAD}1001;;Kanelbolle;34,00;piece;15\n".encode()


def keep(chain: Chain, content: bytes) -> bool:
    now = chain.clock.now()
    return chain.database.write(lambda transaction: articles.keep(transaction, chain.sealer, "gronland", content, now))


def events(chain: Chain, till: str) -> list[str]:
    found = chain.database.read(lambda transaction: events_after(transaction, chain.sealer, till, 0))
    return [event.kind for event in found]


def test_the_tills_of_the_store_are_told_once_of_each_change(chain: Chain) -> None:
    assert [keep(chain, content) for content in (BUN, BUN, DEARER)] == [True, False, True]
    assert events(chain, "kasse1") == events(chain, "kasse2") == ["articles", "articles"]
    assert events(chain, "kasse3") == []


def test_a_till_fetches_its_store_s_file_and_only_when_it_has_changed(chain: Chain, client: httpx.Client) -> None:
    keep(chain, BUN)
    first = client.get("/till/v1/articles", headers=chain.token("kasse1"))
    assert (first.status_code, first.content) == (200, BUN)
    again = {**chain.token("kasse1"), "If-None-Match": first.headers["etag"]}
    assert client.get("/till/v1/articles", headers=again).status_code == 304
    keep(chain, DEARER)
    assert client.get("/till/v1/articles", headers=again).content == DEARER
    assert client.get("/till/v1/articles", headers=chain.token("kasse3")).status_code == 404


def test_a_file_with_a_bad_line_is_refused_whole() -> None:
    assert articles.check(BUN, Currency.NOK) == 1
    with pytest.raises(ImportRefused, match="line 3"):
        articles.check(BUN + b"1002;;;x;piece;15\n", Currency.NOK)
