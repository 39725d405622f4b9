"""The QR API: client and sandbox, both held to the published description, in both directions."""

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tests.contract.description import description
from tests.contract.exchanges import complaints_about, operation_of
from tests.doubles.qr_client import qr_client_of, scripted_qr_client
from tests.doubles.service import InProcess
from tests.doubles.transport import BASE, JSON, Scripted, reply
from tests.reference import reference_folder
from till.domain.secret import Secret
from till.sandbox.qr import OTHERS_BEACONS
from till.vipps.errors import Refused, Unanswered
from till.vipps.qr import QrApi
from till.vipps.qr_requests import Category, Location, Picture, Redirect
from till.vipps.transport import HttpReply

BOOK = "qr-1.0.yaml"
BEACON = "123456789012345"
GUID = "3f0c1c7e-2f0b-4b0e-9a51-0f3a3c1de001"
LINK = Secret("https://api.vipps.no/dwo-api-application/v1/deeplink/vippsgateway?v=2&token=abc")
KASSE = Location("Kasse 1", Category.IN_STORE)
POSTER = Redirect("billboard_1", "https://example.com/myProduct", 600)

Act = Callable[[QrApi], object]
OPERATIONS: dict[tuple[str, str], Act] = {
    ("post", "/v1"): lambda api: api.one_time(LINK),
    ("post", "/v1/merchant-redirect"): lambda api: api.create_redirect(POSTER),
    ("get", "/v1/merchant-redirect"): lambda api: api.redirects(),
    ("get", "/v1/merchant-redirect/{id}"): lambda api: api.redirect("billboard_1"),
    ("put", "/v1/merchant-redirect/{id}"): lambda api: api.update_redirect("billboard_1", "https://example.com/b"),
    ("delete", "/v1/merchant-redirect/{id}"): lambda api: api.delete_redirect("billboard_1"),
    ("get", "/v1/merchant-callback"): lambda api: api.callbacks(),
    ("get", "/v1/merchant-callback/{merchantQrId}"): lambda api: api.callback("kasse1"),
    ("put", "/v1/merchant-callback/{merchantQrId}"): lambda api: api.put_callback("kasse1", KASSE),
    ("delete", "/v1/merchant-callback/{merchantQrId}"): lambda api: api.delete_callback("kasse1"),
    ("put", "/v1/merchant-callback/mobilepay/{beaconId}"): lambda api: api.migrate(BEACON, "Kasse 1"),
    ("post", "/v1/exchange"): lambda api: api.exchange(Secret("https://qr.vipps.no/p/abcdefgh")),
    ("post", "/v1/exchange/customer"): lambda api: api.exchange_customer(Secret("dG9rZW4=")),
}
_IDS = {"{id}": "billboard_1", "{merchantQrId}": "kasse1", "{beaconId}": BEACON}


def published_operations() -> set[tuple[str, str]]:
    folder = reference_folder()
    if folder is None:
        pytest.skip("the published descriptions are not beside this checkout")
    paths = yaml.safe_load((folder / "openapi" / BOOK).read_text(encoding="utf-8"))["paths"]
    return {(method, path) for path, operations in paths.items() for method in operations if method != "parameters"}


def test_every_operation_of_the_description_has_its_method() -> None:
    assert set(OPERATIONS) == published_operations()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_request_fits_the_description(method: str, path: str) -> None:
    """Requirements 6 and 50 of the published checklist."""
    transport = Scripted([reply(500)])
    with pytest.raises(Unanswered):
        OPERATIONS[method, path](scripted_qr_client(transport))
    (sent,) = transport.asked
    whole = re.sub(r"\{\w+\}", lambda found: _IDS[found.group()], path)
    assert sent.method.lower() == method
    assert sent.url.partition("?")[0] == f"{BASE}/qr{whole}"
    body = json.loads(sent.body) if sent.body else None
    book = description(BOOK)
    assert book.request_complaints(method, path, body, sent.headers) == []
    accept = sent.headers.get("Accept")
    assert accept is None or accept in [one.value for one in Picture]
    query = parse_qs(urlsplit(sent.url).query)
    assert query in ({}, {"QrImageFormat": ["PNG"], "QrImageSize": ["1000"]})


def a_day(transport: InProcess) -> None:
    """Do everything that can be done with codes, the refused things too."""
    api, other = qr_client_of(transport), qr_client_of(transport, unit=transport.desk.units[1])
    customers = transport.desk.customers

    def refused(act: Callable[[], object]) -> None:
        with pytest.raises(Refused):
            act()

    api.put_callback("kasse1", KASSE)
    api.put_callback("Kasse 2 æøå", Location("Kiosk", Category.VENDING))
    api.callbacks()
    found = api.callback("kasse1")
    refused(lambda: other.callback("kasse1"))
    other.callbacks()
    for beacon in (BEACON, GUID, f"mobilepaypos://pos?id={BEACON}&source=qr"):
        api.migrate(beacon, "Kasse 3")
    refused(lambda: other.migrate(BEACON, "Kasse 3"))
    refused(lambda: api.migrate(OTHERS_BEACONS[0], "Kasse 3"))
    api.create_redirect(POSTER)
    api.create_redirect(Redirect("for ever", "https://example.com/"), picture=Picture.CONTENT)
    refused(lambda: api.create_redirect(POSTER))
    api.redirects(picture=Picture.SVG)
    api.redirect("billboard_1")
    api.update_redirect("billboard_1", "https://example.com/elsewhere")
    api.delete_redirect("billboard_1")
    refused(lambda: api.redirect("billboard_1"))
    refused(lambda: api.update_redirect("billboard_1", "https://example.com/"))
    refused(lambda: api.delete_redirect("billboard_1"))
    api.one_time(LINK)
    refused(lambda: api.one_time(Secret("https://example.com/")))
    for customer in customers:
        api.exchange(Secret(customer.personal_qr))
    refused(lambda: api.exchange(Secret("https://qr.vipps.no/p/nobody")))
    check_in = transport.desk.qr.scan(found.content, customers[0])
    assert check_in is not None
    api.exchange_customer(Secret(check_in.token))
    refused(lambda: api.exchange_customer(Secret("bm9ib2R5")))
    api.delete_callback("kasse1")
    refused(lambda: api.delete_callback("kasse1"))


def test_every_request_of_the_client_and_every_reply_of_the_sandbox_fit_the_description() -> None:
    """Zero complaints in either direction, over every operation, refusals included."""
    book, transport = description(BOOK), InProcess()
    a_day(transport)
    exchanges = [one for one in transport.exchanges if "/qr/" in one.request.url]
    assert complaints_about(exchanges, book, "/qr") == []
    assert {operation_of(one, book, "/qr") for one in exchanges} == published_operations()


@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if one[0] != "delete"])
def test_the_client_reads_the_published_examples(method: str, path: str) -> None:
    for example in description(BOOK).examples(method, path, 200):
        entry = example[0] if isinstance(example, list) else example
        assert isinstance(entry, dict)
        answer = HttpReply(200, JSON, json.dumps(example).encode())
        api = scripted_qr_client(Scripted([answer]), msn=entry.get("merchantSerialNumber", "12345"))
        act = OPERATIONS[method, path]
        if path.endswith("{merchantQrId}"):
            assert api.callback(entry["merchantQrId"]).location == "Kasse 1"
        else:
            assert act(api)


#: Bodies that the description forbids, sent past the client's own checks.
WRONG: list[tuple[str, str, object]] = [
    ("PUT", "/merchant-callback/kasse1", {}),
    ("PUT", "/merchant-callback/kasse1", {"locationDescription": "x" * 37}),
    ("PUT", "/merchant-callback/kasse1", {"locationDescription": 5}),
    ("PUT", "/merchant-callback/kasse1", {"locationDescription": "Kasse", "colour": "red"}),
    ("PUT", "/merchant-callback/kasse1", {"locationDescription": "Kasse", "category": "SOMEWHERE"}),
    ("PUT", "/merchant-callback/mobilepay/12345", {"locationDescription": "Kasse"}),
    ("PUT", f"/merchant-callback/mobilepay/{BEACON}", {"locationDescription": "x" * 37}),
    ("GET", "/merchant-callback?QrImageFormat=BMP", None),
    ("GET", "/merchant-callback?qrimagesize=99", None),
    ("POST", "/merchant-redirect", {"id": "a", "redirectUrl": "http://example.com/"}),
    ("POST", "/merchant-redirect", {"id": "a/b", "redirectUrl": "https://example.com/"}),
    ("POST", "/merchant-redirect", {"id": "a" * 129, "redirectUrl": "https://example.com/"}),
    ("POST", "/merchant-redirect", {"id": "a", "redirectUrl": "https://example.com/", "ttl": 299}),
    ("POST", "/merchant-redirect", {"id": "a", "redirectUrl": "https://example.com/", "ttl": True}),
    ("POST", "", {"url": 5}),
    ("POST", "/exchange", {"qrCode": 5}),
    ("POST", "/exchange", {"qrCode": "https://qr.vipps.no/p/a", "requestedData": ["NAME"]}),
    ("POST", "/exchange/customer", {"requestedData": ["MSISDN"]}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRONG)
def test_the_sandbox_refuses_what_the_description_forbids(method: str, path: str, body: object) -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    raw = None if body is None else json.dumps(body).encode()
    headers = {"Accept": "image/png"}
    where, _, query = path.partition("?")
    with pytest.raises(Refused) as refused:
        api._calls.call(
            method, "/qr/v1" + where, body=raw, headers=headers, query="?" + query, read=lambda found: found
        )
    assert refused.value.status == 400
    exchange, book = transport.exchanges[-1], description(BOOK)
    method, path = operation_of(exchange, book, "/qr")
    assert book.reply_complaints(method, path, 400, exchange.reply.body) == []


def test_a_picture_that_is_not_made_is_refused_by_its_kind() -> None:
    transport = InProcess()
    calls = qr_client_of(transport)._calls
    for accept in ("application/json", "image/bmp", ""):
        with pytest.raises(Refused) as refused:
            calls.call("GET", "/qr/v1/merchant-redirect", headers={"Accept": accept}, read=lambda found: found)
        assert refused.value.status == 415
