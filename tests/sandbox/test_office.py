"""The sandbox's books, sales units, orders and people behave as published."""

import base64
import io
import json
from datetime import UTC, date, datetime, timedelta

from PIL import Image

from tests.doubles.office import NOON, at_noon, control, sell, set_clock
from tests.doubles.service import BASE, InProcess, client_of
from till.domain.money import Currency, Money
from till.sandbox.desk import PlantedFault
from till.sandbox.ledgers import Ledgers
from till.sandbox.units import SalesUnit
from till.vipps.transport import HttpRequest

REF = "test-kasse1-261121-000{}-1"


def books(transport: InProcess, topic: str = "funds", unit: SalesUnit | None = None) -> list[tuple[str, int, date]]:
    ledgers = Ledgers(transport.desk.payments, transport.desk.clock.now_s)
    entries = ledgers.entries(unit or transport.desk.units[0], topic)
    return [(entry.kind, entry.minor, entry.ledger_date) for entry in entries]


def ask(transport: InProcess, method: str, path: str, body: object = None, **headers: str) -> tuple[int, object]:
    """Call with the first unit's keys and a new token; headers replace the usual ones, an empty one is left out."""
    unit = transport.desk.units[0]
    token = transport.desk.token(
        {
            "client_id": unit.client_id,
            "client_secret": unit.client_secret,
            "ocp-apim-subscription-key": unit.subscription_key,
        }
    ).body
    assert isinstance(token, dict)
    usual = {
        "Authorization": f"Bearer {token['access_token']}",
        "Ocp-Apim-Subscription-Key": unit.subscription_key,
        "Merchant-Serial-Number": unit.msn,
    }
    sent = {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = None if body is None else json.dumps(body).encode()
    reply = transport.send(
        HttpRequest(method, BASE + path, {name: value for name, value in sent.items() if value}, raw)
    )
    return reply.status, json.loads(reply.body) if reply.body else None


def test_a_day_is_booked_charged_and_paid_out_when_it_has_ended() -> None:
    transport, day = at_noon(), NOON.date()
    sell(transport, REF.format(1), 10000, refunded=2500)
    assert books(transport) == [("capture", 10000, day), ("refund", -2500, day)]
    assert books(transport, "fees") == [("capture-fee", -175, day)]
    set_clock(transport, NOON + timedelta(hours=12, minutes=5))
    assert books(transport)[2:] == [("fees-retained", -175, day), ("payout-scheduled", -7325, day)]
    assert books(transport, "fees")[1:] == [("fees-retained", 175, day)]


def test_a_day_that_leaves_nothing_is_not_paid_out() -> None:
    """Zero or less: no payout (guide, "Settlement process"); what is owed is taken from the next."""
    transport = at_noon()
    sell(transport, REF.format(1), 10000)
    set_clock(transport, NOON + timedelta(days=1))
    client_of(transport).refund(REF.format(1), Money(10000, Currency.NOK), "refund")
    set_clock(transport, NOON + timedelta(days=2))
    sell(transport, REF.format(2), 30000)
    set_clock(transport, NOON + timedelta(days=3))
    assert [minor for kind, minor, _ in books(transport) if kind == "payout-scheduled"] == [
        -9825,
        -(30000 - 525 - 10000),
    ]


def test_the_ledger_day_ends_at_midnight_where_the_merchant_is() -> None:
    transport = InProcess()
    set_clock(transport, datetime(2026, 11, 21, 23, 30, tzinfo=UTC))
    sell(transport, REF.format(1), 10000)
    assert books(transport)[0][2] == date(2026, 11, 22)
    ledgers = Ledgers(transport.desk.payments, transport.desk.clock.now_s)
    assert not ledgers.is_closed(transport.desk.units[0], date(2026, 11, 21))
    set_clock(transport, datetime(2026, 11, 22, 0, 5, tzinfo=UTC))
    assert ledgers.is_closed(transport.desk.units[0], date(2026, 11, 21))


def test_what_is_booked_never_changes_and_balances_run_on() -> None:
    transport = at_noon()
    seen: list[tuple[str, int, date]] = []
    for step in range(1, 6):
        sell(transport, REF.format(step), 1000 * step, refunded=100 * (step % 2))
        transport.desk.clock.turn(9 * 3600)
        now = books(transport)
        assert now[: len(seen)] == seen
        seen = now
    entries = Ledgers(transport.desk.payments, transport.desk.clock.now_s).entries(transport.desk.units[0], "funds")
    balance = 0
    for entry in entries:
        assert entry.before == balance
        balance += entry.minor


def test_units_keep_their_own_books() -> None:
    transport = at_noon()
    danish = transport.desk.units[1]
    sell(transport, REF.format(1), 5000, unit=danish)
    assert books(transport) == []
    assert [kind for kind, _, _ in books(transport, unit=danish)] == ["capture"]


def test_reports_need_keys_and_no_number_and_refuse_in_their_own_shape() -> None:
    transport = at_noon()
    assert ask(transport, "GET", "/settlement/v1/ledgers", Merchant_Serial_Number="")[0] == 200
    assert ask(transport, "GET", "/settlement/v1/ledgers", Merchant_Serial_Number="900002")[0] == 403
    status, body = ask(transport, "GET", "/settlement/v1/ledgers", Authorization="Bearer old")
    assert (status, body) == (401, {"code": "Unauthorized", "message": "Please check your API keys"})
    for path, expected in (
        ("/report/v2/ledgers/300001/gold/feed", 400),
        ("/report/v2/ledgers/300001/funds/dates/2026-13-01", 400),
        ("/report/v2/ledgers/300001/funds/dates/20261121", 400),
        ("/report/v2/ledgers/300001/funds/feed?cursor=%C3%A6", 400),
        ("/report/v2/ledgers/300002/funds/feed", 404),
        ("/settlement/v1/ledgers?cursor=x", 400),
    ):
        assert ask(transport, "GET", path)[0] == expected, path


def test_a_planted_fault_strikes_these_apis_too() -> None:
    transport = at_noon()
    transport.desk.plant(PlantedFault("report-day", "status", status=500))
    path = "/report/v2/ledgers/300001/funds/dates/2026-11-21"
    assert [ask(transport, "GET", path)[0] for _ in range(2)] == [500, 200]


def test_a_unit_can_be_switched_off_and_on() -> None:
    transport = at_noon()
    control(transport, "sales-units/900004", active=False)
    assert ask(transport, "GET", "/management/v1/sales-units/900004")[0] == 404
    control(transport, "sales-units/900004", active=True)
    assert ask(transport, "GET", "/management/v1/sales-units/900004")[0] == 200


WRONG_ORDERS: list[tuple[str, str, object]] = [
    ("POST", "/v2/ECOM/receipts/abc", {"orderLines": [], "bottomLine": {"currency": "NOK"}}),
    ("POST", "/v2/ECOM/receipts/abc", {"orderLines": []}),
    ("POST", "/v2/cash/receipts/abc", {}),
    ("PUT", "/v2/ecom/categories/a%20b", {"category": "GENERAL", "orderDetailsUrl": "https://shop.example"}),
    ("PUT", "/v2/ecom/categories/abc", {"category": "PARTY", "orderDetailsUrl": "https://shop.example"}),
    ("PUT", "/v2/ecom/categories/abc", {"category": "GENERAL", "orderDetailsUrl": "shop"}),
    ("PUT", "/v2/ecom/categories/abc", {"category": "GENERAL", "orderDetailsUrl": "https://shop.example", "x": 1}),
    ("PUT", "/v2/ecom/categories/abc", []),
    ("POST", "/v1/images", {"imageId": "a b", "src": "", "type": "base64"}),
    ("POST", "/v1/images", {"imageId": "a", "src": "", "type": "link"}),
    ("POST", "/v1/images", {"imageId": "a", "src": "!", "type": "base64"}),
    ("POST", "/v1/images", {"imageId": "a", "src": "AAAA", "type": "base64"}),
    ("POST", "/v1/images", {"imageId": "a", "src": 7, "type": "base64"}),
]


def test_an_order_is_refused_what_the_description_forbids() -> None:
    transport = at_noon()
    for method, path, body in WRONG_ORDERS:
        status, said = ask(transport, method, f"/order-management{path}", body)
        assert status == 400, (path, body)
        assert isinstance(said, dict)
        assert said["invalidParams"]
        assert "traceId" not in said


def test_an_image_has_a_least_height_and_a_largest_size() -> None:
    transport = at_noon()
    out = io.BytesIO()
    Image.new("1", (200, 200)).save(out, "PNG")
    fits = out.getvalue()
    low = io.BytesIO()
    Image.new("1", (200, 166)).save(low, "PNG")
    for name, picture, expected in (
        ("low", low.getvalue(), 400),
        ("large", fits + b"\0" * (2 * 1024 * 1024 - len(fits) + 1), 400),
        ("fits", fits + b"\0" * (2 * 1024 * 1024 - len(fits)), 200),
        ("fits", fits, 409),
    ):
        body = {"imageId": name, "src": base64.b64encode(picture).decode(), "type": "base64"}
        assert ask(transport, "POST", "/order-management/v1/images", body)[0] == expected, name


def test_both_spellings_of_the_kind_of_payment_are_one_order() -> None:
    transport = at_noon()
    body = {"category": "GENERAL", "orderDetailsUrl": "https://shop.example"}
    assert ask(transport, "PUT", "/order-management/v2/ecom/categories/any-order", body)[0] == 200
    assert ask(transport, "GET", "/order-management/v2/ECOM/any-order") == (200, {"category": body})


def test_a_check_in_is_refused_what_the_description_forbids() -> None:
    transport = at_noon()
    for body in (
        {"phoneNumber": "4500000001", "isMember": True},
        {"phoneNumber": "4700000001", "isMember": "yes"},
        {"phoneNumber": "4700000001"},
        {"phoneNumber": "4700000001", "isMember": True, "name": "Ola"},
        None,
    ):
        assert ask(transport, "POST", "/point-of-sale/v1/loyalty-check-in", body)[0] == 400, body
