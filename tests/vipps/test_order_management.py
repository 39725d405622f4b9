"""What the app shows of a payment: added once, read back, and nothing sent that would be refused."""

import io

import pytest
from msgspec.structs import replace
from PIL import Image

from tests.doubles.office import at_noon, calls_of, scripted_calls, sell
from tests.doubles.service import BASE, client_of
from tests.doubles.transport import Scripted, reply
from till.domain.money import Currency, Money
from till.vipps.errors import Conflict, InvalidRequest, NotFound, Refused, Unanswered
from till.vipps.order_management import IMAGE_MOST_BYTES, Category, CategoryKind, OrderManagementApi, height_of
from till.vipps.requests import CreateRequest, OrderLine, OrderLines, QrFormat, UserFlow, create_body

REF = "test-kasse1-261121-0001-1"
AMOUNT = Money(10000, Currency.NOK)
LINE = OrderLine("Grovbrød", "1001", 10000, 2000, 2500, 10000, "1", "PCS")
LINES = OrderLines((LINE,), pos_id="kasse1", receipt_number="1")


def picture(kind: str = "PNG", height: int = 167) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (167, height), "white").save(out, kind)
    return out.getvalue()


def test_a_receipt_is_added_once_and_read_back() -> None:
    orders = OrderManagementApi(calls_of(at_noon()))
    with pytest.raises(NotFound):
        orders.read(REF)
    assert orders.add_receipt(REF, LINES, AMOUNT)
    with pytest.raises(Conflict):
        orders.add_receipt(REF, LINES, AMOUNT)
    receipt = orders.read(REF).receipt
    assert receipt is not None
    assert (receipt.currency, receipt.pos_id, receipt.receipt_number) == ("NOK", "kasse1", "1")
    assert [(line.name, line.total_minor, line.tax_minor) for line in receipt.lines] == [("Grovbrød", 10000, 2000)]


def test_the_receipt_of_a_create_is_read_back_and_cannot_be_added_to() -> None:
    transport = at_noon()
    request = CreateRequest(REF, AMOUNT, UserFlow.QR, "Kasse 1", qr_format=QrFormat.TEXT, order_lines=LINES)
    client_of(transport).create(REF, create_body(request), f"{REF}-create")
    orders = OrderManagementApi(calls_of(transport))
    assert orders.read(REF).receipt is not None
    with pytest.raises(Conflict):
        orders.add_receipt(REF, LINES, AMOUNT)


def test_lines_that_do_not_add_up_are_never_sent() -> None:
    """Requirement 13: it can never be corrected."""
    transport = at_noon()
    orders = OrderManagementApi(calls_of(transport))
    for lines in (LINES, replace(LINES, lines=(replace(LINE, total_minor=9999),))):
        with pytest.raises(InvalidRequest):
            orders.add_receipt(REF, lines, Money(9999, Currency.NOK) if lines is LINES else AMOUNT)
    assert transport.exchanges == []


def test_a_button_with_an_image_is_shown_and_the_newest_wins() -> None:
    transport = at_noon()
    sell(transport, REF, 10000)
    orders = OrderManagementApi(calls_of(transport))
    for kind in ("PNG", "JPEG"):
        orders.add_image(f"shop-{kind}", picture(kind))
    orders.set_category(REF, Category(CategoryKind.GENERAL, "https://shop.example/"))
    newest = Category(CategoryKind.RECEIPT, "https://shop.example/r/1", "shop-JPEG")
    orders.set_category(REF, newest)
    assert orders.read(REF).category == newest
    with pytest.raises(Refused):
        orders.set_category(REF, replace(newest, image_id="not-there"))


def test_an_image_is_never_overwritten() -> None:
    orders = OrderManagementApi(calls_of(at_noon()))
    orders.add_image("shop", picture())
    with pytest.raises(Conflict):
        orders.add_image("shop", picture(height=200))


def test_an_image_that_would_be_refused_is_never_sent() -> None:
    """PNG or JPEG, at least 167 high, at most 2 MB (description, `Image`)."""
    transport = at_noon()
    orders = OrderManagementApi(calls_of(transport))
    large = picture() + b"\0" * IMAGE_MOST_BYTES
    for name, source in (
        ("low", picture(height=166)),
        ("gif", picture("GIF")),
        ("large", large),
        ("empty", b""),
        ("with space", picture()),
        ("n" * 129, picture()),
    ):
        with pytest.raises(InvalidRequest):
            orders.add_image(name, source)
    assert transport.exchanges == []


@pytest.mark.parametrize("link", ["http://shop.example/", "shop", "https://", "https://shop.example/\n"])
def test_a_button_leads_to_a_safe_address(link: str) -> None:
    with pytest.raises(InvalidRequest):
        Category(CategoryKind.GENERAL, link)


def test_the_height_is_read_from_any_beginning_without_harm() -> None:
    whole = picture("JPEG")
    assert height_of(whole) == 167
    assert {height_of(whole[:end]) for end in range(len(whole))} == {None, 167}
    assert height_of(b"\xff\xd8" + b"\xff" * 50) is None
    assert height_of(b"\xff\xd8\xff\xe0\x00\x00" * 20) is None


def test_the_address_and_the_answer_are_taken_strictly() -> None:
    for answer in (reply(201, {"id": "x"}), reply(200, "x"), reply(201)):
        with pytest.raises(Unanswered):
            OrderManagementApi(scripted_calls(Scripted([answer]))).add_receipt(REF, LINES, AMOUNT)
    for body in ({"receipt": {}}, {"category": {"category": "GENERAL"}}):
        with pytest.raises(Unanswered):
            OrderManagementApi(scripted_calls(Scripted([reply(200, body)]))).read(REF)
    new_word = {"category": {"category": "PARTY", "orderDetailsUrl": "https://shop.example/"}}
    assert OrderManagementApi(scripted_calls(Scripted([reply(200, new_word)]))).read(REF).category is None
    with pytest.raises(InvalidRequest):
        OrderManagementApi(calls_of(at_noon())).read("a/b")
    transport = at_noon()
    with pytest.raises(NotFound):
        OrderManagementApi(calls_of(transport)).read(REF)
    assert transport.exchanges[-1].request.url == f"{BASE}/order-management/v2/ECOM/{REF}"
