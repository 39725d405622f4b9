"""What counts against the wallet's limit after restarts: all that left, unless the machine itself has counted a minute since."""

import pytest

from tests.doubles.clock import ManualClock
from tests.engine.test_engine import Till, paying
from till.domain.payment import Payment
from till.engine.recovery import LIMIT_WINDOW_S, sends_that_count


def restarted(*sessions: tuple[str, float]) -> Payment:
    """An open payment with one create that left, and then one start for each: the machine's start, and seconds since the last."""
    till = paying()
    journal, clock = till.journal, till.clock
    for boot, seconds in sessions:
        clock.turn(seconds)
        clock.name = boot
        till = Till(journal, clock=clock)
    (payment,) = till.shown.state.open_payments
    return payment


@pytest.mark.parametrize(
    ("seconds", "boot", "counted"),
    [
        (LIMIT_WINDOW_S - 1, "first", 1),
        (LIMIT_WINDOW_S, "first", 0),
        (LIMIT_WINDOW_S, "second", 1),
        (LIMIT_WINDOW_S, "", 1),
        (-5, "first", 1),
    ],
)
def test_only_the_machines_own_count_makes_an_operation_old(seconds: float, boot: str, counted: int) -> None:
    """Invariant I14; rule R9: after another start of the machine, or one without a name, nobody knows."""
    payment = restarted(("first", 1.0))
    now = ManualClock()
    now.turn(1.0 + seconds)
    now.name = boot
    assert sends_that_count(payment, now) == 2 * counted


def test_what_left_since_the_last_start_always_counts() -> None:
    payment = paying().shown.state.open_payments[0]
    now = ManualClock()
    now.turn(10_000)
    assert sends_that_count(payment, now) == 2 * payment.sends == 2
