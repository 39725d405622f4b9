"""A payment's past as the wallet tells it: how it stands, and its event log."""

from collections.abc import Callable
from datetime import datetime

from till.domain.faults import Fault, FaultCode
from till.domain.payment import Missing, Operation, Reported, Unanswered
from till.engine.ports import ReadHistory, WalletEvent, WalletHistory
from till.vipps import answers
from till.vipps.epayment import EPayment, EventAnswer
from till.vipps.errors import VippsError

#: Longer names and references are none that the wallet gives.
TEXT_MOST = 50


def read(client: Callable[[], EPayment], errand: ReadHistory, at: datetime) -> WalletHistory:
    """Read both, or say why they are not known."""
    reference = errand.reference
    try:
        api = client()
        standing = answers.fact_of_payment(api.get(reference), at)
        assert isinstance(standing, Reported)
        return WalletHistory(reference, standing, tuple(_event(one) for one in api.events(reference)))
    except VippsError as error:
        return WalletHistory(reference, fault=_fault_of(error, reference, at))


def after_bug(errand: ReadHistory) -> WalletHistory:
    """Return what is known after a program error of ours: nothing."""
    return WalletHistory(errand.reference, fault=Fault(FaultCode.PROGRAM_ERROR))


def _event(answer: EventAnswer) -> WalletEvent:
    return WalletEvent(
        name=_plain(answer.name, also="_"),
        at=_moment(answer.timestamp),
        amount=answer.amount,
        is_success=answer.is_success,
        psp_reference=_plain(answer.psp_reference, also="-"),
    )


def _plain(text: str, *, also: str) -> str:
    """Return the letters, digits and one other sign of a text: nothing else is shown of what comes from outside."""
    return "".join(sign for sign in text[:TEXT_MOST] if (sign.isascii() and sign.isalnum()) or sign == also)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _fault_of(error: VippsError, reference: str, at: datetime) -> Fault:
    match answers.fact_of_error(error, reference, Operation.ASK, at):
        case Unanswered(fault=fault):
            return fault
        case Missing():
            return Fault(FaultCode.PAYMENT_MISSING, error.trace_id)
        case _:
            return Fault(FaultCode.BAD_REPLY, error.trace_id, error.code)
