"""Time that runs out at the wallet: said in the bar, and in its row of the list."""

from datetime import datetime

from till.domain.deadlines import Deadline, near_deadlines
from till.engine.snapshot import Snapshot
from till.presentation.house import House
from till.presentation.views import Status, Tone


def deadline_note(house: House, deadline: Deadline) -> str:
    """Return what goes wrong when, and what to do about it."""
    return house.words.say(f"deadline.{deadline.kind.value}", at=house.figures.day_and_time(deadline.at))


def deadline_statuses(house: House, snapshot: Snapshot, now: datetime) -> tuple[Status, ...]:
    """Return the word in the bar that stays while something on the list is due within a day."""
    count = len(near_deadlines(snapshot.state, now))
    if not count:
        return ()
    label = house.words.say("deadline.status", count=str(count))
    return (Status("deadline", label, Tone.BROKEN, house.words.say("deadline.explanation")),)
