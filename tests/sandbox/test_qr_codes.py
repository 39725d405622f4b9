"""The sandbox's codes: several sales units, pictures that can be read, and customers who scan."""

import io
import json

import pytest
from PIL import Image

from tests.doubles.qr_client import qr_client_of
from tests.doubles.service import BASE, InProcess, client_of
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.vipps.epayment import State
from till.vipps.errors import Conflict, NotFound, NotPermitted, Refused
from till.vipps.qr_requests import Location, Picture, Redirect
from till.vipps.requests import CreateRequest, Customer, CustomerKey, UserFlow, create_body
from till.vipps.transport import HttpReply, HttpRequest

BEACON = "123456789012345"
REF = "test-kasse1-261121-0001-1"


def asked(transport: InProcess, method: str, path: str, **body: object) -> HttpReply:
    raw = json.dumps(body).encode() if body else None
    return transport.send(HttpRequest(method, BASE + path, {"content-type": "application/json"}, raw))


def fetched(transport: InProcess, link: Secret) -> HttpReply:
    return transport.send(HttpRequest("GET", link.reveal(), {}))


def test_each_sales_unit_has_its_own_codes_under_the_same_id() -> None:
    transport = InProcess()
    first, second = (qr_client_of(transport, unit=unit) for unit in transport.desk.units[:2])
    first.put_callback("kasse1", Location("Kasse 1"))
    second.put_callback("kasse1", Location("Kiosk"))
    contents = {one.callback("kasse1").content for one in (first, second)}
    assert len(contents) == 2
    first.delete_callback("kasse1")
    assert [one.location for one in second.callbacks()] == ["Kiosk"]
    assert first.callbacks() == ()
    from dataclasses import replace

    mixed = replace(transport.desk.units[0], msn=transport.desk.units[1].msn)
    with pytest.raises(NotPermitted):
        qr_client_of(transport, unit=mixed).callbacks()


@pytest.mark.parametrize("side", [100, 640, 2000])
def test_a_picture_has_the_size_asked_for_and_holds_the_code(side: int) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    transport = InProcess()
    api = qr_client_of(transport)
    api.put_callback("kasse1", Location("Kasse 1"))
    code = api.callback("kasse1", side_px=side)
    image = Image.open(io.BytesIO(fetched(transport, code.picture).body))
    assert image.size == (side, side)
    if side > 100:
        assert [one.text for one in zxingcpp.read_barcodes(image)] == [code.content]


def test_a_picture_comes_as_svg_too_and_goes_with_its_code() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    link = api.create_redirect(Redirect("poster", "https://example.com/"), picture=Picture.SVG).link
    answer = fetched(transport, link)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in answer.body
    api.delete_redirect("poster")
    assert fetched(transport, link).status == 404


def test_a_one_time_code_ends_after_ten_minutes() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    link = "https://apitest.vipps.no/dwo-api-application/v1/deeplink/vippsgateway?v=2&token="
    made = api.one_time(Secret(link + "abc"))
    assert made.left_s == 600
    assert fetched(transport, made.link).status == 200
    transport.desk.clock.turn(601)
    assert fetched(transport, made.link).status == 404
    with pytest.raises(Refused):
        api.one_time(Secret(link + "timed-out"))


def test_an_old_sticker_is_scanned_once_it_is_taken_over() -> None:
    transport = InProcess()
    api, number = qr_client_of(transport), transport.desk.customers[0].phone_number
    text = f"mobilepaypos://pos?id={BEACON}&source=qr"
    assert asked(transport, "POST", "/_sandbox/check-ins", content=text, number=number).status == 404
    api.migrate(BEACON, "Kasse 1")
    told = json.loads(asked(transport, "POST", "/_sandbox/check-ins", content=text, number=number).body)
    assert (told["merchantQrId"], told["msn"]) == (BEACON, "900001")
    assert told["initiatedAt"].endswith("Z")
    assert len(told["initiatedAt"].split(".")[1]) == 8
    assert json.loads(asked(transport, "GET", "/_sandbox/check-ins").body) == [told]
    (sticker,) = json.loads(asked(transport, "GET", "/_sandbox/stickers").body)
    assert sticker["content"] == text
    assert sticker["is_migrated"]
    # It has no picture of its own, and cannot be printed again.
    assert api.callbacks() == ()
    with pytest.raises(NotFound):
        api.callback(BEACON)


def test_a_sticker_can_be_given_to_somebody_else() -> None:
    transport = InProcess()
    asked(transport, "POST", "/_sandbox/beacons", beacon_id=BEACON, owner="900002")
    with pytest.raises(Conflict):
        qr_client_of(transport).migrate(BEACON, "Kasse 1")
    qr_client_of(transport, unit=transport.desk.units[1]).migrate(BEACON, "Kasse 1")


def test_a_customer_who_checked_in_is_asked_for_the_money_by_that_token() -> None:
    """Requirement 51 of the published checklist: fifteen minutes, and no longer."""
    transport = InProcess()
    api, client = qr_client_of(transport), client_of(transport)
    api.put_callback("kasse1", Location("Kasse 1"))

    def pay(reference: str, token: str) -> None:
        customer = Customer(CustomerKey.CUSTOMER_TOKEN, Secret(token))
        amount = Money(10000, Currency.NOK)
        body = create_body(CreateRequest(reference, amount, UserFlow.PUSH_MESSAGE, "Kasse 1", customer=customer))
        client.create(reference, body, f"{reference}-create")

    check_in = transport.desk.qr.scan(api.callback("kasse1").content, transport.desk.customers[0])
    assert check_in is not None
    pay(REF, check_in.token)
    assert client.get(REF).state is State.CREATED
    transport.desk.clock.turn(901)
    for reference, token in ((REF[:-1] + "2", check_in.token), (REF[:-1] + "3", "bm9ib2R5")):
        with pytest.raises(Refused) as refused:
            pay(reference, token)
        assert refused.value.code == 4050


def test_a_check_in_pays_once_and_only_at_its_own_sales_unit() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    api.put_callback("kasse1", Location("Kasse 1"))
    check_in = transport.desk.qr.scan(api.callback("kasse1").content, transport.desk.customers[0])
    assert check_in is not None
    ours, theirs = transport.desk.units[0], transport.desk.units[1]
    for unit, currency, reference, code in (
        (theirs, Currency.DKK, "test-kasse1-261121-0001-1", 4050),
        (ours, Currency.NOK, "test-kasse1-261121-0002-1", None),
        (ours, Currency.NOK, "test-kasse1-261121-0003-1", 4050),
    ):
        customer = Customer(CustomerKey.CUSTOMER_TOKEN, Secret(check_in.token))
        request = CreateRequest(reference, Money(10000, currency), UserFlow.PUSH_MESSAGE, "Kasse 1", customer=customer)
        client = client_of(transport, unit=unit)
        if code is None:
            client.create(reference, create_body(request), "once")
            client.create(reference, create_body(request), "once")
            assert client.get(reference).state is State.CREATED
            continue
        with pytest.raises(Refused) as refused:
            client.create(reference, create_body(request), f"{reference}-create")
        assert refused.value.code == code


def test_a_code_that_leads_to_a_page_is_opened_by_a_telephone_until_it_is_gone() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    api.create_redirect(Redirect("poster", "https://example.com/offers"))
    (seen,) = json.loads(asked(transport, "GET", "/_sandbox/redirects").body)
    assert seen["id"] == "poster"
    opened = asked(transport, "POST", "/_sandbox/redirects", content=seen["content"])
    assert json.loads(opened.body) == {"url": "https://example.com/offers"}
    api.delete_redirect("poster")
    assert asked(transport, "POST", "/_sandbox/redirects", content=seen["content"]).status == 404
    assert json.loads(asked(transport, "GET", "/_sandbox/redirects").body) == []


def test_nobody_is_checked_in_by_a_code_that_is_gone() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    api.put_callback("kasse1", Location("Kasse 1"))
    content = api.callback("kasse1").content
    api.delete_callback("kasse1")
    assert transport.desk.qr.scan(content, transport.desk.customers[0]) is None
    for body in ({}, {"content": content, "number": "0"}):
        assert asked(transport, "POST", "/_sandbox/check-ins", **body).status == 404
    assert asked(transport, "GET", "/qr-image/v1/codes/nothing").status == 404
