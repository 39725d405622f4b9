"""The power goes at any moment: every acknowledged commit is there, the chain is whole, the last unacknowledged one may lack."""

import itertools
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.power import AT, PAGE, After, Copy, after_power_cuts, record_history
from tests.journal.test_journal_promise import ONE_OF_EACH
from till.domain.facts import Fact
from till.journal.sqlite import SqliteJournal

COMMITS, SEEDS, STATES = 52, 10, 1000
SOLD = [ONE_OF_EACH[2], ONE_OF_EACH[3], ONE_OF_EACH[9], ONE_OF_EACH[15]]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: what is on the disk is made here, not by the disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as name:
        yield Path(name)


def history(folder: Path, chance: random.Random) -> tuple[list[Fact], list[Copy]]:
    """Sell for a while; return every fact, and the files after each commit."""
    batches = [[chance.choice(SOLD) for _ in range(chance.choice((1, 1, 1, 2, 5, 40)))] for _ in range(COMMITS)]
    return [fact for batch in batches for fact in batch], record_history(folder, batches)


def open_again(path: Path) -> SqliteJournal:
    return SqliteJournal.open(path, path.with_name("mark"))


def check(state: After, facts: list[Fact], folder: Path) -> int:
    """Start after the cut, sell on, and start once more; return how many records were there."""
    path = state.lay_out(folder)
    journal = open_again(path)
    found = list(journal.facts())
    assert len(found) in (state.least, state.most)
    assert found == facts[: len(found)]
    journal.append(SOLD, AT)
    journal.close()
    again = open_again(path)
    assert list(again.facts()) == found + SOLD
    again.close()
    return len(found)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_acknowledged_record_is_lost_wherever_the_power_goes(folder: Path, seed: int) -> None:
    """Fault catalogue F7: at most the record that nobody was told of is absent."""
    chance = random.Random(seed)
    facts, copies = history(folder, chance)
    pairs = list(itertools.pairwise(copies))
    ends = [
        check(state, facts, folder) - state.least
        for before, then in pairs
        for state in after_power_cuts(before, then, chance, times=2)
    ]
    assert len(ends) >= STATES // SEEDS
    assert any(then.file != before.file for before, then in pairs), "there was no checkpoint"
    assert any(len(then.log) == len(before.log) for before, then in pairs), "the log was never begun anew"
    assert {0} < {min(end, 1) for end in ends}, "no cut came before, or none after, the commit was whole"


def test_a_log_may_end_at_any_byte_after_the_last_synced_commit(folder: Path) -> None:
    """Fault catalogue F7: every byte of the first page, and every 61st of what follows."""
    facts, copies = history(folder, random.Random(7))
    before, then = next(
        (before, then) for before, then in itertools.pairwise(copies) if len(then.log) > len(before.log) > PAGE
    )
    ends = [
        *range(len(before.log), len(before.log) + 100),
        *range(len(before.log), len(then.log) + 1, 61),
        len(then.log),
    ]
    for end in ends:
        found = check(After(before.file, then.log[:end], before.mark, before.length, then.length), facts, folder)
        assert found == (then.length if end == len(then.log) else before.length)


def test_an_image_that_was_not_synced_would_be_noticed(folder: Path) -> None:
    """The check itself: a log that loses a synced commit fails it."""
    facts, copies = history(folder, random.Random(3))
    before, then = copies[4], copies[5]
    lost = After(before.file, before.log, before.mark, then.length, then.length)
    with pytest.raises(AssertionError):
        check(lost, facts, folder)
