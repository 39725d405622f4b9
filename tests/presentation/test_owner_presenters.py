"""The owner's pages as finished words: every state in every language, and every word that a worker may ask for."""

import re
import tomllib
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from tests.presentation.test_presenters import LANGUAGES, house
from till.domain.money import Currency, Money
from till.domain.reconciliation import Difference, Kind, Reason, Reconciliation, Sums
from till.domain.secret import Secret
from till.owner import hitches
from till.presentation.house import House
from till.presentation.owner_state import (
    ChangeCode,
    CodeKind,
    CodesState,
    CompareDay,
    DayState,
    DeleteCode,
    Done,
    FormKind,
    Hitch,
    MakeCode,
    OpenForm,
    OwnerPage,
    OwnerShown,
    PrintedCode,
    RunPhase,
    SaveDay,
    SaveSheet,
    StartStickers,
    StartTrial,
    StickerRow,
    StickersState,
    TrialRow,
    TrialState,
    TypeSticker,
    UnitRow,
    UnitsState,
    WebhookRow,
    WebhooksState,
)
from till.presentation.owner_views import OpenFile, PageView, PickFile
from till.presentation.present_codes import present_codes
from till.presentation.present_old_stickers import OldStickersPresenter
from till.presentation.present_owner import present_owner, said
from till.presentation.present_settlement import paper_of_day, present_settlement
from till.presentation.present_trial import present_trial
from till.presentation.present_units import present_units
from till.presentation.present_webhooks import present_webhooks
from till.presentation.views import Tone, Weight
from till.presentation.words import Words, flatten
from till.resource_files import resource_path
from till.verify import checklist
from till.verify.report import Outcome as StepOutcome
from till.verify.service import Needed
from till.vipps import migration
from till.vipps.management import Warned
from till.vipps.migration import Outcome
from till.vipps.qr_requests import Category

DAY = date(2026, 11, 20)
TODAY = DAY + timedelta(days=1)
KIOSK = PrintedCode(CodeKind.CALLBACK, "kiosk", "Kiosken")
MENU = PrintedCode(CodeKind.REDIRECT, "meny", "https://example.com/meny", 86_400 * 3)
_ERROR = re.compile(r'Hitch\("([a-z_]+)"')


def table_of(language: str) -> dict[str, str]:
    return flatten(tomllib.loads(resource_path(f"words/owner/{language}.toml").read_text(encoding="utf-8")))


def owners(language: str = "nb") -> House:
    table = tomllib.loads(resource_path(f"words/owner/{language}.toml").read_text(encoding="utf-8"))
    return replace(house(language), words=Words(table, brand="Vipps"))


def kroner(minor: int) -> Money:
    return Money(minor, Currency.NOK)


def compared(*differences: Difference, is_open: bool = False) -> Reconciliation:
    sums = Sums(kroner(10000), kroner(0), kroner(-175), kroner(0), kroner(-9825), kroner(0), ("2000000",))
    return Reconciliation(DAY, is_open, kroner(10000), kroner(0), sums, (), differences, kroner(0))


def differing(reason: Reason) -> Difference:
    return Difference(reason, Kind.CAPTURE, "test-kasse1-261120-0001-1", "", kroner(10000), None)


def wishes(page: PageView) -> list[object]:
    return [action.wish for action in page.actions]


# ------------------------------------------------------------------------------------------------ words


def test_every_language_has_the_same_words() -> None:
    files = sorted(path.stem for path in resource_path("words/owner").glob("*.toml"))
    assert files == LANGUAGES
    first, *others = [table_of(language) for language in files]
    for other in others:
        assert set(other) == set(first)
        assert all(
            sorted(re.findall(r"{\w+}", other[key])) == sorted(re.findall(r"{\w+}", first[key])) for key in first
        )


def test_whatever_a_worker_says_has_its_words() -> None:
    known = set(table_of("en"))
    for path in (resource_path("words").parent.parent / "till" / "owner").glob("*.py"):
        assert {f"hitch.{code}" for code in _ERROR.findall(path.read_text(encoding="utf-8"))} <= known, path
    assert {f"hitch.field_{field}" for field in hitches._FIELDS} <= known
    assert {f"hitch.list_{code}" for code in migration._REFUSED} <= known
    assert {f"reason.{code}" for code in migration.REASONS} <= known
    assert {f"hitch.{code}" for code in ("production_only", "no_ledger", "other_currency")} <= known
    assert {f"settlement.{one.value}" for one in (*Reason, *Kind)} <= known
    assert {f"warning.{one.value}" for one in Warned} <= known
    assert {f"trial.{one.value}" for one in (*StepOutcome, *Needed)} <= known
    assert {f"stickers.category_{one.value.lower()}" for one in Category} <= known
    assert {f"old.{one.value}" for one in Outcome if one is not Outcome.OPEN} <= known
    for plan in (*checklist.test_plans(), checklist.real_plan()):
        assert {f"plan.{plan.name}", *(f"stage.{stage.name}" for stage in plan.stages)} <= known
    of_the_hub = ("hub.connected", "hub.registered", "hub.heard")
    for name in ("access.token", "errors.unknown_reference", "webhooks.list", "headers.system", *of_the_hub):
        assert {f"plan.{name.split('.')[0]}", f"stage.{name.split('.')[1]}"} <= known


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_every_page_can_be_said(language: str) -> None:
    shop = owners(language)
    hitch = Hitch("no_network")
    forms = [
        None,
        *(OpenForm(FormKind.MAKE, code_kind=kind) for kind in CodeKind),
        *(OpenForm(kind, code, code.kind) for kind in (FormKind.CHANGE, FormKind.DELETE) for code in (KIOSK, MENU)),
        OpenForm(FormKind.SHEET),
    ]
    pages = [
        present_codes(shop, state, form)
        for form in forms
        for state in (
            CodesState(),
            CodesState((), is_busy=True),
            CodesState((KIOSK, MENU), done=Done("sheet_saved", {"count": "2", "path": "a.pdf"})),
            CodesState((KIOSK, replace(MENU, left_s=7200)), hitch=hitch),
        )
    ]
    rows = tuple(
        StickerRow(line, "1" * 15, "Kasse", one.value, (Hitch("reason_taken"),)) for line, one in enumerate(Outcome)
    )
    old = OldStickersPresenter(shop)
    pages += [
        old.present(
            StickersState(phase, "a.csv", "b.csv", rows if phase is not RunPhase.NOTHING else (), problem), form
        )
        for phase in RunPhase
        for problem in (None, hitch)
        for form in (None, OpenForm(FormKind.ONE_STICKER))
    ]
    seen = [None, compared(), compared(is_open=True), *(compared(differing(one), is_open=True) for one in Reason)]
    pages += [present_settlement(shop, DayState(DAY, seen=one), TODAY) for one in seen]
    unit = UnitRow(
        "900001", "Kiosk", is_ours=True, rights=(("push", None),), warnings=tuple(one.value for one in Warned)
    )
    pages += [present_units(shop, UnitsState(units)) for units in (None, (), (unit,), (replace(unit, warnings=()),))]
    steps = tuple(TrialRow("partial.create", one.value, "a", 201, "") for one in StepOutcome)
    for phase in RunPhase:
        for asked in (None, *(Hitch(one.value, figures={"reference": "a"}) for one in Needed)):
            state = TrialState(phase, steps, asked)
            pages.append(present_trial(shop, state, OpenForm(FormKind.TRIAL), msn="900001", amount=kroner(200)))
            pages.append(present_trial(shop, state, None, msn="900001", amount=kroner(200)))
    hook = WebhookRow("an-id", "https://example.com", 8, 0, is_kept=True)
    hooks = WebhooksState((hook, replace(hook, lacking=2), replace(hook, is_kept=False)))
    for form in (None, OpenForm(FormKind.WEBHOOK), OpenForm(FormKind.WEBHOOK_GONE, webhook=hook)):
        pages += [present_webhooks(shop, one, form) for one in (WebhooksState(), hooks, replace(hooks, hitch=hitch))]
    for page in pages:
        view = present_owner(shop, OwnerShown(), page)
        assert "{" not in repr([view.title, page.title, page.lead, page.message, page.figures])
        strong = [
            one for one in (*page.actions, *(page.form.actions if page.form else ())) if one.weight is Weight.PRIMARY
        ]
        is_form_strong = page.form is not None and page.form.submit.action.weight is Weight.PRIMARY
        assert len(strong) + is_form_strong <= 1, page.title


# ------------------------------------------------------------------------------------------------ stickers


def test_what_is_wrong_stands_at_its_field_and_nowhere_else() -> None:
    hitch = Hitch("location_long", "text", {"characters": "37", "most": "36"})
    page = present_codes(owners(), CodesState((), hitch=hitch), OpenForm(FormKind.MAKE))
    assert page.form is not None
    assert [bool(field.error) for field in page.form.fields] == [True, False, False]
    assert "37 tegn" in page.form.fields[0].error
    assert page.message is None
    alone = present_codes(owners(), CodesState((), hitch=Hitch("not_found", "id")), OpenForm(FormKind.DELETE, KIOSK))
    assert alone.message is not None
    assert alone.message.tone is Tone.BROKEN


def test_the_forms_of_a_code_make_its_wishes() -> None:
    def wish(form: OpenForm, **values: str) -> object:
        made = present_codes(owners(), CodesState((KIOSK, MENU)), form).form
        assert made is not None
        return made.submit.wish_of(values)

    make, lead = OpenForm(FormKind.MAKE), OpenForm(FormKind.MAKE, code_kind=CodeKind.REDIRECT)
    assert wish(make, text=" Bakeri ", id="", category="VENDING") == MakeCode(
        CodeKind.CALLBACK, "", "Bakeri", "VENDING"
    )
    assert wish(lead, text="https://a.no", id="a", days="7") == MakeCode(
        CodeKind.REDIRECT, "a", "https://a.no", "", "7"
    )
    change = OpenForm(FormKind.CHANGE, KIOSK)
    assert wish(change, text="Bua", category="") == ChangeCode(CodeKind.CALLBACK, "kiosk", "Bua")
    assert wish(OpenForm(FormKind.DELETE, MENU)) == DeleteCode(CodeKind.REDIRECT, "meny")
    picked = wish(OpenForm(FormKind.SHEET, KIOSK), copies="6")
    assert isinstance(picked, PickFile)
    assert picked.wish_of("a.pdf") == SaveSheet("kiosk", "6", "a.pdf")


def test_only_codes_that_check_in_are_printed_and_a_saved_sheet_can_be_opened() -> None:
    none = present_codes(owners(), CodesState((MENU,)), None)
    assert [action.is_enabled for action in none.actions] == [True, True, False, True]
    done = Done("sheet_saved", {"count": "6", "path": "a.pdf"})
    page = present_codes(owners(), CodesState((KIOSK, MENU), done=done), None)
    assert page.actions[0].wish == OpenFile("a.pdf")
    assert page.table is not None
    assert [len(row.actions) for row in page.table.rows] == [3, 2]
    assert page.table.rows[1].cells[3] == "3 dager til"


# ------------------------------------------------------------------------------------------------ old stickers


def test_a_list_is_told_row_by_row_before_it_is_sent_those_that_are_wrong_first() -> None:
    rows = (
        StickerRow(2, "100000000000001", "Kasse 1", "open"),
        StickerRow(
            3, "12345", "Kasse 2", "wrong", (Hitch("reason_beacon_digits", figures={"digits": "5", "most": "15"}),)
        ),
        StickerRow(4, "100000000000003", "Kasse 3", "migrated"),
    )
    state = StickersState(RunPhase.READY, "a.csv", "a-report.csv", rows)
    presenter = OldStickersPresenter(owners())
    page = presenter.present(state, None)
    assert page.table is not None
    assert [row.cells[3] for row in page.table.rows] == [
        "sendes ikke: nummeret har 5 sifre, og skal ha 15",
        "blir overført",
        "ble overført tidligere",
    ]
    assert page.message is not None
    assert page.message.title == "1 av 3 klistremerker vil bli overført"
    assert wishes(page)[0] == StartStickers()
    running = presenter.present(replace(state, phase=RunPhase.RUNNING), None)
    assert running.table is not None
    assert [row.cells[0] for row in running.table.rows] == ["2", "3", "4"]
    assert running.progress is not None
    assert (running.progress.done, running.progress.whole) == (1, 2)
    again = presenter.present(replace(state, phase=RunPhase.RUNNING), None)
    assert again.table is not None
    assert all(one is other for one, other in zip(running.table.rows, again.table.rows, strict=True))


def test_a_run_without_a_network_says_that_nothing_is_lost_and_offers_to_go_on() -> None:
    rows = (StickerRow(2, "1" * 15, "Kasse 1", "migrated"), StickerRow(3, "2" * 15, "Kasse 2", "open"))
    state = StickersState(RunPhase.STOPPED, "a.csv", "b.csv", rows, Hitch("no_network"))
    page = OldStickersPresenter(owners("en")).present(state, None)
    assert page.message is not None
    assert page.message.title == "Stopped; nothing is lost"
    assert "Check the network" in page.message.text
    assert (page.actions[0].label, page.actions[0].wish) == ("Go on (1 left)", StartStickers())


def test_one_sticker_is_typed_in_a_form() -> None:
    hitch = Hitch("reason_name_long", "name", {"characters": "37", "most": "36"})
    state = StickersState(hitch=hitch)
    page = OldStickersPresenter(owners()).present(state, OpenForm(FormKind.ONE_STICKER))
    assert page.form is not None
    assert page.form.fields[1].error == "Stedet har 37 tegn; kundene ser høyst 36."
    assert page.form.submit.wish_of({"beacon": " 1 ", "name": "Kasse"}) == TypeSticker("1", "Kasse")


# ------------------------------------------------------------------------------------------------ settlement


def test_a_day_says_what_differs_and_what_may_still_come() -> None:
    page = present_settlement(owners(), DayState(DAY, seen=compared(differing(Reason.MISSING_IN_REPORT))), TODAY)
    assert page.message is not None
    assert (page.message.tone, page.message.title) == (Tone.BROKEN, "1 bevegelser avviker")
    assert page.table is not None
    assert page.table.rows[0].cells[1:] == ("trekk", "100,00 kr", "–", "i journalen, men ikke hos Vipps")
    still_open = present_settlement(
        owners(), DayState(DAY, seen=compared(differing(Reason.DAY_OPEN), is_open=True)), TODAY
    )
    assert still_open.message is not None
    assert (still_open.message.tone, "en halvtime" in still_open.message.text) == (Tone.LOOK, True)
    both = compared(differing(Reason.DOUBLED), is_open=True)
    assert (
        "fortsatt åpen" in (present_settlement(owners(), DayState(DAY, seen=both), TODAY).message or page.message).text
    )


def test_the_day_before_is_offered_and_none_that_is_to_come() -> None:
    page = present_settlement(owners(), DayState(), TODAY)
    assert page.form is not None
    (day,) = page.form.fields
    assert (day.value, day.most) == ("2026-11-20", "2026-11-21")
    assert page.form.submit.wish_of({"day": "2026-11-19"}) == CompareDay(date(2026, 11, 19))
    ready = present_settlement(owners(), DayState(DAY, seen=compared()), TODAY)
    picks = [one for one in wishes(ready) if isinstance(one, PickFile)]
    assert [one.name for one in picks] == ["oppgjor-2026-11-20.pdf", "oppgjor-2026-11-20.csv"]
    assert picks[0].wish_of("a.pdf") == SaveDay("a.pdf")


def test_a_days_paper_marks_what_somebody_must_look_at() -> None:
    paper = paper_of_day(owners(), compared(differing(Reason.DOUBLED), differing(Reason.OTHER_DAY)))
    assert [row.is_marked for row in paper.rows] == [True, False]
    assert ("Utbetalt til banken", "−98,25 kr") in paper.facts


# ------------------------------------------------------------------------------------------------ units and check


def test_a_sales_unit_is_shown_with_what_to_mind() -> None:
    unit = UnitRow("900001", "Kiosk", is_ours=True, rights=(("payments", True), ("push", False)), warnings=("no_push",))
    page = present_units(owners("en"), UnitsState((unit,)))
    assert page.table is not None
    assert page.table.rows[0].cells == ("900001", "Kiosk (this till)", "yes", "no", "not told", "not told")
    assert page.message is not None
    assert "may not send payments" in page.message.text


def test_real_money_is_asked_about_first_and_no_key_agrees() -> None:
    shop = replace(owners(), is_test=False)
    page = present_trial(shop, TrialState(), OpenForm(FormKind.TRIAL), msn="900001", amount=kroner(200))
    assert page.form is not None
    assert "2,00 kr hos salgsenhet 900001" in page.form.text
    assert (page.form.submit.action.key, page.form.submit.action.weight) == ("", Weight.DANGER)
    assert page.form.submit.wish_of({"customer": "+47 00 00 00 01"}) == StartTrial(Secret("4700000001"))


def test_a_hitch_is_said_as_a_sentence() -> None:
    words = owners("en").words
    assert said(words, Hitch("reason_name_empty")) == "The place is missing."
    assert len(OwnerPage) == len(present_owner(owners(), OwnerShown(), present_units(owners(), UnitsState())).pages)
