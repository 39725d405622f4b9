"""What the customer's app shows with a payment beside its amount: read back, and a button put in place."""

from collections.abc import Callable

from till.domain.faults import Fault, FaultCode
from till.engine.ports import Link, LinkKind, Look, Shown
from till.vipps.answers import fault_of_silence
from till.vipps.calls import Calls
from till.vipps.errors import InvalidRequest, KeysMissing, KeysRefused, NotFound, Unanswered, VippsError
from till.vipps.order_management import Category, CategoryKind, Order, OrderManagementApi

_KINDS = {LinkKind.ORDER: CategoryKind.ORDER_CONFIRMATION, LinkKind.DELIVERY: CategoryKind.DELIVERY}
_LINK_KINDS = {kind: link_kind for link_kind, kind in _KINDS.items()}


def carry_out(calls: Callable[[], Calls], look: Look) -> Shown:
    """Put a button in place if one is given, and return what the app shows; the newest button replaces the one before."""
    link = look.link
    try:
        api = OrderManagementApi(calls())
        if link is not None:
            api.set_category(look.reference, Category(_KINDS[link.kind], link.address))
        return _shown(look.reference, _read(api, look.reference), is_put=link is not None)
    except (VippsError, InvalidRequest) as error:
        return Shown(look.reference, fault=_fault_of(error))


def after_bug(look: Look) -> Shown:
    """Return what is known after a program error of ours: nothing."""
    return Shown(look.reference, fault=Fault(FaultCode.PROGRAM_ERROR))


def _read(api: OrderManagementApi, reference: str) -> Order:
    """Return what was added; that nothing was is an answer too."""
    try:
        return api.read(reference)
    except NotFound:
        return Order(category=None, receipt=None)


def _shown(reference: str, order: Order, *, is_put: bool) -> Shown:
    category, receipt = order.category, order.receipt
    link = None
    if category is not None and category.kind in _LINK_KINDS:
        link = Link(_LINK_KINDS[category.kind], category.link)
    return Shown(reference, 0 if receipt is None else len(receipt.lines), link, is_read=True, is_put=is_put)


def _fault_of(error: VippsError | InvalidRequest) -> Fault:
    if isinstance(error, Unanswered):
        return fault_of_silence(error)
    if isinstance(error, KeysMissing):
        return Fault(FaultCode.KEYS_MISSING)
    if isinstance(error, KeysRefused):
        return Fault(FaultCode.KEYS_REFUSED, error.trace_id)
    trace_id = error.trace_id if isinstance(error, VippsError) else None
    return Fault(FaultCode.LINK_NOT_ACCEPTED, trace_id)
