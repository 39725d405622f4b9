"""What the app shows with a payment: read back over the lane that asks, and a button put in place of the one before."""

from datetime import timedelta

import pytest

from tests.doubles.articles import article
from tests.doubles.clock import ManualClock
from tests.doubles.service import InProcess, client_of
from tests.vipps.test_orders import NUMBER, basket_of, made, order
from till.domain.basket import Line
from till.domain.faults import FaultCode
from till.domain.payment import Flow, Pace
from till.engine.ports import Ask, Link, LinkKind, Look, Shown
from till.sandbox.desk import PlantedFault
from till.vipps.epayment import EPayment
from till.vipps.errors import KeysMissing
from till.vipps.lane_side import WalletSettings
from till.vipps.requests import create_body
from till.vipps.transport import Transport
from till.vipps.wallet import VippsWallet

LINK = Link(LinkKind.DELIVERY, "https://shop.example/track/42")


class Counter:
    """A wallet without threads over the sandbox, with one request to a customer elsewhere."""

    def __init__(self, *, has_keys: bool = True) -> None:
        self.service = InProcess()
        self.heard: list[object] = []
        self.clock = ManualClock()
        self._has_keys = has_keys
        self.wallet = VippsWallet(
            settings=WalletSettings(till="kasse1", shop="Storgata"),
            clock=self.clock,
            connect=self._connect,
            deliver=self.heard.append,
        )
        bread = article("1001", price_minor=3990)
        request = made(order(basket_of(Line(1, bread, 1000, bread.price)), Flow.DISTANCE, good_for=timedelta(days=1)))
        self.reference = request.reference
        # The request's own time is the real one, and so is the sandbox's here.
        self.service.desk.clock.turn(request.expires_at.timestamp() - 3600 - self.service.desk.clock.now_s())  # type: ignore[union-attr]
        client_of(self.service).create(self.reference, create_body(request), "key")

    def look(self, link: Link | None = None) -> Shown:
        self.wallet.send(Look(self.reference, "900001", link))
        assert self.wallet.lanes[0].run_one()
        shown = self.heard[-1]
        assert isinstance(shown, Shown)
        return shown

    def _connect(self, _: str) -> tuple[EPayment, Transport]:
        if not self._has_keys:
            raise KeysMissing
        return client_of(self.service), self.service


def test_the_lines_of_the_create_are_there_and_the_newest_button_wins() -> None:
    counter = Counter()
    assert counter.look() == Shown(counter.reference, lines=1, is_read=True)
    counter.look(Link(LinkKind.ORDER, "https://shop.example/orders/42"))
    assert counter.look(LINK) == Shown(counter.reference, lines=1, link=LINK, is_read=True, is_put=True)
    assert counter.look().link == LINK


def test_nothing_added_is_an_answer_and_no_fault() -> None:
    counter = Counter()
    counter.reference = "test-kasse1-261121-0099-1"
    assert counter.look() == Shown(counter.reference, is_read=True)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PlantedFault("order-category", "status", status=400), FaultCode.LINK_NOT_ACCEPTED),
        (PlantedFault("order-category", "status", status=503), FaultCode.SERVICE_TROUBLE),
        (PlantedFault("order-category", "status", status=401, times=2), FaultCode.KEYS_REFUSED),
        (PlantedFault("order-category", "drop", after=True), FaultCode.NO_ANSWER),
    ],
)
def test_a_button_that_is_not_put_says_why(fault: PlantedFault, code: FaultCode) -> None:
    counter = Counter()
    counter.service.desk.plant(fault)
    shown = counter.look(LINK)
    assert shown.fault is not None
    assert (shown.fault.code, shown.is_read, shown.is_put) == (code, False, False)


def test_an_address_that_is_none_and_missing_keys_send_nothing() -> None:
    shown = Counter().look(Link(LinkKind.ORDER, "http://shop.example/"))
    assert shown.fault is not None
    assert shown.fault.code is FaultCode.LINK_NOT_ACCEPTED
    shown = Counter(has_keys=False).look()
    assert shown.fault is not None
    assert shown.fault.code is FaultCode.KEYS_MISSING


def test_a_request_that_waits_for_days_is_read_ever_more_rarely_and_a_look_never_waits_for_it() -> None:
    """Requirement 23: far inside the limit of reads."""
    counter = Counter()
    ask = Ask(counter.reference, "900001", shows_code=False, pace=Pace.LONG)
    dues, reads, waited_s = [counter.wallet.send(ask)], 0, 0.0
    while waited_s < 6 * 3600:
        waited_s += dues[-1]
        counter.clock.turn(dues[-1])
        assert counter.wallet.lanes[0].run_one()
        reads += 1
        dues.append(counter.wallet.send(ask))
    pauses = [round(due) for due in dues]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (5, 300)
    assert reads < 150
    assert counter.wallet.send(Look(counter.reference, "900001")) == 0.0
    assert NUMBER.reveal() not in repr(counter.heard)
