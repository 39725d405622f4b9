"""The QR API's client: what never leaves, what is no answer, and what refusals mean."""

import json
import logging
import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.qr_client import qr_client_of, scripted_qr_client
from tests.doubles.service import InProcess
from tests.doubles.transport import JSON, Scripted, reply
from till.domain.secret import Secret
from till.sandbox.desk import PlantedFault
from till.sandbox.qr import OTHERS_BEACONS
from till.vipps.errors import (
    Conflict,
    InvalidRequest,
    KeysRefused,
    NotFound,
    NotPermitted,
    Refused,
    Silence,
    Unanswered,
)
from till.vipps.picture import fetch_picture
from till.vipps.qr_requests import (
    Category,
    Location,
    Picture,
    Redirect,
    beacon_id_of,
    callback_path,
    one_time_body,
    redirect_path,
    redirect_url_body,
)
from till.vipps.transport import HttpReply

BEACON = "123456789012345"
GUID = "3f0c1c7e-2f0b-4b0e-9a51-0f3a3c1de001"


@pytest.mark.parametrize(
    ("text", "beacon"),
    [
        (BEACON, BEACON),
        (f"  {BEACON}\n", BEACON),
        (GUID, GUID),
        (GUID.upper(), GUID),
        (f"mobilepaypos://pos?id={BEACON}&source=qr", BEACON),
        (f"mobilepaypos://pos?id={GUID}&source=qr", GUID),
        (f"mobilepaypos://pos?source=qr&id={BEACON}", BEACON),
        (f"MOBILEPAYPOS://POS?ID={BEACON}&SOURCE=QR", BEACON),
    ],
)
def test_a_beacon_is_known_by_its_digits_its_guid_or_the_whole_sticker(text: str, beacon: str) -> None:
    """Requirement 52 of the published checklist."""
    assert beacon_id_of(text) == beacon


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345678901234",
        "1234567890123456",
        "１２３４５６７８９０１２３４５",
        GUID[:-1],
        "{" + GUID + "}",
        GUID.replace("-", ""),
        "mobilepaypos://pos?source=qr",
        f"mobilepaypos://pos?id={BEACON}&id={BEACON}",
        f"mobilepaypos://elsewhere?id={BEACON}",
        f"mobilepaypos://[?id={BEACON}",
        f"https://qr.vipps.no/?id={BEACON}",
    ],
)
def test_what_is_no_beacon_never_leaves(text: str) -> None:
    transport = Scripted([reply(200)])
    with pytest.raises(InvalidRequest) as refused:
        scripted_qr_client(transport).migrate(text, "Kasse 1")
    assert refused.value.field == "beaconId"
    assert transport.asked == []


@pytest.mark.parametrize("name", ["", " ", "x" * 37, "Kasse\n1", " Kasse", "Kasse ", "Kasse \u202e 1", "\ud800"])
def test_a_location_that_customers_cannot_be_shown_never_leaves(name: str) -> None:
    """Requirement 50 of the published checklist: at most 36 characters."""
    with pytest.raises(InvalidRequest) as refused:
        Location(name)
    assert refused.value.field == "locationDescription"
    Location("æ" * 36)


@pytest.mark.parametrize(
    ("field", "act"),
    [
        ("redirectUrl", lambda: Redirect("a", "http://example.com/")),
        ("redirectUrl", lambda: Redirect("a", "https://")),
        ("redirectUrl", lambda: Redirect("a", "https://example.com/a b")),
        ("redirectUrl", lambda: Redirect("a", "https://example.com/\n")),
        ("redirectUrl", lambda: redirect_url_body("ftp://example.com")),
        ("id", lambda: Redirect("", "https://example.com/")),
        ("id", lambda: Redirect("a/b", "https://example.com/")),
        ("id", lambda: Redirect("a" * 129, "https://example.com/")),
        ("ttl", lambda: Redirect("a", "https://example.com/", 299)),
        ("ttl", lambda: Redirect("a", "https://example.com/", 2**31)),
        ("merchantQrId", lambda: callback_path("a/b")),
        ("merchantQrId", lambda: callback_path("..")),
        ("merchantQrId", lambda: callback_path("")),
        ("merchantQrId", lambda: callback_path("\ud800")),
        ("url", lambda: one_time_body(Secret("http://api.vipps.no/"))),
        ("url", lambda: one_time_body(Secret(""))),
        ("size", lambda: scripted_qr_client(Scripted([reply(200)])).callbacks(side_px=99)),
        ("size", lambda: scripted_qr_client(Scripted([reply(200)])).redirects(side_px=2001)),
        ("qrCode", lambda: scripted_qr_client(Scripted([reply(200)])).exchange(Secret("x"))),
        ("customer.customerToken", lambda: scripted_qr_client(Scripted([reply(200)])).exchange_customer(Secret(""))),
    ],
)
def test_a_forbidden_request_is_refused_before_it_is_sent(field: str, act: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        act()  # type: ignore[operator]
    assert refused.value.field == field


@given(st.text(max_size=40))
def test_an_id_stays_one_part_of_the_path(text: str) -> None:
    for path_of in (callback_path, redirect_path):
        try:
            part = path_of(text)
        except InvalidRequest:
            continue
        assert part.isascii()
        assert set(part) <= set(string.ascii_letters + string.digits + "-_.~%")
        assert part not in ("", ".", "..")


def callback(**changes: object) -> dict[str, object]:
    return {
        "merchantSerialNumber": "900001",
        "merchantQrId": "kasse1",
        "locationDescription": "Kasse 1",
        "qrImageUrl": "https://qr.vipps.no/generate/qr.png?a",
        "qrContent": "https://qr.vipps.no/a",
        **changes,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"merchantSerialNumber": "900002"},
        {"merchantQrId": "kasse2"},
        {"merchantQrId": None},
        {"qrImageUrl": ""},
        {"qrImageUrl": 5},
        {"locationDescription": []},
        {"qrContent": None},
    ],
)
def test_an_answer_about_another_code_is_no_answer(changes: dict[str, object]) -> None:
    with pytest.raises(Unanswered) as unanswered:
        scripted_qr_client(Scripted([reply(200, callback(**changes))])).callback("kasse1")
    assert unanswered.value.reason is Silence.BAD_REPLY


def test_one_bad_entry_makes_the_whole_list_no_answer_and_an_unknown_field_does_not() -> None:
    good = callback(category="IN_STORE", weather={"sun": 1.5})
    assert len(scripted_qr_client(Scripted([reply(200, [good])])).callbacks()) == 1
    for entry in (None, "kasse1", callback(merchantSerialNumber="900002")):
        with pytest.raises(Unanswered):
            scripted_qr_client(Scripted([reply(200, [good, entry])])).callbacks()


@pytest.mark.parametrize(
    "changes",
    [{"expiresIn": -2}, {"expiresIn": 1.5}, {"expiresIn": True}, {"expiresIn": "5"}, {"id": "b"}, {"url": ""}],
)
def test_a_redirect_that_does_not_fit_is_no_answer(changes: dict[str, object]) -> None:
    body = {"id": "a", "url": "https://qr.vipps.no/a", "redirectUrl": "https://example.com/", "expiresIn": -1}
    assert scripted_qr_client(Scripted([reply(200, body)])).redirect("a").left_s is None
    with pytest.raises(Unanswered):
        scripted_qr_client(Scripted([reply(200, {**body, **changes})])).redirect("a")


@given(st.binary(max_size=300))
def test_no_reply_brings_the_client_down(body: bytes) -> None:
    answer = HttpReply(200, JSON, body)
    for act in ("callbacks", "redirects"):
        with suppress(Unanswered):
            assert getattr(scripted_qr_client(Scripted([answer])), act)() == ()


@pytest.mark.parametrize(
    ("status", "error"), [(401, KeysRefused), (403, NotPermitted), (404, NotFound), (409, Conflict), (500, Unanswered)]
)
def test_a_refusal_is_known_by_its_status(status: int, error: type[Exception]) -> None:
    transport = Scripted([reply(status, {"id": "kasse1"})])
    with pytest.raises(error):
        scripted_qr_client(transport).put_callback("kasse1", Location("Kasse 1"))
    assert len(transport.asked) == (2 if status == 401 else 1)


def test_neither_a_customers_code_nor_a_payments_link_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = Secret("https://api.vipps.no/deeplink?token=HUSH")
    api = scripted_qr_client(Scripted([reply(500)]))
    for act in (
        lambda: api.exchange(Secret("https://qr.vipps.no/p/HUSH")),
        lambda: api.exchange_customer(Secret("HUSH")),
        lambda: api.one_time(link),
    ):
        with pytest.raises(Unanswered):
            act()
    assert len(caplog.records) == 3
    assert not any("HUSH" in str(record.__dict__) for record in caplog.records)
    assert "HUSH" not in repr(
        scripted_qr_client(Scripted([reply(200, {"url": "https://a.b/HUSH", "expiresIn": 5})])).one_time(link)
    )


def test_a_printed_code_lives_its_whole_life_and_its_picture_is_real() -> None:
    import io

    import zxingcpp
    from PIL import Image

    transport = InProcess()
    api = qr_client_of(transport)
    api.put_callback("kasse1", Location("Kasse 1"))
    first = api.callback("kasse1")
    api.put_callback("kasse1", Location("Kiosk", Category.VENDING))
    (second,) = api.callbacks()
    assert (first.location, second.location) == ("Kasse 1", "Kiosk")
    assert first.content == second.content
    png = fetch_picture(transport, second.picture, is_test=True)
    image = Image.open(io.BytesIO(png))
    assert image.size == (1000, 1000)
    assert [one.text for one in zxingcpp.read_barcodes(image)] == [second.content]
    api.delete_callback("kasse1")
    with pytest.raises(NotFound):
        api.callback("kasse1")


def test_the_sticker_of_somebody_else_is_a_conflict_and_ones_own_may_be_sent_again() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    api.migrate(BEACON, "Kasse 1")
    api.migrate(f"mobilepaypos://pos?id={BEACON}&source=qr", "Kasse 1")
    for beacon in OTHERS_BEACONS:
        with pytest.raises(Conflict):
            api.migrate(beacon, "Kasse 1")
    with pytest.raises(Conflict):
        qr_client_of(transport, unit=transport.desk.units[1]).migrate(BEACON, "Kasse 1")


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_is_unknown_and_the_same_again_does_no_harm(after: bool) -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    transport.desk.plant(PlantedFault("qr-put", "drop", reference="kasse1", after=after))
    with pytest.raises(Unanswered) as unanswered:
        api.put_callback("kasse1", Location("Kasse 1"))
    assert unanswered.value.is_sent
    assert len(api.callbacks()) == after
    api.put_callback("kasse1", Location("Kasse 1"))
    assert [one.qr_id for one in api.callbacks()] == ["kasse1"]


def test_a_redirect_comes_as_a_picture_or_as_what_it_holds_and_ends_in_time() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    made = api.create_redirect(Redirect("poster 1", "https://example.com/", 600))
    assert made.left_s is not None
    assert 598 <= made.left_s <= 600
    assert fetch_picture(transport, made.link, is_test=True).startswith(b"\x89PNG")
    held = api.redirect("poster 1", picture=Picture.CONTENT).link.reveal()
    assert held.startswith("https://qr.vipps.no/")
    moved = api.update_redirect("poster 1", "https://example.com/b", picture=Picture.CONTENT)
    assert (moved.link.reveal(), moved.target) == (held, "https://example.com/b")
    transport.desk.clock.turn(601)
    with pytest.raises(NotFound):
        api.redirect("poster 1")
    assert api.redirects() == ()


def test_a_customers_number_is_had_from_a_code_or_a_check_in_while_it_is_good() -> None:
    transport = InProcess()
    api, customers = qr_client_of(transport), transport.desk.customers
    seen = [api.exchange(Secret(one.personal_qr)) for one in (customers[0], customers[3])]
    assert [(one.msisdn.reveal(), one.version) for one in seen] == [
        (customers[0].phone_number, "1.0"),
        (customers[3].phone_number, "2.0"),
    ]
    assert [one.made_at_s is None for one in seen] == [True, False]
    api.put_callback("kasse1", Location("Kasse 1"))
    check_in = transport.desk.qr.scan(api.callback("kasse1").content, customers[0])
    assert check_in is not None
    token = Secret(json.loads(json.dumps(check_in.payload()))["customerToken"])
    assert api.exchange_customer(token).msisdn.reveal() == customers[0].phone_number
    transport.desk.clock.turn(901)
    with pytest.raises(Refused) as refused:
        api.exchange_customer(token)
    assert refused.value.fields == ("customer.customerToken",)
