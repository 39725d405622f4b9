"""Listening to the hub while the trials run: what it tells of is heard, and nothing else of it is kept."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.doubles.hub import TOKEN, HubDouble, running_hub
from tests.hublink.test_link import HASTE
from till.domain.secret import Secret
from till.engine_room import SystemClock
from till.verify.heard import HubHearing
from till.vipps.tls import system_context

FIRST, SECOND = "test-kasse1-261121-120000-0042-v-full", "test-kasse1-261121-120000-0042-v-partial"


@pytest.fixture
def hub() -> Iterator[HubDouble]:
    with running_hub() as hub:
        yield hub


@contextmanager
def hearing(hub: HubDouble, token: str = TOKEN) -> Iterator[HubHearing]:
    made = HubHearing(
        url=hub.url, read_token=lambda: Secret(token), context=system_context, clock=SystemClock(), pace=HASTE
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()
        assert not made._thread.is_alive()


def until(is_so: Callable[[], object]) -> None:
    for _ in range(1000):
        if is_so():
            return
        threading.Event().wait(0.02)
    raise AssertionError("waited in vain")


def test_what_the_hub_tells_of_is_heard_and_only_that(hub: HubDouble) -> None:
    with hearing(hub) as made:
        until(made.is_connected)
        hub.check_in(token="c2VjcmV0")
        hub.say("payment", {"reference": FIRST})
        until(lambda: made.unheard((FIRST, SECOND)) == (SECOND,))
        hub.say("payment", {"reference": SECOND})
        until(lambda: not made.unheard((FIRST, SECOND)))
        assert not any(what.startswith("POST") or "articles" in what or "journal" in what for what in hub.asked)


def test_a_hub_that_does_not_know_the_till_or_goes_is_not_connected(hub: HubDouble) -> None:
    with hearing(hub, "another") as made:
        hub.until(lambda: hub.asked)
        assert not made.is_connected()
    with hearing(hub) as made:
        until(made.is_connected)
        hub.die()
        until(lambda: not made.is_connected())


def test_it_may_be_stopped_at_once(hub: HubDouble) -> None:
    with hearing(hub):
        pass
