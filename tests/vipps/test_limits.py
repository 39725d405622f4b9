"""The wallet's limit on operations over a restart: what this start of the program has not counted is taken for used up."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.doubles.clock import ManualClock
from tests.doubles.service import InProcess, client_of
from till.domain.money import Currency, Money
from till.domain.payment import Operation, Unanswered
from till.domain.secret import Secret
from till.engine.ports import Act, Create
from till.sandbox.desk import PlantedFault
from till.vipps.actor import Actor
from till.vipps.lane_side import WalletSettings
from till.vipps.wallet import VippsWallet

REFUND = Act("kasse1-261121-0001-1", "900001", Operation.REFUND, Money(100, Currency.NOK), "a-key")


def acting(
    clock: ManualClock, transport: InProcess | None = None, deliver: Callable[[object], None] = lambda _: None
) -> Actor:
    transport = transport or InProcess()
    wallet = VippsWallet(
        settings=WalletSettings(till="kasse1", shop="Storgata"),
        clock=clock,
        connect=lambda _: (client_of(transport), transport),
        deliver=deliver,
    )
    return wallet._acting


def test_a_refund_right_after_a_start_waits_until_what_was_sent_before_is_a_minute_old() -> None:
    """Invariant I14: the payment had ended by then, so nobody has counted what was sent for it."""
    clock = ManualClock()
    actor = acting(clock)
    clock.turn(20)
    assert actor.put(REFUND) == 40
    clock.turn(40)
    assert actor.put(REFUND) == 0


def test_what_was_counted_before_a_restart_or_since_is_all_that_counts() -> None:
    for prepare in (lambda actor: actor.recall(REFUND.reference, 0), lambda actor: actor.recall(REFUND.reference, 3)):
        actor = acting(ManualClock())
        prepare(actor)
        assert actor.put(REFUND) == 0


@pytest.mark.parametrize(("before", "sent"), [(3, 2), (4, 1)])
def test_the_last_operation_of_a_minute_is_not_sent_once_more_when_its_token_is_refused(before: int, sent: int) -> None:
    """Invariant I14: five a minute, and whoever was killed right before a capture does not wait a minute for it."""
    transport = InProcess()
    transport.desk.plant(PlantedFault("capture", "status", times=2, status=401))
    said: list[object] = []
    actor = acting(ManualClock(), transport, said.append)
    actor.recall(REFUND.reference, before)
    capture = replace(REFUND, operation=Operation.CAPTURE)
    assert actor.put(capture) == 0
    actor._run(capture)
    assert actor._line.sends == sent
    assert isinstance(said[0], Unanswered)


def test_a_new_payment_waits_for_nothing() -> None:
    actor = acting(ManualClock())
    assert actor.put(Create("kasse1-261121-0002-1", "900001", "key", Secret("{}"), shows_code=False)) == 0
