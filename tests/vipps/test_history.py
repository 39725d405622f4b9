"""A payment's past as the wallet tells it, over the lane that asks."""

import pytest

from tests.vipps.test_shown import Counter
from till.domain.faults import FaultCode
from till.domain.payment import Verdict
from till.engine.ports import ReadHistory, WalletHistory
from till.sandbox.desk import PlantedFault
from till.vipps.pacing import READS_A_MINUTE


def told(counter: Counter) -> WalletHistory:
    counter.wallet.send(ReadHistory(counter.reference, "900001"))
    assert counter.wallet.lanes[0].run_one()
    word = counter.heard[-1]
    assert isinstance(word, WalletHistory)
    return word


def test_the_standing_and_every_event_are_read_with_their_own_references() -> None:
    counter = Counter()
    desk = counter.service.desk
    payment = desk.payments.by_reference(counter.reference)
    assert payment is not None
    desk.payments.approve(payment)
    word = told(counter)
    assert word.standing is not None
    assert word.standing.verdict is Verdict.AUTHORIZED
    assert [(event.name, event.is_success) for event in word.events] == [("CREATED", True), ("AUTHORIZED", True)]
    assert len({event.psp_reference for event in word.events}) == 2
    assert all(event.at is not None for event in word.events)
    assert word.fault is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PlantedFault("events", "status", status=503), FaultCode.SERVICE_TROUBLE),
        (PlantedFault("events", "status", status=400), FaultCode.BAD_REPLY),
        (PlantedFault("get", "drop", after=True), FaultCode.NO_ANSWER),
        (PlantedFault("get", "status", status=404), FaultCode.PAYMENT_MISSING),
    ],
)
def test_what_cannot_be_read_says_why(fault: PlantedFault, code: FaultCode) -> None:
    counter = Counter()
    counter.service.desk.plant(fault)
    word = told(counter)
    assert word.fault is not None
    assert (word.fault.code, word.standing, word.events) == (code, None, ())


def test_missing_keys_send_nothing() -> None:
    word = told(Counter(has_keys=False))
    assert word.fault is not None
    assert word.fault.code is FaultCode.KEYS_MISSING


def test_a_person_who_presses_again_and_again_stays_inside_the_limit_of_reads() -> None:
    """Requirement 23."""
    counter = Counter()
    for _ in range(READS_A_MINUTE // 2):
        told(counter)
    assert counter.wallet.send(ReadHistory(counter.reference, "900001")) > 0
