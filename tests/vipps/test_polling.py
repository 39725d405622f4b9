"""The rhythm in which payments are read: measured against the published one, and inside the limits whatever is set."""

from itertools import pairwise

import pytest

from benchmarks.polling import OURS, PUBLISHED, SPREADS, Outcome, Till, measure, outcomes
from till.domain.payment import Pace
from till.engine.ports import Ask
from till.vipps.epayment import State
from till.vipps.pacing import READS_A_MINUTE, WINDOW_S, Rhythm

FEW = 1500


@pytest.mark.parametrize("shows_code", [True, False])
@pytest.mark.parametrize("spread", list(SPREADS))
def test_fewer_calls_and_less_delay_than_published(spread: str, shows_code: bool) -> None:
    """Requirement 23."""
    customers = outcomes(SPREADS[spread], shows_code=shows_code, payments=FEW)
    ours = measure(OURS, customers, shows_code=shows_code)
    published = measure(PUBLISHED, customers, shows_code=shows_code)
    assert ours.calls < published.calls
    assert ours.mean_s < published.mean_s
    assert ours.median_s < published.median_s


@pytest.mark.parametrize("shows_code", [True, False])
@pytest.mark.parametrize("pace_percent", [25, 100, 1000])
def test_no_pace_leads_out_of_the_limit_in_any_minute_of_ten(pace_percent: int, shows_code: bool) -> None:
    """Invariant I14."""
    till = Till(Rhythm(pace_percent=pace_percent))
    till.serve("kasse1-1", Outcome(600.0, State.EXPIRED), shows_code=shows_code)
    reads = till.far.reads["kasse1-1"]
    for moment in reads:
        assert sum(moment <= other < moment + WINDOW_S for other in reads) <= READS_A_MINUTE


@pytest.mark.parametrize("shows_code", [True, False])
def test_no_customer_is_forgotten_in_their_ten_minutes(shows_code: bool) -> None:
    till = Till(OURS)
    till.serve("kasse1-1", Outcome(600.0, State.EXPIRED), shows_code=shows_code)
    reads = [0.0, *till.far.reads["kasse1-1"]]
    assert max(later - earlier for earlier, later in pairwise(reads)) < 10.2
    assert reads[1] <= 6


@pytest.mark.parametrize("shows_code", [True, False])
@pytest.mark.parametrize("waited_s", [0.5, 3.0, 200.0])
def test_somebody_who_asks_now_is_answered_now(shows_code: bool, waited_s: float) -> None:
    """The cashier's key, and any hint that something has happened."""
    till = Till(OURS)
    till.wallet.send(Ask("kasse1-1", "900001", shows_code, Pace.FLOW))
    till.clock.time_s += waited_s
    assert till.wallet.send(Ask("kasse1-1", "900001", shows_code, Pace.URGENT)) == 0
