"""Report, Management, Order Management, Userinfo and Check-in: every call and every reply against its description."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from msgspec import structs
from PIL import Image

from tests.contract.description import description
from tests.contract.exchanges import complaints_about, operation_of
from tests.doubles.office import NOON, at_noon, calls_of, control, sell, set_clock
from tests.doubles.service import InProcess, client_of
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.vipps.check_in import CheckInApi
from till.vipps.errors import Refused
from till.vipps.management import ManagementApi
from till.vipps.order_management import Category, CategoryKind, OrderManagementApi
from till.vipps.report import ReportApi, Topic
from till.vipps.requests import OrderLine, OrderLines, Scope
from till.vipps.userinfo import UserinfoApi

REF = "test-kasse1-261121-0001-1"
DAY = date(2026, 11, 21)
UNKNOWN = "c06c4afe-d9e1-4c5d-939a-177d752a0944"
LINES = OrderLines(
    (OrderLine("Grovbrød", "1001", 10000, 2000, 2500, 10000, "1", "PCS"),), pos_id="kasse1", receipt_number="1"
)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(Refused):
        act()


def picture(height: int = 200, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (200, height), "white").save(out, kind)
    return out.getvalue()


def read_reports(transport: InProcess) -> set[tuple[str, str]]:
    control(transport, "report-page-size", size=2)
    sell(transport, REF, 10000, refunded=2500)
    sell(transport, REF[:-1] + "2", 5000)
    report = ReportApi(calls_of(transport))
    (ledger,) = report.ledgers("900001")
    report.ledgers()
    report.day(ledger.ledger_id, Topic.FUNDS, DAY)
    set_clock(transport, NOON + timedelta(days=1))
    for topic in Topic:
        report.day(ledger.ledger_id, topic, DAY)
        page = report.feed(ledger.ledger_id, topic)
        while page.ask_again_s is None:
            page = report.feed(ledger.ledger_id, topic, page.cursor)
    refused(lambda: report.day("1", Topic.FUNDS, DAY))
    refused(lambda: report.feed(ledger.ledger_id, Topic.FUNDS, "no-cursor"))
    transport.desk._tokens.clear()
    assert report.ledgers() == (ledger,)
    return {
        ("get", "/settlement/v1/ledgers"),
        ("get", "/report/v2/ledgers/{ledgerId}/{topic}/dates/{ledgerDate}"),
        ("get", "/report/v2/ledgers/{ledgerId}/{topic}/feed"),
    }


def look_at_sales_units(transport: InProcess) -> set[tuple[str, str]]:
    management = ManagementApi(calls_of(transport))
    for one in management.sales_units():
        management.sales_unit(one.msn)
    refused(lambda: management.sales_unit("900002"))
    danish = ManagementApi(calls_of(transport, transport.desk.units[1]))
    assert [danish.sales_unit(one.msn).country for one in danish.sales_units()] == ["DK", "DK"]
    return {("get", "/management/v1/sales-units"), ("get", "/management/v1/sales-units/{msn}")}


def add_to_an_order(transport: InProcess) -> set[tuple[str, str]]:
    orders = OrderManagementApi(calls_of(transport))
    amount = Money(10000, Currency.NOK)
    refused(lambda: orders.read(REF))
    orders.add_receipt(REF, LINES, amount)
    refused(lambda: orders.add_receipt(REF, LINES, amount))
    orders.add_image("shop-1", picture())
    orders.set_category(REF, Category(CategoryKind.RECEIPT, "https://shop.example/r/1", "shop-1"))
    refused(lambda: orders.set_category(REF, Category(CategoryKind.RECEIPT, "https://shop.example/", "not-there")))
    orders.read(REF)
    return {
        ("post", "/v2/{paymentType}/receipts/{orderId}"),
        ("put", "/v2/{paymentType}/categories/{orderId}"),
        ("get", "/v2/{paymentType}/{orderId}"),
        ("post", "/v1/images"),
    }


def ask_who_it_is(transport: InProcess) -> set[tuple[str, str]]:
    sell(transport, REF, 10000, scopes=tuple(Scope))
    subject = client_of(transport).get(REF).subject
    assert subject is not None
    userinfo = UserinfoApi(calls_of(transport))
    userinfo.read(subject)
    refused(lambda: userinfo.read(Secret(UNKNOWN)))
    transport.desk.clock.turn(169 * 3600)
    userinfo = UserinfoApi(calls_of(transport))
    assert userinfo.read(subject).is_expired
    return {("get", "/vipps-userinfo-api/userinfo/{sub}")}


def greet(transport: InProcess) -> set[tuple[str, str]]:
    check_in = CheckInApi(calls_of(transport))
    check_in.greet(Secret("4700000001"), is_member=True)
    refused(lambda: check_in.greet(Secret("4799999999"), is_member=False))
    return {("post", "/v1/loyalty-check-in")}


#: The description's copy is older than the page "Entry types", which has this word instead of `scheduled-for-payout`.
NEWER_WORD = (
    "'payout-scheduled' is not one of ['refund', 'capture', 'fees-retained', 'fees-invoiced', 'scheduled-for-payout', \
'payout-aborted', 'retained-disputed-capture', 'returned-disputed-capture', 'correction', 'capture-fee', 'top-up']"
)

#: Description, what its paths leave out, where its calls go, and a use of every operation that the till has.
APIS = [
    ("report-2.0.yaml", "", ("/settlement/", "/report/"), read_reports),
    ("management-1.1.6.yaml", "", ("/management/",), look_at_sales_units),
    ("order-management-2.1.yaml", "/order-management", ("/order-management/",), add_to_an_order),
    ("userinfo-2.0.3.yaml", "", ("/vipps-userinfo-api/",), ask_who_it_is),
    ("check-in-1.0.2.yaml", "/point-of-sale", ("/point-of-sale/",), greet),
]


@pytest.mark.parametrize(
    ("name", "prefix", "paths", "use"), APIS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_every_call_and_every_reply_fits_its_description(
    name: str, prefix: str, paths: tuple[str, ...], use: Callable[[InProcess], set[tuple[str, str]]]
) -> None:
    """Zero complaints in either direction; requirement 6."""
    book = description(name)
    transport = at_noon()
    used = use(transport)
    exchanges = [one for one in transport.exchanges if any(f".test{path}" in one.request.url for path in paths)]
    complaints = complaints_about(exchanges, book, prefix)
    assert [one for _, one in complaints if not one.endswith(NEWER_WORD)] == []
    assert bool(complaints) is (name == "report-2.0.yaml")
    assert {operation_of(one, book, prefix) for one in exchanges} == used


def test_what_a_payment_shares_is_asked_for_as_published() -> None:
    """A create with `profile.scope`, and the payment that comes back with a `sub`."""
    transport = at_noon()
    sell(transport, REF, 10000, scopes=(Scope.NAME, Scope.PHONE_NUMBER))
    client_of(transport).get(REF)
    exchanges = [one for one in transport.exchanges if "/epayment/" in one.request.url]
    assert complaints_about(exchanges, description("epayment-1.8.1.yaml"), "/epayment") == []


def test_an_exchange_that_does_not_fit_is_complained_about() -> None:
    """So that zero complaints mean something."""
    transport = at_noon()
    report = ReportApi(calls_of(transport))
    (ledger,) = report.ledgers()
    report.day(ledger.ledger_id, Topic.FUNDS, DAY)
    exchange, book = transport.exchanges[-1], description("report-2.0.yaml")
    assert complaints_about([exchange], book, "") == []
    sent, answered = exchange.request, exchange.reply
    wrong = [
        replace(exchange, request=structs.replace(sent, url=sent.url + "?page=2")),
        replace(exchange, request=structs.replace(sent, url=sent.url.replace("/funds/", "/gold/"))),
        replace(exchange, request=structs.replace(sent, headers={**sent.headers, "Vipps-System-Name": "n" * 31})),
        replace(exchange, reply=structs.replace(answered, body=b'{"items": [{"amount": "12"}]}')),
        replace(exchange, reply=structs.replace(answered, body=b'{"hasMore": "no"}')),
    ]
    for one in wrong:
        assert len(complaints_about([one], book, "")) == 1
