"""A small chain on a hub: two stores, three tills, their tokens, a registration whose secret is known."""

import json
from dataclasses import dataclass, field

from tests.doubles.clock import ManualClock
from tests.doubles.secrets import MemorySecrets
from till.domain.money import Currency
from till.domain.secret import Secret
from till.hub import check_ins, stores
from till.hub.database import Database, Transaction
from till.hub.hours import written
from till.hub.seal import Sealer, sealer_of
from till.hub.stores import Store, Till
from till.vipps.signature import RegisteredAddress, sign

MSN, OTHER_MSN = "123456", "654321"
PATH = "abcdefghijklmnop"
URL = f"https://hub.example/webhooks/{PATH}"
SECRET = Secret("A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A==")
DATE = "Sat, 21 Nov 2026 12:00:00 GMT"


@dataclass
class Chain:
    """The chain, its database and its clock."""

    database: Database
    clock: ManualClock = field(default_factory=ManualClock)
    sealer: Sealer = field(default_factory=lambda: sealer_of(MemorySecrets()))
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.database.write(self._fill)

    def token(self, till: str) -> dict[str, str]:
        """Return the header with a till's token."""
        return {"Authorization": f"Bearer {self.tokens[till]}"}

    def _fill(self, transaction: Transaction) -> None:
        stores.add_store(transaction, Store("gronland", "Grønland", MSN, Currency.NOK))
        stores.add_store(transaction, Store("majorstua", "Majorstua", OTHER_MSN, Currency.NOK))
        for till, store in (("kasse1", "gronland"), ("kasse2", "gronland"), ("kasse3", "majorstua")):
            stores.add_till(transaction, Till(till, store, till.capitalize()))
            token = stores.issue_token(transaction, till)
            assert token is not None
            self.tokens[till] = token.reveal()
        check_ins.hang_sticker(transaction, MSN, "disk2", "kasse2")
        transaction.run(
            "insert into registration values (?, ?, ?, ?, ?, ?, ?)",
            PATH,
            MSN,
            URL,
            "",
            "3f2b0c1e-0000-4000-8000-000000000001",
            self.sealer.seal(SECRET.reveal(), f"webhook/{PATH}"),
            written(self.clock.now()),
        )


def delivery(reference: str, number: int) -> bytes:
    """Return what the wallet delivers when a payment is approved; each number is an event of its own."""
    fields = {
        "msn": MSN,
        "reference": reference,
        "pspReference": f"5f0c1c7e-2f0b-4b0e-9a51-{number:012}",
        "name": "AUTHORIZED",
        "amount": {"currency": "NOK", "value": 12550},
        "timestamp": "2026-11-21T11:59:58.123Z",
        "idempotencyKey": None,
        "success": True,
    }
    return json.dumps(fields).encode()


def signed(body: bytes, *, secret: Secret = SECRET, url: str = URL, date: str = DATE) -> dict[str, str]:
    """Return the headers of a delivery of `body`."""
    return sign(body, secret=secret, address=RegisteredAddress.of(url), date=date)
