"""What a refusal means for a payment: a no for good, or only that something is still under way."""

from datetime import UTC, datetime

import pytest

from till.domain import payment as facts
from till.domain.faults import FaultCode
from till.domain.payment import Operation
from till.vipps.answers import fact_of_error
from till.vipps.errors import Locked, Refused

REF = "kasse1-261121-0001-1"
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "error", [Refused(status=400, code=6250), Refused(status=400, code=6280), Locked(status=423)], ids=str
)
@pytest.mark.parametrize("operation", [Operation.CANCEL, Operation.CAPTURE, Operation.RELEASE])
def test_a_payment_that_is_still_being_worked_on_is_no_refusal(error: Refused, operation: Operation) -> None:
    """Requirement 26."""
    fact = fact_of_error(error, REF, operation, AT)
    assert isinstance(fact, facts.Unanswered)
    assert fact.fault.code is FaultCode.STILL_WORKING
    assert not fact.is_sent
