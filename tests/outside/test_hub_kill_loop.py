"""Two hubs on one database, one killed under load: a few rounds of the loop on every run."""

import pytest

from tests.doubles.postgres import postgres_programs
from tests.outside.hub_kill_loop import kill_hubs


@pytest.mark.whole
@pytest.mark.skipif(postgres_programs() is None, reason="PostgreSQL is not installed here")
def test_no_accepted_webhook_is_lost_or_doubled_when_a_hub_is_killed() -> None:
    outcome = kill_hubs(rounds=4, seed=7)
    assert outcome.accepted > 0
    assert (outcome.lost, outcome.doubled) == ((), ())
