"""The service under trial: clients over one recorded transport, and what a test needs beside them."""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum

from msgspec import Struct

from till.domain.money import Currency
from till.domain.reference import reference_prefix
from till.domain.secret import Secret
from till.verify.control import Control
from till.verify.record import Recorder
from till.vipps.access import Credentials, System, Tokens
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.requests import Customer
from till.vipps.transport import Transport
from till.vipps.webhooks import Webhooks

TEST, PRODUCTION = "test", "production"


class Needed(Enum):
    """What a person has to do, or time."""

    APPROVAL = "approval"
    DECLINE = "decline"
    PATIENCE = "patience"


class Asked(Struct, frozen=True):
    """What is needed for a payment, and the link to its code, if it has one."""

    needed: Needed
    reference: str
    link: Secret | None = None

    @property
    def words(self) -> str:
        """What the person is told; the link is not in it."""
        return _ASKED[self.needed].format(reference=self.reference)


_ASKED = {
    Needed.APPROVAL: "Approve payment {reference} in the app.",
    Needed.DECLINE: "Open payment {reference} in the test app, and decline it.",
    Needed.PATIENCE: "Leave payment {reference} alone for ten minutes.",
}


class Terms(Struct, frozen=True):
    """How a run is to be made.

    `currencies` are tried in order until the sales unit takes one. `tell` says to a person what to do; `waits` is whether
    there is one who does it.
    """

    run_id: str
    mode: str
    currencies: tuple[Currency, ...]
    customer: Customer | None
    tell: Callable[[Asked], None]
    waits: bool = False
    pause: Callable[[float], None] = time.sleep
    monotonic_s: Callable[[], float] = time.monotonic


def name_of_run(till: str, at: datetime, *, is_real: bool) -> str:
    """Return what every reference of a run begins with: as a till's own payment's does, so that a hub knows whom to tell."""
    prefix = reference_prefix(till=till, mode=PRODUCTION if is_real else TEST)
    return f"{prefix}{at:%y%m%d-%H%M%S}-{secrets.randbelow(10_000):04}-v"


class Service:
    """Everything that is asked in a run."""

    def __init__(
        self, *, transport: Transport, base_url: str, credentials: Credentials, system: System, terms: Terms
    ) -> None:
        self.recorder = recorder = Recorder(transport)
        self.terms = terms
        self.currencies: Sequence[Currency] = terms.currencies
        steady = terms.monotonic_s
        self.tokens = Tokens(
            transport=recorder, base_url=base_url, credentials=credentials, system=system, monotonic_s=steady
        )
        calls = Calls(transport=recorder, tokens=self.tokens, base_url=base_url, system=system, monotonic_s=steady)
        self.epayment = EPayment(calls)
        self.webhooks = Webhooks(calls)
        control = Control(transport, base_url)
        #: Only a plain address on this machine can be a sandbox; nobody else is asked.
        is_plain = base_url.startswith("http://")
        self.control = control if is_plain and terms.mode == TEST and control.is_there() else None
        self.customer = terms.customer or (self.control.customer() if self.control is not None else None)
