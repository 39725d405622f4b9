"""A store's articles through the owner's page: a file from a browser, bounded, checked whole, and believed from an owner alone."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.doubles.chain import Chain
from tests.doubles.sale_log import Browser, add_person
from tests.doubles.served import served
from tests.hub.test_articles import BUN, DEARER, events
from tests.hub.test_sale_log import app
from till.hub import articles
from till.hub.people import Role
from till.hub.web.site import FORM_MOST
from till.hub.web.uploads import FIELDS_MOST, OddForm, fields_and_file

FORM = "/chain/stores/gronland/articles"


@pytest.fixture
def client(chain: Chain, tmp_path: Path) -> Iterator[httpx.Client]:
    with served(app(chain, tmp_path)) as made:
        yield made


@pytest.fixture
def owner(chain: Chain, client: httpx.Client) -> Iterator[Browser]:
    browser = Browser(client)
    add_person(chain, "Kari", Role.OWNER)
    browser.sign_in("Kari")
    yield browser
    browser.close()


def kept(chain: Chain) -> bytes | None:
    found = chain.database.read(lambda transaction: articles.file_for(transaction, "kasse1"))
    return None if found is None else found[1]


def test_an_owner_sends_a_store_its_articles_and_its_tills_are_told(chain: Chain, owner: Browser) -> None:
    assert "no file yet" in owner.get("/chain").text
    for file, done in ((BUN, "articles"), (BUN, "articles_same"), (DEARER, "articles")):
        answer = owner.upload(FORM, file, of="/chain")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/chain?done={done}")
        assert kept(chain) == file
    assert events(chain, "kasse1") == ["articles", "articles"]
    assert "The file is from" in owner.get("/chain?done=articles").text


def test_a_file_with_mistakes_is_refused_whole_and_each_is_told_by_its_line(chain: Chain, owner: Browser) -> None:
    owner.upload(FORM, BUN, of="/chain")
    broken = DEARER + b"1001;;<b>Bolle</b>;x;piece;15\n"
    answer = owner.upload(FORM, broken, of="/chain")
    assert answer.status_code == 400
    assert "line 3: price must be a number" in answer.text
    assert "line 3: the PLU stands on line 2 already" in answer.text
    assert kept(chain) == BUN
    for empty in (b"", b"\xff\xd8\xff", b"plu;name\n"):
        assert owner.upload(FORM, empty, of="/chain").status_code == 400
    assert owner.upload("/chain/stores/nowhere/articles", BUN, of="/chain").status_code == 400
    assert kept(chain) == BUN


def test_only_an_owners_own_form_is_believed(chain: Chain, client: httpx.Client, owner: Browser) -> None:
    assert owner.upload_bare(FORM, BUN).status_code == 403
    assert owner.upload_bare(FORM, BUN, form_token="x").status_code == 403
    add_person(chain, "Ola", Role.MANAGER, "gronland")
    manager, nobody = Browser(client), Browser(client)
    manager.sign_in("Ola")
    assert manager.upload(FORM, BUN, of="/sales").status_code == 403
    assert nobody.upload(FORM, BUN, of="/sign-in").headers["location"] == "/sign-in"
    for stranger in (manager, nobody):
        assert stranger.upload_bare(FORM, bytes(FORM_MOST + 1)).status_code == 413
        stranger.close()
    assert kept(chain) is None


def test_a_file_over_the_limit_is_not_taken_in(chain: Chain, owner: Browser) -> None:
    assert owner.upload_bare(FORM, bytes(articles.CONTENT_MOST + FORM_MOST)).status_code == 413
    assert kept(chain) is None


KIND = "multipart/form-data; boundary=line"
PART = b'--line\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
FILE = b'--line\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'


def test_fields_and_file_come_out_as_they_were_sent() -> None:
    content = "a;ø\r\n\r\n--lin".encode()
    body = PART % (b"form_token", "æ=&".encode()) + FILE + content + b"\r\n--line--\r\n"
    assert fields_and_file(KIND, body) == ({"form_token": "æ=&"}, content)
    assert fields_and_file(KIND, b"--line--") == ({}, b"")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (KIND, b""),
        (KIND, FILE + b"cut short"),
        (KIND, b"before" + FILE + b"\r\n--line--"),
        (KIND, b"--line\r\n\r\nno head\r\n--line--"),
        (KIND, PART % (b"a", b"b") * (FIELDS_MOST + 1) + b"--line--"),
        ("multipart/form-data", FILE + b"\r\n--line--"),
        ("multipart/form-data; boundary=l\u00edne", FILE + b"\r\n--line--"),
        ("application/x-www-form-urlencoded", b"a=b"),
        ("", b"a=b"),
    ],
)
def test_what_no_browser_sends_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(OddForm):
        fields_and_file(kind, body)
