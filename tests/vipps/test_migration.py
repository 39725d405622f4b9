"""Old stickers taken over from a list: complaints by line, a run that can end anywhere, a report that goes on."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.qr_client import qr_client_of, scripted_qr_client
from tests.doubles.service import InProcess
from tests.doubles.transport import Scripted, reply
from till.sandbox.desk import PlantedFault
from till.sandbox.qr import OTHERS_BEACONS
from till.vipps.errors import KeysRefused, RateLimited, Silence, Unanswered
from till.vipps.migration import ListRefused, Migration, Outcome, Place, Row, plan, read_list
from till.vipps.migration_run import LIMITED_MOST, PAUSES_S, MigrationStopped, run
from till.vipps.qr import QrApi
from till.vipps.transport import HttpReply, HttpRequest

HERE = Place("900001", "test")
HEAD = "beacon_id,pos_name\n"


def beacon(place: int) -> str:
    return str(100_000_000_000_000 + place)


def listed(*rows: str) -> str:
    return HEAD + "\n".join(rows) + "\n"


#: 200 rows, five of them wrong.
BAD = {
    20: "12345678901234,Kasse",
    60: "1.23457E+14,Kasse",
    100: f"{beacon(100)},{'x' * 37}",
    140: f"{beacon(140)},",
    180: f"{beacon(1)},Kasse once more",
}
LIST = listed(*(BAD.get(place, f"{beacon(place)},Kasse {place}") for place in range(1, 201)))


@dataclass
class Run:
    """A run and what it left: its pauses, the rows it told of, and every report it saved."""

    migration: Migration
    rows: list[Row]
    pauses: list[float]
    reports: list[str]
    error: Exception | None


def started(api: QrApi, text: str, earlier: str | None = None) -> Run:
    migration = plan(read_list(text), None if earlier is None else read_list(earlier), HERE)
    made = Run(migration, [], [], [], None)
    try:
        for row in run(api, migration, pause=made.pauses.append, save=made.reports.append):
            made.rows.append(row)
    except MigrationStopped as stopped:
        made.error = stopped.error
    return made


def puts(transport: InProcess) -> list[str]:
    return [one.request.url.rsplit("/", 1)[1] for one in transport.exchanges if one.request.method == "PUT"]


def wrong(text: str) -> dict[int, str]:
    return {row.line: row.reason for row in read_list(text).rows if row.outcome is Outcome.WRONG}


def test_every_wrong_row_is_named_by_its_line_and_the_others_are_good() -> None:
    assert wrong(LIST) == {
        21: "beacon_id has 14 digits, and must have 15",
        61: "beacon_id was shortened by a spreadsheet; save that column as text",
        101: "pos_name has 37 characters; customers are shown at most 36",
        141: "pos_name is empty",
        181: "the sticker stands on line 2 already",
    }
    assert len(plan(read_list(LIST), None, HERE).left()) == 195


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("", None),
        (f"mobilepaypos://pos?id={beacon(1)}&source=qr,Kasse", None),
        (",", None),
        ("x,y", "beacon_id must be 15 digits, a GUID, or the text of a sticker"),
        (",Kasse", "beacon_id is empty"),
        ("abc,", "beacon_id must be 15 digits, a GUID, or the text of a sticker; pos_name is empty"),
        (f"{beacon(1)},Kasse,1", "the row has 3 fields, and there are 2 columns"),
        (f"{beacon(1)}", "the row has 1 fields, and there are 2 columns"),
        (f'{beacon(1)},"Kas"se', "the quote marks or the separators do not fit"),
        (f"{beacon(1)},Kasse\u202e1", "pos_name has signs that cannot be shown"),
        (f"{beacon(1)},K\udcf8b", "pos_name is not text in UTF-8"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(row: str, reason: str | None) -> None:
    assert wrong(listed(row)) == ({} if reason is None else {2: reason})


@pytest.mark.parametrize(
    "text", ["", "\n", "a,b\n", "beacon_id\n1\n", "beacon_id,beacon,pos_name\n", f"{beacon(1)},Kasse 1\n"]
)
def test_a_file_that_names_no_columns_is_no_list(text: str) -> None:
    with pytest.raises(ListRefused):
        read_list(text)


@pytest.mark.parametrize("head", ["BeaconId;PoS Name", "Beacon ID;Store;Name", "pos_name;BEACON-ID"])
def test_columns_are_found_by_name_in_any_order_and_others_passed_over(head: str) -> None:
    columns = head.split(";")
    cells = [beacon(1) if "eacon" in one.lower() else "Kasse 1" if "ame" in one else "Storgata" for one in columns]
    (row,) = read_list(f"{head}\n{';'.join(cells)}\n").rows
    assert (row.beacon, row.name, row.outcome) == (beacon(1), "Kasse 1", Outcome.OPEN)


def test_a_list_goes_through_and_a_second_run_sends_nothing() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    first = started(api, LIST)
    assert first.error is None
    assert [row.outcome for row in first.rows] == [Outcome.MIGRATED] * 195
    assert len(transport.desk.qr.all_stickers()) == 195
    assert len(first.reports) == 196
    sent = len(puts(transport))
    for text, earlier in ((LIST, first.reports[-1]), (first.reports[-1], None)):
        again = started(api, text, earlier)
        assert again.rows == []
        assert again.migration.report() == first.reports[-1]
    assert len(puts(transport)) == sent


class Cut(InProcess):
    """A network that goes away after so many calls, before or after the service has acted."""

    calls_left = 10_000
    is_after = False

    def send(self, request: HttpRequest) -> HttpReply:
        if request.url.endswith("/accesstoken/get"):
            return super().send(request)
        self.calls_left -= 1
        if self.calls_left >= 0:
            return super().send(request)
        if self.is_after:
            super().send(request)
            raise Unanswered(Silence.CONNECTION_LOST)
        raise Unanswered(Silence.NO_CONNECTION, is_sent=False)


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("by_report", [False, True])
def test_a_cut_in_the_middle_loses_nothing_and_the_next_run_goes_on(is_after: bool, by_report: bool) -> None:
    transport = Cut()
    transport.calls_left, transport.is_after = 100, is_after
    api = qr_client_of(transport)
    cut = started(api, LIST)
    assert isinstance(cut.error, Unanswered)
    assert cut.migration.count(Outcome.MIGRATED) == 100
    assert cut.migration.count(Outcome.UNKNOWN) == (3 if is_after else 0)
    assert cut.pauses == [*PAUSES_S] * 3
    transport.calls_left = 10_000
    before = len(puts(transport))
    report = cut.reports[-1]
    rest = started(api, report) if by_report else started(api, LIST, report)
    assert rest.error is None
    assert len(rest.rows) == 95
    assert len(puts(transport)) - before == 95
    assert rest.migration.count(Outcome.MIGRATED) == 195
    assert rest.migration.count(Outcome.WRONG) == 5
    assert {one.id for one in transport.desk.qr.all_stickers()} == {
        beacon(place) for place in range(1, 201) if place not in BAD
    }


def test_a_run_that_is_killed_between_a_call_and_its_report_repeats_one_row() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    first = started(api, LIST)
    killed = first.reports[50]
    rest = started(api, LIST, killed)
    assert len(rest.rows) == 145
    assert len(transport.desk.qr.all_stickers()) == 195


def test_one_silent_row_does_not_hold_up_the_others() -> None:
    transport = InProcess()
    transport.desk.plant(PlantedFault("qr-migrate", "drop", reference=beacon(2), times=3))
    made = started(qr_client_of(transport), listed(*(f"{beacon(place)},Kasse" for place in range(1, 5))))
    assert [row.outcome.value for row in made.rows] == ["migrated", "unknown", "migrated", "migrated"]
    assert made.error is None


def test_the_sticker_of_somebody_else_is_named_and_tried_again_next_time() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    text = listed(f"{OTHERS_BEACONS[0]},Kasse 1", f"{beacon(2)},Kasse 2")
    made = started(api, text)
    assert [(row.outcome, row.reason) for row in made.rows] == [
        (Outcome.TAKEN, "the sticker belongs to another merchant"),
        (Outcome.MIGRATED, ""),
    ]
    transport.desk.qr.give_away(OTHERS_BEACONS[0], "900001")
    assert [row.outcome for row in started(api, made.reports[-1]).rows] == [Outcome.MIGRATED]


@pytest.mark.parametrize(
    ("status", "outcome"), [(400, Outcome.REFUSED), (404, Outcome.REFUSED), (423, Outcome.REFUSED)]
)
def test_a_refusal_is_noted_with_its_status_and_the_run_goes_on(status: int, outcome: Outcome) -> None:
    transport = Scripted([reply(status), reply(200)])
    made = started(scripted_qr_client(transport), listed(f"{beacon(1)},Kasse 1", f"{beacon(2)},Kasse 2"))
    assert [(row.outcome, row.reason) for row in made.rows] == [
        (outcome, f"refused with status {status}"),
        (Outcome.MIGRATED, ""),
    ]


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_keys_stop_the_run_at_once_and_leave_the_rows_as_they_were(status: int) -> None:
    made = started(scripted_qr_client(Scripted([reply(status)])), LIST)
    assert made.error is not None
    assert len(made.rows) == 1
    assert len(made.migration.left()) == 195


def test_a_wallet_that_wants_to_be_left_alone_is_left_alone() -> None:
    limited = [reply(429, retry_after="7"), reply(429), reply(200)]
    made = started(scripted_qr_client(Scripted([*limited])), listed(f"{beacon(1)},Kasse 1"))
    assert made.pauses == [7.0, 10.0]
    assert made.rows[0].outcome is Outcome.MIGRATED
    for_ever = started(scripted_qr_client(Scripted([reply(429)])), LIST)
    assert isinstance(for_ever.error, RateLimited)
    assert len(for_ever.pauses) == LIMITED_MOST
    assert len(for_ever.migration.left()) == 195


def test_keys_that_go_bad_on_the_way_keep_what_was_done() -> None:
    transport = InProcess()
    api = qr_client_of(transport)
    transport.desk.plant(PlantedFault("qr-migrate", "status", reference=beacon(50), status=401, times=2))
    made = started(api, LIST)
    assert isinstance(made.error, KeysRefused)
    assert made.migration.count(Outcome.MIGRATED) == 48
    assert len(started(api, made.reports[-1]).rows) == 147


def test_another_name_is_sent_again_and_another_place_does_not_count() -> None:
    report = Migration([Row(2, beacon(1), "Kasse 1", Outcome.MIGRATED)], HERE).report()
    earlier = read_list(report)
    assert plan(read_list(listed(f"{beacon(1)},Kiosk")), earlier, HERE).left() != ()
    assert plan(read_list(listed(f"{beacon(1)},Kasse 1")), earlier, HERE).left() == ()
    for elsewhere in (Place("900002", "test"), Place("900001", "production")):
        assert len(plan(earlier, None, elsewhere).left()) == 1
        with pytest.raises(ListRefused):
            plan(read_list(LIST), earlier, elsewhere)
    with pytest.raises(ListRefused):
        plan(read_list(LIST), read_list(LIST), HERE)


def test_a_report_keeps_what_another_list_brought() -> None:
    report = Migration([Row(2, beacon(500), "Kasse 500", Outcome.MIGRATED)], HERE).report()
    made = started(qr_client_of(InProcess()), listed(f"{beacon(1)},Kasse 1"), report)
    assert {row.beacon for row in read_list(made.reports[-1]).rows} == {beacon(1), beacon(500)}
    assert len(made.rows) == 1


@given(st.text(max_size=300))
def test_no_file_brings_the_reading_down_and_every_report_can_be_read(text: str) -> None:
    for whole in (text, HEAD + text):
        try:
            stickers = read_list(whole)
        except ListRefused:
            continue
        migration = plan(stickers, None, HERE)
        again = read_list(migration.report())
        assert len(again.rows) == len(migration.rows)
        assert [row.beacon for row in plan(again, None, HERE).left()] == [row.beacon for row in migration.left()]
