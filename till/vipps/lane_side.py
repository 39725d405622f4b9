"""What the wallet's two lanes are given of the wallet: its settings, its time, and where answers go."""

from typing import Protocol

from msgspec import Struct

from till.domain.payment import PaymentFact
from till.domain.secret import Secret
from till.engine.ports import Clock, WalletWord
from till.vipps import pacing
from till.vipps.picture import EXPECTED_DOMAINS

#: The soonest that a read follows the one before it.
READ_GAP_S = 0.4


class WalletSettings(Struct, frozen=True):
    """How this counter uses the wallet; `msn` is its own sales unit, whose client is made at once."""

    till: str
    shop: str
    msn: str = ""
    rhythm: pacing.Rhythm = pacing.Rhythm()
    draws_code: bool = False
    receipt_url: str = ""
    has_push: bool = True
    is_test: bool = False
    domains: tuple[str, ...] = EXPECTED_DOMAINS


class Picture(Struct, frozen=True):
    """Fetch the code's picture; a read, so it goes by the lane that asks."""

    reference: str
    msn: str
    link: Secret
    tries: int = 0


class LaneSide(Protocol):
    """The wallet as its lanes see it."""

    @property
    def settings(self) -> WalletSettings:
        """How this counter uses the wallet."""

    @property
    def clock(self) -> Clock:
        """The wallet's time."""

    def chance(self) -> float:
        """Return a random number below one, for jitter."""

    def say(self, message: PaymentFact | WalletWord) -> None:
        """Give an answer to the engine."""

    def fetch(self, picture: Picture) -> None:
        """Have a picture fetched by the lane that asks."""
