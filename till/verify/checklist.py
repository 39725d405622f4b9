"""The checklist: which trials are made, in which order, and what each of their steps expects.

ePayment, "Checklist"; knowledge base, "HTTP headers". In production it is one small real payment.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from msgspec import Struct

from till.verify.heard import Hearing
from till.verify.hub_stages import connected_stage, hub_stages
from till.verify.report import Outcome, Report, Step
from till.verify.service import PRODUCTION, Service
from till.verify.trial import ByHand, NotAsPublished, Stage, Trial, demand_refusal
from till.vipps.epayment import State
from till.vipps.errors import InvalidRequest, Unanswered, VippsError
from till.vipps.webhooks import PAYMENT_EVENTS

WHOLE, PART = 2500, 1000
#: Test environment, "magic amounts": the customer's card has not the money.
INSUFFICIENT_FUNDS = 151
#: Two kroner or euros: one is too close to the least that may be charged.
REAL = 200


class Plan(Struct, frozen=True):
    """The steps of one payment; when one fails, those after it have nothing to stand on."""

    name: str
    minor: int
    stages: tuple[Stage, ...]


def run(
    service: Service,
    *,
    made_at: datetime,
    version: str,
    base_url: str,
    told: Callable[[Step], None],
    hearing: Hearing | None = None,
) -> Report:
    """Make every step, telling of each; nothing that the service answers ends a run early, only a person may.

    With a hub its hearing of the payments is tried too.
    """
    steps: list[Step] = []

    def note(step: Step) -> None:
        steps.append(step)
        told(step)

    note(_made(service, Stage("access.token", "a token for these keys", lambda _: service.tokens.get()), None))
    is_real = service.terms.mode == PRODUCTION
    with suppress(KeyboardInterrupt):
        if hearing is not None:
            note(_made(service, connected_stage(hearing), None))
        for plan in (real_plan(),) if is_real else test_plans():
            for step in _follow(service, plan):
                note(step)
        for stage in _lone_stages(service, first=next((step.reference for step in steps if step.reference), None)):
            note(_made(service, stage, None))
        for stage in hub_stages(service, hearing, made=_created(steps)) if hearing is not None else ():
            note(_made(service, stage, None))
    msn = service.tokens.keys.msn
    return Report(made_at, version, base_url, service.terms.mode, msn, service.control is not None, tuple(steps))


def _created(steps: Iterable[Step]) -> tuple[str, ...]:
    """Return the payments that were made."""
    is_made = [step for step in steps if step.name.endswith(".create") and step.outcome is Outcome.PASSED]
    return tuple(step.reference for step in is_made if step.reference is not None)


def _follow(service: Service, plan: Plan) -> Iterator[Step]:
    trial = Trial(service, f"{service.terms.run_id}-{plan.name.replace('_', '-')}", plan.minor)
    is_over = False
    for stage in plan.stages:
        name = f"{plan.name}.{stage.name}"
        if is_over:
            yield Step(name, stage.expected, trial.reference, Outcome.NOT_RUN, found="a step before it did not hold")
            continue
        try:
            step = _made(service, Stage(name, stage.expected, stage.act), trial)
        except KeyboardInterrupt:
            found = "broken off by hand" + trial.tidy()
            yield Step(name, stage.expected, trial.reference, Outcome.FAILED, found=found)
            raise
        is_over = step.outcome is not Outcome.PASSED
        yield step


def _made(service: Service, stage: Stage, trial: Trial | None) -> Step:
    """Make one step, and say how it went."""
    began = len(service.recorder.exchanges)
    outcome, found, code = Outcome.PASSED, "", None
    try:
        said = stage.act(trial or Trial(service, service.terms.run_id, 0))
        found = said if isinstance(said, str) else ""
    except NotAsPublished as error:
        outcome, found = Outcome.FAILED, str(error)
    except ByHand as error:
        outcome, found = Outcome.BY_HAND, str(error)
    except VippsError as error:
        outcome, found, code = Outcome.FAILED, _words(error), error.code
    except InvalidRequest as error:
        outcome, found = Outcome.FAILED, str(error)
    exchanges = tuple(service.recorder.exchanges[began:])
    if outcome is Outcome.PASSED and any(one.status == 401 for one in exchanges):
        outcome, found = Outcome.FAILED, "a token that is still good was refused once"
    if outcome is Outcome.FAILED and trial is not None:
        found += trial.tidy()
    state = trial.state.value if trial is not None and trial.state is not None else None
    reference = trial.reference if trial is not None else stage.reference
    return Step(stage.name, stage.expected, reference, outcome, state, found, code, exchanges)


def _words(error: VippsError) -> str:
    if isinstance(error, Unanswered):
        return f"no definite answer ({error.reason.value})"
    return f"refused with {error.status}" + (f", code {error.code}" if error.code is not None else "")


# ------------------------------------------------------------------------------------------------ the payments


def test_plans() -> tuple[Plan, ...]:
    """Return the trials of the test environment; the one that turns or waits for the clock comes last."""
    create = Stage("create", "201 with the same reference and a link", lambda trial: trial.create())
    approve = Stage("approve", "authorised in full", lambda trial: trial.approve())
    return (
        Plan("partial", WHOLE, (create, *_first_looks(), approve, *_partial_stages())),
        Plan(
            "full",
            WHOLE,
            (
                create,
                approve,
                Stage("capture", "captured in full", lambda trial: trial.capture(WHOLE)),
                Stage("refund", "refunded in full", lambda trial: trial.refund(WHOLE, refunded=WHOLE)),
            ),
        ),
        Plan(
            "cancel_before",
            WHOLE,
            (create, Stage("cancel", "TERMINATED, nothing authorised", lambda trial: trial.terminate())),
        ),
        Plan(
            "cancel_after",
            WHOLE,
            (create, approve, Stage("cancel", "released in full", lambda trial: trial.release(WHOLE))),
        ),
        Plan("aborted", WHOLE, (create, Stage("abort", "ABORTED by the customer", lambda trial: trial.abort()))),
        Plan(
            "insufficient_funds",
            INSUFFICIENT_FUNDS,
            (
                create,
                Stage("approve", "not approved, nothing authorised", lambda trial: trial.fail_to_approve()),
                Stage("cancel", "TERMINATED, nothing authorised", lambda trial: trial.terminate()),
            ),
        ),
        Plan("expired", WHOLE, (create, Stage("expire", "EXPIRED in its time", lambda trial: trial.expire()))),
    )


def _first_looks() -> tuple[Stage, ...]:
    return (
        Stage("get", "CREATED, nothing authorised", lambda trial: trial.demand(State.CREATED)),
        Stage("events", "one event, CREATED", lambda trial: trial.demand_events(("CREATED", WHOLE))),
        Stage("create_repeated", "the same key and body have one effect", lambda trial: trial.create_again()),
        Stage("create_conflict", "409 for the same key with another body", lambda trial: trial.create_otherwise()),
    )


def _partial_stages() -> tuple[Stage, ...]:
    return (
        Stage("capture_too_much", "400 with code 6090", lambda trial: trial.capture_too_much()),
        Stage("capture_part", "captured in part", lambda trial: trial.capture(PART)),
        Stage("capture_repeated", "the same key and body have one effect", lambda trial: trial.capture_again()),
        Stage("capture_conflict", "409 for the same key with another body", lambda trial: trial.capture_otherwise()),
        Stage("cancel_rest", "the rest is released", lambda trial: trial.release(WHOLE - PART)),
        Stage("refund_part", "refunded in part", lambda trial: trial.refund(PART // 2, refunded=PART // 2)),
        Stage(
            "events_after",
            "every act in its order, with its amount",
            lambda trial: trial.demand_events(
                ("CREATED", WHOLE),
                ("AUTHORIZED", WHOLE),
                ("CAPTURED", PART),
                ("CANCELLED", WHOLE - PART),
                ("REFUNDED", PART // 2),
            ),
        ),
    )


def real_plan() -> Plan:
    """Return the one trial of production: a small real payment, given back."""
    return Plan(
        "real",
        REAL,
        (
            Stage("create", "201 with the same reference", lambda trial: trial.create()),
            Stage("approve", "authorised by the customer", lambda trial: trial.approve()),
            Stage("capture", "captured in full", lambda trial: trial.capture(REAL)),
            Stage("refund", "refunded in full", lambda trial: trial.refund(REAL, refunded=REAL)),
            Stage(
                "events",
                "every act in its order, with its amount",
                lambda trial: trial.demand_events(
                    ("CREATED", REAL), ("AUTHORIZED", REAL), ("CAPTURED", REAL), ("REFUNDED", REAL)
                ),
            ),
        ),
    )


# ------------------------------------------------------------------------------------------------ beside the payments


def _lone_stages(service: Service, *, first: str | None) -> tuple[Stage, ...]:
    nobody = f"{service.terms.run_id}-nobody"

    def unknown(_: Trial) -> None:
        demand_refusal(lambda: service.epayment.get(nobody), status=404)

    def listed(_: Trial) -> str:
        webhooks = service.webhooks.list()
        covered = {event for one in webhooks for event in one.events}
        lacking = [event for event in PAYMENT_EVENTS if event not in covered]
        return f"{len(webhooks)} registered; payment events without one: {len(lacking)}"

    def headers(_: Trial) -> str:
        if first is not None:
            with suppress(VippsError):
                service.epayment.get(first)
        exchanges = service.recorder.exchanges
        lacking = [one for one in exchanges if not one.has_system_headers]
        if lacking or not exchanges:
            raise NotAsPublished(f"{len(lacking)} of {len(exchanges)} requests lacked one")
        return f"{len(exchanges)} requests"

    return (
        Stage("errors.unknown_reference", "404 for a reference that nobody made", unknown, nobody),
        Stage("webhooks.list", "the sales unit's registrations", listed),
        Stage("headers.system", "the four Vipps-System headers on every request", headers, first),
    )
