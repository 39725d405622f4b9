"""What the customer's app shows with a payment: its lines of goods, and a button that leads to the order or the parcel."""

from till.domain.history import PaymentHistory
from till.engine.ports import LinkKind, Shown
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel, ShowPayment
from till.presentation.house import House
from till.presentation.views import Action, ShownPanel, Tone

#: A longer address is cut where it is only read.
ADDRESS_SHOWN_MOST = 60


def present_shown(house: House, shown: Shown, chosen: PaymentHistory | None) -> ShownPanel:
    """Return the panel: what the wallet says is there, or why it is not known, and a place for the button's address.

    It goes back to the page of the payment if it was opened from there.
    """
    words = house.words
    is_of_page = chosen is not None and chosen.terms.reference == shown.reference
    back = ShowPayment(shown.reference) if is_of_page else ShowPanel(Panel.SELLING)
    tone, note = _note(house, shown)
    return ShownPanel(
        reference=shown.reference,
        title=words.say("shown.title"),
        note=note,
        tone=tone,
        kinds_label=words.say("shown.kinds"),
        kinds=tuple((words.say(f"shown.{kind.value}"), kind) for kind in LinkKind),
        example=words.say("shown.example"),
        back=Action(words.say("shown.back"), back, "Esc"),
        confirm_label=words.say("shown.confirm"),
    )


def _note(house: House, shown: Shown) -> tuple[Tone, str]:
    words = house.words
    if shown.fault is not None:
        return Tone.LOOK, words.fault(shown.fault.code).in_full
    if not shown.is_read:
        return Tone.CALM, words.say("shown.reading")
    lines = words.say("shown.lines", count=str(shown.lines))
    if shown.link is None:
        return Tone.CALM, f"{lines} {words.say('shown.no_button')}"
    kind, address = words.say(f"shown.{shown.link.kind.value}"), shown.link.address
    if len(address) > ADDRESS_SHOWN_MOST:
        address = f"{address[: ADDRESS_SHOWN_MOST - 1]}…"
    button = words.say("shown.put" if shown.is_put else "shown.button", kind=kind, address=address)
    return Tone.WELL if shown.is_put else Tone.CALM, f"{lines} {button}"
