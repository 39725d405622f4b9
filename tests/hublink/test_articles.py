"""The store's articles from the hub: fetched when they change, never twice, and refused without harm."""

import hashlib
from collections.abc import Iterator

import pytest

from tests.doubles.hub import HubDouble, running_hub
from tests.hublink.test_link import AWAY, WELL, linked
from till.domain.faults import Fault, FaultCode
from till.engine.article_ports import ArticlesChanged
from till.hublink.articles import CONTENT_MOST_BYTES

OLD, NEW, BROKEN = b"old articles", b"new articles", b"broken articles"
READY, REFUSED = ArticlesChanged(None), ArticlesChanged(Fault(FaultCode.ARTICLES_NOT_TAKEN))
ASKED = "GET /till/v1/articles"


@pytest.fixture
def hub() -> Iterator[HubDouble]:
    with running_hub() as hub:
        yield hub


def asked(hub: HubDouble) -> int:
    return hub.asked.count(ASKED)


def test_articles_come_at_the_connection_and_when_they_change(hub: HubDouble) -> None:
    hub.articles = OLD
    with linked(hub) as till:
        till.until(READY)
        hub.publish(NEW)
        till.until(READY)
        assert till.arrivals.laid == [OLD, NEW]
        assert till.arrivals.kept == hashlib.sha256(NEW).hexdigest()


def test_what_is_here_already_is_not_fetched_again(hub: HubDouble) -> None:
    hub.articles = OLD
    with linked(hub) as till:
        till.until(READY)
        hub.cut()
        till.until(AWAY)
        till.until(WELL)
        hub.until(lambda: asked(hub) == 2)
        hub.publish(NEW)
        till.until(READY)
        assert till.heard.count(READY) == 2
        assert till.arrivals.laid == [OLD, NEW]


def test_a_hub_without_articles_changes_nothing(hub: HubDouble) -> None:
    with linked(hub) as till:
        hub.until(lambda: asked(hub) == 1)
        hub.publish(NEW)
        till.until(READY)
        assert till.arrivals.laid == [NEW]


def test_a_broken_file_is_said_once_and_the_next_good_one_is_taken(hub: HubDouble) -> None:
    hub.articles = BROKEN
    with linked(hub) as till:
        till.arrivals.refused = {BROKEN}
        till.until(REFUSED)
        hub.cut()
        hub.until(lambda: asked(hub) == 2)
        hub.publish(NEW)
        till.until(READY)
        assert till.heard.count(REFUSED) == 1
        assert till.arrivals.laid == [NEW]


def test_going_back_to_the_file_in_use_ends_the_trouble(hub: HubDouble) -> None:
    hub.articles = OLD
    with linked(hub) as till:
        till.arrivals.refused = {BROKEN}
        till.until(READY)
        hub.publish(BROKEN)
        till.until(REFUSED)
        hub.publish(OLD)
        till.until(READY)
        assert till.arrivals.laid == [OLD]


def test_a_disk_without_room_is_tried_again(hub: HubDouble) -> None:
    hub.articles = OLD
    with linked(hub) as till:
        till.arrivals.is_full = True
        till.until(REFUSED)
        till.until(READY)
        assert till.arrivals.laid == [OLD]


def test_an_answer_that_is_lost_or_strange_is_asked_for_again(hub: HubDouble) -> None:
    hub.articles = OLD
    hub.planted[ASKED] = [None, (500, b""), (201, b"{}")]
    with linked(hub) as till:
        till.until(READY)
        assert till.arrivals.laid == [OLD]
        assert asked(hub) == 4


def test_a_file_over_the_limit_is_not_taken(hub: HubDouble) -> None:
    hub.articles = bytes(CONTENT_MOST_BYTES + 1)
    with linked(hub) as till:
        hub.until(lambda: asked(hub) >= 2)
        hub.publish(NEW)
        till.until(READY)
        assert till.arrivals.laid == [NEW]
