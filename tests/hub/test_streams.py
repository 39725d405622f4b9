"""Events on the wire: each till its own, from where it left off, for as long as its token holds."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.doubles.chain import PATH, Chain, signed
from tests.doubles.hub_process import HubHouse
from tests.doubles.raw_http import Connection, stream
from till.hub import stores
from till.hub.metrics import Metrics
from till.hub.outbox import post
from till.hub.streams import Streams
from till.hub.wakes import Wakes


def hint(chain: Chain, till: str, reference: str) -> None:
    chain.database.write(
        lambda transaction: post(
            transaction, chain.sealer, till=till, kind="payment", body={"reference": reference}, now=chain.clock.now()
        )
    )


class Listening:
    """A stream of a till within the event loop."""

    def __init__(self, chain: Chain, till: str, last: int | None, token: str | None = None) -> None:
        wakes = Wakes()
        wakes.start()
        chain.database.listen(wakes.woken)
        streams = Streams(chain.database, chain.sealer, chain.clock, wakes, Metrics(), "1.0")
        self._events = streams.events(till, chain.tokens[till] if token is None else token, last)

    async def next(self) -> str:
        return (await asyncio.wait_for(anext(self._events), 10)).decode()

    async def is_over(self) -> bool:
        return await asyncio.wait_for(anext(self._events, None), 10) is None


def test_a_till_hears_at_once_and_only_its_own(chain: Chain) -> None:
    async def play() -> list[str]:
        one = Listening(chain, "kasse1", 0)
        hello = await one.next()
        waiting = asyncio.create_task(one.next())
        await asyncio.sleep(0.05)
        await asyncio.to_thread(hint, chain, "kasse2", "kasse2-1")
        await asyncio.to_thread(hint, chain, "kasse1", "kasse1-1")
        return [hello, await waiting]

    hello, told = asyncio.run(play())
    assert hello.startswith("event: hello\n")
    assert told == 'id: 1\nevent: payment\ndata: {"reference":"kasse1-1"}\n\n'


def test_what_was_missed_is_replayed_from_the_last_one_seen(chain: Chain) -> None:
    for number in range(1, 6):
        hint(chain, "kasse1", f"kasse1-{number}")

    async def play() -> list[str]:
        one = Listening(chain, "kasse1", 3)
        return [(await one.next()).partition("\n")[0] for _ in range(3)]

    assert asyncio.run(play()) == ["event: hello", "id: 4", "id: 5"]


def test_a_till_that_remembers_nothing_begins_now(chain: Chain) -> None:
    hint(chain, "kasse1", "kasse1-old")

    async def play() -> str:
        one = Listening(chain, "kasse1", None)
        await one.next()
        waiting = asyncio.create_task(one.next())
        await asyncio.sleep(0.1)
        await asyncio.to_thread(hint, chain, "kasse1", "kasse1-new")
        return await waiting

    assert "kasse1-new" in asyncio.run(play())


def test_a_revoked_token_ends_the_stream(chain: Chain) -> None:
    async def play() -> bool:
        one = Listening(chain, "kasse1", None)
        await one.next()
        over = asyncio.create_task(one.is_over())
        await asyncio.sleep(0.1)
        await asyncio.to_thread(chain.database.write, lambda transaction: stores.revoke_token(transaction, "kasse1"))
        return await over

    assert asyncio.run(play())


def test_a_token_of_another_till_opens_nothing(chain: Chain) -> None:
    async def play() -> bool:
        one = Listening(chain, "kasse1", None, token=chain.tokens["kasse2"])
        await one.next()
        return await one.is_over()

    assert asyncio.run(play())


@pytest.mark.whole
def test_a_real_hub_says_its_address_takes_a_delivery_and_tells_the_till(tmp_path: Path) -> None:
    house = HubHouse(tmp_path)
    hub = house.start()
    body = json.dumps(
        {"msn": "123456", "reference": "kasse1-261121-0001-1", "pspReference": "a", "name": "AUTHORIZED"}
    ).encode()

    async def play() -> str:
        events = stream(hub.port, house.tokens["kasse1"])
        await anext(events)
        caller = Connection(hub.port)
        assert await caller.post(f"/webhooks/{PATH}", signed(body), body) == 200
        _, kind, data = await anext(events)
        caller.close()
        await events.aclose()
        return f"{kind} {data.decode()}"

    told = asyncio.run(play())
    hub.stop()
    assert told == 'payment {"reference":"kasse1-261121-0001-1"}'
