"""Kills a real till at random moments, starts it again, and counts the money: `python -m tests.outside.kill_loop --rounds 500`.

The sandbox runs on. In every round a till's process is started, rings up sales and cancels some, and is killed with SIGKILL
within a second and a half of its start, or of its first snapshot; customers approve or decline meanwhile. After every kill the
journal's rows and the sandbox's payments are judged. After 25 kills the next shop's turn comes, so that what waits out the
wallet's limits does not pile up; at the end all shops are left in peace until everything has come to rest.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.outside.books import Books, judge, judge_rest, read_books
from tests.outside.headless import Headless, Place, headless
from till.demo import Sandbox, make_demo_shop, running_sandbox

LIFE_MOST_S = 1.5
PAUSE_S = (0.03, 0.2)
ROUNDS_A_SHOP = 25
#: A payment that was sent so often in a minute waits until the wallet's limit allows more.
SENDS_A_MINUTE = 4
FULL_REST_S, LOOK_S = 150.0, 0.3
FLOWS = ("customer_screen", "customer_screen", "customer_screen", "phone_number", "personal_qr")


@dataclass
class Tally:
    """What came of it all."""

    rounds: int = 0
    kills: int = 0
    sales: int = 0
    completed: int = 0
    rows: int = 0
    still_open: int = 0
    rest_s: float = 0.0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds, {self.kills} kills, {self.sales} sales, {self.completed} completed, {self.rows} rows, "
            f"{len(self.violations)} violations"
        )


@dataclass
class Shop:
    """One till's name, its place, and its books as they were last read."""

    name: str
    place: Place
    books: Books = field(default_factory=Books)


class KillLoop:
    """Shops over one sandbox, killed in turn."""

    def __init__(self, sandbox: Sandbox, root: Path, seed: int) -> None:
        self._sandbox = sandbox
        self._root = root
        self._chance = random.Random(seed)
        self._complaints = root / "complaints"
        self._shops: list[Shop] = []
        self.tally = Tally()

    def play_round(self) -> None:
        """Start the till, let it sell, and kill it."""
        if self.tally.rounds % ROUNDS_A_SHOP == 0:
            self._open_shop()
        shop, chance = self._shops[-1], self._chance
        with headless(self._sandbox, {shop.name: shop.place}, complaints=self._complaints) as till:
            if chance.random() < 0.5 and not till.ready.wait(LIFE_MOST_S * 10):
                self._violate(["the till did not start"])
            end = time.monotonic() + chance.uniform(0, LIFE_MOST_S)
            self._pay(till, shop)
            while (left_s := end - time.monotonic()) > 0:
                time.sleep(min(left_s, chance.uniform(*PAUSE_S)))
                self._let_customers_act()
                if chance.random() < 0.15:
                    self._pay(till, shop)
                if chance.random() < 0.04:
                    till.tell(shop.name, "cancel")
            status = till.child.poll()
            till.child.kill()
        self.tally.kills += 1
        self.tally.rounds += 1
        if status is not None or till.stops:
            self._violate([f"the till ended by itself: {status} {till.stops}"])
        self._judge(shop)

    def come_to_rest(self, rest_s: float) -> None:
        """Let all tills run in peace while every customer approves; then nothing may be open that could go on."""
        began = time.monotonic()
        places = {shop.name: shop.place for shop in self._shops}
        with headless(self._sandbox, places, complaints=self._complaints) as tills:
            waiting = {shop.name: tills.ask_open(shop.name) for shop in self._shops}
            while time.monotonic() < began + rest_s and self._left(waiting, rest_s):
                self._decide(tills, waiting)
                time.sleep(LOOK_S)
                waiting = {shop.name: tills.ask_open(shop.name) for shop in self._shops}
        self.tally.rest_s = time.monotonic() - began
        for shop in self._shops:
            self._judge(shop)
            self._violate(judge_rest(shop.books, self._sandbox.payments(), set(waiting[shop.name])))
        self._violate([f"never came to rest: {one}" for one in self._left(waiting, rest_s)])
        self._violate([f"the till complained: {line}" for line in self._complaints.read_text().splitlines()[-3:]])
        self.tally.still_open = sum(len(one) for one in waiting.values())

    def _open_shop(self) -> None:
        name = f"till{len(self._shops) + 1}"
        place = Place(self._sandbox.base_url, self._root / name)
        place.folder.mkdir()
        make_demo_shop("NO", self._sandbox, place.folder)
        self._shops.append(Shop(name, place))

    def _pay(self, till: Headless, shop: Shop) -> None:
        flow = self._chance.choice(FLOWS)
        customer = self._chance.choice(self._sandbox.customers)
        names = {"phone_number": customer["phone_number"], "personal_qr": customer["personal_qr"]}
        till.tell(shop.name, "pay", flow=flow, customer=names.get(flow, ""))

    def _let_customers_act(self) -> None:
        for payment in self._sandbox.payments():
            luck = self._chance.random()
            if payment["state"] == "CREATED" and luck < 0.4:
                act = "decline" if luck < 0.04 else "approve"
                self._sandbox.post(f"/_sandbox/payments/{payment['reference']}/{act}")

    def _decide(self, tills: Headless, waiting: dict[str, dict[str, str]]) -> None:
        """Let every customer approve, and the cashiers choose where one was faster than a cancel."""
        for payment in self._sandbox.payments():
            if payment["state"] == "CREATED":
                self._sandbox.post(f"/_sandbox/payments/{payment['reference']}/approve")
        for name, states in waiting.items():
            for reference, state in states.items():
                if state == "Overtaken":
                    tills.tell(name, self._chance.choice(("complete", "release")), reference=reference)

    def _judge(self, shop: Shop) -> None:
        before, shop.books = shop.books, read_books(shop.place.folder / "journal.db")
        if shop.books.hashes[: len(before.hashes)] != before.hashes:
            self._violate([f"{shop.name}: rows that were committed have gone or changed"])
        mine = [one for one in self._sandbox.payments() if f"-{shop.name}-" in str(one["reference"])]
        self._violate([f"{shop.name}: {wrong}" for wrong in judge(shop.books, mine)])
        books = [one.books for one in self._shops]
        self.tally.rows = sum(len(one.hashes) for one in books)
        self.tally.completed = sum(len(one.completed) for one in books)
        self.tally.sales = sum(len({asked.sale for asked in one.requested.values()}) for one in books)

    def _left(self, waiting: dict[str, dict[str, str]], rest_s: float) -> list[str]:
        """Return what is open without a reason to be.

        A push or a cancelled payment whose create may still be on its way is waited for until nobody could approve it any
        more; and a payment that has used up its minute waits for the next, which a short rest does not see.
        """
        known = {str(payment["reference"]) for payment in self._sandbox.payments()}
        left: list[str] = []
        for shop in self._shops:
            books = shop.books
            pushes = {reference for reference, asked in books.requested.items() if asked.flow != "customer_screen"}
            excused = (pushes | books.cancels) - known
            if rest_s < FULL_REST_S:
                excused |= {reference for reference, sends in books.sends.items() if sends >= SENDS_A_MINUTE}
            left += [f"{one} {state}" for one, state in waiting[shop.name].items() if one not in excused]
        return left

    def _violate(self, wrong: list[str]) -> None:
        # What is wrong in a journal stays wrong: it counts once.
        self.tally.violations += [one for one in wrong if one not in self.tally.violations]


def run(rounds: int, seed: int, *, rest_s: float = FULL_REST_S, tell: Callable[[str], object] = print) -> Tally:
    """Play so many rounds; return the figures."""
    with tempfile.TemporaryDirectory(prefix="till-kills-") as folder, running_sandbox("NO") as sandbox:
        loop = KillLoop(sandbox, Path(folder), seed)
        for number in range(1, rounds + 1):
            loop.play_round()
            if number % 50 == 0:
                tell(str(loop.tally))
        loop.come_to_rest(rest_s)
        return loop.tally


def main(argv: list[str]) -> int:
    """Play, print, and return 1 if anything was violated."""
    parser = argparse.ArgumentParser(prog="tests.outside.kill_loop")
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    tally = run(options.rounds, options.seed)
    print(f"seed {options.seed}: {tally}")
    print(f"at rest after {tally.rest_s:.0f} s, but for {tally.still_open} that wait until nobody could approve them")
    for violation in tally.violations:
        print(f"  {violation}")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
