"""A short evening of kills; `make kills` plays a long one."""

import pytest

from tests.outside.kill_loop import run

pytestmark = pytest.mark.whole


def test_a_till_killed_again_and_again_loses_doubles_and_invents_nothing() -> None:
    """Fault catalogue A1 to A14, A17, A18, G1, G3, G7; invariants I1 to I8, I12."""
    tally = run(25, seed=7, rest_s=15)
    assert tally.violations == []
    assert tally.kills == 25
    assert tally.completed > 0
