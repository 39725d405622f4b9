"""What each page's worker does and says, at the sandbox in this process."""

import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.doubles.office import NOON, at_noon, sell, set_clock
from tests.doubles.owner import HERE, Said, clients_over, stickers_file
from tests.doubles.secrets import LockedSecrets
from tests.doubles.service import InProcess
from tests.whole.test_back_office import REF, Kept, settings, told
from till.back_office import Office
from till.domain.secret import Secret
from till.engine.ports import JournalRefused
from till.owner.clients import Clients
from till.owner.code_worker import CodeWorker
from till.owner.office_workers import DayWorker, UnitWorker
from till.owner.sticker_worker import TYPED_REPORT, StickerWorker
from till.owner.trial_worker import TrialWorker
from till.owner.webhook_worker import WebhookWorker
from till.owner.worker import WISHES_MOST, Worker
from till.presentation.owner_state import (
    ChangeCode,
    CodeKind,
    CodesState,
    CompareDay,
    DayState,
    DeleteCode,
    DeleteWebhook,
    Done,
    Hitch,
    ListCodes,
    ListUnits,
    ListWebhooks,
    MakeCode,
    ReadStickers,
    RegisterWebhook,
    RunPhase,
    SaveDay,
    SaveSheet,
    SaveTrial,
    StartStickers,
    StartTrial,
    TypeSticker,
)
from till.presentation.paper import Paper
from till.sandbox.desk import PlantedFault
from till.sandbox.ledgers import zone_of
from till.sandbox.qr import OTHERS_BEACONS
from till.settings.model import Mode
from till.vipps.transport import Transport
from till.vipps.webhooks import PAYMENT_EVENTS, secret_name

CALLBACK, REDIRECT = CodeKind.CALLBACK, CodeKind.REDIRECT


def codes_over(transport: InProcess) -> CodeWorker:
    return CodeWorker(clients_over(transport), Said())


def stickers_over(transport: InProcess, folder: Path, said: Said | None = None) -> StickerWorker:
    return StickerWorker(clients_over(transport), said or Said(), place=HERE, folder=folder)


# ------------------------------------------------------------------------------------------------ stickers


def test_a_code_lives_its_whole_life_on_the_page(qapp: object, tmp_path: Path) -> None:
    """Requirement 50."""
    worker = codes_over(InProcess())
    worker.take(ListCodes())
    assert worker.state.codes == ()
    worker.take(MakeCode(CALLBACK, "", "Kasse 1"))
    worker.take(MakeCode(CALLBACK, "bakeri", "Bakeri", "VENDING"))
    worker.take(MakeCode(REDIRECT, "meny", "https://example.com/a", days="30"))
    worker.take(ChangeCode(CALLBACK, "bakeri", "Bakeriet"))
    worker.take(ChangeCode(REDIRECT, "meny", "https://example.com/b"))
    assert worker.state.codes is not None
    assert [(one.id, one.text) for one in worker.state.codes] == [
        ("bakeri", "Bakeriet"),
        ("kasse1", "Kasse 1"),
        ("meny", "https://example.com/b"),
    ]
    assert worker.state.codes[2].left_s is not None
    sheet = tmp_path / "sheet.pdf"
    worker.take(SaveSheet("", "4", str(sheet)))
    assert sheet.read_bytes().startswith(b"%PDF")
    assert worker.state.done is not None
    assert worker.state.done.figures["count"] == "8"
    worker.take(DeleteCode(REDIRECT, "meny"))
    worker.take(DeleteCode(CALLBACK, "kasse1"))
    assert [one.id for one in worker.state.codes or ()] == ["bakeri"]


@pytest.mark.parametrize(
    ("wish", "code", "at"),
    [
        (MakeCode(CALLBACK, "", "x" * 37), "location_long", "text"),
        (MakeCode(CALLBACK, "", ""), "field_locationDescription", "text"),
        (MakeCode(CALLBACK, "a/b", "Kiosk"), "field_merchantQrId", "id"),
        (MakeCode(CALLBACK, "bakeri", "Kiosk"), "code_taken", "id"),
        (MakeCode(REDIRECT, "poster", "http://example.com"), "field_redirectUrl", "text"),
        (MakeCode(REDIRECT, "a!b", "https://example.com"), "field_id", "id"),
        (MakeCode(REDIRECT, "meny", "https://example.com"), "taken", "id"),
        (MakeCode(REDIRECT, "poster", "https://example.com", days="ten"), "number", "days"),
        (SaveSheet("", "0", "sheet.pdf"), "number", "copies"),
        (SaveSheet("", "1", "/nowhere/sheet.pdf"), "not_written", ""),
        (ChangeCode(CALLBACK, "bakeri", "x" * 37), "location_long", "text"),
        (DeleteCode(CALLBACK, "nobody"), "not_found", "id"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(qapp: object, wish: object, code: str, at: str) -> None:
    worker = codes_over(InProcess())
    worker.take(MakeCode(CALLBACK, "bakeri", "Bakeri"))
    worker.take(MakeCode(REDIRECT, "meny", "https://example.com"))
    worker.take(wish)
    assert worker.state.hitch is not None
    assert (worker.state.hitch.code, worker.state.hitch.at) == (code, at)
    assert not worker.state.is_busy
    assert len(worker.state.codes or ()) == 2, "what was there is still shown"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PlantedFault("token", "status", status=401, times=9), "keys_refused"),
        (PlantedFault("*", "status", status=403, times=9), "no_product"),
        (PlantedFault("*", "status", status=429, times=9), "wait"),
        (PlantedFault("*", "status", status=500, times=9), "no_answer"),
    ],
)
def test_what_the_wallet_says_has_its_words(fault: PlantedFault, code: str) -> None:
    transport = InProcess()
    transport.desk.plant(fault)
    worker = codes_over(transport)
    worker.take(ListCodes())
    assert worker.state.hitch is not None
    assert worker.state.hitch.code == code


def test_keys_that_are_not_there_or_locked_are_said_so() -> None:
    transport = InProcess()
    store = Kept(transport)
    store.delete("900001.client_id")
    for kept, code in ((store, "keys_missing"), (LockedSecrets(), "key_store")):
        clients = Clients(settings(), lambda kept=kept: kept, connect=lambda: transport)  # type: ignore[misc]
        worker = CodeWorker(lambda clients=clients: clients, Said())  # type: ignore[misc]
        worker.take(ListCodes())
        assert worker.state.hitch == Hitch(code)


# ------------------------------------------------------------------------------------------------ old stickers


def test_a_list_is_shown_before_anything_is_sent_and_then_taken_over(tmp_path: Path) -> None:
    """Requirement 52."""
    transport = InProcess()
    worker = stickers_over(transport, tmp_path)
    path = stickers_file(tmp_path, ["100000000000001;Kasse 1", "12345;Kasse 2", f"{OTHERS_BEACONS[0]};Nabo"])
    worker.take(ReadStickers(str(path)))
    assert (worker.state.phase, transport.exchanges) == (RunPhase.READY, [])
    assert [row.outcome for row in worker.state.rows] == ["open", "wrong", "open"]
    worker.take(StartStickers())
    assert worker.state.phase is RunPhase.ENDED
    assert [row.outcome for row in worker.state.rows] == ["migrated", "wrong", "taken"]
    assert worker.state.report == str(tmp_path / "stickers-report.csv")
    again = stickers_over(transport, tmp_path)
    again.take(ReadStickers(worker.state.report))
    assert [row.outcome for row in again.state.rows] == ["migrated", "wrong", "open"]


def test_one_sticker_is_typed_and_what_is_wrong_is_said_at_its_field(tmp_path: Path) -> None:
    worker = stickers_over(InProcess(), tmp_path)
    for beacon, name, code, at in (
        ("12345", "Kasse 1", "reason_beacon_digits", "beacon"),
        ("", "Kasse 1", "reason_beacon_empty", "beacon"),
        ("100000000000001", "x" * 37, "reason_name_long", "name"),
        ("100000000000001", "", "reason_name_empty", "name"),
    ):
        worker.take(TypeSticker(beacon, name))
        assert worker.state.hitch is not None
        assert (worker.state.hitch.code, worker.state.hitch.at) == (code, at)
    worker.take(TypeSticker("mobilepaypos://pos?id=100000000000001&source=qr", "Kasse 1"))
    worker.take(StartStickers())
    assert [(row.beacon, row.outcome) for row in worker.state.rows] == [("100000000000001", "migrated")]
    assert (tmp_path / TYPED_REPORT).exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [("name;place\n", "list_columns"), ("beacon_id;pos_name\n", "list_no_rows"), (None, "not_read")],
)
def test_a_file_that_is_no_list_is_said_to_be_none(tmp_path: Path, content: str | None, code: str) -> None:
    path = tmp_path / "list.csv"
    if content is not None:
        path.write_text(content)
    worker = stickers_over(InProcess(), tmp_path)
    worker.take(ReadStickers(str(path)))
    assert worker.state.hitch is not None
    assert (worker.state.phase, worker.state.hitch.code) == (RunPhase.NOTHING, code)


def test_a_report_that_cannot_be_written_stops_the_run_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "list"
    folder.mkdir()
    path = stickers_file(folder, ["100000000000001;Kasse 1"])
    transport = InProcess()
    worker = stickers_over(transport, tmp_path)
    worker.take(ReadStickers(str(path)))
    path.unlink()
    folder.rmdir()
    folder.write_text("a file is in the way")
    worker.take(StartStickers())
    assert worker.state.hitch is not None
    assert (worker.state.phase, worker.state.hitch.code) == (RunPhase.STOPPED, "not_written")
    assert not any("mobilepay" in one.request.url for one in transport.exchanges), "nothing is sent unreported"


def test_a_run_that_is_stopped_by_hand_goes_on_where_it_was(tmp_path: Path) -> None:
    transport = InProcess()
    said = Said()
    worker = stickers_over(transport, tmp_path, said)
    path = stickers_file(tmp_path, [f"{100_000_000_000_000 + place};Kasse {place}" for place in range(10)])
    worker.take(ReadStickers(str(path)))
    worker.break_off()
    worker.take(StartStickers())
    assert worker.state.phase is RunPhase.STOPPED
    assert sum(row.outcome == "migrated" for row in worker.state.rows) == 1
    worker._stopping.clear()
    worker.take(StartStickers())
    assert worker.state.phase is RunPhase.ENDED
    assert len([one for one in transport.exchanges if "mobilepay" in one.request.url]) == 10


# ------------------------------------------------------------------------------------------------ settlement and units


def days_over(transport: InProcess, facts: object, *, today: date, paper: Paper | None = None) -> DayWorker:
    def open_office() -> Office:
        return Office(settings(), Kept(transport), version="0.1.0", transport=transport)

    return DayWorker(
        open_office,
        Said(),
        facts=lambda: iter(facts),  # type: ignore[call-overload]
        today=lambda: today,
        paper_of=lambda _: paper or Paper("A day", (), ("", "", "", ""), ()),
        zone=zone_of(transport.desk.units[0]),
    )


def test_a_day_is_compared_and_saved_as_table_and_as_pdf(qapp: object, tmp_path: Path) -> None:
    """Requirement 62."""
    transport = at_noon()
    sell(transport, REF.format(1), 10000, refunded=2500)
    worker = days_over(transport, told(REF.format(1), 10000, 2500), today=NOON.date() + timedelta(days=1))
    worker.take(CompareDay(NOON.date()))
    assert worker.state.seen is not None
    assert worker.state.seen.is_open
    set_clock(transport, NOON + timedelta(days=1))
    worker.take(CompareDay(NOON.date()))
    assert worker.state.seen is not None
    assert (worker.state.seen.is_open, worker.state.seen.agrees) == (False, True)
    for name, begins in (("day.csv", b"date;"), ("day.pdf", b"%PDF")):
        worker.take(SaveDay(str(tmp_path / name)))
        assert (tmp_path / name).read_bytes().startswith(begins)
        assert worker.state.done is not None
    worker.take(SaveDay("/nowhere/day.csv"))
    worker.take(SaveDay("/nowhere/day.pdf"))
    assert worker.state.hitch == Hitch("not_written", figures={"path": "/nowhere/day.pdf"})


def test_a_day_that_cannot_be_compared_says_why() -> None:
    transport = at_noon()
    today = NOON.date()
    worker = days_over(transport, [], today=today)
    worker.take(CompareDay(today + timedelta(days=1)))
    assert worker.state.hitch == Hitch("day_to_come", "day")

    def broken() -> object:
        raise JournalRefused("not_readable")
        yield

    worker = days_over(transport, broken(), today=today)
    worker.take(CompareDay(today))
    assert worker.state == DayState(today, hitch=Hitch("journal"))
    for changes, code in (
        ({"base_url": "https://apitest.vipps.no"}, "production_only"),
        ({"msn": "900009"}, "keys_missing"),
    ):
        unfit = settings(**changes)  # type: ignore[arg-type]

        def open_office(unfit: object = unfit) -> Office:
            return Office(unfit, Kept(transport), version="0.1.0", transport=transport)  # type: ignore[arg-type]

        units = UnitWorker(open_office, Said())
        units.take(ListUnits())
        assert units.state.hitch == Hitch(code)


def test_the_sales_units_are_read() -> None:
    """Requirement 12."""
    transport = at_noon()
    worker = UnitWorker(lambda: Office(settings(), Kept(transport), version="0.1.0", transport=transport), Said())
    worker.take(ListUnits())
    assert [(one.msn, one.is_ours) for one in worker.state.units or ()] == [
        ("900001", True),
        ("900004", False),
        ("900006", False),
    ]
    assert dict((worker.state.units or ())[1].rights)["push"] is False


# ------------------------------------------------------------------------------------------------ go-live check


def trials_over(transport: Transport, *, is_real: bool = False) -> TrialWorker:
    assert isinstance(transport, InProcess)
    mode = Mode.PRODUCTION if is_real else Mode.TEST
    clients = lambda: Clients(settings(mode=mode), lambda: Kept(transport), connect=lambda: transport)  # noqa: E731
    return TrialWorker(clients, Said(), now=lambda: NOON)


def test_the_check_is_run_and_its_report_is_saved(qapp: object, tmp_path: Path) -> None:
    """Requirement 63."""
    worker = trials_over(InProcess())
    worker.take(StartTrial())
    assert worker.state.phase is RunPhase.ENDED
    assert {row.outcome for row in worker.state.rows} == {"passed"}
    for name, begins in (("report.json", b"{"), ("report.pdf", b"%PDF")):
        worker.take(SaveTrial(str(tmp_path / name)))
        assert (tmp_path / name).read_bytes().startswith(begins)


def test_in_production_nothing_begins_without_a_number() -> None:
    transport = InProcess()
    worker = trials_over(transport, is_real=True)
    for number in (None, Secret("12")):
        worker.take(StartTrial(number))
        assert (worker.state.hitch, worker.state.phase) == (Hitch("customer", "customer"), RunPhase.NOTHING)
    assert transport.exchanges == []


def test_a_real_payment_that_is_broken_off_leaves_nothing_reserved() -> None:
    transport = InProcess()
    worker = trials_over(transport, is_real=True)
    worker.break_off()
    worker.take(StartTrial(Secret("4700000001")))
    (payment,) = transport.desk.payments.all()
    assert payment.state == "TERMINATED"
    asked = [one.asked for one in worker._publish.states if one.asked is not None]  # type: ignore[attr-defined]
    assert asked[0].code == "approval"


# ------------------------------------------------------------------------------------------------ webhooks


def test_an_address_is_registered_once_with_its_secret_kept_and_deleted_again() -> None:
    transport = InProcess()
    store = Kept(transport)
    worker = WebhookWorker(lambda: Clients(settings(), lambda: store, connect=lambda: transport), Said())
    url = "https://example.com/events"
    worker.take(RegisterWebhook("http://example.com"))
    assert worker.state.hitch == Hitch("field_url", "url")
    for code in ("webhook_registered", "webhook_was_there"):
        worker.take(RegisterWebhook(url))
        assert worker.state.done == Done(code, {"url": url})
    ((row,),) = (worker.state.rows or (),)
    assert (row.url, row.events, row.lacking, row.is_kept) == (url, len(PAYMENT_EVENTS), 0, True)
    store.delete(secret_name("900001", row.id))
    worker.take(ListWebhooks())
    assert not (worker.state.rows or ())[0].is_kept
    worker.take(DeleteWebhook(row.id))
    assert (worker.state.rows, worker.state.done) == ((), Done("webhook_deleted"))


# ------------------------------------------------------------------------------------------------ the thread


class Slow(Worker[CodesState]):
    """A worker whose work is the test's."""

    def __init__(self) -> None:
        self.said = Said()
        super().__init__("slow", CodesState(), self.said)
        self.began, self.may_end, self.failed = threading.Event(), threading.Event(), threading.Event()

    def _take(self, wish: object) -> None:
        self.began.set()
        self.may_end.wait(10)
        if wish == "bug":
            raise ValueError

    def _fail(self, hitch: Hitch) -> None:
        self._show(CodesState(hitch=hitch))
        self.failed.set()


def test_a_bug_ends_one_wish_and_not_the_page() -> None:
    worker = Slow()
    worker.may_end.set()
    worker.ask("bug")
    assert worker.failed.wait(10)
    assert worker.state.hitch == Hitch("program_error")
    worker.failed.clear()
    worker.ask("bug")
    assert worker.failed.wait(10)
    worker.close()


def test_who_presses_too_often_is_never_made_to_wait() -> None:
    worker = Slow()
    worker.ask("first")
    assert worker.began.wait(10)
    for _ in range(WISHES_MOST + 5):
        worker.ask("again")
    worker.may_end.set()
    worker.close()
    assert not worker._thread.is_alive()
