"""A till of a chain: the real engine, wallet and keys over the sandbox in one process, moved by one clock."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from tests.doubles.articles import small_shop
from tests.doubles.clock import ManualClock
from tests.doubles.journal import MemoryJournal
from tests.doubles.secrets import MemorySecrets
from tests.doubles.service import BASE, InProcess
from till.domain.faults import RefusalCode
from till.domain.money import Currency
from till.domain.secret import Secret
from till.domain.state import TillState
from till.engine.counter import Counter
from till.engine.engine import Engine
from till.engine.snapshot import Snapshot
from till.engine_room import Keys
from till.sandbox.units import Partner, SalesUnit
from till.settings.file import parse
from till.settings.model import Settings
from till.settings.secrets import SecretName
from till.settings.template import settings_text
from till.vipps.lane_side import WalletSettings
from till.vipps.transport import HttpReply, HttpRequest
from till.vipps.wallet import VippsWallet

#: The time that both the till and the sandbox have at the start of a test.
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def service_at_noon() -> InProcess:
    """Return a sandbox whose clock stands at NOON."""
    service = InProcess()
    service.desk.clock.turn(NOON.timestamp() - service.desk.clock.now_s())
    return service


def chain_settings(stores: str = "", *, vipps: str = "", till: str = "kasse1") -> Settings:
    """Return a till's settings with what is added to [vipps], and with its [[store]] entries."""
    text = settings_text(market="NO", msn="900001", shop="Storgata", till=till, extra=f"{vipps}\n{stores}")
    return parse(text)


def keys_of(*holders: SalesUnit | Partner) -> MemorySecrets:
    """Return a key store with the keys of sales units, or of a partner."""
    kept = {}
    for holder in holders:
        owner = "partner" if isinstance(holder, Partner) else holder.msn
        values = (holder.client_id, holder.client_secret, holder.subscription_key)
        kept.update({name.of(owner): Secret(value) for name, value in zip(SecretName, values, strict=True)})
    return MemorySecrets(kept)


class _Wire:
    """The sandbox under the address that the settings name."""

    def __init__(self, service: InProcess, base_url: str) -> None:
        self._service = service
        self._base_url = base_url

    def send(self, request: HttpRequest) -> HttpReply:
        url = request.url.replace(self._base_url, BASE)
        return self._service.send(HttpRequest(request.method, url, request.headers, request.body))

    def close(self) -> None:
        pass


class ChainTill:
    """Driven by wishes; `settle` lets its lanes work until nothing is due any more."""

    def __init__(
        self, service: InProcess, settings: Settings, secrets: MemorySecrets, journal: MemoryJournal | None = None
    ) -> None:
        self.service = service
        self.settings = settings
        self.secrets = secrets
        self.journal = journal or MemoryJournal()
        self.clock = ManualClock()
        self.snapshots: list[Snapshot] = []
        wire = _Wire(service, settings.vipps.base_url)
        self.keys = Keys(settings, secrets, self._deliver, self.clock, make_transport=lambda: wire)
        self.wallet = VippsWallet(
            settings=WalletSettings(
                till=settings.till.id, shop=settings.shop.name, msn=settings.vipps.msn, is_test=True
            ),
            clock=self.clock,
            connect=self.keys.connect,
            deliver=self._deliver,
            chance=lambda: 0.0,
        )
        vipps = settings.vipps
        self.engine = Engine(
            counter=Counter(settings.shop.market, settings.till.id, "0", vipps.mode.value, settings.known_stores),
            journal=self.journal,
            wallet=self.wallet,
            articles=small_shop(),
            clock=self.clock,
            state=TillState.empty(Currency.NOK),
            publish=self.snapshots.append,
        )
        self.engine.start()
        self.look_for_keys()

    @property
    def shown(self) -> Snapshot:
        return self.snapshots[-1]

    @property
    def reference(self) -> str:
        payment = self.shown.state.payment
        assert payment is not None
        return payment.terms.reference

    def notice(self) -> RefusalCode | None:
        notice = self.shown.around.notice
        return None if notice is None else notice.refusal.code

    def take(self, *wishes: object) -> "ChainTill":
        """Take wishes, and let what is due at once be carried out."""
        for wish in wishes:
            self.engine.take(wish)
            self.settle(0.0)
        return self

    def settle(self, seconds: float) -> None:
        """Let so many seconds pass, with whatever is due meanwhile."""
        end = self.clock.monotonic_s() + seconds
        while True:
            while any(lane.run_one() for lane in self.wallet.lanes):
                pass
            due = [due for lane in self.wallet.lanes if (due := lane.next_due_s()) is not None and due <= end]
            if not due:
                break
            self.clock.turn(min(due) - self.clock.monotonic_s() + 0.001)

    def look_for_keys(self) -> None:
        """Look for keys as the till does every few seconds."""
        self.keys._look_once()

    def started_again(self, settings: Settings | None = None) -> "ChainTill":
        """Return the same till after it was stopped in the middle of whatever it did."""
        again = ChainTill(self.service, settings or self.settings, self.secrets, self.journal)
        again.clock.turn(self.clock.monotonic_s() - again.clock.monotonic_s())
        return again

    def _deliver(self, message: object) -> None:
        self.engine.take(message)


def msns_by_reference(service: InProcess) -> dict[str, set[str]]:
    """Return which sales units every payment's calls have named."""
    named: dict[str, set[str]] = {}
    for exchange in service.exchanges:
        path = exchange.request.url.removeprefix(BASE)
        if not path.startswith("/epayment/"):
            continue
        parts = path.removeprefix("/epayment/v1/payments").strip("/").split("/")
        reference = parts[0] or json.loads(exchange.request.body or b"{}")["reference"]
        named.setdefault(reference, set()).add(exchange.request.headers["Merchant-Serial-Number"])
    return named


def count_of(service: InProcess, ending: str) -> int:
    """Count the calls whose address ends so."""
    return sum(exchange.request.url.endswith(ending) for exchange in service.exchanges)


def refunded_of(service: InProcess, references: Iterable[str]) -> list[int]:
    """Return how much the sandbox has given back of each payment, in minor units."""
    every = {payment.reference: payment for payment in service.desk.payments.all()}
    return [every[reference].refunded for reference in references]
