"""Ten kinds of network fault, at four operations, on both sides of the talk: real tills, the real sandbox, real sockets and files.

All sales run beside one another in one evening; each test looks at its own.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.outside.books import Books, judge, judge_rest, read_books
from tests.outside.headless import Headless, Place, headless
from tests.outside.proxy import CANCEL, CAPTURE, CREATE, READ, Fault, FaultProxy, Kind, Side, fault_proxies
from till.demo import Sandbox, make_demo_shop, running_sandbox

pytestmark = pytest.mark.whole
STRUCK_S = 20.0
#: How long each fault lasts: a drip outlives the total time limit of a call, the others are over before it.
SECONDS = {Kind.DRIP_HEAD: 11.0, Kind.DRIP_BODY: 11.0}
REQUESTS = {"create": CREATE, "read": READ, "capture": CAPTURE, "cancel": CANCEL}


@dataclass(frozen=True)
class Case:
    kind: Kind
    operation: str
    side: Side

    @property
    def fault(self) -> Fault:
        return Fault(self.kind, self.side, SECONDS.get(self.kind, 3.0))


def is_sensible(case: Case) -> bool:
    """A network that is down has no sides, and a read has no body."""
    if case.kind is Kind.DOWN:
        return case.side is Side.REQUEST
    return (case.kind, case.operation, case.side) != (Kind.DRIP_BODY, "read", Side.REQUEST)


CASES = [
    case for kind in Kind for operation in REQUESTS for side in Side if is_sensible(case := Case(kind, operation, side))
]


@dataclass
class Evening:
    """What became of every sale."""

    payments: list[dict[str, object]] = field(default_factory=list)
    ways: dict[Case, "Future[str]"] = field(default_factory=dict)
    books: dict[Case, Books] = field(default_factory=dict)
    paid_too_early: list[str] = field(default_factory=list)
    losses: dict[Kind, set[str]] = field(default_factory=dict)
    complaints: str = ""

    def look(self, case: Case) -> None:
        reference = self.ways[case].result(0)
        books = self.books[case]
        mine = [payment for payment in self.payments if payment["reference"] in books.requested]
        (payment,) = mine
        assert payment["reference"] == reference
        if case.operation == "cancel":
            assert (payment["state"], payment["captured"]) == ("TERMINATED", 0)
            assert not books.completed
        else:
            assert payment["captured"] == payment["amount"] == books.captured[reference]
            assert books.intended[reference, "capture"] == 1
            assert books.receipts == [1]
        assert judge(books, mine) == []
        assert judge_rest(books, mine, set()) == []
        assert reference not in self.paid_too_early


class Street:
    """Tills with a proxy each, a process for every kind of fault."""

    def __init__(self, sandbox: Sandbox, root: Path, evening: Evening) -> None:
        self._sandbox = sandbox
        self._root = root
        self._evening = evening
        self._names = {case: f"t{number:02}" for number, case in enumerate(CASES)}

    def sell(self) -> None:
        with ExitStack() as stack:
            open_proxy = stack.enter_context(fault_proxies(self._sandbox))
            proxies = {case: open_proxy() for case in CASES}
            tills = {kind: stack.enter_context(self._tills(kind, proxies)) for kind in Kind}
            with ThreadPoolExecutor(len(CASES)) as pool:
                for case in CASES:
                    self._evening.ways[case] = pool.submit(self._sale, case, tills[case.kind], proxies[case])
        self._evening.payments = self._sandbox.payments()
        for case in CASES:
            self._evening.books[case] = read_books(self._folder(case) / "journal.db")
        for kind in Kind:
            self._evening.losses[kind] = self._losses(kind)
        self._evening.complaints = (self._root / "complaints").read_text()

    def _tills(self, kind: Kind, proxies: dict[Case, FaultProxy]) -> AbstractContextManager[Headless]:
        places = {
            self._names[case]: Place(proxies[case].base_url, self._folder(case)) for case in CASES if case.kind is kind
        }
        for place in places.values():
            place.folder.mkdir()
            make_demo_shop("NO", self._sandbox, place.folder)
        return headless(self._sandbox, places, complaints=self._root / "complaints", on_paid=self._is_paid)

    def _losses(self, kind: Kind) -> set[str]:
        """Return the reasons for which calls found no answer, from the log of this kind's tills."""
        first = next(case for case in CASES if case.kind is kind)
        lines = (self._folder(first) / "till.log").read_text().splitlines()
        return {str(line.get("reason")) for line in map(json.loads, lines) if line["what"] == "call failed"}

    def _folder(self, case: Case) -> Path:
        return self._root / self._names[case]

    def _sale(self, case: Case, tills: Headless, proxy: FaultProxy) -> str:
        name = self._names[case]

        def strikes(operation: str) -> None:
            if operation == case.operation:
                proxy.strike_at(case.fault, REQUESTS[operation])

        strikes("create")
        tills.tell(name, "pay", flow="customer_screen")
        reference = tills.until_shown(name, "Waiting")
        if case.operation == "cancel":
            strikes("cancel")
            tills.tell(name, "cancel")
            tills.until_shown(name, "Ended")
        else:
            strikes("read")
            strikes("capture")
            if case.operation == "read":
                assert proxy.has_struck.wait(STRUCK_S)
            self._sandbox.post(f"/_sandbox/payments/{reference}/approve")
            tills.until_shown(name, "Captured")
        assert proxy.has_struck.is_set()
        return reference

    def _is_paid(self, reference: str) -> None:
        """Look, at the moment the till shows a payment as paid, whether it is."""
        taken = [one["captured"] == one["amount"] for one in self._sandbox.payments() if one["reference"] == reference]
        if taken != [True]:
            self._evening.paid_too_early.append(reference)


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    done = Evening()
    with running_sandbox("NO") as sandbox:
        Street(sandbox, tmp_path_factory.mktemp("street"), done).sell()
    return done


def at_every_operation(kind: Kind) -> pytest.MarkDecorator:
    cases = [case for case in CASES if case.kind is kind]
    return pytest.mark.parametrize("case", cases, ids=[f"{case.operation}-{case.side.value}" for case in cases])


@at_every_operation(Kind.LATENCY)
def test_a_slow_line_only_makes_a_sale_slower(evening: Evening, case: Case) -> None:
    """Fault catalogue C7."""
    evening.look(case)


@at_every_operation(Kind.JITTER)
def test_a_line_of_changing_pace_only_makes_a_sale_slower(evening: Evening, case: Case) -> None:
    """Fault catalogue C7."""
    evening.look(case)


@at_every_operation(Kind.BANDWIDTH)
def test_a_narrow_line_only_makes_a_sale_slower(evening: Evening, case: Case) -> None:
    """Fault catalogue C7."""
    evening.look(case)


@at_every_operation(Kind.SLICING)
def test_what_comes_in_small_slices_is_put_together(evening: Evening, case: Case) -> None:
    """Fault catalogue C7."""
    evening.look(case)


@at_every_operation(Kind.RESET)
def test_a_reset_is_read_back_and_nothing_is_doubled(evening: Evening, case: Case) -> None:
    """Fault catalogue C5, C14, C15, A5, A13, A18."""
    evening.look(case)


@at_every_operation(Kind.SILENCE)
def test_a_line_that_swallows_everything_is_given_up_and_read_back(evening: Evening, case: Case) -> None:
    """Fault catalogue C4, C9, A4, A5, A13, A14."""
    evening.look(case)


@at_every_operation(Kind.CUT)
def test_a_message_cut_in_the_middle_is_never_believed(evening: Evening, case: Case) -> None:
    """Fault catalogue B28, C15."""
    evening.look(case)


@at_every_operation(Kind.DRIP_HEAD)
def test_a_head_that_drips_is_cut_by_the_total_time_limit(evening: Evening, case: Case) -> None:
    """Fault catalogue C6, C9."""
    evening.look(case)


@at_every_operation(Kind.DRIP_BODY)
def test_a_body_that_drips_is_cut_by_the_total_time_limit(evening: Evening, case: Case) -> None:
    """Fault catalogue C6, C9, B28."""
    evening.look(case)


@at_every_operation(Kind.DOWN)
def test_a_network_that_is_away_is_waited_for(evening: Evening, case: Case) -> None:
    """Fault catalogue C2, C10, A3, A12, A17."""
    evening.look(case)


def test_the_faults_were_felt_and_no_till_complained(evening: Evening) -> None:
    for kind in (Kind.SILENCE, Kind.DRIP_HEAD, Kind.DRIP_BODY):
        assert "timed_out" in evening.losses[kind]
    for kind in (Kind.RESET, Kind.CUT, Kind.DOWN):
        assert "connection_lost" in evening.losses[kind]
    assert "no_connection" in evening.losses[Kind.DOWN]
    assert evening.complaints == ""
