"""The hub's registrations with the wallet: made once, mended when they are gone, never fought over by two hubs."""

import pytest

from tests.doubles.chain import Chain
from tests.doubles.office import calls_of
from tests.doubles.service import InProcess
from till.hub.database import Database
from till.hub.registrations import EVENTS, AnotherHub, keep_registered, registrations
from till.sandbox.desk import PlantedFault
from till.vipps.errors import Unanswered
from till.vipps.webhooks import PAYMENT_EVENTS, Webhooks

URL = "https://hub.example"


@pytest.fixture
def transport() -> InProcess:
    return InProcess()


class Shop:
    """A hub's registrations of one sales unit."""

    def __init__(self, database: Database, transport: InProcess) -> None:
        self.chain = Chain(database)
        self.transport = transport
        self.client = Webhooks(calls_of(transport))
        self.msn = transport.desk.units[0].msn

    def keep(self, url: str = URL) -> bool:
        return keep_registered(
            self.chain.database,
            self.chain.sealer,
            self.client,
            msn=self.msn,
            public_url=url,
            now=self.chain.clock.now(),
        )

    def ours(self) -> list[tuple[str, str | None]]:
        kept = self.chain.database.read(lambda transaction: registrations(transaction, self.chain.sealer, self.msn))
        return [(one.url, one.webhook_id) for one in kept]

    def there(self) -> list[tuple[str, str | None]]:
        return [(one.url, one.id) for one in self.client.list()]


@pytest.fixture
def shop(database: Database, transport: InProcess) -> Shop:
    return Shop(database, transport)


def test_a_registration_is_made_once_for_all_events(shop: Shop) -> None:
    assert shop.keep()
    assert not shop.keep()
    assert shop.ours() == shop.there()
    assert set(shop.client.list()[0].events) == set(EVENTS)


def test_one_that_the_wallet_dropped_is_made_again(shop: Shop) -> None:
    """D10."""
    shop.keep()
    shop.client.delete(shop.client.list()[0].id)
    assert shop.keep()
    assert shop.ours() == shop.there()


def test_a_crash_before_the_answer_was_kept_leaves_one_registration_with_its_secret(shop: Shop) -> None:
    """D10: the wallet has it and nobody knows its secret, so it is taken away, and another made."""
    shop.transport.desk.plant(PlantedFault("webhook-register", "drop", after=True))
    with pytest.raises(Unanswered):
        shop.keep()
    assert shop.keep()
    assert len(shop.there()) == 1
    assert shop.ours() == shop.there()


def test_a_hub_that_moved_takes_its_old_registration_away(shop: Shop) -> None:
    shop.keep()
    assert shop.keep("https://new.example")
    ((url, _),) = shop.there()
    assert url.startswith("https://new.example/webhooks/")
    assert shop.ours() == shop.there()


def test_a_second_hub_under_the_same_address_is_refused(shop: Shop) -> None:
    shop.client.register(f"{URL}/webhooks/of-another-hub", PAYMENT_EVENTS)
    with pytest.raises(AnotherHub):
        shop.keep()
    assert len(shop.there()) == 1


def test_registrations_of_others_are_let_be(shop: Shop) -> None:
    shop.client.register("https://bookkeeping.example/hooks", PAYMENT_EVENTS)
    assert shop.keep()
    assert len(shop.there()) == 2
