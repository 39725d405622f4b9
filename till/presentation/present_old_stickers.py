"""The page of old stickers: what would happen, what is happening, and what came of it, row by row."""

from collections.abc import Mapping

from till.presentation.house import House
from till.presentation.owner_state import (
    CloseForm,
    FormKind,
    OpenForm,
    ReadStickers,
    RunPhase,
    StartStickers,
    StickerRow,
    StickersState,
    StopStickers,
    TypeSticker,
)
from till.presentation.owner_views import (
    Field,
    Figure,
    Form,
    Message,
    PageView,
    PickFile,
    Progress,
    Submit,
    Table,
    TableRow,
)
from till.presentation.present_owner import error_at, message_of
from till.presentation.views import Action, Tone, Weight
from till.presentation.words import Words

_TONES = {
    "migrated": Tone.WELL,
    "wrong": Tone.BROKEN,
    "taken": Tone.BROKEN,
    "refused": Tone.BROKEN,
    "unknown": Tone.LOOK,
}


class OldStickersPresenter:
    """Presents the page; rows that stayed the same are not made twice, since a list may have thousands."""

    def __init__(self, house: House) -> None:
        self._words = house.words
        self._made: dict[int, tuple[StickerRow, TableRow]] = {}
        self._is_sent = False

    def present(self, state: StickersState, form: OpenForm | None) -> PageView:
        """Return the page."""
        words = self._words
        is_form = form is not None and form.kind is FormKind.ONE_STICKER
        return PageView(
            name="old_stickers",
            title=words.say("page.old_stickers"),
            lead=words.say("old.lead"),
            message=_message(words, state),
            form=_form(words, state) if is_form else None,
            figures=_figures(words, state),
            progress=_progress(words, state),
            table=self._table(state),
            actions=() if is_form else _actions(words, state),
        )

    def _table(self, state: StickersState) -> Table:
        words = self._words
        is_sent = state.phase not in (RunPhase.NOTHING, RunPhase.READY)
        if is_sent is not self._is_sent:
            self._made, self._is_sent = {}, is_sent
        for row in state.rows:
            made = self._made.get(row.line)
            if made is None or made[0] is not row:
                self._made[row.line] = (row, _row(words, row, is_sent=is_sent))
        rows = tuple(self._made[row.line][1] for row in state.rows)
        return Table(
            heads=tuple(words.say(f"old.{name}") for name in ("line", "sticker", "pos", "what")),
            shares=(2, 6, 5, 10),
            rows=rows if state.phase is RunPhase.RUNNING else tuple(sorted(rows, key=_is_well)),
            empty=words.say("old.empty"),
            follows=state.phase is RunPhase.RUNNING,
        )


def _is_well(row: TableRow) -> bool:
    """Whether nobody need look at a row: those that somebody must stand first."""
    return row.tone not in (Tone.BROKEN, Tone.LOOK)


def _row(words: Words, row: StickerRow, *, is_sent: bool) -> TableRow:
    reason = "; ".join(words.say(f"reason.{one.code.removeprefix('reason_')}", **one.figures) for one in row.reasons)
    if row.outcome == "open":
        what = reason or words.say("old.waits" if is_sent else "old.will")
    elif row.outcome == "migrated" and not is_sent:
        what = words.say("old.done_before")
    else:
        what = words.say(f"old.{row.outcome}", reason=reason)
    tone = _TONES.get(row.outcome, Tone.CALM)
    return TableRow(str(row.line), (str(row.line), row.beacon or "–", row.name, what), tone)


def _count(state: StickersState, *outcomes: str) -> int:
    return sum(row.outcome in outcomes for row in state.rows)


def _left(state: StickersState) -> int:
    return len(state.rows) - _count(state, "migrated", "wrong")


def _message(words: Words, state: StickersState) -> Message | None:
    failed = message_of(words, hitch=state.hitch)
    left, done, wrong = str(_left(state)), str(_count(state, "migrated")), str(_count(state, "wrong"))
    match state.phase:
        case RunPhase.NOTHING:
            return failed
        case RunPhase.READY:
            title = words.say("old.dry_title", left=left, whole=str(len(state.rows)))
            return failed or Message(Tone.CALM, title, words.say("old.dry_text", done=done, wrong=wrong))
        case RunPhase.RUNNING:
            return Message(Tone.CALM, words.say("old.running_title"), words.say("old.running_text"))
        case RunPhase.STOPPED:
            text = words.say("old.stopped_text", left=left)
            why = f"{failed.text} " if failed is not None else ""
            return Message(Tone.LOOK, words.say("old.stopped_title"), why + text)
        case RunPhase.ENDED:
            is_whole = left == wrong == "0"
            text = words.say("old.ended_all") if is_whole else words.say("old.ended_text", left=left, wrong=wrong)
            tone = Tone.WELL if is_whole else Tone.LOOK
            return failed or Message(tone, words.say("old.ended_title", done=done), text)


def _progress(words: Words, state: StickersState) -> Progress | None:
    if state.phase not in (RunPhase.RUNNING, RunPhase.STOPPED):
        return None
    whole = len(state.rows) - _count(state, "wrong")
    done = _count(state, "migrated", "taken", "refused", "unknown")
    return Progress(done, whole, words.say("old.running", done=str(done), whole=str(whole)))


def _figures(words: Words, state: StickersState) -> tuple[Figure, ...]:
    if state.phase is RunPhase.NOTHING:
        return ()
    source = Figure(words.say("old.list"), state.source or words.say("old.typed"))
    if state.phase is RunPhase.READY:
        return (source,)
    return (source, Figure(words.say("old.report"), state.report))


def _actions(words: Words, state: StickersState) -> tuple[Action, ...]:
    if state.phase is RunPhase.RUNNING:
        return (Action(words.say("old.stop"), StopStickers(), "S", weight=Weight.PRIMARY),)
    left = _left(state)
    pick = PickFile(
        title=words.say("old.choose_title"),
        kinds=words.say("old.csv_files"),
        name="",
        is_saved=False,
        wish_of=ReadStickers,
    )
    may_start = left > 0 and state.phase is not RunPhase.NOTHING
    chooses = Weight.QUIET if may_start else Weight.PRIMARY
    actions = (
        Action(words.say("old.choose"), pick, "L", weight=chooses),
        Action(words.say("old.one"), OpenForm(FormKind.ONE_STICKER), "N"),
    )
    if not may_start:
        return actions
    key = "old.start" if state.phase is RunPhase.READY else "old.go_on"
    start = Action(words.say(key, count=str(left)), StartStickers(), "S", weight=Weight.PRIMARY)
    return (start, *actions)


def _form(words: Words, state: StickersState) -> Form:
    def wish(values: Mapping[str, str]) -> object:
        return TypeSticker(values["beacon"].strip(), values["name"].strip())

    return Form(
        name="one_sticker",
        title=words.say("old.one_title"),
        text=words.say("old.one_text"),
        fields=tuple(
            Field(
                one,
                words.say(f"old.{one}"),
                hint=words.say(f"old.{one}_hint"),
                error=error_at(words, state.hitch, one),
            )
            for one in ("beacon", "name")
        ),
        submit=Submit(Action(words.say("old.look"), None, "Enter", weight=Weight.PRIMARY), wish),
        actions=(Action(words.say("close_form"), CloseForm(), "Esc"),),
    )
