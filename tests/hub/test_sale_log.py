"""The sale log's pages: who sees what, which forms are believed, and that stored text stays text."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from tests.doubles.chain import Chain
from tests.doubles.sale_log import PASSWORD, Browser, add_person
from tests.doubles.served import served
from tests.doubles.told import (
    AT,
    ToldJournal,
    in_batches,
    paid_sale,
    reference_of,
    refund,
    reported,
    requested,
)
from till.domain.money import Currency, Money
from till.domain.payment import Created
from till.hub import books, refunds, stores
from till.hub.alarms import AlarmKind, raise_alarm, standing_alarms
from till.hub.database import Database
from till.hub.people import Role
from till.hub.records import read_records
from till.hub.refunds import RefundAsked
from till.hub.server import make_app
from till.hub.settings import HubSettings
from till.hub.stores import Till
from till.settings.model import Mode, SecretPlace, SecretSettings

OWNER, MANAGER, CASHIER = "Kari Eier", "Nils Sjef", "Ola Kasse"
PAGES = ("/sales", "/open", "/figures", "/tills", "/chain", "/people")
OWNERS_FORMS = (
    "/chain/stores",
    "/chain/tills",
    "/chain/tills/kasse1/token",
    "/chain/tills/kasse1/revoke",
    "/chain/stickers",
    "/chain/stickers/remove",
    "/chain/alarms/1",
    "/people",
    "/people/1/password",
    "/people/1/remove",
)


@pytest.fixture
def chain(database: Database) -> Chain:
    made = Chain(database)
    add_person(made, OWNER, Role.OWNER)
    add_person(made, MANAGER, Role.MANAGER, "gronland")
    add_person(made, CASHIER, Role.CASHIER, "gronland")
    return made


@pytest.fixture
def client(chain: Chain, tmp_path: Path) -> Iterator[httpx.Client]:
    with served(app(chain, tmp_path)) as made:
        yield made


def app(chain: Chain, folder: Path, public_url: str = "http://127.0.0.1:1") -> Starlette:
    secrets = SecretSettings(SecretPlace.FILE, "/nowhere")
    settings = HubSettings(public_url, Mode.TEST, "http://127.0.0.1:1", folder, secrets)
    return make_app(settings, chain.database, chain.sealer, chain.clock, "1.0")


@pytest.fixture
def browser(client: httpx.Client) -> Iterator[Browser]:
    made = Browser(client)
    yield made
    made.close()


@pytest.fixture
def owner(browser: Browser) -> Browser:
    assert browser.sign_in(OWNER).headers["location"] == "/"
    return browser


@pytest.fixture
def manager(browser: Browser) -> Browser:
    browser.sign_in(MANAGER)
    return browser


@pytest.fixture
def cashier(browser: Browser) -> Browser:
    browser.sign_in(CASHIER)
    return browser


def tell(chain: Chain, till: str, journal: ToldJournal) -> None:
    for batch in in_batches(journal.records, 300):
        records = read_records(json.dumps({"records": batch}).encode())
        chain.database.write(lambda transaction, some=records: books.keep(transaction, till, some, chain.clock.now()))


def fill(chain: Chain) -> None:
    """Sell in both stores, and leave a payment open in each."""
    for till in ("kasse1", "kasse3"):
        journal = ToldJournal()
        journal.tell(*paid_sale(1, till=till, receipt=7001), *refund(1, 2550, till=till))
        journal.tell(*paid_sale(2, till=till, receipt=7002, amount=9900, at=AT + timedelta(hours=1)))
        journal.tell(requested(3, till=till, amount=4200), Created(reference_of(3, till), AT))
        tell(chain, till, journal)


# ---------------------------------------------------------------------------------------------- getting in


@pytest.mark.parametrize("path", ["/", *PAGES, "/password", "/payments/kasse1/kasse1-261121-0001-1"])
def test_nothing_is_shown_to_who_is_not_signed_in(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("path", [*OWNERS_FORMS, "/password", "/sign-out"])
def test_nothing_is_changed_by_who_is_not_signed_in(browser: Browser, path: str) -> None:
    answer = browser.send(path, of="/sign-in", name="x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_signing_in_leads_to_the_page_that_was_asked_for_and_nowhere_else(browser: Browser) -> None:
    form = {"of": "/sign-in", "name": OWNER, "password": PASSWORD}
    for asked in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = browser.send(f"/sign-in?next={asked}", **form)
        assert answer.headers["location"] == "/"
        browser.send("/sign-out", of="/sales")
    assert browser.send("/sign-in?next=/open", **form).headers["location"] == "/open"


def test_a_wrong_password_says_no_more_than_a_wrong_name(browser: Browser) -> None:
    first, second = browser.sign_in(OWNER, "wrong wrong wrong"), browser.sign_in("Nobody", "wrong wrong wrong")
    assert first.status_code == second.status_code == 403
    assert "not right" in first.text
    assert "not right" in second.text


def test_guessing_a_password_is_stopped(browser: Browser, client: httpx.Client) -> None:
    for _ in range(10):
        assert browser.sign_in(OWNER, "wrong wrong wrong").status_code == 403
    assert browser.sign_in(OWNER).status_code == 429
    assert browser.sign_in(MANAGER).status_code == 303


def test_an_address_that_guesses_names_is_stopped(browser: Browser) -> None:
    for number in range(30):
        browser.sign_in(f"Nobody {number}", "wrong wrong wrong")
    assert browser.sign_in(OWNER).status_code == 429


def test_a_session_is_over_after_signing_out_even_for_who_kept_the_cookie(owner: Browser, client: httpx.Client) -> None:
    kept = owner.cookies()["till-session"]
    assert owner.send("/sign-out", of="/sales").status_code == 303
    assert client.get("/sales", headers={"cookie": f"till-session={kept}"}).status_code == 303


def test_a_session_ends_by_itself(chain: Chain, owner: Browser) -> None:
    assert owner.get("/sales").status_code == 200
    chain.clock.turn(31 * 60)
    assert owner.get("/sales").status_code == 303


def test_changing_one_s_password_asks_for_the_old_one_and_signs_out_everywhere(
    client: httpx.Client, owner: Browser
) -> None:
    other = Browser(client)
    other.sign_in(OWNER)
    wrong = owner.send("/password", of="/password", password="not mine at all", new_password="a new long one")
    assert wrong.status_code == 403
    short = owner.send("/password", of="/password", password=PASSWORD, new_password="short")
    assert short.status_code == 400
    done = owner.send("/password", of="/password", password=PASSWORD, new_password="a new long one")
    assert done.headers["location"] == "/sign-in?done=password"
    assert other.get("/sales").status_code == 303
    assert other.sign_in(OWNER).status_code == 403
    assert other.sign_in(OWNER, "a new long one").status_code == 303
    other.close()


def test_cookies_are_kept_from_scripts_other_sites_and_plain_http(chain: Chain, tmp_path: Path) -> None:
    with served(app(chain, tmp_path, "https://hub.example")) as client:
        cookie = client.get("/sign-in").headers["set-cookie"]
        assert cookie.startswith("__Host-till-visitor=")
        for flag in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
            assert flag in cookie
        visitor = cookie.partition(";")[0].partition("=")[2]
        token = client.get("/sign-in", headers={"cookie": f"__Host-till-visitor={visitor}"}).text
        token = token.partition('name="form_token" value="')[2].partition('"')[0]
        fields = {"form_token": token, "name": OWNER, "password": PASSWORD}
        answer = client.post("/sign-in", data=fields, headers={"cookie": f"__Host-till-visitor={visitor}"})
        session = answer.headers["set-cookie"]
        assert session.startswith("__Host-till-session=")
        for flag in ("HttpOnly", "SameSite=lax", "Secure", "Max-Age=43200"):
            assert flag in session


# ---------------------------------------------------------------------------------------------- forms


def test_a_form_without_its_token_changes_nothing(chain: Chain, owner: Browser) -> None:
    for path in OWNERS_FORMS:
        assert owner.send_bare(path, id="new", name="New", msn="111111", currency="NOK").status_code == 403
    assert owner.send_bare("/sign-out").status_code == 403
    assert owner.send_bare("/password", password=PASSWORD, new_password="a new long one").status_code == 403
    assert len(chain.database.read(stores.stores)) == 2
    assert owner.get("/sales").status_code == 200


def test_a_form_with_the_token_of_another_session_changes_nothing(
    chain: Chain, client: httpx.Client, owner: Browser
) -> None:
    other = Browser(client)
    before = other.form_token("/sign-in")
    other.sign_in(OWNER)
    for token in (other.form_token("/chain"), before, "", "x"):
        fields = {"form_token": token, "id": "new", "name": "New", "msn": "111111", "currency": "NOK"}
        assert owner.send_bare("/chain/stores", **fields).status_code == 403
    assert len(chain.database.read(stores.stores)) == 2
    other.close()


def test_signing_in_needs_its_token_too(browser: Browser) -> None:
    browser.get("/sign-in")
    assert browser.send_bare("/sign-in", name=OWNER, password=PASSWORD).status_code == 403
    assert "till-session" not in browser.cookies()


def test_odd_requests_are_refused(client: httpx.Client, owner: Browser) -> None:
    assert owner.get("/sales?text=%00").status_code == 400
    assert owner.get("/payments/kasse1/%00").status_code == 400
    assert client.post("/sign-in", content=b"a=" + b"x" * 70_000).status_code == 413
    assert client.post("/sign-in", content=b"&".join(b"a=1" for _ in range(100))).status_code == 400
    assert client.post("/sign-in", content=b"\xff=\xfe").status_code == 403


# ---------------------------------------------------------------------------------------------- roles


def test_a_cashier_sees_search_and_open_payments_of_the_own_store_only(chain: Chain, cashier: Browser) -> None:
    fill(chain)
    for path in ("/sales", "/open", "/sales?store=majorstua", "/sales?till=kasse3"):
        page = cashier.get(path)
        assert page.status_code == 200
        assert "kasse3-" not in page.text
        assert "Majorstua" not in page.text
    assert "kasse1-261121-0001-1" in cashier.get("/sales").text
    assert "kasse1-261121-0003-1" in cashier.get("/open").text
    assert cashier.get("/payments/kasse1/kasse1-261121-0001-1").status_code == 200
    assert cashier.get("/payments/kasse3/kasse3-261121-0001-1").status_code == 404
    for path in ("/figures", "/tills", "/chain", "/people"):
        assert cashier.get(path).status_code == 403


def test_a_manager_sees_everything_of_the_own_store_only(chain: Chain, manager: Browser) -> None:
    fill(chain)
    for path in ("/sales", "/open", "/figures?day=2026-11-21&store=majorstua", "/tills"):
        page = manager.get(path)
        assert page.status_code == 200
        assert "Majorstua" not in page.text
        assert "Kasse3" not in page.text
    for path in ("/chain", "/people"):
        assert manager.get(path).status_code == 403


@pytest.mark.parametrize("name", [CASHIER, MANAGER])
@pytest.mark.parametrize("path", OWNERS_FORMS)
def test_nobody_but_an_owner_changes_the_chain(chain: Chain, browser: Browser, name: str, path: str) -> None:
    browser.sign_in(name)
    fields = {"id": "new", "name": "New", "msn": "111111", "currency": "NOK", "role": "owner", "password": PASSWORD}
    assert browser.send(path, of="/sales", **fields).status_code == 403
    assert len(chain.database.read(stores.stores)) == 2
    assert all(till.may_speak for till in chain.database.read(stores.tills))


def test_an_owner_sees_every_store(chain: Chain, owner: Browser) -> None:
    fill(chain)
    for path in ("/sales", "/open", "/figures?day=2026-11-21", "/tills", "/chain"):
        page = owner.get(path).text
        assert "Grønland" in page
        assert "Majorstua" in page


def test_a_till_s_token_opens_no_page_and_a_session_no_till_s_path(
    chain: Chain, client: httpx.Client, owner: Browser
) -> None:
    for path in PAGES:
        assert client.get(path, headers=chain.token("kasse1")).status_code == 303
    session = owner.cookies()["till-session"]
    for path in ("/till/v1/journal", "/till/v1/journal/last", "/till/v1/events"):
        assert owner.get(path).status_code == 401
        assert owner.get(path, authorization=f"Bearer {session}").status_code == 401


# ---------------------------------------------------------------------------------------------- what is shown


def test_search_finds_by_receipt_reference_amount_time_store_and_till(chain: Chain, owner: Browser) -> None:
    fill(chain)

    def found(query: str) -> set[str]:
        page = owner.get(f"/sales?{query}").text
        references = (reference_of(sale, till) for till in ("kasse1", "kasse3") for sale in (1, 2, 3))
        return {reference for reference in references if reference in page}

    assert found("text=7001") == {reference_of(1), reference_of(1, "kasse3")}
    assert found("text=7001&store=gronland") == {reference_of(1)}
    assert found(f"text={reference_of(2)}") == {reference_of(2)}
    assert found("text=99999999999999999999999999") == set()
    assert found("text=nowhere-261121-0001-1") == set()
    assert found("amount=99%2C00&till=kasse1") == {reference_of(2)}
    assert found("amount=42&store=majorstua") == {reference_of(3, "kasse3")}
    assert found("since=2026-11-21T10:30&till=kasse1") == {reference_of(2)}
    assert found("since=2026-11-22") == set()
    assert len(found("since=2026-11-21&until=2026-11-21")) == 6
    assert len(found("")) == 6
    assert "cannot be read" in owner.get("/sales?amount=lots").text
    assert "cannot be read" in owner.get("/sales?since=yesterday").text


def test_a_search_is_paged_without_losing_or_repeating_any(chain: Chain, owner: Browser) -> None:
    journal = ToldJournal()
    for sale in range(1, 121):
        # Many at one time: a page may end among them.
        journal.tell(requested(sale, at=AT + timedelta(minutes=sale // 40)))
    tell(chain, "kasse1", journal)
    seen: list[str] = []
    path = "/sales"
    while path:
        page = owner.get(path).text
        rows = page.split('href="/payments/kasse1/')[1:]
        seen += [row.partition('"')[0] for row in rows]
        path = page.partition('<a class="button" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120


def test_a_payment_is_told_line_by_line_with_its_refunds(chain: Chain, cashier: Browser) -> None:
    fill(chain)
    page = cashier.get(f"/payments/kasse1/{reference_of(1)}").text
    for words in ("Payment requested", "captured 125.50", "Refund requested", "refunded 25.50", "7001", "Refunded"):
        assert words in page
    assert "The keys of this store" not in page
    asked = cashier.get(f"/payments/kasse1/{reference_of(1)}?wallet=yes").text
    assert "The keys of this store" in asked


def test_refunds_that_the_hub_makes_for_other_stores_are_seen_too(chain: Chain, owner: Browser) -> None:
    fill(chain)
    amount = Money(1500, Currency.NOK)
    asked = RefundAsked("r-1", "kasse3", "gronland", reference_of(2), amount, "Per", "")
    chain.database.write(lambda transaction: refunds.ask(transaction, asked, now=AT, approval_above=100_000))
    page = owner.get(f"/payments/kasse1/{reference_of(2)}").text
    assert "15.00" in page
    assert "Being refunded" in page
    assert "15.00" in owner.get("/open").text


def test_open_payments_say_their_age_and_what_may_be_done(chain: Chain, cashier: Browser) -> None:
    journal = ToldJournal()
    journal.tell(requested(1), Created(reference_of(1), AT), reported(reference_of(1), amount=1))
    tell(chain, "kasse1", journal)
    page = cashier.get("/open").text
    assert "2 hours ago" in page
    assert "Do not take the money again before it is clear what happened." in page


def test_a_day_s_figures_are_summed_and_drawn(chain: Chain, owner: Browser) -> None:
    fill(chain)
    page = owner.get("/figures?day=2026-11-21").text
    assert "449.00" in page
    assert "51.00" in page
    assert page.count("<svg") >= 3
    assert "No sales that day" in owner.get("/figures?day=2026-11-20").text
    assert owner.get("/figures?day=never").status_code == 200
    assert owner.get("/figures?day=0001-01-01").status_code == 200


def test_stored_markup_is_shown_as_text(chain: Chain, owner: Browser) -> None:
    markup = "<script>alert(1)</script>"
    chain.database.write(lambda transaction: stores.add_till(transaction, Till("kasse9", "gronland", markup)))
    add_person(chain, f"{markup} Eier", Role.OWNER)
    journal = ToldJournal()
    journal.tell(*paid_sale(1, till="kasse9"))
    journal.add(f"payment/{reference_of(1, 'kasse9')}", markup, 1, json.dumps(markup), AT)
    tell(chain, "kasse9", journal)
    chain.database.write(lambda transaction: raise_alarm(transaction, "kasse9", AlarmKind.FORK, 1, chain.clock.now()))
    paths = (*PAGES, f"/payments/kasse9/{reference_of(1, 'kasse9')}", f"/sales?text={markup}", f"/sales?store={markup}")
    for path in paths:
        page = owner.get(path)
        assert page.status_code == 200
        assert "<script" not in page.text
    assert "&lt;script&gt;" in owner.get("/tills").text


def test_every_page_keeps_itself_to_itself(client: httpx.Client, owner: Browser) -> None:
    answers = [owner.get(path) for path in (*PAGES, "/", "/password", "/payments/a/b", "/style.css")]
    answers += [client.get("/sign-in"), client.get("/sales"), owner.send_bare("/people")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "<script" not in answer.text
        assert "style=" not in answer.text


def test_pages_speak_the_browser_s_language_and_the_chosen_one(client: httpx.Client, owner: Browser) -> None:
    assert "Logg inn" in client.get("/sign-in", headers={"accept-language": "no, en;q=0.5"}).text
    assert "Sign in" in client.get("/sign-in", headers={"accept-language": "fi, en;q=0.5, nb;q=0.4"}).text
    assert "Sign in" in client.get("/sign-in", headers={"accept-language": "x;q=y,,;"}).text
    assert "Search sales" in owner.get("/sales").text
    assert "Søk i salg" in owner.get("/sales?language=nb").text
    assert "Åpne betalinger" in owner.get("/open").text


# ---------------------------------------------------------------------------------------------- the owner's pages


def test_a_token_is_shown_once_and_its_old_one_ends(chain: Chain, client: httpx.Client, owner: Browser) -> None:
    page = owner.send("/chain/tills/kasse1/token", of="/chain").text
    token = page.partition("<code>")[2].partition("</code>")[0]
    path = "/till/v1/journal/last"
    assert client.get(path, headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert client.get(path, headers=chain.token("kasse1")).status_code == 401
    assert token not in owner.get("/chain").text
    owner.send("/chain/tills/kasse1/revoke", of="/chain")
    assert client.get(path, headers={"authorization": f"Bearer {token}"}).status_code == 401
    assert owner.send("/chain/tills/nowhere/token", of="/chain").status_code == 400


def test_an_owner_adds_stores_tills_and_stickers(chain: Chain, owner: Browser) -> None:
    fields = {"id": "torshov", "name": "Torshov", "msn": "777777", "currency": "NOK"}
    assert owner.send("/chain/stores", of="/chain", **fields).status_code == 303
    assert owner.send("/chain/stores", of="/chain", **fields).status_code == 400
    assert owner.send("/chain/stores", of="/chain", **{**fields, "id": "../x"}).status_code == 400
    till = {"id": "kasse7", "name": "Kasse 7", "store": "torshov"}
    assert "<code>" in owner.send("/chain/tills", of="/chain", **till).text
    for change in ({}, {"id": "Kasse 8"}, {"id": "kasse8", "store": "nowhere"}, {"id": "kasse8", "name": ""}):
        assert owner.send("/chain/tills", of="/chain", **{**till, **change}).status_code == 400
    hung = owner.send("/chain/stickers", of="/chain", merchant_qr_id="disk7", till="kasse7")
    assert hung.status_code == 303
    assert "disk7" in owner.get("/chain").text
    owner.send("/chain/stickers/remove", of="/chain", merchant_qr_id="disk7", msn="777777")
    assert "disk7" not in owner.get("/chain").text


def test_an_owner_adds_and_removes_people(client: httpx.Client, owner: Browser) -> None:
    fields = {"name": "Per", "role": "cashier", "store": "majorstua", "password": "a good long one"}
    assert owner.send("/people", of="/people", **fields).status_code == 303
    assert owner.send("/people", of="/people", **fields).status_code == 400
    assert owner.send("/people", of="/people", **{**fields, "name": "Pål", "role": "king"}).status_code == 400
    per = Browser(client)
    assert per.sign_in("Per", "a good long one").status_code == 303
    person = owner.get("/people").text.partition("<strong>Per</strong>")[2]
    person = person.partition('action="/people/')[2].partition("/password")[0]
    owner.send(f"/people/{person}/password", of="/people", password="another long one")
    assert per.get("/sales").status_code == 303
    per.sign_in("Per", "another long one")
    owner.send(f"/people/{person}/remove", of="/people")
    assert per.get("/sales").status_code == 303
    assert per.sign_in("Per", "another long one").status_code == 403
    per.close()


def test_an_alarm_stands_on_every_page_until_an_owner_acknowledges_it(
    chain: Chain, client: httpx.Client, owner: Browser
) -> None:
    manager = Browser(client)
    manager.sign_in(MANAGER)
    chain.database.write(lambda transaction: raise_alarm(transaction, "kasse1", AlarmKind.FORK, 9, chain.clock.now()))
    (alarm,) = chain.database.read(standing_alarms)
    for one in (owner, manager):
        assert "Alarms that nobody has acknowledged: 1." in one.get("/sales").text
    assert "Acknowledge" not in manager.get("/tills").text
    assert manager.send(f"/chain/alarms/{alarm.id}", of="/tills").status_code == 403
    assert owner.send(f"/chain/alarms/{alarm.id}", of="/tills").status_code == 303
    assert "Alarms" not in owner.get("/sales").text
    manager.close()
