"""What the hub does by itself now and then: each job by one process at a time, whichever comes first when it is due."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from till.engine.ports import Clock
from till.hub.database import Database, Transaction
from till.hub.hours import read_hour, written
from till.hub.registrations import AnotherHub
from till.hub.seal import SealBroken
from till.vipps.errors import KeysMissing, VippsError

#: A process that died over a job keeps others from it for so long.
LEASE = timedelta(minutes=5)
RETRY = timedelta(minutes=1)
#: A hub that starts does what was last done longer ago than this.
FRESH = timedelta(minutes=1)

log = logging.getLogger("till.hub")


class Job(Struct, frozen=True):
    """Something to do every so often; `act` may raise a VippsError, AnotherHub or SealBroken, and is then tried again soon."""

    name: str
    every: timedelta
    act: Callable[[], object]


class JobState(Struct, frozen=True):
    """How a job stands; `fault` is why it did not succeed the last time."""

    name: str
    due_at: datetime
    done_at: datetime | None
    fault: str | None


def states(transaction: Transaction) -> tuple[JobState, ...]:
    """Return how all jobs stand."""
    rows = transaction.run("select name, due_at, done_at, fault from job order by name")
    return tuple(
        JobState(name, read_hour(due), read_hour(done) if done else None, fault) for name, due, done, fault in rows
    )


def make_due(database: Database, clock: Clock) -> None:
    """Let every job that was not done just now be due: a hub has started."""
    now = clock.now()
    sql = "update job set due_at = ? where done_at is null or done_at < ?"
    database.write(lambda transaction: transaction.run(sql, written(now), written(now - FRESH)))


def run_due(database: Database, clock: Clock, jobs: tuple[Job, ...]) -> int:
    """Run the jobs that are due and that no other process has in hand; return how many. Raise DatabaseUnavailable."""
    # Looked at first: what is not due costs no write.
    due_at = {state.name: state.due_at for state in database.read(states)}
    now = clock.now()
    return sum(_run(database, clock, job) for job in jobs if due_at.get(job.name, now) <= now)


def _run(database: Database, clock: Clock, job: Job) -> bool:
    now = clock.now()
    if not database.write(lambda transaction: _claim(transaction, job, now)):
        return False
    fault: str | None = None
    try:
        job.act()
    except (VippsError, AnotherHub, SealBroken) as error:
        fault = fault_of(error)
        log.warning("job failed", extra={"operation": job.name.partition("/")[0], "reason": fault})
    ended = clock.now()
    due = ended + (job.every if fault is None else min(RETRY, job.every))
    sql = "update job set due_at = ?, done_at = ?, fault = ? where name = ?"
    database.write(lambda transaction: transaction.run(sql, written(due), written(ended), fault, job.name))
    return True


def _claim(transaction: Transaction, job: Job, now: datetime) -> bool:
    """Take a job in hand if it is due: its row says until when."""
    transaction.run("insert into job (name, due_at) values (?, ?) on conflict do nothing", job.name, written(now))
    sql = "update job set due_at = ? where name = ? and due_at <= ? returning name"
    return bool(transaction.run(sql, written(now + LEASE), job.name, written(now)))


def fault_of(error: Exception) -> str:
    """Return the one word for why a job did not succeed."""
    if isinstance(error, AnotherHub):
        return "another_hub"
    if isinstance(error, SealBroken):
        return "seal_broken"
    return "keys_missing" if isinstance(error, KeysMissing) else "wallet"
