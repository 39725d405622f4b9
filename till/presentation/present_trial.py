"""The page of the go-live check."""

from collections.abc import Mapping

from till.domain.money import Money
from till.domain.secret import Secret
from till.presentation.house import House
from till.presentation.owner_state import (
    CloseForm,
    FormKind,
    OpenForm,
    RunPhase,
    SaveTrial,
    StartTrial,
    StopTrial,
    TrialRow,
    TrialState,
)
from till.presentation.owner_views import (
    Field,
    FieldKind,
    Form,
    Message,
    PageView,
    PickFile,
    Submit,
    Table,
    TableRow,
)
from till.presentation.present_owner import error_at, message_of
from till.presentation.views import Action, Tone, Weight
from till.presentation.words import Words

_TONES = {"passed": Tone.WELL, "failed": Tone.BROKEN, "by_hand": Tone.LOOK, "not_run": Tone.CALM}


def present_trial(house: House, state: TrialState, form: OpenForm | None, *, msn: str, amount: Money) -> PageView:
    """Return the steps as they came out; real money is asked about first."""
    words = house.words
    is_asking = form is not None and form.kind is FormKind.TRIAL
    return PageView(
        name="trial",
        title=words.say("page.trial"),
        lead=words.say("trial.lead"),
        message=_message(words, state),
        form=_form(house, state, msn=msn, amount=amount) if is_asking else None,
        table=Table(
            heads=tuple(words.say(f"trial.{name}") for name in ("step", "outcome", "status", "detail")),
            shares=(10, 4, 2, 9),
            rows=tuple(_row(words, row) for row in state.rows),
            empty=words.say("trial.empty"),
            follows=state.phase is RunPhase.RUNNING,
        ),
        actions=() if is_asking else _actions(words, state),
    )


def _message(words: Words, state: TrialState) -> Message | None:
    if state.asked is not None:
        title = words.say(f"trial.{state.asked.code}", **state.asked.figures)
        return Message(Tone.LOOK, title, words.say("trial.asked_text"))
    if state.phase is RunPhase.RUNNING:
        return Message(Tone.CALM, words.say("trial.running"), words.say("trial.running_text", count=_count(state)))
    said = message_of(words, hitch=state.hitch, done=state.done)
    if said is not None or state.phase is not RunPhase.ENDED:
        return said
    passed = sum(row.outcome == "passed" for row in state.rows)
    if passed == len(state.rows):
        return Message(Tone.WELL, words.say("trial.ended_all", count=_count(state)), words.say("trial.ended_all_text"))
    title = words.say("trial.ended", passed=str(passed), count=_count(state))
    has_failed = any(row.outcome == "failed" for row in state.rows)
    return Message(Tone.BROKEN if has_failed else Tone.LOOK, title, words.say("trial.ended_text"))


def _count(state: TrialState) -> str:
    return str(len(state.rows))


def _row(words: Words, row: TrialRow) -> TableRow:
    plan, _, stage = row.name.partition(".")
    own = f"stage.{plan}_{stage}"
    step = f"{words.say(f'plan.{plan}')}: {words.say(own if words.has(own) else f'stage.{stage}')}"
    detail = row.found if row.outcome != "passed" else ""
    cells = (step, words.say(f"trial.{row.outcome}"), "" if row.status is None else str(row.status), detail)
    return TableRow(row.name, cells, _TONES[row.outcome])


def _actions(words: Words, state: TrialState) -> tuple[Action, ...]:
    if state.phase is RunPhase.RUNNING:
        return (Action(words.say("trial.stop"), StopTrial(), "S", weight=Weight.DANGER),)
    is_ended = state.phase is RunPhase.ENDED
    weight = Weight.QUIET if is_ended else Weight.PRIMARY
    start = Action(words.say("trial.start"), OpenForm(FormKind.TRIAL), "S", weight=weight)
    if not is_ended:
        return (start,)

    def pick(kinds: str, ending: str) -> PickFile:
        name = f"{words.say('trial.file')}.{ending}"
        return PickFile(words.say("trial.save_title"), words.say(kinds), name, is_saved=True, wish_of=SaveTrial)

    return (
        Action(words.say("trial.save_pdf"), pick("stickers.pdf_files", "pdf"), "P", weight=Weight.PRIMARY),
        Action(words.say("trial.save_json"), pick("trial.json_files", "json"), "J"),
        start,
    )


def _form(house: House, state: TrialState, *, msn: str, amount: Money) -> Form:
    words, is_test = house.words, house.is_test

    def wish(values: Mapping[str, str]) -> object:
        number = "".join(values["customer"].split()).removeprefix("+")
        return StartTrial(Secret(number) if number else None, values.get("waits") == "yes")

    customer = Field(
        "customer",
        words.say("trial.customer" if is_test else "trial.real_customer"),
        FieldKind.PRIVATE,
        hint=words.say("trial.customer_hint") if is_test else "",
        error=error_at(words, state.hitch, "customer"),
    )
    waits = Field("waits", words.say("trial.waits"), FieldKind.CHECK)
    text = (
        words.say("trial.form_text")
        if is_test
        else words.say("trial.real_text", amount=house.figures.money(amount), msn=msn)
    )
    start = Action(
        words.say("trial.start" if is_test else "trial.real_start"),
        None,
        "Enter" if is_test else "",
        weight=Weight.PRIMARY if is_test else Weight.DANGER,
    )
    return Form(
        name="trial",
        title=words.say("trial.form_title" if is_test else "trial.real_title"),
        text=text,
        fields=(customer, waits) if is_test else (customer,),
        submit=Submit(start, wish),
        actions=(Action(words.say("close_form"), CloseForm(), "Esc"),),
    )
