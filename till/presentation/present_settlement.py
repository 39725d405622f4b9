"""The page of settlements, and the same day on paper."""

from collections.abc import Mapping
from datetime import date, timedelta

from till.domain.money import Money
from till.domain.reconciliation import Difference, Reason, Reconciliation
from till.presentation.house import House
from till.presentation.owner_state import CompareDay, DayState, SaveDay
from till.presentation.owner_views import (
    Field,
    FieldKind,
    Figure,
    Form,
    Message,
    PageView,
    PickFile,
    Submit,
    Table,
    TableRow,
)
from till.presentation.paper import Paper, PaperRow
from till.presentation.present_owner import error_at, message_of
from till.presentation.views import Action, Tone, Weight
from till.presentation.words import Words

#: What may still come right by itself.
_HARMLESS = (Reason.OTHER_DAY, Reason.DAY_OPEN)


def present_settlement(house: House, state: DayState, today: date) -> PageView:
    """Return the day's sums and every difference with its reason."""
    words, seen = house.words, state.seen
    failed = message_of(words, is_busy=state.is_busy, hitch=state.hitch, done=state.done)
    return PageView(
        name="settlement",
        title=words.say("page.settlement"),
        lead=words.say("settlement.lead"),
        message=failed or (None if seen is None else _verdict(words, seen)),
        form=_form(words, state, today),
        figures=() if seen is None else _figures(house, seen),
        table=_table(house, seen),
        actions=() if seen is None else _actions(words, seen),
    )


def paper_of_day(house: House, seen: Reconciliation) -> Paper:
    """Return a compared day as it stands on paper."""
    words = house.words
    verdict = _verdict(words, seen)
    sums = tuple((one.label, one.value) for one in _figures(house, seen))
    return Paper(
        title=words.say("settlement.paper_title", day=seen.day.isoformat()),
        facts=((words.say("settlement.shop"), house.shop), (verdict.title, verdict.text), *sums),
        head=(
            words.say("settlement.reference"),
            words.say("settlement.reason"),
            words.say("settlement.in_journal"),
            words.say("settlement.in_books"),
        ),
        rows=tuple(
            PaperRow(
                (one.reference, _why(words, one), _amount(house, one.journal), _amount(house, one.report)),
                words.say(f"settlement.{one.kind.value}"),
                is_marked=one.reason not in _HARMLESS,
            )
            for one in seen.differences
        ),
    )


def _verdict(words: Words, seen: Reconciliation) -> Message:
    serious = sum(one.reason not in _HARMLESS for one in seen.differences)
    matched = str(len(seen.matched))
    if serious:
        tone, text = Tone.BROKEN, words.say("settlement.differs_text", matched=matched)
        if seen.is_open:
            text = f"{text} {words.say('settlement.open_title')}. {words.say('settlement.open_text')}"
        return Message(tone, words.say("settlement.differs_title", count=str(serious)), text)
    if seen.is_open:
        return Message(Tone.LOOK, words.say("settlement.open_title"), words.say("settlement.open_text"))
    is_empty = not seen.matched and not seen.differences
    text = words.say("settlement.no_till") if is_empty else words.say("settlement.agrees_text", count=matched)
    return Message(Tone.WELL, words.say("settlement.agrees_title"), text)


def _figures(house: House, seen: Reconciliation) -> tuple[Figure, ...]:
    words, money, report = house.words, house.figures.money, seen.report

    def both(name: str, journal: Money, booked: Money) -> Figure:
        sums = words.say("settlement.sums", journal=money(journal), report=money(booked))
        if journal == booked:
            sums = money(booked)
        return Figure(words.say(f"settlement.{name}"), sums, is_strong=True)

    def one(name: str, booked: Money) -> Figure:
        return Figure(words.say(f"settlement.{name}"), money(booked))

    rest = [(name, sum_) for name, sum_ in (("retained", report.retained), ("other", report.other)) if sum_.minor]
    return (
        both("captured", seen.captured, report.captured),
        both("refunded", seen.refunded, report.refunded),
        one("fees", report.fees),
        *(one(name, sum_) for name, sum_ in rest),
        one("payout", report.payout),
        *(Figure(words.say("settlement.payout_number"), number) for number in report.payout_numbers),
        *((one("elsewhere", seen.elsewhere),) if seen.elsewhere.minor else ()),
    )


def _table(house: House, seen: Reconciliation | None) -> Table:
    words = house.words
    return Table(
        heads=tuple(
            words.say(f"settlement.{name}") for name in ("reference", "kind", "in_journal", "in_books", "reason")
        ),
        shares=(8, 4, 4, 4, 9),
        rows=() if seen is None else tuple(_row(house, place, one) for place, one in enumerate(seen.differences)),
        empty=words.say("settlement.none_yet" if seen is None else "settlement.empty"),
    )


def _row(house: House, place: int, one: Difference) -> TableRow:
    words = house.words
    return TableRow(
        name=str(place),
        cells=(
            one.reference,
            words.say(f"settlement.{one.kind.value}"),
            _amount(house, one.journal),
            _amount(house, one.report),
            _why(words, one),
        ),
        tone=Tone.LOOK if one.reason in _HARMLESS else Tone.BROKEN,
    )


def _why(words: Words, one: Difference) -> str:
    return words.say(f"settlement.{one.reason.value}")


def _amount(house: House, amount: Money | None) -> str:
    return house.words.say("none") if amount is None else house.figures.money(amount)


def _form(words: Words, state: DayState, today: date) -> Form:
    def wish(values: Mapping[str, str]) -> object:
        return CompareDay(date.fromisoformat(values["day"]))

    day = state.day or today - timedelta(days=1)
    weight = Weight.PRIMARY if state.seen is None else Weight.QUIET
    return Form(
        name="day",
        title="",
        text="",
        fields=(
            Field(
                "day",
                words.say("settlement.day"),
                FieldKind.DAY,
                value=day.isoformat(),
                most=today.isoformat(),
                error=error_at(words, state.hitch, "day"),
            ),
        ),
        submit=Submit(
            Action(words.say("settlement.ask"), None, "Enter", weight=weight, is_enabled=not state.is_busy), wish
        ),
    )


def _actions(words: Words, seen: Reconciliation) -> tuple[Action, ...]:
    name = words.say("settlement.file", day=seen.day.isoformat())

    def pick(kinds: str, ending: str) -> PickFile:
        title = words.say("settlement.save_title")
        return PickFile(title, words.say(f"{kinds}"), f"{name}.{ending}", is_saved=True, wish_of=SaveDay)

    return (
        Action(words.say("settlement.save_pdf"), pick("stickers.pdf_files", "pdf"), "P"),
        Action(words.say("settlement.save_csv"), pick("settlement.csv_files", "csv"), "T"),
    )
