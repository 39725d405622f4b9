"""The hub under load, on SQLite and on PostgreSQL: how soon a till hears, what a connected till costs, webhooks a second.

The floor of the last is a bare Starlette endpoint that only stores: the same body into one table of the same database,
synced, by the same number of callers. `python -m benchmarks.hub [--tills N] [--seconds S]`.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.doubles.chain import DATE, PATH, delivery, signed
from tests.doubles.hub_process import HubHouse, RunningHub
from tests.doubles.postgres import postgres, postgres_programs
from tests.doubles.raw_http import Connection, stream
from till.domain.secret import Secret

RATE, CALLERS = 100, 32
_numbers = count(1)


def told(till: str) -> tuple[str, bytes]:
    """Return a new payment's reference and what the wallet would deliver about it."""
    number = next(_numbers)
    reference = f"{till}-261121-{number:07}-1"
    return reference, delivery(reference, number)


async def hear(hub: RunningHub, house: HubHouse, seconds: float) -> None:
    """Let all tills listen, deliver at a steady rate, and print how long each hint took from the answer on, and memory."""
    before_mib = hub.resident_mib()
    heard: dict[str, float] = {}
    connected = asyncio.Semaphore(0)

    async def listen(token: str) -> None:
        async for _, kind, data in stream(hub.port, token):
            if kind == "hello":
                connected.release()
            else:
                heard[json.loads(data)["reference"]] = time.perf_counter()

    listeners = [asyncio.create_task(listen(token)) for token in house.tokens.values()]
    for _ in listeners:
        await connected.acquire()
    each_kib = (hub.resident_mib() - before_mib) * 1024 / len(listeners)
    callers = [Connection(hub.port) for _ in range(CALLERS)]
    accepted: dict[str, float] = {}
    tills = list(house.tokens)

    async def deliver(number: int) -> None:
        reference, body = told(tills[number * 37 % len(tills)])
        caller = callers.pop() if callers else Connection(hub.port)
        try:
            status = await caller.post(f"/webhooks/{PATH}", signed(body), body)
        except (OSError, EOFError):  # kept for longer than the hub keeps an idle connection
            status = await caller.post(f"/webhooks/{PATH}", signed(body), body)
        assert status == 200
        callers.append(caller)
        accepted[reference] = time.perf_counter()

    began = time.perf_counter()
    under_way = []
    for number in range(round(seconds * RATE)):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        under_way.append(asyncio.create_task(deliver(number)))
    await asyncio.gather(*under_way)
    while len(heard) < len(accepted):
        await asyncio.sleep(0.05)
    for listener in listeners:
        listener.cancel()
    delays = sorted((heard[reference] - at) * 1000 for reference, at in accepted.items())
    p99 = delays[round(len(delays) * 0.99) - 1]
    print(
        f"  {len(listeners)} tills, {RATE} webhooks a second: accepted to heard median {statistics.median(delays):.1f} ms, "
        f"p99 {p99:.1f} ms (asked 250), worst {delays[-1]:.1f} ms; {each_kib:.0f} KiB a connected till"
    )


async def rate(port: int, path: str, tills: list[str], seconds: float) -> float:
    """Return how many deliveries a second are answered 200 to so many callers at once."""
    done = 0
    ends = time.perf_counter() + seconds

    async def call() -> None:
        nonlocal done
        caller = Connection(port)
        while time.perf_counter() < ends:
            _, body = told(tills[done % len(tills)])
            assert await caller.post(path, signed(body, date=DATE), body) == 200
            done += 1
        caller.close()

    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return done / seconds


@contextmanager
def bare(folder: Path, address: Secret | None) -> Iterator[int]:
    """Run the bare endpoint; give its port."""
    command = [sys.executable, "-m", "benchmarks.bare_store", str(folder / "bare.db")]
    process = subprocess.Popen([*command, address.reveal()] if address else command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    port = int(process.stdout.readline())
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def measure(kind: str, address: Secret | None, options: argparse.Namespace) -> None:
    """Measure one kind of database."""
    with tempfile.TemporaryDirectory(prefix="till-hub-") as name:
        house = HubHouse(Path(name), address, tills=options.tills)
        print(kind)
        hub = house.start()
        asyncio.run(hear(hub, house, options.seconds))
        hub.stop()
        ratios = []
        for _ in range(options.rounds):
            hub = house.start()
            ours = asyncio.run(rate(hub.port, f"/webhooks/{PATH}", list(house.tokens), options.seconds / 2))
            hub.stop()
            with bare(Path(name), address) as port:
                floor = asyncio.run(rate(port, "/store", list(house.tokens), options.seconds / 2))
            ratios.append(ours / floor)
            print(
                f"  {CALLERS} callers: {ours:.0f} webhooks a second, bare store {floor:.0f}: x{ours / floor:.2f} (asked 0.5)"
            )
        print(f"  median x{statistics.median(ratios):.2f}")


def main() -> None:
    """Measure both kinds, PostgreSQL where it is installed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tills", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    measure("SQLite", None, options)
    if postgres_programs() is None:
        print("PostgreSQL is not installed here.")
        return
    with postgres() as address:
        measure("PostgreSQL", address, options)


if __name__ == "__main__":
    main()
