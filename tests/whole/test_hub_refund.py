"""A sale of one store's till, given back at another store's till through the hub: sandbox, hub and both tills over real sockets."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from tests.doubles.hub_process import HubHouse, RunningHub
from tests.doubles.sale_log import PASSWORD, Browser
from tests.doubles.secrets import MemorySecrets
from tests.whole.test_hub import Shop, free_port, shop
from tests.whole.test_whole_till import Headless
from till.demo import DemoKeys, Sandbox, make_demo_shop
from till.domain.hub_refund import HubRefundEnding
from till.domain.hub_refund_start import StartHubRefund
from till.domain.money import Currency, Money
from till.domain.payment import Captured, Flow
from till.domain.secret import Secret
from till.engine.ports import RawScan, SecretStore
from till.engine.snapshot import Snapshot
from till.engine.wishes import FindPaid
from till.engine_room import EngineRoom
from till.hub import people, stores
from till.hub.database import Transaction
from till.hub.people import Role
from till.hub.stores import Store, Till
from till.settings.model import HubSettings, KeysOf, StoreSettings
from till.settings.secrets import SecretName, hub_token_of

pytestmark = pytest.mark.whole
__all__ = ["shop"]  # a fixture
OTHER = StoreSettings("Grønland", "", KeysOf.HUB, "gronland")


class Linked(Headless):
    """A till without windows and its store; its keys and its hub's token are where `keys` has them."""

    def __init__(
        self, sandbox: Sandbox, folder: Path, url: str, keys: SecretStore, *, till: str, prefix: str, others: bool
    ) -> None:
        folder.mkdir(exist_ok=True)
        settings, self.folders = make_demo_shop("NO", sandbox, folder)
        self.settings = replace(
            settings,
            hub=HubSettings(url),
            till=replace(settings.till, id=till),
            vipps=replace(settings.vipps, reference_prefix=prefix),
            other_stores=(OTHER,) if others else (),
        )
        self._keys = keys
        self.start()

    def start(self) -> None:
        self.arrived = []
        self.room = EngineRoom(self.settings, self.folders, self._keys, self.arrived.append)
        self.room.start()
        self.room.start_world()


class Town:
    """The hub, its two stores, and a till in each; only the hub and the first have keys of the wallet."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.house = HubHouse(folder, msn=shop.keys.msn, base_url=shop.told["base_url"], port=free_port())
        with contextlib.closing(self.house.database()) as database:
            database.write(self._fill)
        self.hub: RunningHub = self.house.start()
        keys = {name: Secret(shop.told[name.value]) for name in SecretName}
        sandbox = Sandbox(shop.told["base_url"], shop.keys.msn, "", keys, tuple(shop.told["customers"]))
        selling = DemoKeys(sandbox)
        selling.put(hub_token_of("kasse1"), Secret(self.house.tokens["kasse1"]))
        keyless = MemorySecrets({hub_token_of("kasse9"): Secret(self.house.tokens["kasse9"])})
        url = self.hub.address
        self.seller = Linked(sandbox, folder / "one", url, selling, till="kasse1", prefix="gronland", others=False)
        self.refunder = Linked(sandbox, folder / "two", url, keyless, till="kasse9", prefix="", others=True)

    def sell(self) -> str:
        """Sell at the one till, and wait until the hub has it in its books; return the payment's reference."""
        reference = self.seller.pay(Flow.CUSTOMER_SCREEN)
        self.shop.control(f"payments/{reference}/approve", {})
        self.seller.reference(Captured)
        headers = {"Authorization": f"Bearer {self.house.tokens['kasse9']}"}
        url = f"{self.hub.address}/till/v1/paid"
        while not httpx.get(url, params={"text": reference}, headers=headers, trust_env=False).json().get("sales"):
            self.seller.until(lambda _: True)
        return reference

    def refunded(self, reference: str) -> int:
        return next(int(one["refunded"]) for one in self.shop.control("payments") if one["reference"] == reference)

    def stop(self) -> None:
        self.seller.room.stop()
        self.refunder.room.stop()
        self.hub.stop()

    def _fill(self, transaction: Transaction) -> None:
        stores.keep_keys(transaction, self.house.sealer, "gronland", self.shop.keys)
        stores.add_store(transaction, Store("sagene", "Sagene", "999999", Currency.NOK))
        stores.add_till(transaction, Till("kasse9", "sagene", "Kasse 9"))
        token = stores.issue_token(transaction, "kasse9")
        assert token is not None
        self.house.tokens["kasse9"] = token.reveal()
        kept = people.kept_password(Secret(PASSWORD))
        people.add_person(transaction, name="Eva", role=Role.OWNER, store=None, password=kept)


@pytest.fixture
def town(shop: Shop, tmp_path: Path) -> Iterator[Town]:
    town = Town(shop, tmp_path)
    try:
        yield town
    finally:
        town.stop()


def is_found(shot: Snapshot) -> bool:
    return shot.around.hub_sought is not None and shot.around.hub_sought.sale is not None


def is_done(shot: Snapshot) -> bool:
    return [one.ending for one in shot.state.hub_refunds.values()] == [HubRefundEnding.DONE]


def test_a_scanned_receipt_of_another_store_is_refunded_through_the_hub(town: Town) -> None:
    """Requirements 40 and 44: found, read at the wallet with the hub's keys, given back once, and in the sale log."""
    reference, till = town.sell(), town.refunder
    till.until(lambda _: True)
    till.room.offer(RawScan(f"till:receipt:{reference}"))
    sought = till.until(is_found).around.hub_sought
    assert sought is not None
    assert sought.sale is not None
    assert (sought.sale.store_name, sought.sale.left) == ("Grønland", sought.sale.amount)
    till.room.offer(StartHubRefund(reference, Money(1500, Currency.NOK), "Ola"))
    till.until(is_done)
    assert town.refunded(reference) == 1500
    browser = Browser(httpx.Client(base_url=town.hub.address))
    browser.sign_in("Eva")
    page = browser.get(f"/payments/kasse1/{reference}").text
    browser.close()
    assert "Refund" in page
    assert "15.00" in page or "15,00" in page


def test_by_number_and_store_while_the_hub_dies_and_the_till_is_restarted(town: Town) -> None:
    """Invariant I2; fault catalogue G7: whatever dies in between, the money goes once."""
    reference, till = town.sell(), town.refunder
    till.until(lambda _: True)
    till.room.offer(FindPaid("1", "Grønland"))
    till.until(is_found)
    town.hub.kill()
    till.until(lambda shot: shot.around.hub_fault is not None)
    till.room.offer(StartHubRefund(reference, Money(1500, Currency.NOK), "Ola"))
    till.until(lambda shot: len(shot.state.open_hub_refunds) == 1)
    till.room.stop()
    till.start()
    till.until(lambda shot: len(shot.state.open_hub_refunds) == 1)
    assert town.refunded(reference) == 0
    town.hub = town.house.start()
    till.until(is_done)
    assert town.refunded(reference) == 1500
