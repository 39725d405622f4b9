"""Sending less than was ordered: what is not sent is voided, what is left is taken, and the rest goes back."""

from datetime import timedelta

from msgspec.structs import replace

from tests.engine.test_engine import Till
from till.domain.facts import OperationIntended
from till.domain.faults import RefusalCode
from till.domain.intents import (
    AddArticle,
    ChangeQuantity,
    CompleteOpenPayment,
    StartPayment,
    VoidLine,
    VoidSale,
)
from till.domain.money import Currency, Money
from till.domain.payment import Captured, Created, Flow, Operation, Reserved, Verdict
from till.domain.receipt import receipt_of
from till.domain.secret import Secret
from till.engine.ports import Act

HOUR = timedelta(hours=1)


def reserved() -> Till:
    """Two of one article and one of another are paid for in advance."""
    till = Till().take(AddArticle("1001"), AddArticle("1001"), AddArticle("1004"))
    till.take(StartPayment(Flow.DISTANCE, Secret("4700000001"), HOUR, is_sent_later=True))
    till.take(Created(till.reference, till.clock.now()))
    till.take(till.report(Verdict.AUTHORIZED))
    payment = till.shown.state.payment
    assert payment is not None
    assert isinstance(payment.state, Reserved)
    return till


def acts(till: Till) -> list[tuple[Operation, int, str]]:
    sent = [one for one in till.wallet.sent if isinstance(one, Act)]
    return [(one.operation, one.amount.minor, one.key.removeprefix(till.reference)) for one in sent]


def test_what_is_left_of_the_basket_is_taken_and_makes_the_receipt() -> None:
    till = reserved()
    whole = till.report(Verdict.AUTHORIZED)
    till.take(ChangeQuantity(1, 1000), VoidLine(2))
    sale = till.shown.state.sale
    assert sale is not None
    part = sale.due
    till.take(CompleteOpenPayment(till.reference))
    assert acts(till) == [(Operation.CAPTURE, part.minor, "-capture")]
    taken = replace(whole, captured=part)
    till.take(taken)
    assert acts(till)[-1] == (Operation.RELEASE, whole.amount.minor, "-release"), (
        "its own key, and the rest by its nature"
    )
    assert not till.shown.state.sales[sale.number].is_completed, "nothing is paid while something is reserved"
    till.take(replace(taken, cancelled=whole.amount - part))
    payment, sale = till.shown.state.payment, till.shown.state.sale
    assert payment is not None
    assert sale is not None
    assert isinstance(payment.state, Captured)
    receipt = receipt_of(sale)
    assert (receipt.total, [tender.amount for tender in receipt.tenders]) == (part, [part])
    assert sum(share.gross.minor for share in receipt.vat) == part.minor
    intents = [fact for fact in till.journal.written if isinstance(fact, OperationIntended)]
    assert [(one.operation, one.amount) for one in intents] == [
        (Operation.CAPTURE, part),
        (Operation.RELEASE, whole.amount - part),
    ]


def test_only_less_can_be_sent_and_never_nothing() -> None:
    till = reserved()
    for wish in (ChangeQuantity(1, 3000), VoidSale()):
        till.take(wish)
        assert till.notice() is RefusalCode.BASKET_LOCKED
    till.take(VoidLine(2), VoidLine(1))
    assert till.notice() is RefusalCode.BASKET_LOCKED
    till.take(ChangeQuantity(1, 0))
    assert till.notice() is RefusalCode.BASKET_LOCKED
    sale = till.shown.state.sale
    assert sale is not None
    assert [line.number for line in sale.basket.lines] == [1]


def test_a_quantity_may_grow_again_within_what_is_reserved() -> None:
    till = reserved().take(ChangeQuantity(1, 1000), ChangeQuantity(1, 2000))
    till.take(CompleteOpenPayment(till.reference))
    assert acts(till)[0][1] == till.report(Verdict.AUTHORIZED).amount.minor


def test_once_it_is_being_taken_the_basket_is_locked_and_a_restart_takes_the_same_part() -> None:
    till = reserved().take(VoidLine(2))
    till.take(CompleteOpenPayment(till.reference), VoidLine(1))
    assert till.notice() is RefusalCode.BASKET_LOCKED
    (first,) = acts(till)
    whole = till.report(Verdict.AUTHORIZED)
    again = Till(till.journal)
    again.take(whole)
    assert acts(again) == [first]
    assert Money(first[1], Currency.NOK) < whole.amount
