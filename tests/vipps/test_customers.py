"""Userinfo and the loyalty check-in: what is asked, and that nothing of the answer is ever logged or printed."""

import logging

import pytest

from tests.doubles.office import at_noon, calls_of, scripted_calls, sell
from tests.doubles.service import client_of
from tests.doubles.transport import Scripted, reply
from till.domain.secret import Secret
from till.vipps.check_in import CheckInApi
from till.vipps.errors import InvalidRequest, NotFound, Refused, Unanswered
from till.vipps.requests import Scope
from till.vipps.userinfo import UserinfoApi

REF = "test-kasse1-261121-0001-1"
SUBJECT = Secret("c06c4afe-d9e1-4c5d-939a-177d752a0944")


def test_what_was_consented_to_can_be_read_for_a_week() -> None:
    transport = at_noon()
    sell(transport, REF, 10000, scopes=(Scope.NAME, Scope.PHONE_NUMBER, Scope.ADDRESS))
    subject = client_of(transport).get(REF).subject
    assert subject is not None
    seen = UserinfoApi(calls_of(transport)).read(subject)
    assert (seen.name, seen.phone_number) == (Secret("Ola Sandbox"), Secret("4700000001"))
    assert seen.email is None
    assert seen.address is not None
    assert seen.address.postal_code == Secret("0001")
    assert "Ola" not in repr(seen)
    transport.desk.clock.turn(168 * 3600 + 60)
    expired = UserinfoApi(calls_of(transport)).read(subject)
    assert expired.is_expired
    assert expired.name is None


def test_a_payment_without_consent_names_nobody() -> None:
    transport = at_noon()
    sell(transport, REF, 10000)
    assert client_of(transport).get(REF).subject is None


def test_who_is_asked_about_never_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Requirements 5 and 55."""
    with caplog.at_level(logging.DEBUG, "till"), pytest.raises(NotFound):
        UserinfoApi(calls_of(at_noon())).read(SUBJECT)
    with caplog.at_level(logging.DEBUG, "till"), pytest.raises(Refused):
        CheckInApi(calls_of(at_noon())).greet(Secret("4799999999"), is_member=True)
    assert len(caplog.records) == 2
    for record in caplog.records:
        written = f"{record.getMessage()} {vars(record)}"
        assert SUBJECT.reveal() not in written
        assert "4799999999" not in written


@pytest.mark.parametrize("subject", ["", "not-a-subject", "../sales-units", f"{SUBJECT.reveal()}/x"])
def test_only_a_subject_is_asked_about(subject: str) -> None:
    with pytest.raises(InvalidRequest):
        UserinfoApi(scripted_calls(Scripted([reply(200, {})]))).read(Secret(subject))


def test_an_answer_about_somebody_else_is_no_answer() -> None:
    other = {"sub": "00000000-0000-4000-8000-000000000000", "name": "Somebody"}
    with pytest.raises(Unanswered):
        UserinfoApi(scripted_calls(Scripted([reply(200, other)]))).read(SUBJECT)


def test_a_member_is_greeted() -> None:
    transport = at_noon()
    assert CheckInApi(calls_of(transport)).greet(Secret("4700000001"), is_member=True)


@pytest.mark.parametrize("number", ["4500000001", "+4700000001", "47000000", ""])
def test_only_norwegian_numbers_are_greeted(number: str) -> None:
    with pytest.raises(InvalidRequest):
        CheckInApi(scripted_calls(Scripted([reply(200, {"id": "x"})]))).greet(Secret(number), is_member=False)


def test_a_check_in_without_an_id_is_no_answer() -> None:
    """In the test environment it answers 500."""
    for answer in (reply(200, {}), reply(500)):
        with pytest.raises(Unanswered):
            CheckInApi(scripted_calls(Scripted([answer]))).greet(Secret("4700000001"), is_member=False)
