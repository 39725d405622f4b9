"""The checklist against the sandbox in one process: what holds, what does not, and what a person has to do."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import pytest

from tests.doubles.service import BASE, InProcess
from till.domain.money import Currency
from till.domain.scan import is_reference
from till.domain.secret import Secret
from till.hub.stores import till_of_reference
from till.sandbox.desk import PlantedFault
from till.sandbox.units import SalesUnit
from till.verify.checklist import run
from till.verify.heard import Hearing
from till.verify.paper import paper_of
from till.verify.record import SYSTEM_HEADERS, Recorder
from till.verify.report import Outcome, Report
from till.verify.service import PRODUCTION, TEST, Asked, Needed, Service, Terms, name_of_run
from till.vipps.access import Credentials, System
from till.vipps.errors import Silence, Unanswered
from till.vipps.requests import Customer, CustomerKey
from till.vipps.transport import HttpReply, HttpRequest
from till.vipps.webhooks import PAYMENT_EVENTS

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALL = tuple(Currency)
#: An address at which nobody looks for a sandbox's control.
REAL_BASE = "https://sandbox.test"
#: What requirement 63 and the ePayment checklist name, by the steps that prove it.
PROVEN = (
    "partial.create", "partial.get", "partial.events", "partial.create_repeated", "partial.create_conflict",
    "partial.capture_too_much", "partial.capture_part", "partial.capture_repeated", "partial.capture_conflict",
    "partial.cancel_rest", "partial.refund_part", "full.capture", "full.refund", "cancel_before.cancel",
    "cancel_after.cancel", "aborted.abort", "insufficient_funds.approve", "expired.expire", "errors.unknown_reference",
    "webhooks.list", "headers.system",
)  # fmt: skip


@dataclass
class Trying:
    """One run's surroundings."""

    transport: InProcess = field(default_factory=InProcess)
    unit: int = 0
    base_url: str = BASE
    mode: str = TEST
    currencies: tuple[Currency, ...] = ALL
    number: str = ""
    waits: bool = False
    said: list[Asked] = field(default_factory=list)
    tell: Callable[[Asked], None] | None = None
    pause: Callable[[float], None] = lambda _: None
    system: System = field(default_factory=lambda: System("till", "0.1.0"))
    hearing: Hearing | None = None
    monotonic_s: Callable[[], float] = time.monotonic

    @property
    def sales_unit(self) -> SalesUnit:
        return self.transport.desk.units[self.unit]

    def service(self) -> Service:
        unit = self.sales_unit
        keys = Credentials(Secret(unit.client_id), Secret(unit.client_secret), Secret(unit.subscription_key), unit.msn)
        terms = Terms(
            run_id="test-verify-261121-1",
            mode=self.mode,
            currencies=self.currencies,
            customer=Customer(CustomerKey.PHONE_NUMBER, Secret(self.number)) if self.number else None,
            tell=self.tell or self.said.append,
            waits=self.waits,
            pause=self.pause,
            monotonic_s=self.monotonic_s,
        )
        return Service(
            transport=self.transport, base_url=self.base_url, credentials=keys, system=self.system, terms=terms
        )

    def report(self) -> Report:
        made = {"made_at": AT, "version": "0.1.0", "base_url": self.base_url}
        return run(self.service(), **made, told=lambda _: None, hearing=self.hearing)


class Ears:
    """A hub that hears of every payment but those whose names end so."""

    def __init__(self, *, deaf_to: str = "", is_there: bool = True) -> None:
        self.deaf_to = deaf_to
        self.is_there = is_there

    def is_connected(self) -> bool:
        return self.is_there

    def unheard(self, references: Iterable[str]) -> tuple[str, ...]:
        return tuple(one for one in references if self.deaf_to and one.endswith(self.deaf_to))


def with_hub(hearing: Ears, *, events: tuple[str, ...] = PAYMENT_EVENTS) -> Trying:
    seconds = count()
    trying = Trying(hearing=hearing, monotonic_s=lambda: float(next(seconds)))
    if events:
        trying.service().webhooks.register("https://hub.example/webhooks/a", events)
    return trying


def failed(report: Report, outcome: Outcome = Outcome.FAILED) -> list[str]:
    return [step.name for step in report.steps if step.outcome is outcome]


def test_every_step_holds_at_a_service_that_keeps_its_word() -> None:
    """Requirements 1, 3, 6, 63."""
    report = Trying().report()
    assert failed(report) == []
    assert report.is_passed
    names = [step.name for step in report.steps]
    assert len(set(names)) == len(names)
    assert set(PROVEN) < set(names)
    statuses = {step.name: step.status for step in report.steps}
    assert statuses["partial.create"] == 201
    assert statuses["partial.create_conflict"] == statuses["partial.capture_conflict"] == 409
    assert statuses["partial.capture_too_much"] == 400
    assert statuses["errors.unknown_reference"] == 404
    assert all(statuses.values())
    states = {step.name: step.state for step in report.steps}
    assert states["aborted.abort"] == "ABORTED"
    assert states["expired.expire"] == "EXPIRED"
    assert states["cancel_before.cancel"] == "TERMINATED"


@pytest.mark.parametrize("unit", [1, 2])
def test_the_sales_units_currency_is_found_by_trying(unit: int) -> None:
    trying = Trying(unit=unit)
    assert trying.report().is_passed
    assert {payment.currency for payment in trying.transport.desk.payments.all()} == {trying.sales_unit.currency}


def test_the_limits_of_the_service_are_kept() -> None:
    trying = Trying()
    trying.transport.desk.is_limited = True
    assert trying.report().is_passed


FAULTS: list[tuple[PlantedFault, str]] = [
    (PlantedFault("token", "status", status=401), "access.token"),
    (PlantedFault("create", "status", status=500), "partial.create"),
    (PlantedFault("create", "alter", after=True, fields={"reference": "somebody-elses"}), "partial.create"),
    (PlantedFault("get", "status", status=401), "partial.get"),
    (PlantedFault("get", "html", status=200), "partial.get"),
    (PlantedFault("get", "alter", after=True, fields={"state": "AUTHORIZED"}), "partial.get"),
    (PlantedFault("get", "alter", after=True, fields={"amount": {"value": 1}}), "partial.get"),
    (PlantedFault("get", "alter", after=True, fields={"aggregate": {"refundedAmount": {"value": 1}}}), "partial.get"),
    (PlantedFault("events", "status", status=503), "partial.events"),
    (PlantedFault("approve", "status", status=500), "partial.approve"),
    (PlantedFault("capture", "status", status=429), "partial.capture_too_much"),
    (PlantedFault("capture", "drop", after=True), "partial.capture_too_much"),
    (PlantedFault("cancel", "html", status=200), "partial.cancel_rest"),
    (PlantedFault("cancel", "alter", after=True, fields={"state": "CREATED"}), "partial.cancel_rest"),
    (PlantedFault("refund", "status", status=400), "partial.refund_part"),
    (
        PlantedFault("refund", "alter", after=True, fields={"aggregate": {"refundedAmount": {"value": 7}}}),
        "partial.refund_part",
    ),
    (PlantedFault("webhook-list", "status", status=403), "webhooks.list"),
    (PlantedFault("webhook-list", "html", status=200), "webhooks.list"),
]


@pytest.mark.parametrize(("fault", "step"), FAULTS, ids=lambda one: one if isinstance(one, str) else one.kind)
def test_a_service_that_breaks_its_word_fails_the_step_in_which_it_does(fault: PlantedFault, step: str) -> None:
    trying = Trying()
    trying.transport.desk.plant(fault)
    report = trying.report()
    assert failed(report) == [step]
    assert not report.is_passed


def test_what_stood_on_a_failed_step_is_not_run_and_its_payment_is_released() -> None:
    trying = Trying()
    trying.transport.desk.plant(PlantedFault("capture", "status", reference="test-verify-261121-1-full"))
    report = trying.report()
    assert failed(report) == ["full.capture"]
    assert failed(report, Outcome.NOT_RUN) == ["full.refund"]
    payment = trying.transport.desk.payments.by_reference("test-verify-261121-1-full")
    assert payment is not None
    assert payment.cancelled == payment.authorized == 2500
    (step,) = (one for one in report.steps if one.outcome is Outcome.FAILED)
    assert step.found.endswith("; the payment was cancelled afterwards")


@dataclass
class Lying(InProcess):
    """A service that keeps no idempotency: each repeat counts again, and another body is taken."""

    def send(self, request: HttpRequest) -> HttpReply:
        self.desk._answers.clear()
        return super().send(request)


def test_a_service_that_forgets_its_keys_is_found_out() -> None:
    assert failed(Trying(Lying()).report()) == ["partial.create_repeated"]


@dataclass
class Generous(InProcess):
    """A service that lets a customer without money pay."""

    def send(self, request: HttpRequest) -> HttpReply:
        if request.url.endswith("/approve"):
            reference = request.url.split("/")[-2]
            payment = self.desk.payments.by_reference(reference)
            assert payment is not None
            if payment.amount == 151:
                payment.state, payment.authorized = "AUTHORIZED", 151
        return super().send(request)


def test_an_approval_without_funds_is_found_out() -> None:
    assert failed(Trying(Generous()).report()) == ["insufficient_funds.approve"]


def test_a_system_without_a_name_fails_the_headers() -> None:
    report = Trying(system=System("", "0.1.0")).report()
    assert failed(report) == ["headers.system"]


def test_nobody_answers() -> None:
    class Silent(InProcess):
        def send(self, request: HttpRequest) -> HttpReply:
            raise Unanswered(Silence.NO_CONNECTION, is_sent=False)

    report = Trying(Silent()).report()
    assert not report.is_passed
    assert {step.name for step in report.steps if step.name.endswith(".create")} <= set(failed(report))
    assert "webhooks.list" in failed(report)


# ------------------------------------------------------------------------------------------------ a real test service


def test_what_only_a_person_or_time_can_do_is_said_to_be_left() -> None:
    trying = Trying(base_url=REAL_BASE, number="4700000001")
    report = trying.report()
    assert failed(report) == []
    assert failed(report, Outcome.BY_HAND) == ["aborted.abort", "expired.expire"]
    assert not report.is_sandbox
    assert not report.is_passed
    words = {step.name: step.found for step in report.steps}
    assert "decline it" in words["aborted.abort"]


def test_without_a_customer_the_approvals_are_left_too() -> None:
    report = Trying(base_url=REAL_BASE).report()
    left = {"partial.approve", "full.approve", "cancel_after.approve", "insufficient_funds.approve"}
    assert left < set(failed(report, Outcome.BY_HAND))


def test_a_run_that_waits_sees_what_the_person_and_time_did() -> None:
    trying = Trying(base_url=REAL_BASE, number="4700000001", waits=True)
    desk = trying.transport.desk

    def person(asked: Asked) -> None:
        trying.said.append(asked)
        if asked.needed is Needed.DECLINE:
            payment = desk.payments.by_reference("test-verify-261121-1-aborted")
            assert payment is not None
            assert desk.payments.abort(payment)

    trying.tell = person
    trying.pause = desk.clock.turn
    report = trying.report()
    assert report.is_passed
    assert len(trying.said) == 2


def test_a_person_who_does_nothing_is_not_waited_for_for_ever() -> None:
    trying = Trying(base_url=REAL_BASE, number="4700000001", waits=True)
    trying.pause = trying.transport.desk.clock.turn
    assert failed(trying.report()) == ["aborted.abort"]


# ------------------------------------------------------------------------------------------------ the hub


def test_with_a_hub_its_hearing_of_every_payment_is_a_step() -> None:
    """Requirement 2."""
    report = with_hub(Ears()).report()
    assert report.is_passed
    own = {step.name: step.found for step in report.steps if step.name.startswith("hub.")}
    assert own == {"hub.connected": "", "hub.registered": "1 registered", "hub.heard": "7 payments"}
    assert [row.cells[0] for row in paper_of(report).rows][-1] == "hub.heard"
    assert not [step for step in Trying().report().steps if step.name.startswith("hub.")]


def test_a_hub_that_lacks_something_fails_the_step_that_says_what() -> None:
    report = with_hub(Ears(deaf_to="full")).report()
    assert failed(report) == ["hub.heard"]
    assert report.steps[-1].found == "the hub told nothing of test-verify-261121-1-full"
    assert failed(with_hub(Ears(is_there=False)).report()) == ["hub.connected"]
    report = with_hub(Ears(), events=PAYMENT_EVENTS[:-1]).report()
    assert failed(report) == ["hub.registered"]
    assert PAYMENT_EVENTS[-1] in next(step.found for step in report.steps if step.name == "hub.registered")


def test_a_trials_references_are_a_tills_own_and_no_sales() -> None:
    name = name_of_run("nord-kasse1", AT, is_real=False)
    longest = f"{name}-insufficient-funds"
    assert is_reference(longest)
    assert till_of_reference(longest) == "kasse1"
    assert name_of_run("kasse1", AT, is_real=True).startswith("kasse1-261121-120000-")


# ------------------------------------------------------------------------------------------------ production


def paying(trying: Trying) -> Callable[[Asked], None]:
    def person(asked: Asked) -> None:
        trying.said.append(asked)
        payment = trying.transport.desk.payments.all()[-1]
        assert trying.transport.desk.payments.approve(payment)

    return person


@pytest.mark.parametrize("number", ["", "4700000001"])
def test_production_is_one_small_payment_that_is_given_back(number: str) -> None:
    """Requirement 63."""
    trying = Trying(mode=PRODUCTION, number=number, waits=True, currencies=(Currency.NOK,))
    trying.tell = paying(trying)
    report = trying.report()
    assert report.is_passed
    (payment,) = trying.transport.desk.payments.all()
    assert (payment.amount, payment.captured, payment.refunded) == (200, 200, 200)
    assert payment.request["userFlow"] == ("PUSH_MESSAGE" if number else "QR")
    assert (trying.said[0].link is not None) is not number.startswith("47")
    sent = [exchange.request.url for exchange in trying.transport.exchanges]
    assert not any("/test/payments/" in url or "/_sandbox/" in url for url in sent)


def test_who_breaks_off_leaves_no_money_reserved() -> None:
    trying = Trying(mode=PRODUCTION, waits=True, currencies=(Currency.NOK,))

    def leave(_: float) -> None:
        raise KeyboardInterrupt

    trying.pause = leave
    report = trying.report()
    assert failed(report) == ["real.approve"]
    assert report.steps[-1].found == "broken off by hand; the payment was cancelled afterwards"
    (payment,) = trying.transport.desk.payments.all()
    assert payment.state == "TERMINATED"


def test_a_read_that_is_lost_while_waiting_does_not_end_the_wait() -> None:
    trying = Trying(mode=PRODUCTION, waits=True, currencies=(Currency.NOK,))
    paid = paying(trying)

    def person(asked: Asked) -> None:
        paid(asked)
        trying.transport.desk.plant(PlantedFault("get", "status", times=3))

    trying.tell = person
    assert trying.report().is_passed


# ------------------------------------------------------------------------------------------------ the report


def secrets_of(trying: Trying) -> list[str]:
    unit = trying.sales_unit
    tokens = [
        json.loads(one.reply.body)["access_token"]
        for one in trying.transport.exchanges
        if one.request.url.endswith("/accesstoken/get")
    ]
    links = [
        json.loads(one.reply.body).get("redirectUrl")
        for one in trying.transport.exchanges
        if one.request.url.endswith("/payments") and one.reply.status == 201
    ]
    return [
        unit.client_id, unit.client_secret, unit.subscription_key, "4700000001", *tokens, *(one for one in links if one)
    ]  # fmt: skip


def test_nothing_secret_is_in_the_report_or_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Requirement 53; fault catalogue D7."""
    trying = Trying(number="4700000001")
    report = trying.report()
    written = report.to_json() + repr(paper_of(report)) + "".join(str(vars(record)) for record in caplog.records)
    found = [secret for secret in secrets_of(trying) if secret in written]
    assert found == []


def test_the_report_has_reference_status_trace_and_outcome_of_each_step() -> None:
    document: Mapping[str, object] = json.loads(Trying().report().to_json())
    assert document["outcome"] == "passed"
    steps = document["steps"]
    assert isinstance(steps, list)
    for step in steps:
        assert {"step", "reference", "status", "outcome", "trace_id", "expected", "calls"} <= set(step)
    conflict = next(step for step in steps if step["step"] == "partial.capture_conflict")
    assert conflict["trace_id"].startswith("00-")


def test_the_recorder_notes_a_request_that_lacks_a_header() -> None:
    recorder = Recorder(InProcess())
    whole = dict.fromkeys(SYSTEM_HEADERS, "till")
    for headers in (whole, whole | {SYSTEM_HEADERS[2]: "x" * 31}, {}):
        recorder.send(HttpRequest("GET", BASE + "/phone", headers))
    assert [one.has_system_headers for one in recorder.exchanges] == [True, False, False]


def test_a_run_without_steps_has_not_passed() -> None:
    assert not Report(AT, "0.1.0", BASE, TEST, "900001", is_sandbox=True, steps=()).is_passed
