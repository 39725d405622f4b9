"""Refunds that the hub makes: asked for under one id however often an answer is lost, read until they have ended."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.doubles.hub import HubDouble, running_hub
from tests.hublink.test_link import HASTE, Till, linked_to
from till.domain.hub_refund import HubRefundTerms, HubSale
from till.domain.money import Currency, Money
from till.engine.hub_refund_ports import HubRefundTold, HubRefundWanted, PaidTold, PaidWanted

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ID = "7d7f1f3e-0000-4000-8000-000000000001"
REFERENCE = "test-havna-kasse1-261120-0007-1"
AMOUNT = Money(20000, Currency.NOK)
TERMS = HubRefundTerms(ID, "havna", "Havna", REFERENCE, AMOUNT, "Ola", "", AT)
SALE = {
    "store": "havna",
    "storeName": "Havna",
    "receiptNumber": 7,
    "reference": REFERENCE,
    "at": "2026-11-20T12:00:00.000000Z",
    "amount": {"minor": 50000, "currency": "NOK"},
    "captured": 50000,
    "refunded": 10000,
}
ASK, READ, PAID = "POST /till/v1/refunds", f"GET /till/v1/refunds/{ID}", "GET /till/v1/paid"
PACE = replace(HASTE, refund_s=0.05)


@pytest.fixture
def hub() -> Iterator[HubDouble]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def till(hub: HubDouble) -> Iterator[Till]:
    with linked_to(hub.url, pace=PACE) as till:
        hub.until(lambda: hub.listeners)
        yield till


def ask(till: Till) -> None:
    till.link.send(HubRefundWanted(TERMS))


def look_up(till: Till, text: str, store: str = "") -> PaidTold:
    till.link.send(PaidWanted(text, store))
    found = till.until_one(lambda one: isinstance(one, PaidTold))
    assert isinstance(found, PaidTold)
    return found


# ---------------------------------------------------------------- looking up


def test_a_paid_sale_is_looked_up_by_its_reference(hub: HubDouble, till: Till) -> None:
    hub.paid[REFERENCE] = [SALE]
    sale = HubSale(
        "havna",
        "Havna",
        7,
        REFERENCE,
        AT,
        Money(50000, Currency.NOK),
        *(Money(m, Currency.NOK) for m in (50000, 10000)),
    )
    assert look_up(till, REFERENCE) == PaidTold(PaidWanted(REFERENCE, ""), (sale,))
    assert look_up(till, "nothing-0001").sales == ()


@pytest.mark.parametrize("store", ["havna", "Havna", "HAVNA"])
def test_a_store_is_known_to_the_hub_by_its_id_or_its_name(hub: HubDouble, till: Till, store: str) -> None:
    """Requirement 41."""
    hub.paid["7"] = [{**SALE, "captured": None, "refunded": None}]
    (sale,) = look_up(till, "7", store).sales or ()
    assert sale.left is None
    assert hub.looked_up == ["text=7&store=havna"]


def test_a_store_that_the_hub_does_not_know_is_said(hub: HubDouble, till: Till) -> None:
    assert look_up(till, "7", "Sjappa").reason == "store"
    assert hub.looked_up == []


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        ((424, b'{"reason": "keys"}'), "keys"),
        ((424, b'{"reason": "wallet"}'), "wallet"),
        ((400, b'{"reason": "text"}'), "text"),
        ((401, b'{"reason": "token"}'), "token"),
        ((503, b'{"reason": "unavailable"}'), "away"),
        ((404, b"no such page"), "away"),
        ((200, b'{"sales": [{"store": 1}]}'), "away"),
        ((200, json.dumps({"sales": [{**SALE, "at": "2026-11-20T12:00:00"}]}).encode()), "away"),
        ((200, json.dumps({"sales": [{**SALE, "amount": {"minor": 1, "currency": "SEK"}}]}).encode()), "away"),
        (None, "away"),
    ],
)
def test_why_nothing_is_to_be_known_is_told(
    hub: HubDouble, till: Till, planted: tuple[int, bytes] | None, reason: str
) -> None:
    hub.planted[PAID] = [planted]
    told = look_up(till, REFERENCE)
    assert (told.sales, told.reason) == (None, reason)


# ---------------------------------------------------------------- refunding


def test_a_refund_is_asked_for_once_and_its_end_is_heard_at_once(hub: HubDouble) -> None:
    with linked_to(hub.url, pace=replace(HASTE, refund_s=600.0)) as till:
        hub.until(lambda: hub.listeners)
        ask(till)
        till.until(HubRefundTold(ID, "asked"))
        hub.settle("done")
        till.until(HubRefundTold(ID, "done"))
    assert hub.asked.count(ASK) == 1
    amount = {"minor": 20000, "currency": "NOK"}
    asked = {"id": ID, "store": "havna", "reference": REFERENCE, "amount": amount, "askedBy": "Ola", "approvedBy": ""}
    assert hub.refunds[ID]["asked"] == asked


def test_an_event_that_never_came_is_made_good_by_reading(hub: HubDouble, till: Till) -> None:
    ask(till)
    till.until(HubRefundTold(ID, "asked"))
    hub.settle("unknown", "R1", is_said=False)
    till.until(HubRefundTold(ID, "unknown", "R1"))
    hub.settle("done", is_said=False)
    till.until(HubRefundTold(ID, "done"))


def test_each_change_is_told_once_and_after_the_end_nothing_is_read(hub: HubDouble, till: Till) -> None:
    ask(till)
    till.until(HubRefundTold(ID, "asked"))
    hub.until(lambda: hub.asked.count(READ) >= 3)
    hub.settle("done")
    till.until(HubRefundTold(ID, "done"))
    reads = hub.asked.count(READ)
    till.pause()
    till.pause()
    assert hub.asked.count(READ) == reads
    assert till.heard.count(HubRefundTold(ID, "asked")) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_is_asked_for_again_under_the_same_id(hub: HubDouble, till: Till, *, after: bool) -> None:
    """Fault catalogue A19, A20; invariant I2."""
    if after:
        hub.loses_after.append(ASK)
    else:
        hub.planted[ASK] = [None, (503, b"")]
    ask(till)
    till.until(HubRefundTold(ID, "asked"))
    assert list(hub.refunds) == [ID]
    assert hub.asked.count(ASK) == (2 if after else 3)


@pytest.mark.parametrize(
    ("status", "reason"), [(400, "body"), (422, "approval"), (422, "currency"), (409, "still_open")]
)
def test_a_refusal_is_told_with_its_reason_and_not_repeated(
    hub: HubDouble, till: Till, status: int, reason: str
) -> None:
    hub.planted[ASK] = [(status, json.dumps({"reason": reason}).encode())]
    ask(till)
    till.until(HubRefundTold(ID, "refused", reason))
    till.pause()
    assert hub.asked.count(ASK) == 1


@pytest.mark.parametrize(
    "planted",
    [
        (400, b"<html>a proxy's page</html>"),
        (413, b""),
        (200, b"{}"),
        (202, b'{"id": "another", "state": "done"}'),
        (202, b"[" * 100_000),
    ],
)
def test_what_is_no_answer_of_the_hubs_ends_nothing(hub: HubDouble, till: Till, planted: tuple[int, bytes]) -> None:
    hub.planted[ASK] = [planted]
    ask(till)
    till.until(HubRefundTold(ID, "asked"))
    assert hub.asked.count(ASK) == 2


def test_a_hub_that_dies_and_comes_back_is_asked_until_it_has_answered(hub: HubDouble, till: Till) -> None:
    hub.die()
    ask(till)
    till.pause()
    hub.come_up()
    till.until(HubRefundTold(ID, "asked"))
    hub.die()
    hub.settle("done", is_said=False)
    hub.come_up()
    till.until(HubRefundTold(ID, "done"))
    assert list(hub.refunds) == [ID]


def test_a_hub_that_has_lost_what_it_had_is_told_again(hub: HubDouble, till: Till) -> None:
    ask(till)
    till.until(HubRefundTold(ID, "asked"))
    hub.refunds.clear()
    hub.until(lambda: ID in hub.refunds)
    hub.settle("done")
    till.until(HubRefundTold(ID, "done"))


def test_while_the_token_is_refused_it_waits(hub: HubDouble, till: Till) -> None:
    hub.planted[ASK] = [(401, b"")]
    ask(till)
    till.until(HubRefundTold(ID, "asked"))


def test_a_refund_that_is_in_hand_is_not_asked_for_twice_but_read_at_once(hub: HubDouble) -> None:
    with linked_to(hub.url, pace=replace(HASTE, refund_s=600.0)) as till:
        hub.until(lambda: hub.listeners)
        ask(till)
        till.until(HubRefundTold(ID, "asked"))
        hub.settle("done", is_said=False)
        ask(till)
        till.until(HubRefundTold(ID, "done"))
    assert hub.asked.count(ASK) == 1


@pytest.mark.parametrize("fields", [{}, {"id": 1}, {"id": "another"}])
def test_an_event_of_another_refund_is_nothing(hub: HubDouble, till: Till, fields: dict[str, object]) -> None:
    ask(till)
    till.until(HubRefundTold(ID, "asked"))
    hub.say("refund", fields)
    hub.settle("done")
    till.until(HubRefundTold(ID, "done"))
