"""Calls and delay of polling: ours, the published schedule and the earlier one, on stated spreads of approval times.

The till's own `VippsWallet` reads under a virtual clock; customers approve by a seed. Delay is from the approval to the end of
the capture that the read leads to. Where the spreads come from is said in docs/polling.md.
"""

import math
import random
import statistics
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from benchmarks.measure import percentile
from till.domain.money import Currency, Money
from till.domain.payment import Pace, PaymentFact, Verdict
from till.engine.ports import Ask, Forget, WalletWord
from till.vipps.epayment import PaymentAnswer, State
from till.vipps.lane_side import WalletSettings
from till.vipps.pacing import Rhythm
from till.vipps.wallet import VippsWallet

PAYMENTS, SEED = 5_000, 1
#: One exchange with the wallet, half of it each way; a read and a capture take two.
TRIP_S = 0.1
EXPIRES_S = 600.0
AMOUNT, NOTHING = Money(10_000, Currency.NOK), Money(0, Currency.NOK)

OURS = Rhythm()
PUBLISHED = Rhythm(screen=((0, 5), (5, 2)), push=((0, 5), (5, 2)))
#: Published too, for a code at a till; the till's own way before it was measured.
EVERY_SECOND = Rhythm(screen=((0, 1),))


class Spread(Struct, frozen=True):
    """How customers behave: a factor on all their times, the share who need long, and the share who never approve."""

    factor: float = 1.0
    slow: float = 0.05
    unpaid: float = 0.04


SPREADS = {
    "usual": Spread(),
    "brisk": Spread(factor=0.6, slow=0.02, unpaid=0.02),
    "slow": Spread(factor=1.6, slow=0.10, unpaid=0.08),
}


class Outcome(Struct, frozen=True):
    """When a customer's payment comes to its end, and how; a cancel of the cashier's ends it without a read."""

    at_s: float
    state: State
    is_cancelled_here: bool = False


class Figures(Struct, frozen=True):
    """What a schedule came to: calls for each payment, and delays of those that were approved."""

    calls: float
    delays: tuple[float, ...]

    @property
    def mean_s(self) -> float:
        """The mean delay."""
        return statistics.fmean(self.delays)

    @property
    def median_s(self) -> float:
        """The median delay."""
        return statistics.median(self.delays)

    @property
    def late_s(self) -> float:
        """The delay that one in twenty exceeds."""
        return percentile(self.delays, 0.95)


def outcomes(spread: Spread, *, shows_code: bool, payments: int = PAYMENTS, seed: int = SEED) -> list[Outcome]:
    """Return what so many customers do, the same for the same seed."""
    chance = random.Random(f"{seed} {shows_code}")
    return [_outcome(spread, chance, shows_code=shows_code) for _ in range(payments)]


def _outcome(spread: Spread, chance: random.Random, *, shows_code: bool) -> Outcome:
    if chance.random() < spread.unpaid:
        return _unpaid(chance)
    if chance.random() < spread.slow:
        took_s = 10 + _about(chance, 45, 0.6)
    elif shows_code:
        took_s = 4 + _about(chance, 11, 0.6)
    elif chance.random() < 0.7:  # the code in their app was scanned: the phone is in the hand, and open
        took_s = 2 + _about(chance, 5, 0.6)
    else:
        took_s = 3 + _about(chance, 9, 0.7)
    return Outcome(min(took_s * spread.factor, EXPIRES_S - 1), State.AUTHORIZED)


def _unpaid(chance: random.Random) -> Outcome:
    way = chance.random()
    if way < 0.5:
        return Outcome(3 + _about(chance, 12, 0.7), State.ABORTED)
    if way < 0.9:
        return Outcome(chance.uniform(60, 180), State.TERMINATED, is_cancelled_here=True)
    return Outcome(EXPIRES_S, State.EXPIRED)


def _about(chance: random.Random, median_s: float, width: float) -> float:
    return chance.lognormvariate(math.log(median_s), width)


class VirtualClock:
    """The wallet's clock, which the counter below moves."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def now(self) -> datetime:
        """Return the wall clock's time."""
        return datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=self.time_s)

    def monotonic_s(self) -> float:
        """Return steady seconds."""
        return self.time_s


class Far:
    """The wallet far away, as the asking lane's client: it knows how each payment stands at any time."""

    def __init__(self, clock: VirtualClock, ends: dict[str, tuple[float, Outcome]]) -> None:
        self._clock = clock
        self._ends = ends
        self.sends = 0
        self.reads: dict[str, list[float]] = {}

    def get(self, reference: str) -> PaymentAnswer:
        """Answer a read after a round trip; how the payment stands is seen in the middle of it."""
        self.sends += 1
        self.reads.setdefault(reference, []).append(self._clock.time_s)
        self._clock.time_s += TRIP_S / 2
        ends_s, outcome = self._ends[reference]
        state = outcome.state if ends_s <= self._clock.time_s else State.CREATED
        self._clock.time_s += TRIP_S / 2
        authorized = AMOUNT if state is State.AUTHORIZED else NOTHING
        return PaymentAnswer(reference, state, AMOUNT, authorized, NOTHING, NOTHING, NOTHING)

    def close(self) -> None:
        """Nothing to give back."""


class Till:
    """One till that serves customer after customer: each payment is read until its end is known."""

    def __init__(self, rhythm: Rhythm) -> None:
        self.clock = VirtualClock()
        self.ends: dict[str, tuple[float, Outcome]] = {}
        self.far = Far(self.clock, self.ends)
        self.wallet = VippsWallet(
            settings=WalletSettings(till="kasse1", shop="Shop", rhythm=rhythm),
            clock=self.clock,
            connect=lambda _: (self.far, None),  # type: ignore[arg-type, return-value]
            deliver=self._take,
        )
        self._heard: PaymentFact | WalletWord | None = None

    def serve(self, reference: str, outcome: Outcome, *, shows_code: bool) -> float:
        """Read a payment to its end, from the moment in which its create was answered; return seconds from end to known."""
        ends_s = self.clock.time_s + outcome.at_s
        self.ends[reference] = (ends_s, outcome)
        asking = self.wallet.lanes[0]
        verdict = Verdict.CREATED
        while verdict is Verdict.CREATED:
            self.wallet.send(Ask(reference, "900001", shows_code, Pace.FLOW))
            due_s = asking.next_due_s()
            assert due_s is not None
            if outcome.is_cancelled_here and due_s > ends_s:
                break
            self.clock.time_s = max(self.clock.time_s, due_s)
            asking.run_one()
            verdict = self._heard.verdict  # type: ignore[union-attr]
        self.wallet.send(Forget(reference))
        self.clock.time_s = max(self.clock.time_s, ends_s)
        return self.clock.time_s - ends_s

    def _take(self, message: PaymentFact | WalletWord) -> None:
        self._heard = message


def measure(rhythm: Rhythm, customers: list[Outcome], *, shows_code: bool) -> Figures:
    """Return what a schedule comes to with these customers."""
    till = Till(rhythm)
    delays = []
    for count, outcome in enumerate(customers):
        known_s = till.serve(f"kasse1-{count}", outcome, shows_code=shows_code)
        if outcome.state is State.AUTHORIZED:
            delays.append(known_s + TRIP_S)
    return Figures(till.far.sends / len(customers), tuple(delays))


def main() -> None:
    """Print calls and delays of every schedule on every spread."""
    for shows_code, flow in ((True, "a code on the customer's screen"), (False, "a push to their phone")):
        for name, spread in SPREADS.items():
            customers = outcomes(spread, shows_code=shows_code)
            print(f"{flow}, {name} customers")
            rhythms = {"ours": OURS, "published: from 5 s every 2 s": PUBLISHED}
            if shows_code:
                rhythms["before, a code every 1 s"] = EVERY_SECOND
            for title, rhythm in rhythms.items():
                figures = measure(rhythm, customers, shows_code=shows_code)
                print(
                    f"  {title:<30} {figures.calls:6.2f} calls a payment   approved to paid: median {figures.median_s:.2f} s,"
                    f" mean {figures.mean_s:.2f} s, p95 {figures.late_s:.2f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
