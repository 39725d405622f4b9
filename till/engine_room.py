"""Puts journal, articles, wallet, reader and engine together on their threads, starts them in order, stops them in reverse."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from till.catalogue.store import ArticleStore, CatalogueRefused, open_catalogue
from till.devices.registry import make_reader
from till.devices.serial_scanner import SerialOptions
from till.devices.supervisor import ReaderSupervisor
from till.domain.facts import Fact
from till.domain.faults import Fault, FaultCode
from till.domain.reference import keyed_check
from till.domain.state import TillState
from till.engine.counter import Counter
from till.engine.engine import Engine, Stop
from till.engine.ports import (
    Clock,
    Deliver,
    DiskChanged,
    JournalNotWritten,
    JournalRefused,
    KeyStoreUnavailable,
    PartAsked,
    SecretStore,
    WalletChanged,
)
from till.engine.snapshot import Snapshot
from till.journal.keeping import Room, room_left
from till.journal.sqlite import SqliteJournal
from till.settings.model import Mode, QrSource, ScannerKind, Settings
from till.settings.paths import Folders
from till.settings.secrets import SecretName, hub_token_of
from till.vipps.access import Credentials, System, Tokens
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.errors import InvalidRequest, KeysMissing
from till.vipps.lane_side import WalletSettings
from till.vipps.pacing import Rhythm
from till.vipps.tls import system_context
from till.vipps.transport import HttpxTransport, Transport
from till.vipps.wallet import VippsWallet

if TYPE_CHECKING:
    from till.hublink.link import HubLink

VERSION = "0.1.0"
#: How often missing keys are looked for again, and how long a call waits for them.
KEYS_PAUSE_S, KEYS_WAIT_S = 5.0, 3.0
#: How often the room on the disk is looked at, and how often when there is little.
DISK_PAUSE_S, DISK_SHORT_PAUSE_S = 600.0, 5.0
STOP_WAIT_S = 15.0
#: How long another thread waits for a part of the journal: an engine that lives gives it within milliseconds.
PART_WAIT_S = 10.0
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

log = logging.getLogger("till.room")


class Stopped(Struct, frozen=True):
    """The till cannot run; `reason` is the key of the words that say why and what to do."""

    reason: str


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def boot(self) -> str:
        """Name the machine's start, where the system has a name for it: Linux counts for all programs from there."""
        try:
            return BOOT_ID.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""


class EngineRoom:
    """The till without windows; `publish` is called from the engine's thread with each Snapshot, or with Stopped."""

    def __init__(
        self,
        settings: Settings,
        folders: Folders,
        secrets: SecretStore,
        publish: Callable[[Snapshot | Stopped], None],
    ) -> None:
        self._settings = settings
        self._folders = folders
        self._publish = publish
        self._clock = SystemClock()
        self._keys = Keys(settings, secrets, self._deliver, self._clock)
        self._wallet = self._make_wallet()
        self._engine: Engine | None = None
        self._is_open = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._reader = self._make_reader()
        self._disk = DiskWatch(folders.data, self._deliver)
        self._hub = self._make_hub(secrets)

    def start(self) -> None:
        """Start the engine; the wallet and the reader follow with `start_world`."""
        self._thread.start()

    def start_world(self) -> None:
        """Start the keys, the wallet and the reader: after the first frame, so that nothing delays it."""
        self._keys.start()
        self._wallet.start()
        self._disk.start()
        if self._reader is not None:
            self._reader.start()
        if self._hub is not None:
            self._hub.start()

    def offer(self, wish: object) -> bool:
        """Hand a wish or a scan to the engine; never waits. Return whether it was taken."""
        return self._engine is not None and self._engine.offer(wish)

    def facts(self) -> Iterator[Fact]:
        """Return all facts of the journal, read by the engine part by part; for a background thread alone.

        Raise JournalRefused, also when the engine has stopped meanwhile.
        """
        after = 0
        while part := self._part(after):
            yield from part
            after += len(part)

    def _part(self, after: int) -> tuple[Fact, ...]:
        if not self._thread.is_alive():
            raise JournalRefused("not_readable")
        answers: queue.SimpleQueue[tuple[Fact, ...] | JournalRefused] = queue.SimpleQueue()
        self._deliver(PartAsked(after, answers.put))
        try:
            answer = answers.get(timeout=PART_WAIT_S)
        except queue.Empty:
            raise JournalRefused("not_readable") from None
        if isinstance(answer, JournalRefused):
            raise answer
        return answer

    def stop(self) -> None:
        """Stop the readers, the engine, and last the wallet; nothing is cancelled, what is open is taken up at the next start.

        A call under way may take many seconds: the journal is free for another start before it ends, and its answer is read
        back there.
        """
        if self._reader is not None:
            self._reader.stop()
        self._disk.stop()
        if self._engine is not None:
            self._engine.offer(Stop())
        if self._thread.is_alive():
            self._thread.join(STOP_WAIT_S)
        if self._hub is not None:
            self._hub.stop()
        self._wallet.stop()
        self._keys.stop()

    def _deliver(self, message: object) -> None:
        """Hand a message from a background thread to the engine, waiting for it to be there."""
        if self._is_open.wait(STOP_WAIT_S) and self._engine is not None:
            self._engine.deliver(message)

    def _run(self) -> None:
        """The engine's thread: the journal and the articles belong to it alone."""
        try:
            journal = SqliteJournal.open(self._folders.journal, self._folders.mark)
        except JournalRefused as error:
            self._publish(Stopped(f"journal_{error.reason}"))
            return
        try:
            self._serve(journal)
        finally:
            journal.close()

    def _serve(self, journal: SqliteJournal) -> None:
        articles: ArticleStore | None = None
        try:
            articles = open_catalogue(self._folders.articles)
            self._engine = self._make_engine(journal, articles)
            self._engine.start()
            self._is_open.set()
            self._engine.run()
        except CatalogueRefused as error:
            self._publish(Stopped(f"articles_{error.reason}"))
        except JournalRefused as error:
            self._publish(Stopped(f"journal_{error.reason}"))
        except JournalNotWritten:
            self._publish(Stopped("journal_disk_full"))
        finally:
            if articles is not None:
                articles.close()

    def _make_engine(self, journal: SqliteJournal, articles: ArticleStore) -> Engine:
        settings = self._settings
        counter = Counter(
            market=settings.shop.market,
            till=settings.till.id,
            version=VERSION,
            mode=settings.vipps.mode.value,
            stores=settings.known_stores,
            is_push_allowed=settings.vipps.is_push_allowed,
            starts_on_scan=settings.vipps.starts_on_scan,
            day_close=settings.till.day_close,
            starts_on_check_in=settings.hub.starts_on_check_in,
        )
        return Engine(
            counter=counter,
            journal=journal,
            wallet=self._wallet,
            articles=articles,
            clock=self._clock,
            state=TillState.empty(settings.shop.currency),
            publish=self._publish,
            hub=self._hub,
            renew_articles=lambda: _renewed(articles),
        )

    def _make_hub(self, secrets: SecretStore) -> "HubLink | None":
        settings = self._settings
        if not settings.hub.url:
            return None
        # A till without a hub pays nothing for one.
        from till.catalogue.arrivals import Arrivals
        from till.hublink.link import HubLink

        return HubLink(
            url=settings.hub.url,
            read_token=lambda: secrets.get(hub_token_of(settings.till.id)),
            context=system_context,
            clock=self._clock,
            deliver=self._deliver,
            arrivals=Arrivals(self._folders.articles, settings.shop.currency),
        )

    def _make_wallet(self) -> VippsWallet:
        settings = self._settings
        wallet_settings = WalletSettings(
            till=settings.till.id,
            shop=settings.shop.name,
            msn=settings.vipps.msn,
            rhythm=Rhythm(pace_percent=settings.polling.pace_percent),
            draws_code=settings.vipps.qr is QrSource.DRAWN,
            has_push=settings.vipps.is_push_allowed,
            is_test=settings.vipps.mode is Mode.TEST,
            receipt_url=settings.vipps.receipt_url,
        )
        return VippsWallet(
            settings=wallet_settings,
            clock=self._clock,
            connect=self._keys.connect,
            deliver=self._deliver,
            reference_check=self._keys.reference_check,
        )

    def _make_reader(self) -> ReaderSupervisor | None:
        scanner = self._settings.scanner
        if scanner.kind is not ScannerKind.SERIAL:
            return None
        options = SerialOptions(scanner.port, scanner.baud, scanner.idle_gap_ms / 1000)
        return ReaderSupervisor("scanner", make_reader(options), self._deliver)


def _renewed(articles: ArticleStore) -> Fault | None:
    """Turn to the articles that lie ready; in the engine's thread."""
    try:
        articles.renew()
    except CatalogueRefused as error:
        log.error("articles that arrived cannot be used", extra={"reason": error.reason})
        return Fault(FaultCode.ARTICLES_NOT_TAKEN)
    return None


class Lookout:
    """Looks at something now and then on a thread of its own, until it is stopped."""

    def __init__(self, name: str) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_out, name=name, daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_WAIT_S)

    def _look_out(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._look_once())

    def _look_once(self) -> float:
        """Look, and return in how many seconds to look again."""
        raise NotImplementedError


class DiskWatch(Lookout):
    """Looks at the room on the journal's disk now and then, and says when it changes."""

    def __init__(self, folder: Path, deliver: Deliver, *, look: Callable[[Path], Room] = room_left) -> None:
        super().__init__("disk")
        self._folder = folder
        self._deliver = deliver
        self._look = look
        self._before = Room.PLENTY

    def _look_once(self) -> float:
        room = self._look(self._folder)
        if room is not self._before:
            code = _DISK_FAULTS.get(room)
            self._deliver(DiskChanged(None if code is None else Fault(code)))
            self._before = room
        # Short of room it is looked at more often: whoever makes some wants to sell again.
        return DISK_PAUSE_S if room is Room.PLENTY else DISK_SHORT_PAUSE_S


_DISK_FAULTS = {Room.LITTLE: FaultCode.DISK_NEARLY_FULL, Room.NONE: FaultCode.DISK_FULL}


class Keys(Lookout):
    """Looks for the keys of the till's sales units until they are there, and makes clients with them.

    Keys are known by the name under which they are kept; a partner's are shared by several sales units, and so is their token.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: SecretStore,
        deliver: Deliver,
        clock: Clock,
        *,
        make_transport: Callable[[], Transport] = HttpxTransport.warm,
    ) -> None:
        super().__init__("keys")
        self._base_url = settings.vipps.base_url
        self._own_msn = settings.vipps.msn
        self._names = {store.msn: store.keys_name for store in settings.stores if store.has_keys_here}
        self._secrets = secrets
        self._deliver = deliver
        self._clock = clock
        self._make_transport = make_transport
        self._system = System("till", VERSION)
        self._has_looked = threading.Event()
        # Both lanes may want the first client of a sales unit at once.
        self._lock = threading.Lock()
        self._kept: dict[str, Credentials] = {}
        self._tokens: dict[str, Tokens] = {}
        self._told: frozenset[str] = frozenset()

    def stop(self) -> None:
        """Stop looking, and give the tokens' connections back."""
        super().stop()
        for tokens in self._tokens.values():
            tokens.close()

    def connect(self, msn: str) -> tuple[EPayment, Transport]:
        """Return a client for a sales unit, of its own for the calling thread; raise KeysMissing."""
        # A payment may be open of a sales unit that has left the settings: its keys are looked for from now on.
        name = self._names.setdefault(msn, msn)
        self._has_looked.wait(KEYS_WAIT_S)
        tokens, transport = self._tokens_of(name), self._make_transport()
        calls = Calls(
            transport=transport,
            tokens=tokens,
            base_url=self._base_url,
            system=self._system,
            monotonic_s=self._clock.monotonic_s,
            msn=msn,
        )
        return EPayment(calls), transport

    def _tokens_of(self, name: str) -> Tokens:
        """Return the tokens of the keys of that name, made when they are first needed; raise KeysMissing."""
        with self._lock:
            if name not in self._tokens:
                if name not in self._kept:
                    raise KeysMissing
                self._tokens[name] = Tokens(
                    transport=self._make_transport(),
                    base_url=self._base_url,
                    credentials=self._kept[name],
                    system=self._system,
                    monotonic_s=self._clock.monotonic_s,
                )
            return self._tokens[name]

    def reference_check(self, text: str) -> str:
        """Return a reference's check, made with the own sales unit's client id, which stays when a secret is renewed."""
        own = self._kept.get(self._names.get(self._own_msn, ""))
        return "" if own is None else keyed_check(own.client_id, text)

    def _look_once(self) -> float:
        """Look until there are keys; look again when the wallet has refused them, since others may be there by now."""
        units = dict(self._names)
        for msn, name in units.items():
            tokens = self._tokens.get(name)
            if name not in self._kept or (tokens is not None and tokens.were_refused):
                self._take(msn, name)
        self._has_looked.set()
        keyless = frozenset(msn for msn, name in units.items() if name not in self._kept)
        if keyless != self._told:
            fault = Fault(FaultCode.KEYS_MISSING) if self._own_msn in keyless else None
            self._deliver(WalletChanged(fault, keyless))
            self._told = keyless
        return KEYS_PAUSE_S

    def _take(self, msn: str, name: str) -> None:
        """Take the keys of that name, if they are there and are others than before."""
        try:
            keys = read_keys(self._secrets, msn, name)
        except KeysMissing:
            return
        except (KeyStoreUnavailable, InvalidRequest) as error:
            log.warning("keys cannot be used", extra={"error": type(error).__name__})
            return
        with self._lock:
            before, tokens = self._kept.get(name), self._tokens.get(name)
            self._kept[name] = keys
        if tokens is not None and before is not None and not _are_same(keys, before):
            log.info("other keys are in place")
            tokens.use(keys)


def _are_same(keys: Credentials, others: Credentials) -> bool:
    """Whether keys are the same, for whichever of their sales units they were looked up."""
    return replace(keys, msn=others.msn) == others


def read_keys(store: SecretStore, msn: str, name: str = "") -> Credentials:
    """Return a sales unit's keys, kept under `name` if not under its own number.

    Raise KeysMissing, InvalidRequest where a sign cannot be sent, or KeyStoreUnavailable.
    """
    kept = [secret for key in SecretName if (secret := store.get(key.of(name or msn))) is not None]
    if len(kept) < len(SecretName):
        raise KeysMissing
    client_id, client_secret, subscription_key = kept
    return Credentials(client_id, client_secret, subscription_key, msn)
