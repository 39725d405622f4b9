"""What tills ask of the hub over the wire: each with its own token, every bad body refused in words."""

from datetime import datetime

import httpx
import pytest

from tests.doubles.chain import Chain
from till.hub import stores

ID = "7d7f1f3e-0000-4000-8000-000000000001"
ASKED = {
    "id": ID,
    "store": "gronland",
    "reference": "kasse1-261121-0001-1",
    "amount": {"minor": 5000, "currency": "NOK"},
    "askedBy": "Ola",
    "approvedBy": "",
}


def test_the_stores_are_told_by_name(chain: Chain, client: httpx.Client) -> None:
    told = client.get("/till/v1/stores", headers=chain.token("kasse1")).json()
    assert told == {"stores": [{"id": "gronland", "name": "Grønland"}, {"id": "majorstua", "name": "Majorstua"}]}


def test_a_refund_is_asked_for_and_read_by_its_till_alone(chain: Chain, client: httpx.Client) -> None:
    answer = client.post("/till/v1/refunds", json=ASKED, headers=chain.token("kasse3"))
    assert (answer.status_code, answer.json()["state"]) == (202, "asked")
    assert client.get(f"/till/v1/refunds/{ID}", headers=chain.token("kasse3")).json()["id"] == ID
    assert client.get(f"/till/v1/refunds/{ID}", headers=chain.token("kasse1")).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"amount": {"minor": 0, "currency": "NOK"}}, 422, "amount"),
        ({"amount": {"minor": 50.5, "currency": "NOK"}}, 400, "body"),
        ({"amount": {"minor": 5000, "currency": "SEK"}}, 400, "body"),
        ({"amount": {"minor": 5000, "currency": "DKK"}}, 422, "currency"),
        ({"amount": {"minor": 2**70, "currency": "NOK"}}, 400, "body"),
        ({"store": "elsewhere"}, 422, "store"),
        ({"reference": "../../etc"}, 400, "body"),
        ({"askedBy": " "}, 422, "asked_by"),
        ({"amount": {"minor": 100_001, "currency": "NOK"}}, 422, "approval"),
        ({"id": "one"}, 400, "body"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_with_its_reason(
    chain: Chain, client: httpx.Client, change: dict[str, object], status: int, reason: str
) -> None:
    answer = client.post("/till/v1/refunds", json={**ASKED, **change}, headers=chain.token("kasse3"))
    assert (answer.status_code, answer.json()) == (status, {"reason": reason})


def test_a_second_refund_of_the_payment_waits_for_the_first(chain: Chain, client: httpx.Client) -> None:
    client.post("/till/v1/refunds", json=ASKED, headers=chain.token("kasse3"))
    other = {**ASKED, "id": ID[:-1] + "2"}
    answer = client.post("/till/v1/refunds", json=other, headers=chain.token("kasse1"))
    assert (answer.status_code, answer.json()) == (409, {"reason": "still_open"})


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic a2Fzc2Ux"}])
def test_without_a_till_s_token_nothing_is_answered(client: httpx.Client, header: dict[str, str]) -> None:
    for path in ("/till/v1/stores", f"/till/v1/refunds/{ID}", "/till/v1/events"):
        answer = client.get(path, headers=header)
        assert (answer.status_code, answer.json()) == (401, {"reason": "token"})


def test_a_revoked_token_opens_nothing(chain: Chain, client: httpx.Client) -> None:
    chain.database.write(lambda transaction: stores.revoke_token(transaction, "kasse1"))
    assert client.get("/till/v1/stores", headers=chain.token("kasse1")).status_code == 401
    assert client.get("/till/v1/stores", headers=chain.token("kasse2")).status_code == 200


def test_health_is_public_and_numbers_are_not_for_those_outside(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"state": "well", "version": "1.0"}
    page = client.get("/metrics")
    assert page.headers["content-type"].startswith("application/openmetrics-text")
    assert "till_hub_connected_tills 0.0" in page.text
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 404


def test_that_a_till_was_heard_is_noted_once_a_minute(chain: Chain, client: httpx.Client) -> None:
    def heard() -> list[datetime | None]:
        client.get("/till/v1/stores", headers=chain.token("kasse1"))
        return [till.seen_at for till in chain.database.read(stores.tills) if till.id == "kasse1"]

    first = chain.clock.now()
    assert heard() == [first]
    chain.clock.turn(59)
    assert heard() == [first]
    chain.clock.turn(1)
    assert heard() == [chain.clock.now()]
