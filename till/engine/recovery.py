"""Replay the journal into a state; what was open is then taken up by the fact that the till has started."""

from collections.abc import Iterable

from till.domain.facts import Fact, PaymentRequested
from till.domain.secret import Secret
from till.domain.state import TillState, advance


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
