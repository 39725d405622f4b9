"""Fifty payments are open when the network goes for an hour; all come to their end soon after it is back."""

import tempfile
from pathlib import Path

import pytest

from tests.simulation.run import memory_folder
from tests.simulation.world import World
from till.domain.intents import AddArticle, SetAside, StartPayment
from till.domain.payment import Captured, Capturing, Flow

OPEN = 50
HOUR_S = 3600.0
SOON_S = 60.0
#: One interval of reading and a round trip.
SEEN_S = 3.0


def test_fifty_open_payments_are_resolved_within_a_minute_of_the_networks_return() -> None:
    """Fault catalogue C10, B32; invariants I5, I14: inside the limits, which the judge counts at every send."""
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        world = World(1, OPEN, Path(folder))
        world.luck.is_over = True
        world.cashier.begun = OPEN
        world._start_till()
        world.customers._decide = lambda _: None
        for _ in range(OPEN):
            world.wish(AddArticle("1001"))
            world.wish(StartPayment(Flow.CUSTOMER_SCREEN))
            world.pass_time(3.0)
            world.wish(SetAside())
        world.network.is_down_until_s = world.clock.true_s + HOUR_S
        world.pass_time(30.0)
        payments = world.bank.desk.payments
        approved = [payments.approve(payment) for payment in payments.all()]
        assert approved.count(True) >= OPEN * 3 // 4
        world.pass_time(HOUR_S - 120.0)
        assert len(world.engine._state.open_payments) == OPEN
        world.pass_time(world.network.is_down_until_s + SOON_S - world.clock.true_s)
        assert world.engine._state.open_references == ()
        assert sum(payment.captured > 0 for payment in payments.all()) == approved.count(True)
        world._check()
        world.checker.check_books(world._payments())


@pytest.mark.parametrize("is_machine_restarted", [True, False])
def test_a_payment_is_read_while_its_next_operation_waits_after_many_restarts(*, is_machine_restarted: bool) -> None:
    """Fault catalogue A7, A9, A27; invariant I14: what was sent before a restart counts as sent just now.

    Unless the machine went on counting: then what was sent more than a minute before is known to be over.
    """
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        world = World(1, 1, Path(folder))
        world.luck.is_over = True
        world.cashier.begun = 1
        world._start_till()
        world.customers._decide = lambda _: None
        world.wish(AddArticle("1001"))
        world.wish(StartPayment(Flow.CUSTOMER_SCREEN))
        for _ in range(5):
            world.pass_time(3.0 if is_machine_restarted else 40.0)
            world.clock.starts += is_machine_restarted
            world._restart()
        (payment,) = world.bank.desk.payments.all()
        world.pass_time(2.0)
        rows = world.checker.last_number
        world.pass_time(10.0)
        assert world.checker.last_number == rows, "reads beside a waiting create journal nothing"
        world.bank.desk.payments.approve(payment)
        world.pass_time(SEEN_S)
        seen = Capturing if is_machine_restarted else Captured
        assert isinstance(world.engine._state.payments[payment.reference].state, seen)
        world.pass_time(SOON_S)
        assert payment.captured == payment.amount
