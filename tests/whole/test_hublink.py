"""The whole till with a hub beside it, over real sockets: check-in, hints, the journal's copy, and a till that was lost."""

import contextlib
import hashlib
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from tests.doubles.hub import TOKEN, HubDouble, running_hub
from tests.doubles.hub_process import HubHouse
from tests.doubles.sale_log import PASSWORD, Browser
from tests.whole.test_hub import Shop, free_port, shop
from tests.whole.test_whole_till import Headless, seen
from till.catalogue.store import origin_of
from till.cli import main
from till.demo import DemoKeys, Sandbox, make_demo_shop, running_sandbox
from till.domain.faults import Fault, FaultCode
from till.domain.intents import AddArticle
from till.domain.payment import Captured, Flow, Waiting
from till.domain.secret import Secret
from till.engine.snapshot import Panel
from till.engine.wishes import NextSale, ShowPanel
from till.engine_room import EngineRoom, read_keys
from till.hub import check_ins, people, stores
from till.hub.people import Role
from till.journal.sqlite import SqliteJournal
from till.settings.model import HubSettings
from till.settings.secrets import SecretName, hub_token_of
from till.settings.template import settings_text
from till.vipps.access import System
from till.vipps.calls import Calls
from till.vipps.qr import QrApi
from till.vipps.qr_requests import Location
from till.vipps.transport import HttpxTransport
from till.vipps.webhooks import Webhooks

pytestmark = pytest.mark.whole
__all__ = ["shop"]  # a fixture


class Linked(Headless):
    """A till without windows that has a hub."""

    def __init__(self, sandbox: Sandbox, folder: Path, url: str, token: str = TOKEN) -> None:
        settings, self.folders = make_demo_shop("NO", sandbox, folder)
        settings = replace(settings, hub=HubSettings(url))
        keys = DemoKeys(sandbox)
        keys.put(hub_token_of(settings.till.id), Secret(token))
        self.arrived = []
        self.room = EngineRoom(settings, self.folders, keys, self.arrived.append)
        self.room.start()
        self.room.start_world()


@contextlib.contextmanager
def linked(folder: Path) -> Iterator[tuple[Linked, Sandbox, HubDouble]]:
    with running_sandbox("NO") as sandbox, running_hub() as hub:
        till = Linked(sandbox, folder, hub.url)
        try:
            hub.until(lambda: hub.listeners)
            yield till, sandbox, hub
        finally:
            till.room.stop()


def checked_in(sandbox: Sandbox) -> str:
    """Let a customer scan the till's sticker; return the token that the wallet tells a hub."""
    keys = read_keys(DemoKeys(sandbox), sandbox.msn)
    calls = Calls.with_keys(keys, transport=HttpxTransport(), base_url=sandbox.base_url, system=System("till", "0.1.0"))
    with contextlib.closing(QrApi(calls)) as api:
        api.put_callback("kasse1", Location("Kasse 1"))
        scan = {"content": api.callback("kasse1").content, "number": sandbox.customers[0]["phone_number"]}
    request = urllib.request.Request(f"{sandbox.base_url}/_sandbox/check-ins", json.dumps(scan).encode())
    with urllib.request.urlopen(request) as answer:
        return str(json.loads(answer.read())["customerToken"])


def test_a_customer_who_checks_in_pays_and_the_token_stays_in_memory(tmp_path: Path) -> None:
    with linked(tmp_path) as (till, sandbox, hub):
        till.until(lambda _: True)
        till.room.offer(AddArticle("1001"))
        till.room.offer(ShowPanel(Panel.TENDER))
        till.until(lambda shot: shot.around.panel is Panel.TENDER)
        token = checked_in(sandbox)
        hub.check_in("Kasse 1", key="one", token=token)
        reference = till.reference(Waiting)
        hub.until(lambda: hub.used == ["one"])
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        hub.say("payment", {"reference": reference})
        till.reference(Captured)
        hub.until(lambda: any(record["kind"] == "sale-completed" for record in hub.records))
        till.room.stop()
        for path in tmp_path.rglob("*"):
            kept = path.read_bytes() if path.is_file() else b""
            assert token.encode() not in kept, path
            assert TOKEN.encode() not in kept, path
        assert not any(token in repr(shot) for shot in till.arrived)
        assert token not in json.dumps(hub.records)


def test_a_hint_leads_to_the_end_of_a_payment(tmp_path: Path) -> None:
    with linked(tmp_path) as (till, sandbox, hub):
        reference = till.pay(Flow.PHONE_NUMBER, sandbox.customers[0]["phone_number"])
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        hub.say("payment", {"reference": reference})
        till.reference(Captured)
        assert seen(sandbox, reference)["captured"] == seen(sandbox, reference)["amount"]


def test_a_hub_that_dies_between_approval_and_hint_costs_only_delay(tmp_path: Path) -> None:
    with linked(tmp_path) as (till, sandbox, hub):
        reference = till.pay(Flow.CUSTOMER_SCREEN)
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        hub.die()
        till.reference(Captured)
        shot = till.until(lambda shot: shot.around.hub_fault is not None)
        assert shot.around.hub_fault == Fault(FaultCode.HUB_AWAY)


def test_the_hub_has_the_whole_journal_after_a_sale_and_none_of_it_is_the_customers(tmp_path: Path) -> None:
    with linked(tmp_path) as (till, sandbox, hub):
        number = sandbox.customers[0]["phone_number"]
        reference = till.pay(Flow.PHONE_NUMBER, number)
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        hub.say("payment", {"reference": reference})
        till.reference(Captured)
        hub.until(lambda: any(record["kind"] == "sale-completed" for record in hub.records))
        assert not any(number in record["body"] for record in hub.records)


def test_a_lost_till_is_set_up_again_from_the_hub(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    with linked(first) as (till, sandbox, hub):
        reference = till.pay(Flow.CUSTOMER_SCREEN)
        sandbox.post(f"/_sandbox/payments/{reference}/approve")
        hub.say("payment", {"reference": reference})
        till.reference(Captured)
        till.room.offer(NextSale())
        hub.until(lambda: any(record["kind"] == "sale-completed" for record in hub.records))
        till.room.stop()
        keys = tmp_path / "keys.toml"
        keys.touch(0o600)
        keys.write_text(f'"kasse1.hub_token" = "{TOKEN}"\n')
        extra = f'\n[hub]\nurl = "{hub.url}"\n[data]\nfolder = "{second}"\n[secrets]\nstore = "file"\nfile = "{keys}"\n'
        settings = tmp_path / "till.toml"
        settings.write_text(settings_text(market="NO", msn="900001", shop="S", extra=extra))
        hub.rows_a_reply = 7
        assert main(["--settings", str(settings), "restore", "--from-hub"]) == 0
        assert "the chain is whole" in capsys.readouterr().out
        journal = SqliteJournal.open(second / "journal.db", tmp_path / "second.mark")
        assert [row.hash.hex() for row in journal.rows(0, 500)] == [record["hash"] for record in hub.records]
        found = journal.find_paid("1")
        assert found is not None
        assert found.reference == reference
        journal.close()
        assert main(["--settings", str(settings), "restore", "--from-hub"]) == 1
        assert "There is a journal already" in capsys.readouterr().err
        hub.token = "another"
        (second / "journal.db").unlink()
        assert main(["--settings", str(settings), "restore", "--from-hub"]) == 1
        assert "does not know this till" in capsys.readouterr().err


def test_a_scanned_sticker_is_paid_at_the_till_with_sandbox_and_hub_beside_it(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "till"
    folder.mkdir()
    house = HubHouse(tmp_path, msn=shop.keys.msn, base_url=shop.told["base_url"], port=free_port())
    with contextlib.closing(house.database()) as database:
        database.write(lambda transaction: stores.keep_keys(transaction, house.sealer, "gronland", shop.keys))
        database.write(lambda transaction: check_ins.hang_sticker(transaction, shop.keys.msn, "disk1", "kasse1"))
    QrApi(shop.calls).put_callback("disk1", Location("Kasse 1"))
    keys = {name: Secret(shop.told[name.value]) for name in SecretName}
    sandbox = Sandbox(shop.told["base_url"], shop.keys.msn, "", keys, tuple(shop.told["customers"]))
    hub = house.start()
    till = Linked(sandbox, folder, hub.address, house.tokens["kasse1"])
    try:
        till.until(lambda _: True)
        till.room.offer(AddArticle("1001"))
        till.room.offer(ShowPanel(Panel.TENDER))
        while not Webhooks(shop.calls).list():  # the hub registers itself, soon after its start
            threading.Event().wait(0.05)
        (sticker,) = shop.control("stickers")
        shop.control("check-ins", {"content": sticker["content"], "number": sandbox.customers[0]["phone_number"]})
        reference = till.reference(Waiting)
        shop.control(f"payments/{reference}/approve", {})
        till.reference(Captured)
        assert till.arrived[-1].around.hub_fault is None  # type: ignore[union-attr]
    finally:
        till.room.stop()
        hub.stop()


FORM = "/chain/stores/gronland/articles"
HEAD = "plu;gtin;name;price;unit;vat;favourite\n"
BUN = f"{HEAD}9001;;Kanelbolle;32,00;piece;15;A\n".encode()
DEARER = f"{HEAD}9001;;Kanelbolle;34,00;piece;15;A\n".encode()


def test_the_tills_articles_follow_the_hubs_while_it_sells(tmp_path: Path) -> None:
    folder = tmp_path / "till"
    folder.mkdir()
    house = HubHouse(tmp_path, port=free_port())
    with contextlib.closing(house.database()) as database:
        owner = people.kept_password(Secret(PASSWORD))
        database.write(
            lambda transaction: people.add_person(transaction, name="Kari", role=Role.OWNER, store=None, password=owner)
        )
    hub = house.start()
    try:
        with running_sandbox("NO") as sandbox, httpx.Client(base_url=hub.address) as client:
            browser = Browser(client)
            browser.sign_in("Kari")
            assert browser.upload(FORM, BUN, of="/chain").status_code == 303
            till = Linked(sandbox, folder, hub.address, house.tokens["kasse1"])
            try:
                till.until(lambda shot: [one.plu for one in shot.favourites] == ["9001"])
                till.room.offer(AddArticle("9001"))
                assert browser.upload(FORM, DEARER, of="/chain").status_code == 303
                till.until(lambda shot: [one.price.minor for one in shot.favourites] == [3400])
                till.room.offer(AddArticle("9001"))
                shot = till.until(lambda shot: shot.state.sale is not None and len(shot.state.sale.basket.lines) == 2)
                assert shot.state.sale is not None
                assert [line.price.minor for line in shot.state.sale.basket.lines] == [3200, 3400]
            finally:
                till.room.stop()
                browser.close()
    finally:
        hub.stop()
    assert origin_of(till.folders.articles) == hashlib.sha256(DEARER).hexdigest()


def test_the_go_live_check_shows_what_the_hub_has_heard(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = HubHouse(tmp_path, msn=shop.keys.msn, base_url=shop.told["base_url"], port=free_port())
    with contextlib.closing(house.database()) as database:
        database.write(lambda transaction: stores.keep_keys(transaction, house.sealer, "gronland", shop.keys))
    keys, settings, report = (tmp_path / name for name in ("till-keys.toml", "till.toml", "report.json"))
    keys.touch(0o600)
    kept = {name.of(shop.keys.msn): shop.told[name.value] for name in SecretName} | {
        hub_token_of("kasse1"): house.tokens["kasse1"]
    }
    keys.write_text("".join(f'"{name}" = "{secret}"\n' for name, secret in kept.items()))
    hub = house.start()
    extra = (
        f'\n[hub]\nurl = "{hub.address}"\n[data]\nfolder = "{tmp_path}"\n[secrets]\nstore = "file"\nfile = "{keys}"\n'
    )
    settings.write_text(
        settings_text(market="NO", msn=shop.keys.msn, shop="S", base_url=shop.told["base_url"], extra=extra)
    )
    try:
        while not Webhooks(shop.calls).list():  # the hub registers itself, soon after its start
            threading.Event().wait(0.05)
        status = main(["--settings", str(settings), "verify", "--json", str(report)])
        said = capsys.readouterr()
        assert (status, said.err) == (0, "")
        steps = {step["step"]: step for step in json.loads(report.read_text())["steps"]}
        assert [steps[f"hub.{name}"]["outcome"] for name in ("connected", "registered", "heard")] == ["passed"] * 3
        assert steps["hub.heard"]["found"] == "7 payments"
        assert steps["full.create"]["reference"].startswith("test-kasse1-")
    finally:
        hub.stop()
