"""What the client came back with, as facts of the domain: one function for answers, one for every error."""

import logging
from datetime import datetime, timedelta

from till.domain import payment as facts
from till.domain.faults import Fault, FaultCode
from till.domain.money import Money
from till.domain.payment import Operation, PaymentFact, Verdict
from till.domain.secret import Secret
from till.engine.ports import Code, CodeMissing, PaymentFound
from till.vipps.epayment import CreateAnswer, EventAnswer, ModificationAnswer, PaymentAnswer, State
from till.vipps.errors import (
    Conflict,
    KeysMissing,
    KeysRefused,
    Locked,
    NotFound,
    NotPermitted,
    RateLimited,
    Refused,
    Silence,
    Unanswered,
    VippsError,
)
from till.vipps.picture import is_expected

log = logging.getLogger("till.wallet")

_VERDICTS = {
    State.CREATED: Verdict.CREATED,
    State.AUTHORIZED: Verdict.AUTHORIZED,
    State.ABORTED: Verdict.ABORTED,
    State.EXPIRED: Verdict.EXPIRED,
    State.TERMINATED: Verdict.TERMINATED,
    State.NOT_KNOWN: Verdict.NOT_KNOWN,
}
_SILENCES = {
    Silence.NO_CONNECTION: FaultCode.NO_CONNECTION,
    Silence.NOT_SAFE: FaultCode.CONNECTION_NOT_SAFE,
    Silence.TIMED_OUT: FaultCode.NO_ANSWER,
    Silence.CONNECTION_LOST: FaultCode.NO_ANSWER,
    Silence.SERVER_ERROR: FaultCode.SERVICE_TROUBLE,
    Silence.REDIRECTED: FaultCode.BAD_REPLY,
    Silence.TOO_LARGE: FaultCode.BAD_REPLY,
    Silence.BAD_REPLY: FaultCode.BAD_REPLY,
}
#: Domain codes that mean "again in a moment, same key" (ePayment, "Recovery").
_STILL_WORKING = frozenset({6160, 6250, 6280})
#: What a refused create was refused for (ePayment, "Domain error codes").
_CREATE_REFUSALS = {
    4050: FaultCode.CHECK_IN_GONE,
    4060: FaultCode.CODE_NOT_ACCEPTED,
    4070: FaultCode.NUMBER_NOT_ACCEPTED,
    4040: FaultCode.AMOUNT_NOT_ACCEPTED,
    5040: FaultCode.AMOUNT_NOT_ACCEPTED,
    6010: FaultCode.AMOUNT_NOT_ACCEPTED,
    5050: FaultCode.LONG_REQUEST_NOT_ALLOWED,
    5060: FaultCode.SALES_UNIT_NOT_READY,
    5070: FaultCode.SALES_UNIT_NOT_READY,
    5080: FaultCode.PUSH_NOT_ALLOWED,
    6110: FaultCode.TIME_NOT_ACCEPTED,
    6120: FaultCode.TIME_NOT_ACCEPTED,
    7010: FaultCode.CUSTOMER_NOT_REACHED,
}
_REFUND_REFUSALS = {
    5100: FaultCode.REFUND_HAS_NO_WAY,
    6210: FaultCode.REFUND_HAS_NO_WAY,
    6220: FaultCode.REFUND_TOO_LATE,
}
_CAPTURE_REFUSALS = {6100: FaultCode.CAPTURE_TOO_LATE, 6260: FaultCode.FUNDS_GONE}


def fact_of_create(answer: CreateAnswer, at: datetime) -> PaymentFact:
    """Return the fact of an accepted create."""
    return facts.Created(answer.reference, at)


def fact_of_payment(answer: PaymentAnswer, at: datetime) -> PaymentFact:
    """Return the fact of a read."""
    return facts.Reported(
        reference=answer.reference,
        at=at,
        verdict=_VERDICTS[answer.state],
        amount=answer.amount,
        authorized=answer.authorized,
        captured=answer.captured,
        cancelled=answer.cancelled,
        refunded=answer.refunded,
        guaranteed_until=answer.capture_guaranteed_until,
    )


def found_payment(answer: PaymentAnswer, history: tuple[EventAnswer, ...], at: datetime) -> PaymentFound:
    """Return the word of another till's payment, with the time of its capture, or of the read where nothing was captured."""
    captures = [event.at for event in history if event.name == "CAPTURED" and event.is_success and event.at is not None]
    captured_at = min(captures, default=at)
    return PaymentFound(answer.reference, answer.amount, answer.captured, answer.refunded, captured_at)


def fact_of_modification(answer: ModificationAnswer, amount: Money, at: datetime) -> PaymentFact:
    """Return the fact of a capture or cancel; what its own `amount` holds is not documented, so ours stands in."""
    return facts.Reported(
        reference=answer.reference,
        at=at,
        verdict=_VERDICTS[answer.state],
        amount=amount,
        authorized=answer.authorized,
        captured=answer.captured,
        cancelled=answer.cancelled,
        refunded=answer.refunded,
    )


def code_to_draw(reference: str, link: Secret, domains: tuple[str, ...], *, is_test: bool) -> Code | CodeMissing:
    """Return the code to draw from a text, unless the text leads where no code of the wallet's does."""
    if not is_expected(link.reveal(), domains=domains, is_test=is_test):
        log.warning("code refused", extra={"reference": reference, "reason": "link"})
        return CodeMissing(reference, Fault(FaultCode.PICTURE_NOT_SAFE))
    return Code(reference, None, link)


def fact_of_error(
    error: VippsError,
    reference: str,
    operation: Operation,
    at: datetime,
    *,
    quiet_for: timedelta = timedelta(0),
    trying_for: timedelta = timedelta(0),
) -> PaymentFact:
    """Return the fact of an error: by its type and numeric code, never by a text.

    `quiet_for` and `trying_for` say for how long no create has left, and since when the operation has been tried.
    """

    def unanswered(code: FaultCode, *, is_sent: bool) -> PaymentFact:
        fault = Fault(code, error.trace_id, error.code)
        return facts.Unanswered(reference, at, operation, fault, is_sent=is_sent, trying_for=trying_for)

    match error:
        case Unanswered():
            return unanswered(_SILENCES[error.reason], is_sent=error.is_sent)
        case KeysMissing():
            return unanswered(FaultCode.KEYS_MISSING, is_sent=False)
        case RateLimited():
            return unanswered(FaultCode.TOO_MANY_CALLS, is_sent=False)
        case Locked():
            return unanswered(FaultCode.STILL_WORKING, is_sent=False)
        case Refused() if error.code in _STILL_WORKING:
            return unanswered(FaultCode.STILL_WORKING, is_sent=False)
        case KeysRefused() | NotPermitted() if operation is not Operation.CREATE:
            code = FaultCode.KEYS_REFUSED if isinstance(error, KeysRefused) else FaultCode.NOT_PERMITTED
            return unanswered(code, is_sent=False)
        case NotFound() if operation is not Operation.CREATE:
            return facts.Missing(reference, at, quiet_for)
        case _:
            fault = Fault(_refusal_code(error, operation), error.trace_id, error.code)
            return facts.Refused(reference, at, operation, fault)


def fault_of_silence(error: Unanswered) -> Fault:
    """Return why there is no definite answer."""
    return Fault(_SILENCES[error.reason], error.trace_id, error.code)


def fact_of_bug(reference: str, operation: Operation, at: datetime) -> PaymentFact:
    """Return the fact of a program error of ours: nothing is known, so it may have happened."""
    return facts.Unanswered(reference, at, operation, Fault(FaultCode.PROGRAM_ERROR), is_sent=True)


def _refusal_code(error: VippsError, operation: Operation) -> FaultCode:
    if isinstance(error, KeysRefused):
        return FaultCode.KEYS_REFUSED
    if isinstance(error, NotPermitted):
        return FaultCode.NOT_PERMITTED
    if isinstance(error, Conflict) and operation in (Operation.CREATE, Operation.REFUND):
        return FaultCode.REFERENCE_TAKEN
    if operation is Operation.CREATE:
        return _CREATE_REFUSALS.get(error.code or 0, FaultCode.REQUEST_NOT_ACCEPTED)
    if operation is Operation.CAPTURE:
        return _CAPTURE_REFUSALS.get(error.code or 0, FaultCode.CAPTURE_REFUSED)
    if operation is Operation.REFUND:
        return _REFUND_REFUSALS.get(error.code or 0, FaultCode.REFUND_REFUSED)
    return FaultCode.RELEASE_REFUSED
