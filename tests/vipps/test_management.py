"""Sales units: what they may do, and what set-up warns of."""

import pytest

from tests.doubles.office import at_noon, calls_of, control, scripted_calls
from tests.doubles.transport import Scripted, reply
from till.domain.money import Currency
from till.vipps.errors import InvalidRequest, NotFound, Unanswered
from till.vipps.management import ManagementApi, SalesUnit, Warned, warnings_of

GOOD = SalesUnit("900001", "Shop", "NO", may_take_payments=True, may_push=True, may_capture_in_part=True)


def test_the_units_of_the_same_business_are_listed_with_their_rights() -> None:
    transport = at_noon()
    management = ManagementApi(calls_of(transport))
    assert [one.msn for one in management.sales_units()] == ["900001", "900004", "900006"]
    assert management.sales_unit("900001").may_push is True
    assert management.sales_unit("900004").may_push is False
    danish = ManagementApi(calls_of(transport, transport.desk.units[4]))
    unit = danish.sales_unit("900005")
    assert (unit.country, unit.may_capture_in_part, unit.may_live_long) == ("DK", False, False)


def test_a_unit_that_is_switched_off_or_another_business_s_is_not_found() -> None:
    transport = at_noon()
    management = ManagementApi(calls_of(transport))
    control(transport, "sales-units/900004", active=False)
    for msn in ("900004", "900002"):
        with pytest.raises(NotFound):
            management.sales_unit(msn)
    with pytest.raises(InvalidRequest):
        management.sales_unit("90/00")


@pytest.mark.parametrize(
    ("unit", "wants_push", "expected"),
    [
        (GOOD, True, ()),
        (None, True, (Warned.NOT_ACTIVE,)),
        (SalesUnit("900001", "Shop", ""), True, ()),
        (SalesUnit("900001", "Shop", "NO", may_push=False), True, (Warned.NO_PUSH,)),
        (SalesUnit("900001", "Shop", "NO", may_push=False), False, ()),
        (SalesUnit("900001", "Shop", "NO", may_capture_in_part=False), True, (Warned.NO_PARTIAL_CAPTURE,)),
        (SalesUnit("900001", "Shop", "NO", may_take_payments=False), True, (Warned.NO_PAYMENTS,)),
        (SalesUnit("900001", "Shop", "DK"), True, (Warned.OTHER_CURRENCY,)),
        (SalesUnit("900001", "Shop", "NO", capture_type="DirectCapture"), True, (Warned.CAPTURED_AT_ONCE,)),
    ],
)
def test_set_up_warns_of_what_will_not_work(
    unit: SalesUnit | None, *, wants_push: bool, expected: tuple[Warned, ...]
) -> None:
    """Requirements 12 and 19; what is not told is not a no."""
    assert warnings_of(unit, currency=Currency.NOK, wants_push=wants_push) == expected


@pytest.mark.parametrize(
    "body", [{}, {"msn": "900002", "name": "x", "businessIdentifier": {}}, {"msn": "900001", "name": "x"}], ids=str
)
def test_an_answer_about_another_unit_is_no_answer(body: object) -> None:
    with pytest.raises(Unanswered):
        ManagementApi(scripted_calls(Scripted([reply(200, body)]))).sales_unit("900001")
