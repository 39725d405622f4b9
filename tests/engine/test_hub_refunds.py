"""Refunds that the hub makes, from the till's side: looked up there, journaled before anything leaves, never forgotten."""

from datetime import timedelta

import pytest

from tests.doubles.journal import MemoryJournal
from tests.engine.test_engine import Till
from till.domain.facts import HubRefundAsked, HubRefundEnded
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.hub_refund import HubRefundEnding, HubSale
from till.domain.hub_refund_start import StartHubRefund
from till.domain.intents import AddArticle
from till.domain.money import Currency, Money
from till.domain.store import Store, Stores
from till.engine.hub_ports import HubChanged
from till.engine.hub_refund_ports import HubRefundTold, HubRefundWanted, PaidTold, PaidWanted
from till.engine.ports import DiskChanged, RawScan
from till.engine.snapshot import HubSought, Panel
from till.engine.wishes import FindPaid, PickPaid, ShowPanel

SHOPS = Stores(
    (
        Store("Storgata", "900001", "stor"),
        Store("Torget", "900002", "torget", refunds_here=True),
        Store("Havna", "", "havna"),
    )
)
REFERENCE = "test-havna-kasse1-261120-0007-1"
SCAN = RawScan(f"till:receipt:{REFERENCE}")
AWAY = Fault(FaultCode.HUB_AWAY)


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


def sale(reference: str = REFERENCE, *, refunded: int | None = 10000, age: timedelta = timedelta(days=1)) -> HubSale:
    captured = None if refunded is None else nok(50000)
    given_back = None if refunded is None else nok(refunded)
    at = Till().clock.now() - age
    return HubSale("havna", "Havna", 7, reference, at, nok(50000), captured, given_back)


def told(*sales: HubSale, text: str = REFERENCE, store: str = "", reason: str = "") -> PaidTold:
    return PaidTold(PaidWanted(text, store), None if reason else sales, reason)


def ask(minor: int = 20000, *, by: str = "Ola", approved_by: str = "") -> StartHubRefund:
    return StartHubRefund(REFERENCE, nok(minor), by, approved_by)


def found(journal: MemoryJournal | None = None) -> Till:
    """Return a till that has looked a sale of another store up at the hub."""
    return Till(journal, stores=SHOPS).take(HubChanged(None), SCAN, told(sale()))


def asked(till: Till) -> list[HubRefundAsked]:
    return [fact for fact in till.journal.written if isinstance(fact, HubRefundAsked)]


def ended(till: Till) -> list[HubRefundEnded]:
    return [fact for fact in till.journal.written if isinstance(fact, HubRefundEnded)]


def sent(till: Till) -> list[HubRefundWanted]:
    return [errand for errand in till.hub.sent if isinstance(errand, HubRefundWanted)]


def sought(till: Till) -> HubSought:
    found = till.shown.around.hub_sought
    assert found is not None
    return found


# ---------------------------------------------------------------- looking up


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (SCAN, PaidWanted(REFERENCE, "")),
        (FindPaid("7", "Havna"), PaidWanted("7", "Havna")),
        (FindPaid("kasse1-261120-0007-1", "Havna"), PaidWanted(REFERENCE, "")),
        (FindPaid(REFERENCE), PaidWanted(REFERENCE, "")),
        (FindPaid("7", "Torget"), PaidWanted("7", "Torget")),
    ],
)
def test_a_sale_that_only_the_hub_knows_is_looked_up_there(wish: object, wanted: PaidWanted) -> None:
    """Requirements 40 and 44."""
    till = Till(stores=SHOPS).take(wish)
    assert till.hub.sent == [wanted]
    assert (till.shown.around.panel, sought(till).sales) == (Panel.REFUND, None)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (SCAN, RefusalCode.REFUND_FROM_HUB),
        (FindPaid("7", "Havna"), RefusalCode.REFUND_FROM_HUB),
        (FindPaid("7", "Torget"), RefusalCode.REFUND_NUMBER_ELSEWHERE),
    ],
)
def test_a_till_without_a_hub_says_so(wish: object, code: RefusalCode) -> None:
    assert Till(stores=SHOPS, has_hub=False).take(wish).notice() is code


def test_a_payment_of_no_known_store_is_not_asked_for() -> None:
    till = Till(stores=SHOPS).take(RawScan("till:receipt:test-sjappa-kasse1-261120-0007-1"))
    assert till.notice() is RefusalCode.REFUND_NOT_PERMITTED
    assert till.hub.sent == []


def test_of_several_sales_of_one_number_the_cashier_picks_one() -> None:
    other = "test-havna-kasse2-261120-0003-1"
    till = Till(stores=SHOPS).take(FindPaid("7", "Havna"))
    till.take(told(sale(refunded=None), sale(other, refunded=None), text="7", store="Havna"))
    assert sought(till).sale is None
    till.take(PickPaid(other, "havna"))
    assert till.hub.sent[-1] == PaidWanted(other, "havna")


def test_an_answer_to_an_older_question_is_passed_over() -> None:
    till = Till(stores=SHOPS).take(FindPaid("7", "Havna"), SCAN, told(sale(), text="7", store="Havna"))
    assert sought(till).sales is None
    till.take(ShowPanel(Panel.SELLING), told(sale()))
    assert till.shown.around.hub_sought is None


@pytest.mark.parametrize("reason", ["away", "keys", "wallet", "token", "store"])
def test_why_nothing_is_known_is_kept_for_the_screen_and_nothing_can_be_given_back(reason: str) -> None:
    till = Till(stores=SHOPS).take(SCAN, told(reason=reason), ask())
    assert sought(till).reason == reason
    assert till.notice() is RefusalCode.PAID_SALE_UNKNOWN
    assert asked(till) == []


def test_a_sale_that_is_still_looked_for_is_asked_for_again_when_the_hub_comes_back() -> None:
    till = Till(stores=SHOPS).take(HubChanged(AWAY), SCAN, told(reason="away"), HubChanged(None))
    assert till.hub.sent == [PaidWanted(REFERENCE, ""), PaidWanted(REFERENCE, "")]


# ---------------------------------------------------------------- asking


def test_the_wish_is_journaled_with_its_id_before_the_first_byte_leaves() -> None:
    till = found().take(ask())
    (fact,) = asked(till)
    terms = fact.terms
    assert (terms.store, terms.reference, terms.amount, terms.asked_by) == ("havna", REFERENCE, nok(20000), "Ola")
    assert sent(till) == [HubRefundWanted(terms)]
    assert [refund.terms for refund in till.shown.state.open_hub_refunds] == [terms]


def test_what_cannot_be_journaled_is_never_sent() -> None:
    till = found()
    till.journal.is_full = True
    till.take(ask())
    assert sent(till) == []
    assert till.shown.state.open_hub_refunds == ()
    assert till.notice() is RefusalCode.SELLING_STOPPED


def test_a_full_disk_begins_no_refund() -> None:
    assert found().take(DiskChanged(Fault(FaultCode.DISK_FULL)), ask()).notice() is RefusalCode.DISK_FULL


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (ask(40001), RefusalCode.REFUND_TOO_MUCH),
        (ask(0), RefusalCode.REFUND_TOO_MUCH),
        (ask(by="  "), RefusalCode.NAME_MISSING),
        (StartHubRefund(REFERENCE, Money(100, Currency.DKK), "Ola"), RefusalCode.REFUND_TOO_MUCH),
        (StartHubRefund("another-0001", nok(100), "Ola"), RefusalCode.PAID_SALE_UNKNOWN),
    ],
)
def test_too_much_or_from_nobody_is_refused_before_anything_is_sent(wish: StartHubRefund, code: RefusalCode) -> None:
    till = found().take(wish)
    assert till.notice() is code
    assert asked(till) == []


@pytest.mark.parametrize(
    ("paid", "code"),
    [
        (sale(age=timedelta(days=366)), RefusalCode.REFUND_TOO_LATE),
        (sale(refunded=None), RefusalCode.REFUND_NOT_READ_YET),
    ],
)
def test_what_is_too_old_or_not_read_is_not_given_back(paid: HubSale, code: RefusalCode) -> None:
    till = Till(stores=SHOPS).take(SCAN, told(paid), ask(100))
    assert till.notice() is code
    assert asked(till) == []


def test_while_one_refund_of_a_payment_is_open_no_other_is_asked_for() -> None:
    till = found().take(ask(), ask(100))
    assert till.notice() is RefusalCode.REFUND_STILL_OPEN
    assert len(asked(till)) == 1


def test_names_are_cut_to_what_the_hub_takes() -> None:
    (fact,) = asked(found().take(ask(by=f" {'O' * 80} ", approved_by=" Kari ")))
    assert (len(fact.terms.asked_by), fact.terms.approved_by) == (60, "Kari")


# ---------------------------------------------------------------- until it has ended


def test_a_refund_stays_open_until_the_hub_says_it_is_done() -> None:
    till = found().take(ask())
    id_ = asked(till)[0].terms.id
    for state, reason in (("asked", ""), ("unknown", ""), ("unknown", "R1"), ("of-a-newer-hub", "")):
        till.take(HubRefundTold(id_, state, reason))
        assert len(till.shown.state.open_hub_refunds) == 1
        assert till.shown.around.hub_told[id_] == (state, reason)
    till.take(HubRefundTold(id_, "done"), HubRefundTold(id_, "done"), HubRefundTold("another", "done"))
    assert till.shown.state.open_hub_refunds == ()
    assert ended(till) == [HubRefundEnded(id_, till.clock.now(), HubRefundEnding.DONE)]
    assert till.shown.state.hub_refunds[id_].ending is HubRefundEnding.DONE


@pytest.mark.parametrize("reason", ["approval", "still_open", "too_much", "store", "currency", "R2", "other_contents"])
def test_a_refusal_ends_it_with_its_reason(reason: str) -> None:
    till = found().take(ask())
    id_ = asked(till)[0].terms.id
    till.take(HubRefundTold(id_, "refused", reason))
    (fact,) = ended(till)
    assert (fact.ending, fact.reason) == (HubRefundEnding.REFUSED, reason)
    assert till.notice() is None, "it is on the screen"


def test_a_refusal_that_nobody_looks_at_is_said_in_a_notice() -> None:
    till = found().take(ask(), ShowPanel(Panel.SELLING), AddArticle("1001"))
    till.take(HubRefundTold(asked(till)[0].terms.id, "refused", "too_much"))
    assert till.notice() is RefusalCode.HUB_REFUND_REFUSED


def test_a_refund_that_needs_approval_is_asked_for_anew_with_a_second_name() -> None:
    till = found().take(ask())
    till.take(HubRefundTold(asked(till)[0].terms.id, "refused", "approval"), ask(approved_by="Kari"))
    first, second = (fact.terms for fact in asked(till))
    assert first.id != second.id
    assert (second.asked_by, second.approved_by) == ("Ola", "Kari")
    assert [refund.terms.id for refund in till.shown.state.open_hub_refunds] == [second.id]


def test_after_a_restart_it_is_asked_for_again_under_the_same_id() -> None:
    """Invariant I2: at whatever moment the till died, the hub takes both for one."""
    till = found().take(ask())
    again = Till(till.journal, stores=SHOPS)
    assert sent(again) == sent(till)
    again.take(HubChanged(None))
    assert {errand.terms.id for errand in sent(again)} == {asked(till)[0].terms.id}
    again.take(HubRefundTold(asked(till)[0].terms.id, "done"))
    assert sent(Till(till.journal, stores=SHOPS)) == []


def test_what_was_asked_for_while_the_hub_was_away_is_asked_for_again_when_it_is_back() -> None:
    till = found().take(HubChanged(AWAY), ask(), HubChanged(None))
    assert len(sent(till)) == 2
    assert len({errand.terms.id for errand in sent(till)}) == 1


def test_an_end_that_cannot_be_journaled_yet_is_kept_until_it_can() -> None:
    till = found().take(ask())
    till.journal.is_full = True
    till.take(HubRefundTold(asked(till)[0].terms.id, "done"))
    assert len(till.shown.state.open_hub_refunds) == 1
    till.journal.is_full = False
    till.take(ShowPanel(Panel.SELLING))
    assert till.shown.state.open_hub_refunds == ()
    assert len(ended(till)) == 1


def test_the_day_neither_counts_it_nor_waits_for_it() -> None:
    before = found()
    day = before.shown.state.day
    till = before.take(ask())
    assert till.shown.state.open_references == ()
    till.take(HubRefundTold(asked(till)[0].terms.id, "done"))
    assert till.shown.state.day == day
