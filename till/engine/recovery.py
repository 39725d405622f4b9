"""Replay the journal into a state; what was open is then taken up by the fact that the till has started."""

from collections.abc import Iterable

from till.domain.facts import Fact, PaymentRequested
from till.domain.payment import Payment
from till.domain.secret import Secret
from till.domain.state import TillState, advance
from till.engine.ports import Clock

#: The wallet's limit on operations counts over so long; a second more, since the journal keeps whole ones.
LIMIT_WINDOW_S = 61
#: An operation that is answered 401 leaves once more with a new token; the journal knows of the first only.
SENDS_AN_OPERATION = 2


def sends_that_count(payment: Payment, clock: Clock) -> int:
    """Return how many operations on a payment may have left within the limit's window.

    All of them, except those before a start of the program that was surely earlier: in the same start of the machine, by its
    own count of seconds. No clock that can be set has a say. Each may have left twice, a 401 between, and counts so.
    """
    boot, up_s = clock.boot(), int(clock.monotonic_s())
    recent = (
        one.number for one in payment.sends_before if not boot or one.boot != boot or up_s - one.up_s < LIMIT_WINDOW_S
    )
    return SENDS_AN_OPERATION * (payment.sends + sum(recent))


def replay(facts: Iterable[Fact], empty: TillState) -> tuple[TillState, dict[str, Secret]]:
    """Fold all facts, dropping commands; return the state and the kept bodies of creates that are still open."""
    state = empty
    bodies: dict[str, Secret] = {}
    for fact in facts:
        state = advance(state, fact).state
        if isinstance(fact, PaymentRequested) and fact.body is not None:
            bodies[fact.terms.reference] = Secret(fact.body)
    open_references = {payment.terms.reference for payment in state.open_payments}
    return state, {reference: body for reference, body in bodies.items() if reference in open_references}
