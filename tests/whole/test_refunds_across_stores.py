"""Giving back what another till was paid: within the bounds of the settings, once, and never on anybody's guess."""

import pytest

from tests.doubles.office import sell
from tests.doubles.service import InProcess, client_of
from tests.doubles.two_stores import ChainTill, chain_settings, keys_of, msns_by_reference, refunded_of, service_at_noon
from till.domain.facts import OperationRepeated, RefundRequested
from till.domain.faults import FaultCode, RefusalCode
from till.domain.money import Currency, Money
from till.domain.refund import RefundDone, Refunding
from till.domain.refund_start import StartRefund
from till.engine.ports import RawScan
from till.engine.snapshot import Panel, Sought
from till.engine.wishes import FindPaid, ShowPanel
from till.sandbox.desk import PlantedFault

#: Torget shares the till's own sales unit, Brygga has one of its own and its keys are here, Havna's are at the hub.
STORES = """
[[store]]
name = "Torget"
reference_prefix = "torget"
refunds_here = true

[[store]]
name = "Brygga"
msn = "900006"
reference_prefix = "brygga"
refunds_here = true

[[store]]
name = "Havna"
keys = "hub"
reference_prefix = "havna"
"""
TORGET, BRYGGA = "test-torget-kasse1-261120-0007-1", "test-brygga-kasse1-261120-0007-1"


def nok(minor: int) -> Money:
    return Money(minor, Currency.NOK)


@pytest.fixture
def service() -> InProcess:
    return service_at_noon()


@pytest.fixture
def till(service: InProcess) -> ChainTill:
    """A till that may refund for two other stores, both of which have sold something for 500.00."""
    sell(service, TORGET, 50000)
    sell(service, BRYGGA, 50000, unit=service.desk.units[5])
    service.exchanges.clear()
    settings = chain_settings(STORES, vipps='reference_prefix = "stor"')
    return ChainTill(service, settings, keys_of(service.desk.units[0], service.desk.units[5]))


def left(till: ChainTill) -> int | None:
    found = till.shown.around.refundable
    return None if found is None or found.left is None else found.left.minor


def requested(till: ChainTill) -> list[RefundRequested]:
    return [fact for fact in till.journal.written if isinstance(fact, RefundRequested)]


@pytest.mark.parametrize(("reference", "store", "msn"), [(TORGET, "Torget", "900001"), (BRYGGA, "Brygga", "900006")])
def test_a_scanned_receipt_of_another_store_is_read_from_the_wallet_and_refunded(
    till: ChainTill, reference: str, store: str, msn: str
) -> None:
    """Requirements 39, 40, 41 and 44: the same sales unit with a prefix, or another one whose keys are here."""
    till.take(RawScan(f"till:receipt:{reference}"))
    assert till.shown.around.panel is Panel.REFUND
    assert left(till) == 50000
    till.take(StartRefund(reference, nok(20000)))
    till.settle(5)
    refund = till.shown.state.refunds[reference]
    assert isinstance(refund.state, RefundDone)
    assert (refund.terms.paid.store, refund.terms.paid.msn) == (store, msn)
    assert refunded_of(till.service, [reference]) == [20000]
    assert msns_by_reference(till.service) == {reference: {msn}}


def test_a_store_is_picked_by_name_and_the_beginning_of_its_references_need_not_be_typed(till: ChainTill) -> None:
    """Requirement 41."""
    till.take(FindPaid("kasse1-261120-0007-1", "Torget"))
    assert left(till) == 50000
    till.take(ShowPanel(Panel.SELLING), FindPaid(TORGET, "Torget"))
    assert left(till) == 50000


def test_what_is_left_comes_from_the_wallet_alone(till: ChainTill) -> None:
    """Requirement 39: captured in part, and given back in part by the till that sold it."""
    reference = "test-torget-kasse2-261120-0001-1"
    sell(till.service, reference, 50000, refunded=10000)
    payment = till.service.desk.payments.by_reference(reference)
    assert payment is not None
    payment.captured = 30000
    till.take(FindPaid(reference))
    assert left(till) == 20000
    till.take(StartRefund(reference, nok(20001)))
    assert till.notice() is RefusalCode.REFUND_TOO_MUCH
    till.take(StartRefund(reference, nok(20000)))
    till.settle(5)
    assert refunded_of(till.service, [reference]) == [30000]


def test_this_tills_first_refund_is_not_taken_for_the_other_tills_first(till: ChainTill) -> None:
    """Invariant I2: the same amount under the other till's key would be answered as done, and give nothing back."""
    client_of(till.service).refund(TORGET, nok(10000), f"{TORGET}-refund-1")
    till.take(FindPaid(TORGET), StartRefund(TORGET, nok(10000)))
    till.settle(5)
    assert isinstance(till.shown.state.refunds[TORGET].state, RefundDone)
    assert refunded_of(till.service, [TORGET]) == [20000]
    (fact,) = requested(till)
    assert len(fact.key) <= 50
    assert fact.key != f"{TORGET}-refund-1"


@pytest.mark.parametrize("reference", [TORGET, BRYGGA])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_lost_answer_is_read_back_and_the_money_goes_once(
    till: ChainTill, reference: str, *, after: bool, restarts: bool
) -> None:
    """Fault catalogue A19, A20, G7; rules R4, R7."""
    till.service.desk.plant(PlantedFault("refund", "drop", reference, after=after))
    till.take(FindPaid(reference))
    till.service.desk.plant(PlantedFault("get", "drop", reference, times=1))
    till.take(StartRefund(reference, nok(20000)), StartRefund(reference, nok(100)))
    assert till.notice() is RefusalCode.REFUND_STILL_OPEN
    assert isinstance(till.shown.state.refunds[reference].state, Refunding)
    if restarts:
        till = till.started_again()
    till.settle(60)
    assert isinstance(till.shown.state.refunds[reference].state, RefundDone)
    assert refunded_of(till.service, [reference]) == [20000]
    repeats = sum(isinstance(fact, OperationRepeated) for fact in till.journal.written)
    assert (len(requested(till)), repeats) == (1, 0 if after else 1)


def test_an_open_refund_is_taken_up_from_the_list_without_asking_who_sold_it(till: ChainTill) -> None:
    till.take(FindPaid(TORGET), StartRefund(TORGET, nok(100)))
    till.settle(5)
    till.take(ShowPanel(Panel.SELLING), FindPaid(TORGET))
    assert left(till) == 49900
    till.take(StartRefund(TORGET, nok(49900)))
    till.settle(5)
    assert refunded_of(till.service, [TORGET]) == [50000]
    assert len({fact.key for fact in requested(till)}) == 2


@pytest.mark.parametrize(
    ("text", "store", "refusal"),
    [
        ("test-havna-kasse1-261120-0001-1", "", RefusalCode.REFUND_FROM_HUB),
        ("12", "Havna", RefusalCode.REFUND_FROM_HUB),
        ("12", "Torget", RefusalCode.REFUND_NUMBER_ELSEWHERE),
        ("test-sjappa-kasse1-261120-0001-1", "", RefusalCode.REFUND_NOT_PERMITTED),
        ("torget-kasse1-261120-0007-1", "", RefusalCode.REFUND_NOT_PERMITTED),
        ("test-torgetkasse1-261120-0007-1", "", RefusalCode.REFUND_NOT_PERMITTED),
        ("../../payments", "", RefusalCode.REFUND_NOT_PERMITTED),
        ("test-stor-kasse1-261120-0001-1", "", RefusalCode.PAID_SALE_UNKNOWN),
        ("12", "", RefusalCode.PAID_SALE_UNKNOWN),
    ],
)
def test_what_is_outside_of_the_settings_is_refused_and_nobody_is_asked(
    till: ChainTill, text: str, store: str, refusal: RefusalCode
) -> None:
    """Requirement 40."""
    till.take(FindPaid(text, store))
    assert till.notice() is refusal
    assert till.service.exchanges == []


def test_the_stores_own_other_tills_are_known_by_its_prefix(till: ChainTill) -> None:
    reference = "test-stor-kasse2-261120-0001-1"
    sell(till.service, reference, 10000)
    till.take(FindPaid(reference), StartRefund(reference, nok(10000)))
    till.settle(5)
    assert refunded_of(till.service, [reference]) == [10000]


def test_a_payment_that_was_never_taken_has_nothing_to_give_back(till: ChainTill) -> None:
    reference = "test-torget-kasse3-261120-0001-1"
    sell(till.service, reference, 10000)
    payment = till.service.desk.payments.by_reference(reference)
    assert payment is not None
    payment.captured = 0
    till.take(FindPaid(reference))
    assert left(till) == 0


def test_a_payment_of_last_year_is_not_refunded(till: ChainTill) -> None:
    """Fault catalogue B14: by the time of its capture in the wallet's own history."""
    till.clock.turn(366 * 86400)
    till.take(FindPaid(TORGET), StartRefund(TORGET, nok(100)))
    assert till.notice() is RefusalCode.REFUND_TOO_LATE
    assert requested(till) == []


def test_a_reference_that_the_wallet_does_not_know_is_asked_for_once(till: ChainTill) -> None:
    till.take(FindPaid("test-torget-kasse1-261120-0099-1"))
    till.settle(60)
    sought = till.shown.around.sought
    assert isinstance(sought, Sought)
    assert sought.fault is not None
    assert sought.fault.code is FaultCode.PAYMENT_MISSING
    assert sum("0099" in exchange.request.url for exchange in till.service.exchanges) == 1


def test_a_refund_for_a_store_without_keys_waits_for_them_before_anything_is_written(service: InProcess) -> None:
    """Fault catalogue D7."""
    sell(service, BRYGGA, 50000, unit=service.desk.units[5])
    till = ChainTill(service, chain_settings(STORES, vipps='reference_prefix = "stor"'), keys_of(service.desk.units[0]))
    till.take(FindPaid(BRYGGA))
    till.settle(20)
    sought = till.shown.around.sought
    assert sought is not None
    assert sought.fault is not None
    assert sought.fault.code is FaultCode.KEYS_MISSING
    till.take(StartRefund(BRYGGA, nok(100)))
    assert requested(till) == []
    till.secrets.kept.update(keys_of(service.desk.units[5]).kept)
    till.look_for_keys()
    till.settle(20)
    till.take(StartRefund(BRYGGA, nok(100)))
    till.settle(5)
    assert refunded_of(service, [BRYGGA]) == [100]


def test_what_was_paid_in_another_currency_is_left_to_the_hub(service: InProcess) -> None:
    danish = service.desk.units[1]
    reference = "test-kbh-kasse1-261120-0007-1"
    sell(service, reference, 50000, unit=danish)
    entry = f'[[store]]\nname = "Kbh"\nmsn = "{danish.msn}"\nreference_prefix = "kbh"\nrefunds_here = true\n'
    till = ChainTill(service, chain_settings(entry), keys_of(danish))
    till.take(FindPaid(reference), StartRefund(reference, Money(100, Currency.DKK)))
    assert till.notice() is RefusalCode.REFUND_FROM_HUB
    assert requested(till) == []


def test_a_single_shop_hears_of_no_other_stores(service: InProcess) -> None:
    till = ChainTill(service, chain_settings(), keys_of(service.desk.units[0]))
    till.take(FindPaid(TORGET))
    assert till.notice() is RefusalCode.PAID_SALE_UNKNOWN
