"""A till with several sales units: every call names the right one, and one that lacks its keys stops no other."""

import pytest

from tests.doubles.service import InProcess
from tests.doubles.two_stores import ChainTill, chain_settings, count_of, keys_of, msns_by_reference, service_at_noon
from till.domain.facts import PaymentRequested, StoreChosen
from till.domain.faults import FaultCode, RefusalCode
from till.domain.intents import AddArticle, StartPayment
from till.domain.payment import Captured, Flow, Waiting
from till.domain.receipt import receipt_of
from till.domain.secret import Secret
from till.domain.store_choice import ChooseStore
from till.engine.wishes import NextSale
from till.settings.model import Settings

TORGET = """
[[store]]
name = "Torget"
msn = "900006"
reference_prefix = "torget"
sells_here = true
"""


@pytest.fixture
def service() -> InProcess:
    return service_at_noon()


def till_of(service: InProcess, settings: Settings | None = None) -> ChainTill:
    """A till that sells for Storgata and for Torget, with the keys of both."""
    units = service.desk.units
    return ChainTill(service, settings or chain_settings(TORGET), keys_of(units[0], units[5]))


def ask_to_pay(till: ChainTill) -> str:
    number = till.service.desk.customers[0].phone_number
    till.take(AddArticle("1001"), StartPayment(Flow.PHONE_NUMBER, Secret(number)))
    return till.reference


def sell(till: ChainTill) -> str:
    """Sell something; return the payment's reference."""
    reference = ask_to_pay(till)
    payment = till.service.desk.payments.by_reference(reference)
    assert payment is not None
    assert till.service.desk.payments.approve(payment)
    till.settle(20)
    assert till.shown.state.payment is not None
    assert isinstance(till.shown.state.payment.state, Captured)
    return reference


def test_every_call_names_the_sales_unit_of_its_payment(service: InProcess) -> None:
    """Requirement 40."""
    till = till_of(service)
    own = sell(till)
    till.take(NextSale(), ChooseStore("Torget"))
    other = sell(till)
    assert msns_by_reference(service) == {own: {"900001"}, other: {"900006"}}
    assert own == "test-kasse1-261121-0001-1"
    assert other == "test-torget-kasse1-261121-0002-1"
    assert {"Storgata", "Torget"} == {
        str(payment.request["paymentDescription"]).split(" · ")[0] for payment in service.desk.payments.all()
    }


def test_the_store_of_a_sale_is_in_the_journal_and_on_its_receipt(service: InProcess) -> None:
    till = till_of(service).take(AddArticle("1001"), ChooseStore("Torget"))
    again = till.started_again()
    sell(again)
    sale = again.shown.state.sale
    assert sale is not None
    assert receipt_of(sale).store == "Torget"
    assert [fact.store for fact in again.journal.written if isinstance(fact, StoreChosen)] == ["Torget"]
    (requested,) = [fact for fact in again.journal.written if isinstance(fact, PaymentRequested)]
    assert requested.terms.msn == "900006"


def test_the_store_stays_as_it_is_while_a_payment_is_open(service: InProcess) -> None:
    till = till_of(service)
    ask_to_pay(till)
    till.take(ChooseStore("Torget"))
    assert till.notice() is RefusalCode.BASKET_LOCKED
    till.take(ChooseStore("Nowhere"))
    assert till.notice() is RefusalCode.STORE_NOT_HERE


def test_a_sale_of_a_store_that_has_left_the_settings_is_not_charged_to_another(service: InProcess) -> None:
    till = till_of(service).take(AddArticle("1001"), ChooseStore("Torget"))
    again = till.started_again(chain_settings())
    number = Secret(service.desk.customers[0].phone_number)
    again.take(StartPayment(Flow.PHONE_NUMBER, number))
    assert again.notice() is RefusalCode.STORE_NOT_HERE
    again.take(ChooseStore("Storgata"), StartPayment(Flow.PHONE_NUMBER, number))
    again.settle(1)
    assert msns_by_reference(service) == {again.reference: {"900001"}}


def test_a_partners_keys_need_one_token_for_all_their_sales_units(service: InProcess) -> None:
    """Requirements 40 and 54: one set of keys, and every call names whom it is for."""
    settings = chain_settings(TORGET + 'keys = "partner"\n', vipps='keys = "partner"')
    till = ChainTill(service, settings, keys_of(service.desk.partner))
    own = sell(till)
    till.take(NextSale(), ChooseStore("Torget"))
    other = sell(till)
    assert msns_by_reference(service) == {own: {"900001"}, other: {"900006"}}
    assert count_of(service, "/accesstoken/get") == 1


def test_keys_of_their_own_have_a_token_each(service: InProcess) -> None:
    till = till_of(service)
    sell(till)
    till.take(NextSale(), ChooseStore("Torget"))
    sell(till)
    assert count_of(service, "/accesstoken/get") == 2


def test_a_store_without_keys_says_so_and_the_other_sells_on(service: InProcess) -> None:
    """Fault catalogue D7."""
    till = till_of(service)
    secrets = keys_of(service.desk.units[0])
    till = ChainTill(service, chain_settings(TORGET), secrets)
    assert till.shown.around.wallet_fault is None
    till.take(ChooseStore("Torget"), AddArticle("1001"))
    till.take(StartPayment(Flow.PHONE_NUMBER, Secret(service.desk.customers[0].phone_number)))
    assert till.notice() is RefusalCode.KEYS_MISSING
    assert till.shown.around.wallet_fault is None, "the bar is about the till's own sales unit"
    till.take(ChooseStore("Storgata"))
    sell(till)
    till.take(NextSale(), ChooseStore("Torget"))
    secrets.kept.update(keys_of(service.desk.units[5]).kept)
    till.look_for_keys()
    sell(till)


def test_an_open_payment_whose_keys_have_gone_waits_for_them_and_holds_up_nobody(service: InProcess) -> None:
    """Fault catalogue D7, G7: also of a sales unit that has left the settings."""
    till = till_of(service).take(ChooseStore("Torget"))
    reference = ask_to_pay(till)
    kept = dict(till.secrets.kept)
    till.secrets.kept = keys_of(service.desk.units[0]).kept
    again = till.started_again(chain_settings())
    again.settle(30)
    assert again.shown.around.troubles[reference].fault.code is FaultCode.KEYS_MISSING
    assert isinstance(again.shown.state.payments[reference].state, Waiting)
    assert again.shown.around.wallet_fault is None
    again.secrets.kept = kept
    again.look_for_keys()
    payment = service.desk.payments.by_reference(reference)
    assert payment is not None
    service.desk.payments.approve(payment)
    again.settle(60)
    assert isinstance(again.shown.state.payments[reference].state, Captured)
    assert msns_by_reference(service) == {reference: {"900006"}}


def test_new_keys_are_taken_by_every_sales_unit_of_the_partner(service: InProcess) -> None:
    settings = chain_settings(TORGET + 'keys = "partner"\n', vipps='keys = "partner"')
    right = keys_of(service.desk.partner)
    wrong = keys_of(service.desk.partner)
    wrong.kept["partner.client_secret"] = Secret("old")
    till = ChainTill(service, settings, wrong)
    ask_to_pay(till)
    assert till.shown.around.wallet_fault is not None
    assert till.shown.around.wallet_fault.code is FaultCode.KEYS_REFUSED
    wrong.kept.update(right.kept)
    till.look_for_keys()
    sell(till)
    assert till.shown.around.wallet_fault is None
