"""What the tests of the owner's pages share: workers over the sandbox in this process, and a network that can be cut."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.doubles.service import InProcess
from tests.whole.test_back_office import Kept, settings
from till.owner.clients import Clients
from till.presentation.owner_state import PageState
from till.vipps.errors import Silence, Unanswered
from till.vipps.migration import Place
from till.vipps.transport import HttpReply, HttpRequest, HttpxTransport

HERE = Place("900001", "test")


@dataclass
class Cable:
    """What leads to the wallet: after `left` more requests it is out, until somebody puts it back; knows what went over."""

    left: int | None = None
    sent: list[str] = field(default_factory=list)


class Cuttable:
    """A real connection over a cable."""

    def __init__(self, cable: Cable) -> None:
        self._cable = cable
        self._inner = HttpxTransport()

    def send(self, request: HttpRequest) -> HttpReply:
        if self._cable.left is not None:
            self._cable.left -= 1
            if self._cable.left < 0:
                raise Unanswered(Silence.NO_CONNECTION, is_sent=False)
        self._cable.sent.append(request.url)
        return self._inner.send(request)

    def close(self) -> None:
        self._inner.close()


class Said:
    """Remembers what a worker says."""

    def __init__(self) -> None:
        self.states: list[PageState] = []

    def __call__(self, state: PageState) -> None:
        self.states.append(state)


def clients_over(transport: InProcess) -> Callable[[], Clients]:
    """Return what opens clients with the sandbox's own keys."""
    return partial(Clients, settings(), lambda: Kept(transport), connect=lambda: transport)


def stickers_file(folder: Path, rows: list[str]) -> Path:
    """Write a list of old stickers."""
    path = folder / "stickers.csv"
    path.write_text("beacon_id;pos_name\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path
