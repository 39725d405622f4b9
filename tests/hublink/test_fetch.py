"""The hub's copy fetched for a till that was lost: whole, or with a word on why not."""

import json

import pytest

from tests.doubles.hub import TOKEN, HubDouble, running_hub
from tests.doubles.journal import MemoryJournal
from tests.journal.test_journal_promise import AT, ONE_OF_EACH
from till.domain.secret import Secret
from till.engine.ports import JournalRow
from till.engine_room import SystemClock
from till.hublink.calls import HubAway, TokenRefused
from till.hublink.fetch import fetch_rows
from till.hublink.pace import HubPace
from till.vipps.tls import system_context

PATH = "GET /till/v1/journal"


def kept(hub: HubDouble) -> list[JournalRow]:
    """Let the hub have a journal; return its rows."""
    journal = MemoryJournal()
    journal.append(ONE_OF_EACH, AT)
    for row in journal.kept:
        record = {name: getattr(row, name) for name in row.__struct_fields__}
        hub.records.append({**record, "before": row.before.hex(), "hash": row.hash.hex()})
    return journal.kept


def fetched(hub: HubDouble, token: str = TOKEN) -> list[JournalRow]:
    read = Secret(token)
    rows = fetch_rows(
        url=hub.url, read_token=lambda: read, context=system_context, clock=SystemClock(), pace=HubPace(call_s=2.0)
    )
    return list(rows)


@pytest.mark.parametrize("rows_a_reply", [1, 7, 500])
def test_the_copy_comes_slice_by_slice_and_row_for_row(rows_a_reply: int) -> None:
    with running_hub() as hub:
        hub.rows_a_reply = rows_a_reply
        assert fetched(hub) == []
        rows = kept(hub)
        assert fetched(hub) == rows


def test_a_copy_that_is_cut_short_or_no_copy_is_not_taken_for_one() -> None:
    with running_hub() as hub:
        kept(hub)
        broken = {**hub.records[0], "hash": "not hex"}
        for answer in (
            {"records": [], "last": 5},
            {"records": [broken], "last": 1},
            {"records": "none", "last": 1},
            {"records": [hub.records[0], hub.records[0]], "last": 9},
        ):
            hub.planted[PATH] = [(200, json.dumps(answer).encode())] * 2
            with pytest.raises(HubAway):
                fetched(hub)
        hub.planted[PATH] = [None]
        with pytest.raises(HubAway):
            fetched(hub)


def test_a_token_that_the_hub_does_not_know_is_said() -> None:
    with running_hub() as hub, pytest.raises(TokenRefused):
        fetched(hub, "another")
