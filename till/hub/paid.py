"""Paid sales of any store that a till may ask for, to give money back: found in the books, read at the wallet."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from anyio import move_on_after
from anyio.to_thread import run_sync
from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from till.domain.money import Currency, Money
from till.domain.scan import RECEIPT_PREFIX
from till.hub.database import Transaction
from till.hub.hours import read_hour, written
from till.hub.office import Hub
from till.hub.records import LARGEST_NUMBER
from till.hub.seal import SealBroken
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.errors import KeysMissing, VippsError

#: Tills of a store count their receipts each for itself: so many sales may have one number.
SALES_MOST = 8
STORE_MOST = 60
#: How long the wallet is waited for; the till waits a little longer.
WALLET_WAIT_S = 12.0
_TEXT = re.compile(r"[A-Za-z0-9-]{1,64}")


class PaidSeen(Struct, frozen=True):
    """A completed sale and the captured payment that paid for it; what the wallet says of it is None until it was asked."""

    store: str
    store_name: str
    msn: str
    receipt: int
    reference: str
    at: datetime
    amount: Money
    captured: Money | None = None
    refunded: Money | None = None


class NotSaid(Exception):
    """What is left of a payment is not to be had now; `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PaidRoute:
    """Answers what was paid under a reference, or under a receipt's number in a store."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def find(self, request: Request, _: str) -> Response:
        """Answer a till; where there is but one sale, the wallet says what is left of it."""
        text = request.query_params.get("text", "").strip().removeprefix(RECEIPT_PREFIX)
        store = request.query_params.get("store", "")
        if not _TEXT.fullmatch(text) or len(store) > STORE_MOST or (text.isdigit() and not store):
            return JSONResponse({"reason": "text"}, status_code=400)
        found = await run_sync(self._hub.database.read, lambda transaction: paid_sales(transaction, text, store))
        if len(found) == 1:
            try:
                found = (await self._read(found[0]),)
            except NotSaid as error:
                # Not the hub's own failure: whoever asks again may be told.
                return JSONResponse({"reason": error.reason}, status_code=424)
        return JSONResponse({"sales": [_told(one) for one in found]})

    async def _read(self, paid: PaidSeen) -> PaidSeen:
        with move_on_after(WALLET_WAIT_S):
            return await run_sync(read_at_wallet, self._hub.store_calls.of, paid, abandon_on_cancel=True)
        raise NotSaid("wallet")


def paid_sales(transaction: Transaction, text: str, store: str) -> tuple[PaidSeen, ...]:
    """Return the sales of a receipt's number in a store, or of a payment's reference in any or in that one, the newest first."""
    sql = (
        "select store.id, store.name, store.msn, sale.receipt, payment.reference, sale.completed_at,"
        " payment.amount, payment.currency from sale"
        " join payment on payment.till = sale.till and payment.sale = sale.number and payment.reference = sale.paid_by"
        " join store on store.id = payment.store where payment.state = 'captured'"
    )
    tail = " order by sale.completed_at desc, sale.till limit ?"
    if text.isdigit():
        number = min(int(text[:20]), LARGEST_NUMBER)
        rows = transaction.run(f"{sql} and sale.receipt = ? and store.id = ?{tail}", number, store, SALES_MOST)
    elif store:
        rows = transaction.run(f"{sql} and payment.reference = ? and store.id = ?{tail}", text, store, SALES_MOST)
    else:
        rows = transaction.run(f"{sql} and payment.reference = ?{tail}", text, SALES_MOST)
    return tuple(
        PaidSeen(id_, name, msn, receipt, reference, read_hour(at), Money(amount, Currency(currency)))
        for id_, name, msn, receipt, reference, at, amount, currency in rows
    )


def read_at_wallet(calls_of: Callable[[str], AbstractContextManager[Calls]], paid: PaidSeen) -> PaidSeen:
    """Return a sale with what the wallet says of it, asked with its store's keys; raise NotSaid or DatabaseUnavailable."""
    try:
        with calls_of(paid.msn) as calls:
            answer = EPayment(calls).get(paid.reference)
    except (KeysMissing, SealBroken):
        raise NotSaid("keys") from None
    except VippsError:
        raise NotSaid("wallet") from None
    return replace(paid, captured=answer.captured, refunded=answer.refunded)


def _told(paid: PaidSeen) -> dict[str, object]:
    return {
        "store": paid.store,
        "storeName": paid.store_name,
        "receiptNumber": paid.receipt,
        "reference": paid.reference,
        "at": written(paid.at),
        "amount": {"minor": paid.amount.minor, "currency": paid.amount.currency.value},
        "captured": None if paid.captured is None else paid.captured.minor,
        "refunded": None if paid.refunded is None else paid.refunded.minor,
    }
