"""Ten thousand sales with bad luck in every run, planted bugs that must be noticed, and the judge judged."""

import tempfile
from pathlib import Path

import pytest

from tests.simulation.checker import Checker, Violation
from tests.simulation.mutants import MUTANTS, ROOT, try_out
from tests.simulation.run import play, play_many, shrink

SALES = 10_000
#: Every seed that ever failed in a long run.
FAILED = (420, 433, 265, 459, 885, 101245, 101372, 119960, 134569, 135480, 200610, 201015, 208035, 232771, 237948)
#: Bugs that are noticed within a few worlds; the whole list has a command of its own.
QUICK = (
    "trust the state word: authorised is paid",
    "nothing is journaled before it leaves",
    "a new key for every try",
    "a second attempt beside an open one",
    "the customer's number is journaled",
)


def test_ten_thousand_sales_with_bad_luck_break_no_invariant() -> None:
    """Fault catalogue A1-A14, A17, A18, A27, B1-B24, B27-B33, B35-B37, C4-C10, C15, D1-D3, E1, E2, E4-E8, F1, F2, G1, G7.

    Invariants I1-I8, I11-I14 after every step; figure: 10,000 sales in every run.
    """
    outcomes = list(play_many(SALES, seed=1))
    assert sum(outcome.sales for outcome in outcomes) >= SALES * 0.99
    assert sum(outcome.restarts for outcome in outcomes) > 100
    assert [(outcome.seed, outcome.violation) for outcome in outcomes if outcome.violation] == []


def test_a_hub_that_comes_and_goes_and_hints_at_anything_breaks_no_invariant() -> None:
    outcomes = list(play_many(SALES // 10, seed=1, has_hub=True))
    assert [(outcome.seed, outcome.violation) for outcome in outcomes if outcome.violation] == []


@pytest.mark.parametrize("seed", FAILED)
def test_a_seed_that_failed_once_holds(seed: int) -> None:
    """Fault catalogue B6, E1; invariants I7, I14."""
    assert play(seed).violation == ""


def test_the_same_seed_gives_the_same_story() -> None:
    first, again = play(77), play(77)
    assert first.story == again.story
    assert first.strokes == again.strokes
    assert first.story != play(78).story


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_noticed(name: str) -> None:
    (mutant,) = [one for one in MUTANTS if one.name == name]
    said = try_out(mutant, 1000)
    assert said is not None
    assert not said.startswith("STALE"), said


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_every_planted_bug_still_fits_the_source(mutant: object) -> None:
    source = (ROOT / "till" / mutant.file).read_text(encoding="utf-8")
    assert source.count(mutant.right) == 1


def test_a_failure_is_shrunk_to_a_short_story(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Checker, reference: str) -> bool:
        raise Violation(f"R5: nothing may be captured, {reference} neither")

    monkeypatch.setattr(Checker, "may_take", refuse)
    whole = play(5)
    short = shrink(5, 20, whole.violation)
    assert short.violation.startswith("R5")
    assert short.sales <= whole.sales
    assert len(short.story) <= 20


def test_the_journal_of_a_world_is_the_real_one() -> None:
    with tempfile.TemporaryDirectory() as folder:
        outcome = play(3, sales=3, folder=folder)
        assert not outcome.violation
        assert list(Path(folder).iterdir()) == [], "a world tidies up behind itself"
