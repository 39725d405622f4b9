"""Giving money back, message by message: look the sale up, hear what is left, send once, believe only the aggregate."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.engine.test_engine import Till, paying
from till.domain.facts import OperationRepeated, RefundRequested
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.intents import AddArticle
from till.domain.money import Currency, Money
from till.domain.payment import Operation, Pace, Reported, Unanswered, Verdict
from till.domain.refund import RefundDone, Refunding
from till.domain.refund_start import StartRefund
from till.engine.ports import Act, Ask, Forget, RawScan
from till.engine.snapshot import Panel
from till.engine.wishes import FindPaid, NextSale, ShowPanel


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


class Shop:
    """A till with one paid sale behind it, looked up for a refund."""

    def __init__(self, till: Till | None = None) -> None:
        self.till = paying(till=till)
        self.paid = self.till.report(Verdict.AUTHORIZED, captured=True)
        self.till.take(self.till.report(Verdict.AUTHORIZED), self.paid, NextSale(), AddArticle("1001"))
        self.reference = self.paid.reference
        self.find()

    def find(self) -> "Shop":
        self.till.take(FindPaid(self.reference))
        return self

    def says(self, refunded: int) -> Reported:
        return replace(self.paid, refunded=nok(refunded))

    def refunded(self, minor: int) -> "Shop":
        self.till.take(self.says(0), StartRefund(self.reference, nok(minor)))
        return self

    def acts(self) -> list[Act]:
        return [one for one in self.till.wallet.sent if isinstance(one, Act) and one.operation is Operation.REFUND]


def test_a_sale_is_found_by_its_number_its_reference_and_its_receipts_code() -> None:
    shop = Shop()
    for wish in (FindPaid("1"), FindPaid(f" {shop.reference} ")):
        shop.till.take(ShowPanel(Panel.SELLING), wish)
        assert shop.till.shown.around.refundable is not None
        assert shop.till.wallet.sent[-1] == Ask(shop.reference, "900001", shows_code=False, pace=Pace.URGENT)
    idle = paying()
    idle.take(idle.report(Verdict.AUTHORIZED, captured=True))
    idle.take(RawScan(f"till:receipt:{idle.reference}"))
    assert idle.shown.around.panel is Panel.REFUND
    shop.till.take(FindPaid("99"))
    assert shop.till.notice() is RefusalCode.PAID_SALE_UNKNOWN


def test_a_refund_is_journaled_before_it_leaves_and_done_when_the_wallet_says_so() -> None:
    """Fault catalogue A19, A21; invariants I1, I3, I7."""
    shop = Shop().refunded(3000)
    (act,) = shop.acts()
    (fact,) = [one for one in shop.till.journal.written if isinstance(one, RefundRequested)]
    assert fact.key == act.key == f"{shop.reference}-refund-1"
    shop.till.take(shop.says(3000))
    assert isinstance(shop.till.shown.state.refunds[shop.reference].state, RefundDone)
    assert shop.till.wallet.sent[-1] == Forget(shop.reference)


@pytest.mark.parametrize("minor", [0, -1, 1_000_000])
def test_too_much_or_nothing_is_refused_before_anything_is_sent(minor: int) -> None:
    """Fault catalogue E14."""
    shop = Shop().refunded(minor)
    assert shop.till.notice() is RefusalCode.REFUND_TOO_MUCH
    assert shop.acts() == []


def test_nothing_is_refunded_before_the_wallet_has_said_what_is_left() -> None:
    """Fault catalogue E10, E14: what the journal believes is not enough, and nobody types a reference for it."""
    shop = Shop()
    shop.till.take(StartRefund(shop.reference, nok(100)))
    assert shop.till.notice() is RefusalCode.REFUND_NOT_READ_YET
    shop.till.take(StartRefund("somebody-elses-0001", nok(100)))
    assert shop.till.notice() is RefusalCode.PAID_SALE_UNKNOWN
    assert shop.acts() == []


def test_an_unknown_refund_blocks_another_and_is_repeated_under_its_key() -> None:
    """Fault catalogue A20, E4; rule R4; invariant I2."""
    shop = Shop().refunded(3000)
    at = shop.till.clock.now()
    shop.till.take(
        Unanswered(shop.reference, at, Operation.REFUND, Fault(FaultCode.NO_ANSWER), is_sent=True),
        StartRefund(shop.reference, nok(100)),
    )
    assert shop.till.notice() is RefusalCode.REFUND_STILL_OPEN
    shop.till.take(shop.says(0))
    first, again = shop.acts()
    assert first == again
    assert OperationRepeated(shop.reference, at, Operation.REFUND) in shop.till.journal.written


def test_a_second_refund_of_the_rest_has_a_key_of_its_own() -> None:
    shop = Shop().refunded(3000)
    shop.till.take(shop.says(3000), FindPaid("1"), shop.says(3000), StartRefund(shop.reference, nok(100)))
    assert [act.key[-1] for act in shop.acts()] == ["1", "2"]


def test_after_a_restart_an_open_refund_is_read_back_before_anything_is_sent() -> None:
    """Fault catalogue A19, A20, G7; rule R7."""
    shop = Shop().refunded(3000)
    again = Till(shop.till.journal)
    assert isinstance(again.shown.state.refunds[shop.reference].state, Refunding)
    assert again.wallet.sent == [Ask(shop.reference, "900001", shows_code=False, pace=Pace.URGENT)]
    assert again.wallet.recalled == {shop.reference: 5}


def test_a_sale_of_last_year_is_not_refunded() -> None:
    """Fault catalogue B14."""
    shop = Shop()
    shop.till.clock.turn(timedelta(days=366).total_seconds())
    shop.refunded(100)
    assert shop.till.notice() is RefusalCode.REFUND_TOO_LATE


def test_an_answer_that_was_overtaken_by_the_last_refund_is_not_believed() -> None:
    """Fault catalogue B27: a second refund counted from it would seem done before it was sent."""
    shop = Shop().refunded(3000)
    shop.till.take(shop.says(3000), FindPaid("1"), shop.says(0))
    assert shop.till.shown.around.refundable is not None
    assert shop.till.shown.around.refundable.refunded is None
    assert isinstance(shop.till.wallet.sent[-1], Ask), "it is asked for again"


def test_a_sale_looked_up_while_its_refund_was_open_is_not_refunded_by_an_older_answer() -> None:
    """Rule R4: the refund ends meanwhile, and what the wallet said before that comes last."""
    shop = Shop().refunded(3000)
    shop.till.take(FindPaid(shop.reference), shop.says(3000), shop.says(0), StartRefund(shop.reference, nok(100)))
    (fact,) = [one for one in shop.till.journal.written if isinstance(one, RefundRequested) and one.terms.number == 2]
    assert fact.terms.refunded_before == nok(3000)
