"""What cashier and customer read of a refund: when and where the money arrives, and what to do when it cannot go back."""

import pytest
from msgspec.structs import replace

from tests.engine.test_refunds import Shop
from tests.presentation.test_presenters import LANGUAGES, house
from till.domain.payment import Operation
from till.domain.scan import Market
from till.presentation.customer_views import CustomerResultView
from till.presentation.present import CashierPresenter
from till.presentation.present_customer import CustomerPresenter
from till.presentation.views import PaymentPanel, Tone
from till.vipps.answers import fact_of_error
from till.vipps.errors import Refused


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("market", "places"),
    [
        (Market.NORWAY, {"card", "kort"}),
        (Market.DENMARK, {"account", "konto"}),
        (Market.FINLAND, {"account", "konto"}),
    ],
)
def test_both_read_where_the_refunded_money_arrives_and_when(language: str, market: Market, places: set[str]) -> None:
    """Requirement 42."""
    shop = Shop().refunded(1000)
    shop.till.take(shop.says(1000))
    here = replace(house(language), market=market)
    panel = CashierPresenter(here).present(shop.till.shown, shop.till.clock.now()).panel
    customer = CustomerPresenter(here).present(shop.till.shown, shop.till.clock.now())
    assert isinstance(panel, PaymentPanel)
    assert isinstance(customer, CustomerResultView)
    for text in (panel.detail, customer.text):
        assert any(place in text for place in places), text
        assert "2" in text
        assert "3" in text
        assert "10" in text


@pytest.mark.parametrize("code", [6210, 5100])
@pytest.mark.parametrize("language", LANGUAGES)
def test_money_that_cannot_go_back_the_way_it_came_is_given_back_in_another(language: str, code: int) -> None:
    """Requirement 43: the card or the account is gone."""
    shop = Shop().refunded(1000)
    error = Refused(status=400, code=code, trace_id="trace")
    fact = fact_of_error(error, shop.reference, Operation.REFUND, shop.till.clock.now())
    shop.till.take(fact)
    shop.till.take(shop.says(0))
    panel = CashierPresenter(house(language)).present(shop.till.shown, shop.till.clock.now()).panel
    assert isinstance(panel, PaymentPanel)
    assert panel.tone is Tone.BROKEN
    assert "another way" in panel.strong or "annen måte" in panel.strong
