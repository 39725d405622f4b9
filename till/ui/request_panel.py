"""The panels of a request to a customer elsewhere: whom to ask and for how long, and what the customer's app shows of it."""

from datetime import timedelta

from till.domain.intents import StartPayment
from till.domain.payment import Flow
from till.engine.ports import Link, LinkKind
from till.engine.wishes import LookIntoApp
from till.presentation.views import RequestPanel, ShownPanel, Tone
from till.ui.choices import Choices
from till.ui.keypad_panels import KeypadPanel, NumberKeypad
from till.ui.theme import Look

#: A button of the app leads to an address on the web, and to nothing else (Order Management, `orderDetailsUrl`).
SCHEME, ADDRESS_MOST = "https://", 2000
_COLORS = {Tone.LOOK: "look", Tone.WELL: "well"}


class RequestPanelWidget(NumberKeypad):
    """Renders a RequestPanel."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._times: Choices[timedelta] = Choices(look)
        self._goods: Choices[bool] = Choices(look)
        self.below.setSpacing(look.px(8))
        for choices in (self._times, self._goods):
            self.below.addLayout(choices.row)

    def show_view(self, view: RequestPanel) -> None:
        """Show the panel."""
        self.show_number(view.number)
        last = self._times.show_options(view.times_label, view.times, after=self._field)
        self._goods.show_options(view.goods_label, view.goods, after=last)

    def clear(self) -> None:
        """Forget the number and what was chosen."""
        super().clear()
        self._times.reset()
        self._goods.reset()

    def _wish(self) -> object:
        return StartPayment(Flow.DISTANCE, self.number(), self._times.chosen, is_sent_later=self._goods.chosen)


class ShownPanelWidget(KeypadPanel):
    """Renders a ShownPanel: what the app shows, and a field for the address of its button."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, has_keypad=False)
        self._reference = ""
        self._field.setFont(look.font(18))
        self._field.setMaxLength(ADDRESS_MOST)
        self._field.setAccessibleName(self.tr("Address of the button"))
        self._kinds: Choices[LinkKind] = Choices(look)
        self.below.addLayout(self._kinds.row)

    def show_view(self, view: ShownPanel) -> None:
        """Show the panel; an address belongs to the payment that it was typed for."""
        if view.reference != self._reference:
            self._reference = view.reference
            self.clear()
            self._kinds.reset()
        self._field.setPlaceholderText(view.example)
        self._kinds.show_options(view.kinds_label, view.kinds, after=self._field)
        color = getattr(self._look.tokens, _COLORS.get(view.tone, "quiet"))
        self._note.setStyleSheet(f"color: {color}; background: transparent; border: none;")
        self._show(view.title, view.note, view.back, view.confirm_label)

    def _wish(self) -> object:
        return LookIntoApp(self._reference, Link(self._kinds.chosen, self._field.text().strip()))

    def _is_whole(self) -> bool:
        address = self._field.text().strip()
        return address.startswith(SCHEME) and len(address) > len(SCHEME) and address.isascii() and " " not in address
