"""Finding payments without a journal: the wallet has no list of them, so a day's counters are tried one by one with reads."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from till.domain.reference import keyed_check, make_reference, walk
from till.domain.secret import Secret
from till.vipps.epayment import EPayment, PaymentAnswer
from till.vipps.errors import NotFound


class Names(Struct, frozen=True):
    """What a till's references of one day are made of, beside the counters; `key` is that of their check."""

    till: str
    mode: str
    day: date
    key: Secret

    def of(self, sale: int, attempt: int) -> tuple[str, str]:
        """Return the name of an attempt: with its check, and as older references are."""

        def named(key: Secret | None) -> str:
            return make_reference(
                till=self.till,
                mode=self.mode,
                day=self.day,
                sale=sale,
                attempt=attempt,
                check=None if key is None else lambda text: keyed_check(key, text),
            )

        return named(self.key), named(None)


def walk_payments(wallet: EPayment, names: Names, first_sale: int) -> Iterator[tuple[int, PaymentAnswer]]:
    """Return every payment of a day from a sale number on, with its sale; raise VippsError."""
    found: dict[tuple[int, int], PaymentAnswer] = {}

    def exists(sale: int, attempt: int) -> bool:
        for name in names.of(sale, attempt):
            try:
                found[sale, attempt] = wallet.get(name)
            except NotFound:
                continue
            return True
        return False

    for sale, attempt in walk(first_sale, exists):
        yield sale, found.pop((sale, attempt))
