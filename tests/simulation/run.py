"""Runs many worlds, counts what went wrong in them, and shrinks a failure to a short story.

`python -m tests.simulation.run --sales 10000 --seed 1`: exit status 0 only if no invariant was broken.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.simulation.checker import Violation
from tests.simulation.world import World

#: Sales of one world: enough for them to meet, few enough for a story to be read.
SALES_A_WORLD = 20
#: How many lines of a failing story are printed.
STORY_LINES = 60


@dataclass
class Outcome:
    """What came of one world."""

    seed: int
    sales: int
    steps: int
    restarts: int
    strokes: list[tuple[int, str]]
    violation: str = ""
    story: list[str] = field(default_factory=list)


def play(
    seed: int,
    sales: int = SALES_A_WORLD,
    *,
    muted: Collection[int] = (),
    folder: str | None = None,
    has_hub: bool = False,
) -> Outcome:
    """Run one world."""
    with tempfile.TemporaryDirectory(dir=folder or memory_folder()) as path:
        world = World(seed, sales, Path(path), muted=muted, has_hub=has_hub)
        violation = ""
        try:
            world.run()
        except Violation as broken:
            violation = str(broken)
        except Exception as error:  # noqa: BLE001  # a program error of the till breaks the promise as well
            violation = f"PROGRAM: {type(error).__name__}: {error}"
        strokes = world.luck.strokes
        return Outcome(seed, world.cashier.begun, world.steps, world.restarts, strokes, violation, world.story)


def shrink(seed: int, sales: int, violation: str, *, has_hub: bool = False) -> Outcome:
    """Return the same failure with as few sales and as little bad luck as can be found."""
    kind = violation.partition(":")[0]

    def fails(count: int, muted: Collection[int]) -> Outcome | None:
        outcome = play(seed, count, muted=muted, has_hub=has_hub)
        return outcome if outcome.violation.startswith(kind) else None

    best = play(seed, sales, has_hub=has_hub)
    for fewer in range(1, sales):
        if (outcome := fails(fewer, ())) is not None:
            best, sales = outcome, fewer
            break
    muted: set[int] = set()
    size = max(1, len(best.strokes) // 2)
    while size:
        for part in _parts([number for number, _ in best.strokes], size):
            if (outcome := fails(sales, muted | set(part))) is not None:
                best, muted = outcome, muted | set(part)
        size //= 2
    return best


def _parts(numbers: list[int], size: int) -> Iterator[list[int]]:
    for place in range(0, len(numbers), size):
        yield numbers[place : place + size]


def memory_folder() -> str | None:
    """Return a folder in memory, where there is one: what a power cut does to a disk is tested elsewhere."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def play_many(sales: int, seed: int, *, workers: int | None = None, has_hub: bool = False) -> Iterator[Outcome]:
    """Run worlds side by side, in no certain order; their seeds follow one another."""
    seeds = range(seed, seed + max(1, -(-sales // SALES_A_WORLD)))
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        yield from map(partial(play, has_hub=has_hub), seeds)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(partial(play, has_hub=has_hub), seeds, chunksize=4)


def main(arguments: list[str]) -> int:
    """Run, and report."""
    parser = argparse.ArgumentParser(prog="simulate")
    parser.add_argument("--sales", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--hub", action="store_true", help="with a hub that comes, goes, and hints")
    parser.add_argument("--stop-first", action="store_true", help="stop at the first failure and do not shrink it")
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    totals: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    failures: list[Outcome] = []
    for outcome in play_many(options.sales, options.seed, workers=options.workers, has_hub=options.hub):
        totals.update(sales=outcome.sales, steps=outcome.steps, restarts=outcome.restarts)
        faults.update(name for _, name in outcome.strokes)
        if outcome.violation:
            failures.append(outcome)
            if options.stop_first:
                print(f"seed {outcome.seed}: {outcome.violation}")
                return 1
    took = time.perf_counter() - began
    print(f"{totals['sales']} sales, {totals['steps']} steps, {totals['restarts']} restarts, seeds from {options.seed}")
    print(", ".join(f"{name} {count}" for name, count in faults.most_common()))
    print(f"{totals['sales'] / took:.0f} sales a second, {len(failures)} violations")
    for outcome in sorted(failures, key=lambda one: one.seed)[:3]:
        _tell(shrink(outcome.seed, SALES_A_WORLD, outcome.violation, has_hub=options.hub))
    return 1 if failures else 0


def _tell(outcome: Outcome) -> None:
    print(f"\nseed {outcome.seed}, {outcome.sales} sales: {outcome.violation}")
    print("bad luck: " + (", ".join(name for _, name in outcome.strokes) or "none"))
    print("\n".join(outcome.story[-STORY_LINES:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
