"""Two stores at one counter with bad luck: no invariant breaks, and no call is for the wrong sales unit."""

from pathlib import Path

import pytest

from tests.simulation.world import World


@pytest.mark.parametrize("seed", range(12))
def test_two_stores_at_one_counter_break_no_invariant(tmp_path: Path, seed: int) -> None:
    """Requirement 40; invariants I1-I8, I11-I14 after every step."""
    world = World(seed, 30, tmp_path, has_two_stores=True)
    world.run()
    of_torget = {payment.unit.msn for payment in world.bank.desk.payments.all() if "-torget-" in payment.reference}
    of_storgata = {
        payment.unit.msn for payment in world.bank.desk.payments.all() if "-torget-" not in payment.reference
    }
    assert (of_storgata, of_torget) == ({"900001"}, {"900006"})
