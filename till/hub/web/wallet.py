"""The wallet's own events of a payment, read with the keys of its store when somebody asks for them."""

from datetime import datetime

from msgspec import Struct

from till.domain.money import Money
from till.hub.hours import read_hour
from till.hub.seal import SealBroken
from till.hub.wallet import StoreCalls
from till.vipps.epayment import EPayment
from till.vipps.errors import KeysMissing, NotFound, VippsError


class WalletEvent(Struct, frozen=True):
    """One event as the wallet tells of it."""

    name: str
    amount: Money
    at: datetime | None
    is_success: bool


class NotTold(Exception):
    """The wallet's events cannot be shown; `reason` says why: no_keys, unknown or silent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def wallet_events(calls: StoreCalls, msn: str, reference: str) -> tuple[WalletEvent, ...]:
    """Return the events of a sales unit's payment, the oldest first; raise NotTold."""
    try:
        with calls.of(msn) as opened:
            log = EPayment(opened).events(reference)
    except (KeysMissing, SealBroken) as error:
        raise NotTold("no_keys") from error
    except NotFound as error:
        raise NotTold("unknown") from error
    except VippsError as error:
        raise NotTold("silent") from error
    return tuple(WalletEvent(one.name, one.amount, _hour(one.timestamp), one.is_success) for one in log)


def _hour(text: str) -> datetime | None:
    try:
        return read_hour(text)
    except ValueError:
        return None
