"""A long day of trade in one world: nothing piles up."""

import tempfile
from pathlib import Path

from tests.simulation.run import memory_folder
from tests.simulation.world import World

SALES = 400


def test_four_hundred_sales_leave_nothing_behind_in_memory() -> None:
    """Fault catalogue G8; invariant I13: sales, payments, bodies, budgets and memories of ended payments go."""
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        world = World(11, SALES, Path(folder), harshness=0.05)
        world.run()
        engine, wallet = world.engine, world._wallet
        assert world.cashier.begun == SALES
        assert len(engine._state.sales) <= 3
        assert len(engine._state.payments) <= 3
        assert len(engine._bodies) <= 2
        assert len(engine._around.pulses) <= 3
        assert len(wallet._asking._memory) + len(wallet._acting._memory) <= 6
        assert len(wallet._asking._budget._used) <= 66
