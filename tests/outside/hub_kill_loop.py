"""Two hubs on one PostgreSQL, one of them killed again and again under load: what was accepted reaches its till, and once.

`python -m tests.outside.hub_kill_loop --rounds 100 --seed 1` prints how many webhooks were accepted and how long the slowest till took to
catch up; exit status 1 if one was lost or came twice.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from tests.doubles.chain import PATH, delivery, signed
from tests.doubles.hub_process import HubHouse, RunningHub
from tests.doubles.postgres import postgres
from tests.doubles.raw_http import Connection, stream

TILLS, CALLERS, CAUGHT_UP_S = 20, 8, 5.0


class Outcome(Struct, frozen=True):
    """What a loop came to."""

    rounds: int
    accepted: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    slowest_s: float

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost or doubled, and no till took too long."""
        return not self.lost and not self.doubled and self.slowest_s <= CAUGHT_UP_S


@dataclass
class Listener:
    """A till: takes events in order, remembers the last, and connects again to whichever hub answers."""

    token: str
    last: int | None = None
    heard: list[str] = field(default_factory=list)

    async def listen(self, hubs: list[RunningHub], luck: random.Random) -> None:
        """Listen until cancelled."""
        while True:
            try:
                async for number, kind, data in stream(luck.choice(hubs).port, self.token, self.last or 0):
                    if kind == "payment" and number > (self.last or 0):
                        self.last = number
                        self.heard.append(json.loads(data)["reference"])
            except (OSError, EOFError):
                pass
            await asyncio.sleep(luck.uniform(0.05, 0.2))


@dataclass
class Wallet:
    """Delivers without end, each delivery again until a hub takes it."""

    hubs: list[RunningHub]
    luck: random.Random
    accepted: dict[str, float] = field(default_factory=dict)
    is_stopping: bool = False
    made: int = 0

    async def deliver(self) -> None:
        """Be one caller, until told to stop."""
        while not self.is_stopping:
            self.made += 1
            till = f"kasse{self.luck.randint(1, TILLS)}"
            reference = f"{till}-261121-{self.made:07}-1"
            body = delivery(reference, self.made)
            while not await self._is_taken(body):
                await asyncio.sleep(0.02)
            self.accepted[reference] = time.monotonic()

    async def _is_taken(self, body: bytes) -> bool:
        caller = Connection(self.luck.choice(self.hubs).port)
        try:
            return await caller.post(f"/webhooks/{PATH}", signed(body), body) == 200
        except (OSError, EOFError):
            return False
        finally:
            caller.close()


async def run_loop(house: HubHouse, rounds: int, seed: int) -> Outcome:
    """Kill one of two hubs so many times under load; return what became of every accepted webhook."""
    luck = random.Random(seed)
    hubs = [house.start(), house.start()]
    tills = [Listener(token) for token in house.tokens.values()]
    listening = [asyncio.create_task(till.listen(hubs, luck)) for till in tills]
    wallet = Wallet(hubs, luck)
    delivering = [asyncio.create_task(wallet.deliver()) for _ in range(CALLERS)]
    slowest_s = 0.0
    for _ in range(rounds):
        await asyncio.sleep(luck.uniform(0.1, 0.6))
        struck = luck.randrange(2)
        hubs[struck].kill()
        before = set(wallet.accepted)
        slowest_s = max(slowest_s, await _caught_up_s(tills, before))
        hubs[struck] = await asyncio.to_thread(house.start)
    wallet.is_stopping = True
    await asyncio.gather(*delivering)
    await _caught_up_s(tills, set(wallet.accepted))
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    for hub in hubs:
        hub.stop()
    heard = [reference for till in tills for reference in till.heard]
    doubled = tuple(sorted(reference for reference, times in Counter(heard).items() if times > 1))
    return Outcome(rounds, len(wallet.accepted), tuple(sorted(set(wallet.accepted) - set(heard))), doubled, slowest_s)


async def _caught_up_s(tills: list[Listener], accepted: set[str]) -> float:
    """Return how long it took until every accepted webhook was heard; give up after four times what is allowed."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < 4 * CAUGHT_UP_S:
        if accepted <= {reference for till in tills for reference in till.heard}:
            break
        await asyncio.sleep(0.02)
    return time.monotonic() - began_s


def kill_hubs(rounds: int, seed: int) -> Outcome:
    """Run a loop on a PostgreSQL of its own."""
    with postgres() as address, tempfile.TemporaryDirectory(prefix="till-hubs-") as folder:
        house = HubHouse(Path(folder), address, tills=TILLS)
        return asyncio.run(run_loop(house, rounds, seed))


def main() -> int:
    """Run as asked; return 1 if something was lost, doubled or slow."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcome = kill_hubs(options.rounds, options.seed)
    print(
        f"{outcome.rounds} kills, {outcome.accepted} webhooks accepted, {len(outcome.lost)} lost, {len(outcome.doubled)} doubled, "
        f"slowest till caught up after {outcome.slowest_s:.2f} s (asked {CAUGHT_UP_S:.0f})"
    )
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
