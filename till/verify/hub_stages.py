"""What is expected of a hub beside the trials: it lets the till listen, it is registered, and it has heard of every payment.

Knowledge base, "Webhooks": webhooks and polling together.
"""

from collections.abc import Callable

from till.verify.heard import Hearing
from till.verify.service import Service, Terms
from till.verify.trial import NotAsPublished, Stage, Trial
from till.vipps.webhooks import PAYMENT_EVENTS

#: How long the hub may take to answer, and how long the last event may be on its way.
CONNECT_S, HEARD_S, LOOK_S = 20.0, 60.0, 0.2


def connected_stage(hearing: Hearing) -> Stage:
    """Return the step that comes before the payments: only who listens hears."""

    def connected(trial: Trial) -> None:
        if not _wait(trial.terms, hearing.is_connected, CONNECT_S):
            raise NotAsPublished("the hub does not answer, or does not know this till")

    return Stage("hub.connected", "the hub lets this till listen", connected)


def hub_stages(service: Service, hearing: Hearing, *, made: tuple[str, ...]) -> tuple[Stage, ...]:
    """Return the steps that come after the payments that were made."""

    def registered(_: Trial) -> str:
        webhooks = service.webhooks.list()
        told = {event for one in webhooks for event in one.events}
        lacking = [event for event in PAYMENT_EVENTS if event not in told]
        if lacking:
            raise NotAsPublished(f"nobody is told of {', '.join(lacking)}")
        return f"{len(webhooks)} registered"

    def heard(trial: Trial) -> str:
        _wait(trial.terms, lambda: not hearing.unheard(made), HEARD_S)
        missing = hearing.unheard(made)
        if missing or not made:
            raise NotAsPublished(f"the hub told nothing of {', '.join(missing) or 'any payment'}")
        return f"{len(made)} payments"

    return (
        Stage("hub.registered", "a registration for every event of a payment", registered),
        Stage("hub.heard", "the hub told of every payment above", heard),
    )


def _wait(terms: Terms, is_so: Callable[[], bool], wait_s: float) -> bool:
    ends_s = terms.monotonic_s() + wait_s
    while not is_so():
        if terms.monotonic_s() >= ends_s:
            return False
        terms.pause(LOOK_S)
    return True
