"""The till's side of the hub against a hub that loses, delays, doubles, cuts, dies and comes back."""

import asyncio
import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.doubles.arrivals import MemoryArrivals
from tests.doubles.hub import TOKEN, HubDouble, running_hub
from tests.doubles.journal import MemoryJournal
from till.domain.facts import TillStarted
from till.domain.faults import Fault, FaultCode
from till.domain.secret import Secret
from till.engine.hub_ports import (
    BooksChanged,
    CheckInUsed,
    CustomerArrived,
    CustomerLeft,
    HubChanged,
    PaymentHinted,
    Rows,
    RowsWanted,
)
from till.engine.ports import KeyStoreUnavailable
from till.engine_room import SystemClock
from till.hublink.calls import HubCalls, Token
from till.hublink.events import Listener
from till.hublink.link import HubLink
from till.hublink.pace import HubPace, Pauses
from till.hublink.sse import Event
from till.vipps.tls import system_context

WAIT_S = 20.0
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HASTE = HubPace(
    silence_s=0.5, call_s=2.0, pauses_s=(0.01, 0.02, 0.05), token_s=0.02, refused_s=0.2, books_s=0.01, rest_s=0.0
)
WELL, AWAY, REFUSED = (
    HubChanged(None),
    HubChanged(Fault(FaultCode.HUB_AWAY)),
    HubChanged(Fault(FaultCode.HUB_REFUSED)),
)


class Till:
    """What stands in the engine's place: keeps every message, and hands rows of its journal out."""

    def __init__(self, url: str, *, pace: HubPace, token: str | None, is_locked: bool, sold: int) -> None:
        self.token = None if token is None else Secret(token)
        self.is_locked = is_locked
        self.journal = MemoryJournal()
        self.heard: list[object] = []
        self.wanted: list[RowsWanted] = []
        self.arrivals = MemoryArrivals()
        self.is_mute = False
        self.stumbles_over: object = None
        self._arrived: queue.Queue[object] = queue.Queue()
        self.sell(sold)
        self.link = HubLink(
            url=url,
            read_token=self._read_token,
            context=system_context,
            clock=SystemClock(),
            deliver=self._deliver,
            arrivals=self.arrivals,
            pace=pace,
        )
        self.link.start()

    def sell(self, times: int = 1) -> None:
        self.journal.append([TillStarted(AT, "kasse1", "0.1.0", "test")] * times, AT)

    def until(self, message: object) -> None:
        """Wait for a message; those before it are dropped."""
        self.until_one(lambda one: one == message)

    def until_one(self, is_meant: Callable[[object], bool]) -> object:
        while True:
            one = self._arrived.get(timeout=WAIT_S)
            self.heard.append(one)
            if is_meant(one):
                return one

    def visitor(self) -> CustomerArrived:
        found = self.until_one(lambda one: isinstance(one, CustomerArrived))
        assert isinstance(found, CustomerArrived)
        return found

    def pause(self) -> None:
        """Let the hub's thread work for a moment."""
        threading.Event().wait(0.05)

    def _read_token(self) -> Secret | None:
        if self.is_locked:
            raise KeyStoreUnavailable("locked")
        return self.token

    def _deliver(self, message: object) -> None:
        if message == self.stumbles_over:
            self.stumbles_over = None
            raise ZeroDivisionError
        if isinstance(message, RowsWanted) and self.is_mute:
            return
        if isinstance(message, RowsWanted):
            self.wanted.append(message)
            self.link.send(Rows(message.after, self.journal.rows(message.after, message.most)))
        else:
            self._arrived.put(message)


@contextmanager
def linked_to(
    url: str, *, pace: HubPace = HASTE, token: str | None = TOKEN, is_locked: bool = False, sold: int = 0
) -> Iterator[Till]:
    till = Till(url, pace=pace, token=token, is_locked=is_locked, sold=sold)
    try:
        yield till
    finally:
        till.link.stop()
        assert not till.link._thread.is_alive()


def linked(
    hub: HubDouble, *, pace: HubPace = HASTE, token: str | None = TOKEN, is_locked: bool = False, sold: int = 0
) -> AbstractContextManager[Till]:
    return linked_to(hub.url, pace=pace, token=token, is_locked=is_locked, sold=sold)


@pytest.fixture
def hub() -> Iterator[HubDouble]:
    with running_hub() as hub:
        yield hub


def test_what_the_hub_tells_reaches_the_till_in_order(hub: HubDouble) -> None:
    with linked(hub) as till:
        till.until(WELL)
        hub.say("payment", {"reference": "test-kasse1-261121-0001-1"})
        hub.say("check-in-gone", {"id": "abc"})
        till.until(PaymentHinted("test-kasse1-261121-0001-1"))
        till.until(CustomerLeft("abc"))


def test_a_check_in_comes_with_its_token_hidden_and_the_time_it_is_good_for(hub: HubDouble) -> None:
    hub.ahead = timedelta(hours=-3)
    with linked(hub) as till:
        till.until(WELL)
        hub.check_in("Kasse 2", key="one", token="dG9rZW4=", age_s=300)
        arrived = till.visitor()
        assert (arrived.check_in, arrived.name, arrived.token) == ("one", "Kasse 2", Secret("dG9rZW4="))
        assert 590 < arrived.left_s < 605
        assert "dG9r" not in repr(arrived)


def test_a_check_in_that_is_too_old_or_not_understood_is_passed_over(hub: HubDouble) -> None:
    """Fault catalogue E17."""
    with linked(hub) as till:
        till.until(WELL)
        hub.check_in(key="old", age_s=901)
        for harm in ({"customerToken": ""}, {"customerToken": "a\nb"}, {"id": "../x"}, {"at": "soon"}, {"name": 7}):
            good = {"id": "x", "merchantQrId": "q", "customerToken": "t", "at": "2026-11-21T12:00:00Z", "name": "K"}
            hub.say("check-in", {**good, **harm})
        hub.say("payment", {"reference": 5})
        hub.say("weather", {"is": "fine"})
        hub.say(
            "check-in", {"id": "last", "customerToken": "t", "at": hub.now().isoformat(), "name": "\u202ea\x07b" * 30}
        )
        arrived = till.visitor()
        assert arrived.check_in == "last"
        assert arrived.name == ("ab" * 30)[:40]
        assert not any(isinstance(one, PaymentHinted) for one in till.heard)


def test_after_a_cut_the_till_goes_on_where_it_stopped(hub: HubDouble) -> None:
    with linked(hub) as till:
        till.until(WELL)
        hub.say("payment", {"reference": "reference-1"})
        till.until(PaymentHinted("reference-1"))
        hub.send_raw(b'event: payment\ndata: {"refer')
        hub.cut()
        till.until(AWAY)
        till.until(WELL)
        hub.say("payment", {"reference": "reference-2"}, is_lost=True)
        hub.cut()
        till.until(PaymentHinted("reference-2"))
        assert hub.connected_after == [None, "1", "1"]


def test_events_that_come_twice_are_told_twice_and_hurt_nobody(hub: HubDouble) -> None:
    with linked(hub) as till:
        till.until(WELL)
        hub.say("payment", {"reference": "reference-1"}, times=2)
        till.until(PaymentHinted("reference-1"))
        till.until(PaymentHinted("reference-1"))


def test_silence_is_taken_for_loss(hub: HubDouble) -> None:
    with linked(hub) as till:
        till.until(WELL)
        hub.is_silent = True
        till.until(AWAY)
        hub.is_silent = False
        till.until(WELL)


def test_a_hub_that_dies_and_comes_back_is_found_again(hub: HubDouble) -> None:
    with linked(hub) as till:
        till.until(WELL)
        hub.die()
        till.until(AWAY)
        hub.come_up()
        till.until(WELL)


def test_a_hub_that_is_not_there_at_the_start_is_found_later(hub: HubDouble) -> None:
    hub.die()
    with linked(hub) as till:
        till.until(AWAY)
        hub.come_up()
        till.until(WELL)


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (200, b"data: {}\n\n"),
        (404, b"<html>"),
        (302, b""),
        None,
    ],
)
def test_what_is_no_stream_is_no_hub(hub: HubDouble, answer: tuple[int, bytes] | None) -> None:
    hub.planted["GET /till/v1/events"] = [answer]
    with linked(hub) as till:
        till.until(AWAY)
        till.until(WELL)


def test_a_revoked_token_is_a_state_and_no_loop_of_calls(hub: HubDouble) -> None:
    hub.token = "another"
    with linked(hub, pace=HubPace(pauses_s=(0.01,), token_s=0.01, refused_s=3600.0, books_s=0.01, rest_s=0.0)) as till:
        till.until(REFUSED)
        hub.until(lambda: len(hub.asked) >= 1)
        till.token = Secret("another")
        till.until(WELL)
        refused = [one for one in hub.asked if one == "GET /till/v1/events"]
        assert len(refused) == 2
        assert till.heard.count(REFUSED) == 1


def test_a_token_that_was_refused_is_tried_again_after_a_long_time(hub: HubDouble) -> None:
    hub.token = "another"
    with linked(hub) as till:
        till.until(REFUSED)
        hub.token = TOKEN
        till.until(WELL)


def test_without_a_token_nothing_is_sent(hub: HubDouble) -> None:
    with linked(hub, token=None) as till:
        till.until(REFUSED)
        assert hub.asked == []
        till.token = Secret(TOKEN)
        till.until(WELL)


def test_a_locked_key_store_is_looked_at_again(hub: HubDouble) -> None:
    with linked(hub, is_locked=True) as till:
        till.until(REFUSED)
        till.is_locked = False
        till.until(WELL)


def test_a_used_check_in_is_reported_until_the_hub_has_heard_it(hub: HubDouble) -> None:
    with linked(hub) as till:
        till.until(WELL)
        hub.check_in(key="one")
        hub.planted["POST /till/v1/check-ins/one/used"] = [(503, b""), None]
        hub.loses_after.append("POST /till/v1/check-ins/one/used")
        till.link.send(CheckInUsed("one"))
        hub.until(lambda: hub.used == ["one", "one"])


def test_the_pauses_grow_and_begin_anew_after_a_success() -> None:
    pauses = Pauses(HubPace(), chance=lambda: 0.5)
    assert [round(pauses.after_failure(), 1) for _ in range(6)] == [1.1, 2.2, 5.5, 11.0, 33.0, 33.0]
    pauses.forget()
    assert round(pauses.after_failure(), 1) == 1.1


# ---------------------------------------------------------------- the copy of the journal


BEHIND, DIFFER = BooksChanged(Fault(FaultCode.BOOKS_BEHIND)), BooksChanged(Fault(FaultCode.BOOKS_DIFFER))


def has_all(hub: HubDouble, till: Till) -> bool:
    return [record["hash"] for record in hub.records] == [row.hash.hex() for row in till.journal.kept]


def test_the_hub_gets_every_row_of_days_in_batches_and_then_what_is_new(hub: HubDouble) -> None:
    with linked(hub, sold=1050) as till:
        hub.until(lambda: has_all(hub, till))
        assert max(hub.batches) <= 500
        assert len(hub.batches) == 6
        till.sell(3)
        hub.until(lambda: has_all(hub, till))
        assert [record["body"] for record in hub.records] == [row.body for row in till.journal.kept]


def test_it_goes_on_from_what_the_hub_has(hub: HubDouble) -> None:
    with linked(hub, sold=250) as till:
        hub.until(lambda: has_all(hub, till))
    hub.batches.clear()
    with linked(hub, sold=260) as till:
        hub.until(lambda: has_all(hub, till))
        assert hub.batches == [10]


@pytest.mark.parametrize("is_carried_out", [False, True])
def test_a_lost_answer_is_sent_again_and_nothing_is_doubled(hub: HubDouble, is_carried_out: bool) -> None:
    if is_carried_out:
        hub.loses_after.append("POST /till/v1/journal")
    else:
        hub.planted["POST /till/v1/journal"] = [None]
    with linked(hub, sold=30) as till:
        hub.until(lambda: has_all(hub, till))


def test_a_gap_is_filled_from_where_the_hub_is(hub: HubDouble) -> None:
    with linked(hub, sold=30) as till:
        hub.until(lambda: has_all(hub, till))
        del hub.records[10:]
        till.sell()
        hub.until(lambda: len(hub.records) == 31 and has_all(hub, till))


def test_a_hub_that_dies_in_the_middle_gets_the_rest_when_it_is_back(hub: HubDouble) -> None:
    with linked(hub, sold=2000) as till:
        hub.until(lambda: hub.records)
        hub.die()
        till.sell(10)
        hub.come_up()
        hub.until(lambda: has_all(hub, till))


def test_another_history_at_the_hub_is_an_alarm_on_both_sides_and_is_left_alone(hub: HubDouble) -> None:
    """The hub is shown the record that is another than its own, or it would never know."""
    with linked(hub, sold=5) as till:
        hub.until(lambda: has_all(hub, till))
    hub.records[-1]["hash"] = "00" * 32
    hub.batches.clear()
    with linked(hub, sold=8) as till:
        till.until(DIFFER)
        assert (len(hub.records), hub.batches) == (5, [1])
        hub.say("payment", {"reference": "reference-1"})
        till.until(PaymentHinted("reference-1"))


def test_a_journal_that_is_shorter_than_its_copy_is_an_alarm(hub: HubDouble) -> None:
    with linked(hub, sold=5) as till:
        hub.until(lambda: has_all(hub, till))
    with linked(hub, sold=4) as till:
        till.until(DIFFER)
        assert len(hub.records) == 5


@pytest.mark.parametrize("reason", ["fork", "broken"])
def test_what_the_hub_objects_to_is_an_alarm(hub: HubDouble, reason: str) -> None:
    hub.planted["POST /till/v1/journal"] = [(409, f'{{"reason": "{reason}", "last": 0, "hash": ""}}'.encode())]
    with linked(hub, sold=4) as till:
        till.until(DIFFER)
        assert hub.records == []


@pytest.mark.parametrize(
    "answer", [(200, b'{"last": 99}'), (200, b"[]"), (200, b"x" * 3_000_000), (413, b""), (200, b'{"last": 0}')]
)
def test_a_strange_answer_is_tried_again_slowly_and_then_somebody_is_told(
    hub: HubDouble, answer: tuple[int, bytes]
) -> None:
    hub.planted["POST /till/v1/journal"] = [answer] * 6
    with linked(hub, sold=4) as till:
        till.until(BEHIND)
        till.until(BooksChanged(None))
        assert has_all(hub, till)


def test_rows_are_asked_for_one_slice_at_a_time(hub: HubDouble) -> None:
    """Fault catalogue F16."""
    with linked(hub, sold=1000) as till:
        hub.until(lambda: has_all(hub, till))
        assert max(wanted.most for wanted in till.wanted) <= 200


def test_a_till_that_is_too_busy_to_hand_rows_out_is_asked_again(hub: HubDouble) -> None:
    pace = HubPace(call_s=0.05, pauses_s=(0.01,), books_s=0.01, rest_s=0.0)
    with linked(hub, sold=4, pace=pace) as till:
        till.until(WELL)
        hub.until(lambda: has_all(hub, till))
        till.is_mute = True
        till.until(BEHIND)
        till.is_mute = False
        till.sell()
        till.until(BooksChanged(None))
        hub.until(lambda: has_all(hub, till))


def test_a_bug_at_the_hubs_side_costs_the_hub_for_a_moment(hub: HubDouble, caplog: pytest.LogCaptureFixture) -> None:
    with linked(hub) as till:
        till.until(WELL)
        till.stumbles_over = PaymentHinted("reference-1")
        hub.say("payment", {"reference": "reference-1"})
        till.until(AWAY)
        till.until(WELL)
        hub.say("payment", {"reference": "reference-2"})
        till.until(PaymentHinted("reference-2"))
    assert "program error at the hub's side" in caplog.text


def test_a_check_in_whose_age_nobody_knows_is_passed_over() -> None:
    heard: list[object] = []
    calls = HubCalls("http://127.0.0.1:9", Token(lambda: None, SystemClock(), HASTE), system_context, HASTE)
    listener = Listener(
        calls,
        clock=SystemClock(),
        deliver=heard.append,
        pace=HASTE,
        look_again=lambda: None,
        hear_refund=heard.append,
    )
    good = {"id": "x", "customerToken": "t", "at": datetime.now(UTC).isoformat(), "name": "K"}
    listener._take(Event("check-in", json.dumps(good), "1"))
    assert heard == []
    listener._take(Event("hello", json.dumps({"now": datetime.now(UTC).isoformat()}), ""))
    listener._take(Event("check-in", json.dumps(good), "1"))
    assert [type(one) for one in heard] == [HubChanged, CustomerArrived]
    asyncio.run(calls.close())
