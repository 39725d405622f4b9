"""The page of stickers."""

from collections.abc import Mapping

from till.presentation.house import House
from till.presentation.owner_state import (
    ChangeCode,
    CloseForm,
    CodeKind,
    CodesState,
    DeleteCode,
    FormKind,
    Hitch,
    ListCodes,
    MakeCode,
    OpenForm,
    PrintedCode,
    SaveSheet,
)
from till.presentation.owner_views import Field, FieldKind, Form, OpenFile, PageView, PickFile, Submit, Table, TableRow
from till.presentation.present_owner import error_at, message_of
from till.presentation.views import Action, Weight
from till.presentation.words import Words

_CATEGORIES = ("", "IN_STORE", "VENDING")
_HOUR_S, _DAY_S = 3600, 86_400


def present_codes(house: House, state: CodesState, form: OpenForm | None) -> PageView:
    """Return the list of codes, or the form that is open beside it."""
    words = house.words
    return PageView(
        name="stickers",
        title=words.say("page.stickers"),
        lead=words.say("stickers.lead"),
        message=message_of(words, is_busy=state.is_busy, hitch=_at_no_field(state, form), done=state.done),
        form=None if form is None else _form(words, state, form),
        table=_table(words, state, has_actions=form is None),
        actions=() if form is not None else _actions(words, state),
    )


def _at_no_field(state: CodesState, form: OpenForm | None) -> Hitch | None:
    """Return a hitch that no field of an open form can show."""
    hitch = state.hitch
    if hitch is None or form is None or hitch.at not in _fields_of(form):
        return None if hitch is None else Hitch(hitch.code, figures=hitch.figures)
    return hitch


def _actions(words: Words, state: CodesState) -> tuple[Action, ...]:
    is_first = not state.codes
    can_print = any(code.kind is CodeKind.CALLBACK for code in state.codes or ())
    is_ready = not state.is_busy
    make = OpenForm(FormKind.MAKE, code_kind=CodeKind.CALLBACK)
    make_redirect = OpenForm(FormKind.MAKE, code_kind=CodeKind.REDIRECT)
    primary, quiet = Weight.PRIMARY, Weight.QUIET
    done = state.done
    saved = () if done is None or done.code != "sheet_saved" else (OpenFile(done.figures["path"]),)
    return (
        *(Action(words.say("stickers.open_sheet"), one, "O") for one in saved),
        Action(words.say("stickers.make"), make, "N", weight=primary if is_first else quiet, is_enabled=is_ready),
        Action(words.say("stickers.make_redirect"), make_redirect, "W", is_enabled=is_ready),
        Action(
            words.say("stickers.sheet"),
            OpenForm(FormKind.SHEET),
            "P",
            weight=quiet if is_first else primary,
            is_enabled=is_ready and can_print,
        ),
        Action(words.say("stickers.reload"), ListCodes(), "F5", is_enabled=is_ready),
    )


def _table(words: Words, state: CodesState, *, has_actions: bool) -> Table:
    return Table(
        heads=tuple(words.say(f"stickers.{name}") for name in ("id", "text", "kind", "life")),
        shares=(4, 8, 3, 3),
        rows=tuple(_row(words, code, has_actions=has_actions and not state.is_busy) for code in state.codes or ()),
        empty=words.say("stickers.empty") if state.codes is not None else "",
        hint=words.say("stickers.hint"),
    )


def _row(words: Words, code: PrintedCode, *, has_actions: bool) -> TableRow:
    return TableRow(
        name=f"{code.kind.value} {code.id}",
        cells=(code.id, code.text, words.say(f"stickers.{code.kind.value}"), _life(words, code.left_s)),
        actions=_row_actions(words, code) if has_actions else (),
    )


def _row_actions(words: Words, code: PrintedCode) -> tuple[Action, ...]:
    change = Action(words.say("stickers.change"), OpenForm(FormKind.CHANGE, code, code.kind))
    sheet = Action(words.say("stickers.sheet_of_one"), OpenForm(FormKind.SHEET, code))
    delete = Action(words.say("stickers.delete"), OpenForm(FormKind.DELETE, code, code.kind), weight=Weight.DANGER)
    return (change, sheet, delete) if code.kind is CodeKind.CALLBACK else (change, delete)


def _life(words: Words, left_s: int | None) -> str:
    if left_s is None:
        return words.say("stickers.for_ever")
    if left_s < _DAY_S:
        return words.say("stickers.hours_left", hours=str(left_s // _HOUR_S))
    return words.say("stickers.days_left", days=str(left_s // _DAY_S))


# ------------------------------------------------------------------------------------------------ forms


def _fields_of(form: OpenForm) -> tuple[str, ...]:
    """Name the fields of a form."""
    if form.kind is FormKind.SHEET:
        return ("copies",)
    if form.kind is FormKind.DELETE:
        return ()
    is_callback = form.code_kind is CodeKind.CALLBACK
    last = ("category",) if is_callback else ("days",) if form.kind is FormKind.MAKE else ()
    return ("text", *(("id",) if form.kind is FormKind.MAKE else ()), *last)


def _form(words: Words, state: CodesState, form: OpenForm) -> Form:
    code = form.code
    match form.kind:
        case FormKind.DELETE if code is not None:
            return _question(words, code)
        case FormKind.SHEET:
            return _sheet(words, state, code)
    is_made, is_callback = form.kind is FormKind.MAKE, form.code_kind is CodeKind.CALLBACK
    name = "change" if not is_made else "make" if is_callback else "make_redirect"
    figures = {"id": code.id} if code is not None else {}

    def wish(values: Mapping[str, str]) -> object:
        text, category = values["text"].strip(), values.get("category", "")
        if code is not None:
            return ChangeCode(code.kind, code.id, text, category)
        return MakeCode(form.code_kind, values["id"].strip(), text, category, values.get("days", "").strip())

    return Form(
        name=f"{name} {code.id if code is not None else ''}",
        title=words.say(f"stickers.{name}_title", **figures),
        text=words.say(f"stickers.{name}_text"),
        fields=tuple(_field(words, state, form, one) for one in _fields_of(form)),
        submit=Submit(_submit(words, "stickers.save", state), wish),
        actions=(Action(words.say("close_form"), CloseForm(), "Esc"),),
    )


def _field(words: Words, state: CodesState, form: OpenForm, name: str) -> Field:
    is_callback = form.code_kind is CodeKind.CALLBACK
    error = error_at(words, state.hitch, name)
    if name == "category":
        unchosen = "none" if form.kind is FormKind.MAKE else "unchanged"
        options = tuple((one, words.say(f"stickers.category_{one.lower() or unchosen}")) for one in _CATEGORIES)
        return Field(name, words.say("stickers.category"), FieldKind.CHOICE, options=options)
    if name == "days":
        return Field(name, words.say("stickers.days"), hint=words.say("stickers.days_hint"), error=error)
    if name == "id":
        hint = words.say("stickers.own_id_hint" if is_callback else "stickers.redirect_id_hint")
        return Field(name, words.say("stickers.own_id"), hint=hint, error=error)
    label = "place" if is_callback else "url"
    value = form.code.text if form.code is not None else "" if is_callback else "https://"
    hint = words.say(f"stickers.{label}_hint")
    return Field(name, words.say(f"stickers.{label}"), value=value, hint=hint, error=error)


def _question(words: Words, code: PrintedCode) -> Form:
    delete = Action(words.say("stickers.delete_yes"), None, weight=Weight.DANGER)
    return Form(
        name=f"delete {code.kind.value} {code.id}",
        title=words.say("stickers.delete_title", id=code.id),
        text=words.say("stickers.delete_text", text=code.text),
        fields=(),
        submit=Submit(delete, lambda _: DeleteCode(code.kind, code.id)),
        actions=(Action(words.say("stickers.delete_no"), CloseForm(), "Esc", weight=Weight.PRIMARY),),
    )


def _sheet(words: Words, state: CodesState, code: PrintedCode | None) -> Form:
    qr_id = code.id if code is not None else ""

    def wish(values: Mapping[str, str]) -> object:
        copies = values["copies"].strip()
        return PickFile(
            title=words.say("stickers.sheet_title"),
            kinds=words.say("stickers.pdf_files"),
            name=words.say("stickers.sheet_name"),
            is_saved=True,
            wish_of=lambda path: SaveSheet(qr_id, copies, path),
        )

    error = error_at(words, state.hitch, "copies")
    return Form(
        name=f"sheet {qr_id}",
        title=words.say("stickers.sheet_title"),
        text=words.say("stickers.sheet_text"),
        fields=(Field("copies", words.say("stickers.copies"), value="1", error=error),),
        submit=Submit(_submit(words, "stickers.save_sheet", state), wish),
        actions=(Action(words.say("close_form"), CloseForm(), "Esc"),),
    )


def _submit(words: Words, key: str, state: CodesState) -> Action:
    return Action(words.say(key), None, "Enter", weight=Weight.PRIMARY, is_enabled=not state.is_busy)
