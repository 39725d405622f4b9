"""Panels with a keypad: the customer's phone number, and the weight of an article. What is typed lives only here."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from till.domain.intents import AddArticle, StartPayment
from till.domain.payment import Flow
from till.domain.secret import Secret
from till.presentation.views import Action, NumberPanel, WeighingPanel, Weight
from till.ui.action_panel import back_button
from till.ui.buttons import ActionButton
from till.ui.labels import label, say
from till.ui.theme import Look

#: Digits after the country code; the wallet takes 9 to 15 in all (ePayment, `customer.phoneNumber`).
NUMBER_LEAST, NUMBER_MOST = 6, 12
GRAMS_MOST_DIGITS = 5


class KeypadPanel(QWidget):
    """A title, a field, a keypad where digits are typed, and one button to go on; shared by all panels of a field."""

    asked = Signal(object)

    def __init__(self, look: Look, *, has_keypad: bool = True) -> None:
        super().__init__()
        self._look = look
        self._title = label(look, 28, weight=QFont.Weight.Bold, wraps=True)
        self._note = label(look, 16, color="quiet", wraps=True)
        self._back = back_button(look)
        self._back.clicked.connect(self._go_back)
        self._field = QLineEdit()
        self._field.setFont(look.font(28, QFont.Weight.DemiBold))
        self._field.setMinimumHeight(look.px(64))
        self._field.returnPressed.connect(self.confirm)
        self._field.textChanged.connect(self._typed)
        self._confirm = ActionButton(look, height=84, size=22)
        self._confirm.clicked.connect(self.confirm)
        self.beside = QHBoxLayout()
        self.below = QVBoxLayout()
        self._lay_out(has_keypad=has_keypad)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        return () if self._back.action_view is None else (self._back.action_view,)

    def enter(self) -> bool:
        """Go on with what is typed."""
        self.confirm()
        return True

    def focus_field(self) -> None:
        """Put the cursor into the field."""
        self._field.setFocus()

    def clear(self) -> None:
        """Forget what was typed."""
        self._field.clear()

    def confirm(self) -> None:
        """Send what is typed, if it is whole."""
        if self._is_whole() and self._confirm.isEnabled():
            self._confirm.setEnabled(False)
            self.asked.emit(self._wish())

    def _wish(self) -> object:
        raise NotImplementedError

    def _is_whole(self) -> bool:
        raise NotImplementedError

    def _digits(self) -> str:
        return "".join(character for character in self._field.text() if character.isdigit())

    def _typed(self) -> None:
        self._confirm.setEnabled(self._is_whole())

    def _go_back(self) -> None:
        if self._back.action_view is not None:
            self.asked.emit(self._back.action_view.wish)

    def _show(self, title: str, note: str, back: Action, confirm_label: str) -> None:
        say(self._title, title)
        say(self._note, note)
        self._back.show_action(back)
        self._confirm.show_action(Action(confirm_label, None, "Enter", weight=Weight.PRIMARY))
        self._confirm.setEnabled(self._is_whole())

    def _press_digit(self, digit: str) -> None:
        if digit == "⌫":
            self._field.backspace()
        else:
            self._field.insert(digit)
        self._field.setFocus()

    def _pad(self) -> QGridLayout:
        look = self._look
        pad = QGridLayout()
        pad.setSpacing(look.px(10))
        for place, digit in enumerate(("1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "⌫")):
            if not digit:
                continue
            key = ActionButton(look, height=60, size=22)
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            key.show_action(Action(digit, None))
            key.setAccessibleName(self.tr("Delete digit") if digit == "⌫" else digit)
            key.clicked.connect(lambda _=False, pressed=digit: self._press_digit(pressed))
            pad.addWidget(key, place // 3, place % 3)
        return pad

    def _lay_out(self, *, has_keypad: bool) -> None:
        look = self._look
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._back, 0, Qt.AlignmentFlag.AlignTop)
        self.beside.addWidget(self._field, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(24), look.px(24), look.px(24))
        column.setSpacing(look.px(14))
        column.addLayout(head)
        column.addWidget(self._note)
        column.addLayout(self.beside)
        column.addLayout(self.below)
        if has_keypad:
            column.addLayout(self._pad())
        column.addStretch(1)
        column.addWidget(self._confirm)


class NumberKeypad(KeypadPanel):
    """A keypad for the customer's number, which leaves only inside a Secret."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._prefix = QComboBox()
        self._prefix.setFont(look.font(22))
        self._prefix.setMinimumHeight(look.px(64))
        self._prefix.setMinimumWidth(look.px(120))
        self._prefix.setAccessibleName(self.tr("Country code"))
        self.beside.insertWidget(0, self._prefix)
        self._field.setAccessibleName(self.tr("Mobile number"))
        self._field.setInputMethodHints(
            Qt.InputMethodHint.ImhDigitsOnly
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self._field.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._field.setMaxLength(NUMBER_MOST + 4)

    def show_number(self, view: NumberPanel) -> None:
        """Show the panel; the offered country codes are set once."""
        self._show(view.title, view.hint, view.back, view.confirm_label)
        if [self._prefix.itemData(place) for place in range(self._prefix.count())] != list(view.prefixes):
            self._prefix.clear()
            for prefix in view.prefixes:
                self._prefix.addItem(f"+{prefix}", prefix)

    def clear(self) -> None:
        """Forget the number, and go back to the shop's own country."""
        super().clear()
        self._prefix.setCurrentIndex(0)

    def number(self) -> Secret:
        """Return the whole number as it is typed."""
        return Secret(f"{self._prefix.currentData()}{self._digits()}")

    def _is_whole(self) -> bool:
        digits = self._digits()
        prefix = str(self._prefix.currentData() or "")
        is_right_length = len(digits) == 8 if prefix in ("47", "45") else NUMBER_LEAST <= len(digits) <= NUMBER_MOST
        return is_right_length and 9 <= len(prefix + digits) <= 15


class NumberPanelWidget(NumberKeypad):
    """Renders a NumberPanel."""

    def show_view(self, view: NumberPanel) -> None:
        """Show the panel."""
        self.show_number(view)

    def _wish(self) -> object:
        return StartPayment(Flow.PHONE_NUMBER, self.number())


class WeighingPanelWidget(KeypadPanel):
    """Renders a WeighingPanel: digits are grams, shown as kilograms while they are typed."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._plu = ""
        self._field.setAccessibleName(self.tr("Weight in grams"))
        self._field.setMaxLength(GRAMS_MOST_DIGITS)
        self._unit = label(look, 22, color="quiet")
        self._unit.setText(self.tr("grams"))
        self.beside.addWidget(self._unit)

    def show_view(self, view: WeighingPanel) -> None:
        """Show the panel for an article."""
        if view.plu != self._plu:
            self._plu = view.plu
            self.clear()
        self._show(view.title, view.note, view.back, view.confirm_label)

    def _wish(self) -> object:
        return AddArticle(self._plu, int(self._digits()))

    def _is_whole(self) -> bool:
        digits = self._digits()
        return bool(digits) and int(digits) > 0
