"""The page of webhooks."""

from collections.abc import Mapping

from till.presentation.house import House
from till.presentation.owner_state import (
    CloseForm,
    DeleteWebhook,
    FormKind,
    ListWebhooks,
    OpenForm,
    RegisterWebhook,
    WebhookRow,
    WebhooksState,
)
from till.presentation.owner_views import Field, Form, PageView, Submit, Table, TableRow
from till.presentation.present_owner import error_at, message_of
from till.presentation.views import Action, Tone, Weight
from till.presentation.words import Words


def present_webhooks(house: House, state: WebhooksState, form: OpenForm | None) -> PageView:
    """Return the registrations, and what each lacks."""
    words, is_ready = house.words, not state.is_busy
    register = OpenForm(FormKind.WEBHOOK)
    return PageView(
        name="webhooks",
        title=words.say("page.webhooks"),
        lead=words.say("webhook.lead"),
        message=message_of(words, is_busy=state.is_busy, hitch=state.hitch, done=state.done),
        form=None if form is None else _form(words, state, form),
        table=Table(
            heads=tuple(words.say(f"webhook.{name}") for name in ("url", "events", "state")),
            shares=(9, 3, 11),
            rows=tuple(_row(words, row, has_actions=is_ready and form is None) for row in state.rows or ()),
            empty=words.say("webhook.empty") if state.rows is not None else "",
            hint=words.say("webhook.hint"),
        ),
        actions=()
        if form is not None
        else (
            Action(words.say("webhook.register"), register, "N", weight=Weight.PRIMARY, is_enabled=is_ready),
            Action(words.say("webhook.reload"), ListWebhooks(), "F5", is_enabled=is_ready),
        ),
    )


def _row(words: Words, row: WebhookRow, *, has_actions: bool) -> TableRow:
    delete = Action(words.say("webhook.delete"), OpenForm(FormKind.WEBHOOK_GONE, webhook=row), weight=Weight.DANGER)
    what, tone = words.say("webhook.well"), Tone.WELL
    if not row.is_kept:
        what, tone = words.say("webhook.no_secret"), Tone.BROKEN
    elif row.lacking:
        what, tone = words.say("webhook.lacking", count=str(row.lacking)), Tone.LOOK
    return TableRow(row.id, (row.url, str(row.events), what), tone, (delete,) if has_actions else ())


def _form(words: Words, state: WebhooksState, form: OpenForm) -> Form:
    row = form.webhook
    if row is not None:
        return Form(
            name=f"webhook {row.id}",
            title=words.say("webhook.delete_title"),
            text=words.say("webhook.delete_text", url=row.url),
            fields=(),
            submit=Submit(
                Action(words.say("webhook.delete_yes"), None, weight=Weight.DANGER), lambda _: DeleteWebhook(row.id)
            ),
            actions=(Action(words.say("webhook.delete_no"), CloseForm(), "Esc", weight=Weight.PRIMARY),),
        )

    def wish(values: Mapping[str, str]) -> object:
        return RegisterWebhook(values["url"].strip())

    label, hint = words.say("webhook.address"), words.say("webhook.address_hint")
    return Form(
        name="webhook",
        title=words.say("webhook.register_title"),
        text=words.say("webhook.register_text"),
        fields=(Field("url", label, value="https://", hint=hint, error=error_at(words, state.hitch, "url")),),
        submit=Submit(
            Action(words.say("webhook.register"), None, "Enter", weight=Weight.PRIMARY, is_enabled=not state.is_busy),
            wish,
        ),
        actions=(Action(words.say("close_form"), CloseForm(), "Esc"),),
    )
