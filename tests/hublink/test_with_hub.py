"""The till's side against the hub itself, in a process of its own: what is delivered to the one reaches the other."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.doubles.chain import MSN, PATH, signed
from tests.doubles.hub_process import HubHouse, RunningHub
from tests.hublink.test_link import AWAY, REFUSED, WELL, Till, linked_to
from tests.whole.test_hub import free_port
from till.domain.secret import Secret
from till.engine.hub_ports import CheckInUsed, CustomerLeft, PaymentHinted
from till.engine_room import SystemClock
from till.hub import check_ins, stores
from till.hublink.fetch import fetch_rows
from till.hublink.pace import HubPace
from till.vipps.tls import system_context

#: The hub is silent for a quarter of a minute at a time.
PACE = HubPace(pauses_s=(0.05, 0.1), token_s=0.05)
REFERENCE = "test-kasse1-261121-0001-1"


@contextmanager
def hub_and_till(folder: Path, before: Callable[[HubHouse], None]) -> Iterator[tuple[RunningHub, Till, HubHouse]]:
    house = HubHouse(folder)
    before(house)
    running = house.start()
    try:
        with linked_to(running.address, token=house.tokens["kasse1"], pace=PACE) as till:
            yield running, till, house
    finally:
        running.stop()


def hang_sticker(house: HubHouse) -> None:
    with closing(house.database()) as database:
        database.write(lambda transaction: check_ins.hang_sticker(transaction, MSN, "disk1", "kasse1"))


def deliver(hub: RunningHub, fields: dict[str, object]) -> None:
    body = json.dumps(fields).encode()
    answer = httpx.post(f"{hub.address}/webhooks/{PATH}", content=body, headers=signed(body), trust_env=False)
    assert answer.status_code == 200


def check_in(hub: RunningHub, token: str) -> None:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    deliver(hub, {"msn": MSN, "merchantQrId": "disk1", "customerToken": token, "initiatedAt": at})


def paid(hub: RunningHub) -> None:
    event = {"msn": MSN, "reference": REFERENCE, "pspReference": "psp-1", "name": "AUTHORIZED"}
    deliver(hub, {**event, "timestamp": "2026-11-21T12:00:00Z", "success": True})


def test_a_payment_and_a_check_in_reach_their_till(tmp_path: Path) -> None:
    with hub_and_till(tmp_path, hang_sticker) as (hub, till, _):
        till.until(WELL)
        paid(hub)
        till.until(PaymentHinted(REFERENCE))
        check_in(hub, "Zmlyc3Q=")
        first = till.visitor()
        check_in(hub, "c2Vjb25k")
        till.until(CustomerLeft(first.check_in))
        second = till.visitor()
        assert second.token == Secret("c2Vjb25k")
        assert second.name == "Kasse 1"
        assert 880 < second.left_s <= 900


def test_a_used_check_in_is_forgotten_by_the_hub(tmp_path: Path) -> None:
    with hub_and_till(tmp_path, hang_sticker) as (hub, till, house):
        till.until(WELL)
        check_in(hub, "Zmlyc3Q=")
        used = till.visitor().check_in
        till.link.send(CheckInUsed(used))
        till.pause()
        headers = {"Authorization": f"Bearer {house.tokens['kasse1']}"}
        assert till.link._at_work is not None
        reports = till.link._at_work[2]._reports
        while reports:
            till.pause()
        answer = httpx.post(f"{hub.address}/till/v1/check-ins/{used}/used", headers=headers, trust_env=False)
        assert answer.status_code == 404


def test_a_hub_that_is_killed_is_missed_at_once(tmp_path: Path) -> None:
    hub = HubHouse(tmp_path)
    running = hub.start()
    with linked_to(running.address, token=hub.tokens["kasse1"], pace=PACE) as till:
        till.until(WELL)
        running.kill()
        till.until(AWAY)


def test_a_revoked_token_is_a_state(tmp_path: Path) -> None:
    def revoke(house: HubHouse) -> None:
        with closing(house.database()) as database:
            database.write(lambda transaction: stores.revoke_token(transaction, "kasse1"))

    with hub_and_till(tmp_path, revoke) as (_, till, _):
        till.until(REFUSED)


def test_the_journal_is_kept_and_handed_out_again_row_for_row(tmp_path: Path) -> None:
    house = HubHouse(tmp_path)
    running = house.start()
    token = Secret(house.tokens["kasse1"])
    try:
        with linked_to(running.address, token=token.reveal(), pace=PACE, sold=450) as till:
            while _last(running, token) < 450:
                till.pause()
            till.sell()
            while _last(running, token) < 451:
                till.pause()
        fetched = fetch_rows(
            url=running.address, read_token=lambda: token, context=system_context, clock=SystemClock(), pace=HubPace()
        )
        assert list(fetched) == list(till.journal.rows(0, 1000))
    finally:
        running.stop()


def _last(hub: RunningHub, token: Secret) -> int:
    headers = {"Authorization": f"Bearer {token.reveal()}"}
    answer = httpx.get(f"{hub.address}/till/v1/journal/last", headers=headers, trust_env=False)
    return int(answer.json()["last"])


def kept(hub: RunningHub, house: HubHouse) -> list[str]:
    """Return the hashes of the till's rows as the hub has them."""
    headers = {"Authorization": f"Bearer {house.tokens['kasse1']}"}
    answer = httpx.get(f"{hub.address}/till/v1/journal?after=0", headers=headers, trust_env=False)
    return [str(record["hash"]) for record in answer.json()["records"]]


def test_a_hub_that_fell_back_to_an_older_copy_gets_what_it_lacks_again(tmp_path: Path) -> None:
    """Fault catalogue F15."""
    house, copy = HubHouse(tmp_path, port=free_port()), tmp_path / "older.db"
    hub = house.start()
    with linked_to(hub.address, token=house.tokens["kasse1"], pace=PACE, sold=5) as till:
        till.until(WELL)
        for round_ in range(2):
            while len(kept(hub, house)) < len(till.journal.rows(0, 100)):
                till.pause()
            hub.stop()
            if round_ == 0:
                shutil.copy(tmp_path / "hub.db", copy)
                till.sell(3)
            else:
                (tmp_path / "hub.db-wal").unlink(missing_ok=True)
                shutil.copy(copy, tmp_path / "hub.db")
            hub = house.start()
        while len(kept(hub, house)) < 8:
            till.pause()
        assert kept(hub, house) == [row.hash.hex() for row in till.journal.rows(0, 100)]
    hub.stop()
