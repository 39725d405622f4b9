"""The wallet's limit on operations over a restart: what this start of the program has not counted is taken for used up."""

from tests.doubles.clock import ManualClock
from tests.doubles.service import InProcess, client_of
from till.domain.money import Currency, Money
from till.domain.payment import Operation
from till.domain.secret import Secret
from till.engine.ports import Act, Create
from till.vipps.actor import Actor
from till.vipps.lane_side import WalletSettings
from till.vipps.wallet import VippsWallet

REFUND = Act("kasse1-261121-0001-1", "900001", Operation.REFUND, Money(100, Currency.NOK), "a-key")


def acting(clock: ManualClock) -> Actor:
    transport = InProcess()
    wallet = VippsWallet(
        settings=WalletSettings(till="kasse1", shop="Storgata"),
        clock=clock,
        connect=lambda _: (client_of(transport), transport),
        deliver=lambda _: None,
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


def test_a_new_payment_waits_for_nothing() -> None:
    actor = acting(ManualClock())
    assert actor.put(Create("kasse1-261121-0002-1", "900001", "key", Secret("{}"), shows_code=False)) == 0
