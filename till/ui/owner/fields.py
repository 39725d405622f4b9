"""Fields and forms: a label above, the field, and below it the hint or what is wrong."""

from collections.abc import Callable

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from till.presentation.owner_views import Field, FieldKind, Form
from till.presentation.views import Action
from till.ui.buttons import ActionButton
from till.ui.labels import clear, label, say
from till.ui.theme import Look

FIELDS_A_ROW = 3
LABEL_HEIGHT = 26
#: The longest that any field may be sent is the address of a webhook, 2048.
TEXT_MOST = 2100
_DAY = "yyyy-MM-dd"


class FieldWidget(QWidget):
    """Renders a Field; what is typed lives here until it is sent."""

    def __init__(self, look: Look, field: Field) -> None:
        super().__init__()
        self.field = field
        self._look = look
        self._label = label(look, 15, weight=QFont.Weight.Medium)
        self._below = label(look, 14, color="quiet", wraps=True)
        self.input, self.text = self._made(field)
        self.input.setAccessibleName(field.label)
        if isinstance(self.input, QWidget) and not isinstance(self.input, QCheckBox):
            self.input.setFont(look.font(17))
            self.input.setMinimumHeight(look.px(50))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(6))
        column.addWidget(self._label)
        column.addWidget(self.input)
        column.addWidget(self._below)
        column.addStretch(1)
        self.show_field(field)

    def show_field(self, field: Field) -> None:
        """Take new words; what was typed stays."""
        self.field = field
        say(self._label, "" if field.kind is FieldKind.CHECK else field.label)
        tokens = self._look.tokens
        color, weight = (tokens.broken, 600) if field.error else (tokens.quiet, 400)
        self._below.setStyleSheet(f"color: {color}; font-weight: {weight}; background: transparent; border: none;")
        say(self._below, field.error or field.hint)
        self.input.setAccessibleDescription(field.error or field.hint)

    def _made(self, field: Field) -> tuple[QWidget, Callable[[], str]]:
        """Return the widget to fill in, and how to read it."""
        match field.kind:
            case FieldKind.CHOICE:
                return self._choice(field)
            case FieldKind.DAY:
                return self._day(field)
            case FieldKind.CHECK:
                check = QCheckBox(field.label)
                check.setFont(self._look.font(16))
                check.setMinimumHeight(self._look.px(48))
                side = self._look.px(24)
                check.setStyleSheet(f"QCheckBox::indicator {{ width: {side}px; height: {side}px; }}")
                return check, lambda: "yes" if check.isChecked() else ""
        line = QLineEdit(field.value)
        line.setMaxLength(TEXT_MOST)
        if field.kind is FieldKind.PRIVATE:
            line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
            line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        return line, line.text

    def _choice(self, field: Field) -> tuple[QWidget, Callable[[], str]]:
        choice = QComboBox()
        for value, words in field.options:
            choice.addItem(words, value)
        return choice, lambda: str(choice.currentData() or "")

    def _day(self, field: Field) -> tuple[QWidget, Callable[[], str]]:
        day = DayEdit(self._look, field)
        return day, day.text


class DayEdit(QWidget):
    """A day, to be typed, with a button at either side that goes a day back or on."""

    def __init__(self, look: Look, field: Field) -> None:
        super().__init__()
        tokens = look.tokens
        self.day = day = QDateEdit(QDate.fromString(field.value, _DAY))
        day.setMaximumDate(QDate.fromString(field.most, _DAY))
        day.setDisplayFormat("dd.MM.yyyy")
        day.setFont(look.font(17))
        day.setMinimumHeight(look.px(50))
        day.setAlignment(Qt.AlignmentFlag.AlignCenter)
        day.setAccessibleName(field.label)
        day.setStyleSheet(
            f"QDateEdit {{ background: {tokens.surface}; color: {tokens.ink}; border: 1px solid {tokens.line};"
            f" border-radius: {look.px(12)}px; }}"
            f"QDateEdit:focus {{ border: 2px solid {tokens.action}; }}"
            "QDateEdit::up-button, QDateEdit::down-button { width: 0; border: none; }"
            # What holds for a line of text must not hold for the one inside: it would be cut off.
            f"QDateEdit QLineEdit {{ border: none; border-radius: 0; min-height: 0; padding: 0 {look.px(8)}px; }}"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(8))
        row.addWidget(self._step(look, -1, "‹", self.tr("The day before")))
        row.addWidget(day, 1)
        row.addWidget(self._step(look, 1, "›", self.tr("The day after")))
        self.setFocusProxy(day)

    def text(self) -> str:
        """Return the day as `2026-11-21`."""
        return self.day.date().toString(_DAY)

    def _step(self, look: Look, days: int, sign: str, name: str) -> ActionButton:
        button = ActionButton(look, height=50, size=22)
        button.show_action(Action(sign, None))
        button.setAccessibleName(name)
        button.setFixedWidth(look.px(52))
        button.clicked.connect(lambda: self.day.setDate(self.day.date().addDays(days)))
        return button


class FormWidget(QFrame):
    """Renders a Form; asks for what its fields make, or for one of its other actions."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("card")
        self._look = look
        self._form: Form | None = None
        self._fields: list[FieldWidget] = []
        self._title = label(look, 20, weight=QFont.Weight.DemiBold, wraps=True)
        self._text = label(look, 15, color="quiet", wraps=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(look.px(14))
        self._beside, self._below = QHBoxLayout(), QHBoxLayout()
        side = QVBoxLayout()
        side.addSpacing(look.px(LABEL_HEIGHT))
        side.addLayout(self._beside)
        side.addStretch(1)
        self._row = QHBoxLayout()
        self._row.setSpacing(look.px(14))
        self._row.addLayout(self._grid, 1)
        self._row.addLayout(side)
        for buttons in (self._beside, self._below):
            buttons.setSpacing(look.px(10))
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(18), look.px(16), look.px(18), look.px(16))
        column.setSpacing(look.px(10))
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addLayout(self._row)
        column.addLayout(self._below)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_view(self, form: Form | None) -> None:
        """Show a form; the same form keeps what was typed, another one begins afresh with the cursor in its first field."""
        before, self._form = self._form, form
        self.setVisible(form is not None)
        if form is None:
            self._fields = []
            clear(self._grid)
            return
        say(self._title, form.title)
        say(self._text, form.text)
        if before is None or before.name != form.name:
            self._begin(form)
        else:
            for widget, field in zip(self._fields, form.fields, strict=True):
                widget.show_field(field)
        self._show_buttons(form)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        return () if self._form is None else self._form.actions

    def enter(self) -> bool:
        """Send what is filled in, if Enter does that here; return whether it does."""
        if self._form is None or self._form.submit.action.key != "Enter":
            return False
        if self._form.submit.action.is_enabled:
            self._submit()
        return True

    def field(self, name: str) -> QWidget:
        """Return the widget of a field."""
        return next(one.input for one in self._fields if one.field.name == name)

    def _begin(self, form: Form) -> None:
        clear(self._grid)
        self._fields = [FieldWidget(self._look, field) for field in form.fields]
        for place, widget in enumerate(self._fields):
            self._grid.addWidget(widget, place // FIELDS_A_ROW, place % FIELDS_A_ROW)
        self._grid.setColumnStretch(0, 1)
        first = next((one.input for one in self._fields if isinstance(one.input, QLineEdit)), None)
        if first is not None:
            first.setFocus()

    def _show_buttons(self, form: Form) -> None:
        """Show the buttons: beside a single field, below several."""
        clear(self._below)
        clear(self._beside)
        is_single = len(form.fields) == 1
        buttons = self._beside if is_single else self._below
        self._row.setStretch(1, FIELDS_A_ROW - 1 if is_single else 0)
        for column in range(1, FIELDS_A_ROW):
            self._grid.setColumnStretch(column, 0 if is_single else 1)
        for action in (form.submit.action, *form.actions):
            button = ActionButton(self._look, height=52)
            button.show_action(action)
            button.setMaximumWidth(self._look.px(360))
            is_submit = action is form.submit.action
            button.clicked.connect(self._submit if is_submit else self._press)
            buttons.addWidget(button)
        buttons.addStretch(1)

    def _submit(self) -> None:
        if self._form is not None:
            if any(field.kind is FieldKind.DAY for field in self._form.fields):
                self.setFocus()  # so that keys are the page's again: nothing is to be corrected in a day
            self.asked.emit(self._form.submit.wish_of({one.field.name: one.text() for one in self._fields}))

    def _press(self) -> None:
        button = self.sender()
        if isinstance(button, ActionButton) and button.action_view is not None:
            self.asked.emit(button.action_view.wish)
