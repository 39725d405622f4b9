"""Real tills without windows in a process of their own, told what to do by lines on stdin and telling what they show on stdout.

The first line names sandbox, keys and tills; each further line is a command for one of them: `pay`, `cancel`, `complete`,
`release`, `state`. The end of stdin stops them all in order.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from till.demo import DemoKeys, Sandbox
from till.domain.intents import (
    AddArticle,
    CancelOpenPayment,
    CompleteOpenPayment,
    ReleaseOpenPayment,
    SetAside,
    StartPayment,
    VoidSale,
)
from till.domain.payment import Flow
from till.domain.secret import Secret
from till.engine.snapshot import Snapshot
from till.engine_room import EngineRoom, Stopped
from till.logs import start_log, stop_log
from till.settings.file import parse
from till.settings.paths import Folders
from till.settings.secrets import SecretName
from till.settings.template import settings_text

WAIT_S = 40.0
STOP_S = 30.0
BRISK = "\n[polling]\npace_percent = 1000\n"


# ---------------------------------------------------------------------------------------------- in the process


class Counter:
    """One till: its engine room, and what it showed last of every payment."""

    def __init__(self, name: str, room_for: "Callable[[Counter], EngineRoom]", tell: Callable[..., None]) -> None:
        self._name = name
        self._tell = tell
        self._shown: dict[str, str] = {}
        self._newest: Snapshot | None = None
        self._is_ready = threading.Event()
        self.room = room_for(self)
        self.room.start()
        self.room.start_world()

    def publish(self, arrived: Snapshot | Stopped) -> None:
        if isinstance(arrived, Stopped):
            self._tell(till=self._name, event="stopped", reason=arrived.reason)
            return
        self._newest = arrived
        for reference, payment in arrived.state.payments.items():
            state = type(payment.state).__name__
            if self._shown.get(reference) != state:
                self._shown[reference] = state
                self._tell(till=self._name, event="shown", reference=reference, state=state)
        if not self._is_ready.is_set():
            self._is_ready.set()
            self._tell(till=self._name, event="ready")

    def obey(self, command: Mapping[str, str]) -> None:
        self._is_ready.wait(WAIT_S)
        shot = self._newest
        if shot is None:
            return
        payment = shot.state.payment
        reference = command.get("reference") or (payment.terms.reference if payment is not None else "")
        match command["do"]:
            case "pay":
                self._pay(shot, Flow(command["flow"]), command.get("customer", ""))
            case "cancel":
                self.room.offer(CancelOpenPayment(reference))
            case "complete":
                self.room.offer(CompleteOpenPayment(reference))
            case "release":
                self.room.offer(ReleaseOpenPayment(reference))
            case "state":
                shown = {one.terms.reference: type(one.state).__name__ for one in shot.state.open_payments}
                self._tell(till=self._name, event="state", open=shown)

    def _pay(self, shot: Snapshot, flow: Flow, customer: str) -> None:
        sale, payment = shot.state.sale, shot.state.payment
        if sale is not None and not sale.is_over:
            is_open = payment is not None and not payment.is_final
            self.room.offer(SetAside() if is_open else VoidSale())
        self.room.offer(AddArticle("1001"))
        self.room.offer(StartPayment(flow, Secret(customer) if customer else None))


def main() -> int:
    """Run the tills that the first line names, and obey until stdin ends."""
    said = threading.Lock()

    def tell(**line: object) -> None:
        with said:
            print(json.dumps(line), flush=True)

    told = json.loads(sys.stdin.readline())
    log = start_log(Path(told["tills"][0]["folder"]) / "till.log")
    keys = {name: Secret(told["keys"][name.value]) for name in SecretName}
    counters: dict[str, Counter] = {}
    for one in told["tills"]:
        sandbox = Sandbox(one["base_url"], told["msn"], "", keys, ())
        address, name = one["base_url"], one["name"]
        text = settings_text(market="NO", msn=told["msn"], shop="Shop", base_url=address, till=name, extra=BRISK)
        settings, folders = parse(text), Folders(Path(one["folder"]))

        def room_for(counter: Counter, of: object = (settings, folders, sandbox)) -> EngineRoom:
            settings, folders, sandbox = of
            return EngineRoom(settings, folders, DemoKeys(sandbox), counter.publish)

        counters[one["name"]] = Counter(one["name"], room_for, tell)
    for line in sys.stdin:
        command = json.loads(line)
        counters[command["till"]].obey(command)
    stopping = [threading.Thread(target=counter.room.stop) for counter in counters.values()]
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join(STOP_S)
    stop_log(log)
    return 0


# ---------------------------------------------------------------------------------------------- beside the process


@dataclass(frozen=True)
class Place:
    """Where a till calls, and where its files are."""

    base_url: str
    folder: Path


@dataclass
class Headless:
    """The process as its caller sees it."""

    child: "subprocess.Popen[str]"
    complaints: Path
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    ready: threading.Event = field(default_factory=threading.Event)
    stops: list[str] = field(default_factory=list)
    _states: "queue.Queue[dict[str, str]]" = field(default_factory=queue.Queue)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, till: str, do: str, **more: str) -> None:
        """Give a command; one to a process that has died is lost."""
        assert self.child.stdin is not None
        with self._telling:
            try:
                self.child.stdin.write(json.dumps({"till": till, "do": do, **more}) + "\n")
                self.child.stdin.flush()
            except OSError:
                self.stops.append("the process takes no commands")

    def until_shown(self, till: str, *states: str, wait_s: float = WAIT_S) -> str:
        """Return the reference of a payment that is shown in one of the states."""
        end = time.monotonic() + wait_s
        with self._changed:
            while True:
                for reference, state in self.shown.get(till, {}).items():
                    if state in states:
                        return reference
                left_s = end - time.monotonic()
                if self.stops or left_s <= 0 or not self._changed.wait(left_s):
                    raise AssertionError(f"{till} never showed {states}, but {self.shown.get(till)}; {self.stops}")

    def ask_open(self, till: str, wait_s: float = WAIT_S) -> dict[str, str]:
        """Return the open payments and how each stands."""
        self.tell(till, "state")
        return self._states.get(timeout=wait_s)

    def take(self, line: str, on_paid: Callable[[str], None]) -> None:
        """Take a line that the process said."""
        said = json.loads(line)
        match said["event"]:
            case "shown":
                if said["state"] == "Captured":
                    on_paid(said["reference"])
                with self._changed:
                    self.shown.setdefault(said["till"], {})[said["reference"]] = said["state"]
                    self._changed.notify_all()
            case "state":
                self._states.put(said["open"])
            case "ready":
                self.ready.set()
            case "stopped":
                with self._changed:
                    self.stops.append(said["reason"])
                    self._changed.notify_all()


def _nothing(_: str) -> None:
    pass


@contextmanager
def headless(
    sandbox: Sandbox, tills: Mapping[str, Place], *, complaints: Path, on_paid: Callable[[str], None] = _nothing
) -> Iterator[Headless]:
    """Run tills in a process; `on_paid` is called at the moment one is shown as paid. A block that kills it has it so."""
    with complaints.open("ab") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.outside.headless"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=Path(__file__).parents[2],
        )
    process = Headless(child, complaints)
    reader = threading.Thread(target=_read, args=(process, on_paid), name="headless-said")
    reader.start()
    try:
        _introduce(child, sandbox, tills)
        yield process
    finally:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.close()
        except OSError:
            process.stops.append("the process was gone")
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.stops.append("the process did not stop")
            child.kill()
            child.wait()
        reader.join()
        child.stdout.close()


def _introduce(child: "subprocess.Popen[str]", sandbox: Sandbox, tills: Mapping[str, Place]) -> None:
    named = [{"name": name, "base_url": place.base_url, "folder": str(place.folder)} for name, place in tills.items()]
    keys = {name.value: key.reveal() for name, key in sandbox.keys.items()}
    assert child.stdin is not None
    child.stdin.write(json.dumps({"msn": sandbox.msn, "keys": keys, "tills": named}) + "\n")
    child.stdin.flush()


def _read(process: Headless, on_paid: Callable[[str], None]) -> None:
    assert process.child.stdout is not None
    for line in process.child.stdout:
        if line.endswith("\n"):
            process.take(line, on_paid)


if __name__ == "__main__":
    sys.exit(main())
