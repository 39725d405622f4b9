"""Closing the day: what stands in the way or what will be closed, and the report that comes of it."""

from till.domain.day import DayReport, DayTotals, LeftOpen, Tally
from till.domain.day_close import CloseDay, ReportDay, left_open, refusal_to_close
from till.domain.faults import RefusalCode
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import ShowPanel
from till.presentation.house import House
from till.presentation.present_receipt import receipt_head, vat_cells, vat_head
from till.presentation.views import (
    Action,
    Mark,
    PaymentPanel,
    ReceiptRow,
    ReceiptSection,
    ReceiptView,
    ReportPanel,
    StepView,
    Tone,
    Weight,
)

#: So many open things are named on the panel; all of them are on the list and on the report.
LEFT_MOST = 5


def present_day(house: House, snapshot: Snapshot) -> PaymentPanel:
    """Return the panel that closes the day: with one strong step, which is to clear up where something stands in the way."""
    words, state = house.words, snapshot.state
    refusal = refusal_to_close(state, house.day_close)
    left = left_open(state)
    actions = [
        Action(words.say("day.back"), ShowPanel(Panel.SELLING), "Esc"),
        Action(words.say("day.x_report"), ReportDay(), "X"),
    ]
    tone, title, detail, strong = Tone.CALM, words.say("day.title"), words.say("day.detail"), ""
    if refusal is None:
        actions.append(Action(words.say("day.close"), CloseDay(), "Enter", weight=Weight.PRIMARY))
    else:
        tone, title = Tone.LOOK, words.say(f"day.{refusal.code.value}.title")
        detail, strong = words.refusal(refusal.code, refusal.detail), words.say(f"day.{refusal.code.value}.now")
    if refusal is not None and refusal.code is RefusalCode.DAY_STILL_OPEN:
        open_list = Action(words.say("bar.open_payments"), ShowPanel(Panel.OPEN_PAYMENTS), "F8", weight=Weight.PRIMARY)
        actions.append(open_list)
    return PaymentPanel(
        tone,
        words.say("day.kicker"),
        title,
        _sales(house, state.day.totals),
        detail,
        strong,
        None,
        _left_steps(house, left),
        words.say("day.carried") if left and refusal is None else "",
        tuple(actions),
        "" if state.day.since is None else words.say("day.since", at=house.figures.day_and_time(state.day.since)),
    )


def present_day_report(house: House, snapshot: Snapshot) -> ReportPanel | None:
    """Return the newest report of a day, on its paper; None before there was one."""
    report = snapshot.state.day.report
    if report is None:
        return None
    done = Action(house.words.say("day.done"), ShowPanel(Panel.SELLING), "Enter", weight=Weight.PRIMARY)
    note = house.words.say("day.next" if report.number is not None else "day.goes_on")
    return ReportPanel(present_report(house, report), note, done)


def present_report(house: House, report: DayReport) -> ReceiptView:
    """Return a day's report as finished text, for screen and file."""
    words, figures, totals = house.words, house.figures, report.totals
    is_close = report.number is not None
    taken = (ReceiptRow(_counted(words.brand, one.tally), figures.money(one.tally.amount)) for one in totals.taken)
    stamp = f"z-report-{report.number:04}" if is_close else f"x-report-{figures.file_stamp(report.at)}"
    return ReceiptView(
        name=stamp,
        head=receipt_head(house),
        mark=words.say("day.test") if house.is_test else "",
        title=words.say("day.z_title", number=str(report.number)) if is_close else words.say("day.x_title"),
        facts=_facts(house, report),
        rows=tuple(
            ReceiptRow(_counted(one.group or words.say("day.no_group"), one.tally), figures.amount(one.tally.amount))
            for one in totals.groups
        ),
        totals=(
            ReceiptRow(words.say("day.turnover"), figures.money(totals.sales.amount)),
            *taken,
            ReceiptRow(_counted(words.say("day.given_back"), totals.given_back), _less(house, totals.given_back)),
            ReceiptRow(words.say("day.net"), figures.money(totals.sales.amount - totals.given_back.amount)),
        ),
        vat_head=vat_head(house),
        vat_rows=tuple(vat_cells(house, share) for share in totals.vat),
        foot=(),
        close_label="",
        sections=_sections(house, report),
    )


def _facts(house: House, report: DayReport) -> tuple[ReceiptRow, ...]:
    words, figures, totals = house.words, house.figures, report.totals
    since = "–" if report.since is None else figures.day_and_time(report.since)
    return (
        ReceiptRow(words.say("receipt.till", till=house.till), figures.day_and_time(report.at)),
        ReceiptRow(words.say("day.from"), since),
        ReceiptRow(words.say("day.receipts"), _receipts(totals)),
    )


def _sections(house: House, report: DayReport) -> tuple[ReceiptSection, ...]:
    """Return counts, what is open, and last the totals that only grow (§ 2-8-2 wants them at the end)."""
    words, figures, totals, grand = house.words, house.figures, report.totals, report.grand
    counts = ReceiptSection(
        words.say("day.counts"),
        (
            ReceiptRow(words.say("day.sales"), str(totals.sales.number)),
            ReceiptRow(_counted(words.say("day.corrections"), totals.corrections), _less(house, totals.corrections)),
            ReceiptRow(_counted(words.say("day.voided"), totals.voided), figures.amount(totals.voided.amount)),
            ReceiptRow(_counted(words.say("day.doubles"), totals.doubles), figures.amount(totals.doubles.amount)),
            ReceiptRow(
                _counted(words.say("day.doubles_returned"), totals.doubles_returned),
                _less(house, totals.doubles_returned),
            ),
        ),
    )
    left = ReceiptSection(
        words.say("day.left"),
        tuple(
            ReceiptRow(words.say(f"day.left_{one.kind.value}"), figures.amount(one.amount), one.name)
            for one in report.left_open
        )
        or (ReceiptRow(words.say("day.left_none"), "0"),),
    )
    grown = ReceiptSection(
        words.say("day.grand"),
        (
            ReceiptRow(words.say("day.grand_sales"), figures.money(grand.sales)),
            ReceiptRow(words.say("day.grand_returns"), figures.money(grand.returns)),
            ReceiptRow(words.say("day.grand_net"), figures.money(grand.net)),
        ),
    )
    return (counts, left, grown)


def _left_steps(house: House, left: tuple[LeftOpen, ...]) -> tuple[StepView, ...]:
    words = house.words
    steps = [
        StepView(Mark.UNKNOWN, f"{words.say(f'day.left_{one.kind.value}')} {one.name}", house.figures.money(one.amount))
        for one in left[:LEFT_MOST]
    ]
    if len(left) > LEFT_MOST:
        steps.append(StepView(Mark.UNKNOWN, words.say("day.left_more", count=str(len(left) - LEFT_MOST))))
    return tuple(steps)


def _sales(house: House, totals: DayTotals) -> str:
    if not totals.sales.number:
        return house.words.say("day.no_sales")
    return house.words.say("day.so_far", count=str(totals.sales.number), receipts=_receipts(totals))


def _receipts(totals: DayTotals) -> str:
    if totals.first_receipt is None or totals.last_receipt is None:
        return "–"
    return f"{totals.first_receipt:04}–{totals.last_receipt:04}"


def _counted(name: str, tally: Tally) -> str:
    return f"{name} ({tally.number})"


def _less(house: House, tally: Tally) -> str:
    """Return an amount that was taken off, with its minus sign."""
    return house.figures.amount(-tally.amount)
