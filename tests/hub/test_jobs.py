"""What the hub does by itself: when it is due, by one process, again soon when it failed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.doubles.clock import ManualClock
from till.hub.database import Database
from till.hub.jobs import Job, JobState, make_due, run_due, states
from till.vipps.errors import Silence, Unanswered

DAILY = timedelta(days=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def only_state(database: Database) -> JobState:
    (state,) = database.read(states)
    return state


def test_a_job_runs_at_once_and_then_when_it_is_due(database: Database, clock: ManualClock) -> None:
    done: list[float] = []
    daily = Job("daily", DAILY, lambda: done.append(clock.monotonic_s()))
    for seconds in (0, 1, 86_398, 1):
        clock.turn(seconds)
        run_due(database, clock, (daily,))
    assert len(done) == 2
    assert only_state(database).fault is None


def test_a_job_that_fails_is_tried_again_soon_and_says_why(database: Database, clock: ManualClock) -> None:
    tries: list[None] = []

    def fail() -> None:
        tries.append(None)
        raise Unanswered(Silence.NO_CONNECTION, is_sent=False)

    daily = Job("daily", DAILY, fail)
    for seconds in (0, 59, 1):
        clock.turn(seconds)
        run_due(database, clock, (daily,))
    assert len(tries) == 2
    assert only_state(database).fault == "wallet"


def test_two_processes_do_a_job_once(database: Database, clock: ManualClock) -> None:
    done: list[None] = []
    daily = Job("daily", DAILY, lambda: done.append(None))
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: run_due(database, clock, (daily,)), range(2)))
    assert sum(ran) == len(done) == 1


def test_a_start_makes_due_what_was_not_done_just_now(database: Database, clock: ManualClock) -> None:
    done: list[None] = []
    daily = Job("daily", DAILY, lambda: done.append(None))
    for seconds in (0, 59, 2):
        clock.turn(seconds)
        make_due(database, clock)
        run_due(database, clock, (daily,))
    assert len(done) == 2


def test_the_job_of_a_process_that_died_is_taken_over(database: Database, clock: ManualClock) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_due(database, clock, (Job("daily", DAILY, die),))
    done: list[None] = []
    daily = Job("daily", DAILY, lambda: done.append(None))
    run_due(database, clock, (daily,))
    assert not done
    clock.turn(300)
    run_due(database, clock, (daily,))
    assert done
