"""Panels that are lists of choices: how to pay, for which store, and the open payments."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from till.presentation.views import Action, OpenPaymentRow, OpenPaymentsPanel, StoresPanel, TenderPanel, Tone
from till.ui.action_panel import ActionPanel, back_button, head
from till.ui.buttons import ActionButton
from till.ui.labels import clear, label, say
from till.ui.theme import Look

#: More buttons than these do not fit side by side; they stand in pairs.
BUTTONS_A_ROW = 3


class TenderPanelWidget(ActionPanel):
    """Renders a TenderPanel: the recommended way first and filled."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._title = label(look, 32, weight=QFont.Weight.Bold)
        self._back = back_button(look)
        self._back.clicked.connect(self._press)
        self._brand = label(look, 16, color="quiet")
        self._choices: list[ActionButton] = []
        self._ways = QVBoxLayout()
        self._ways.setSpacing(look.px(12))
        self._hint = label(look, 15, color="quiet", wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(24), look.px(24), look.px(24))
        column.setSpacing(look.px(12))
        column.addLayout(head(self._title, self._back))
        column.addSpacing(look.px(8))
        column.addWidget(self._brand)
        column.addLayout(self._ways)
        column.addStretch(1)
        column.addWidget(self._hint)

    def show_view(self, view: TenderPanel) -> None:
        """Show the choices."""
        say(self._title, view.title)
        self._back.show_action(view.back)
        say(self._brand, view.brand)
        while len(self._choices) < len(view.choices):
            self._add_choice()
        for button in self._choices[len(view.choices) :]:
            button.hide()
        for button, action in zip(self._choices, view.choices, strict=False):
            button.show_action(action)
            button.show()
        say(self._hint, view.hint)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        buttons = (self._back, *(button for button in self._choices if not button.isHidden()))
        return tuple(button.action_view for button in buttons if button.action_view is not None)

    def _add_choice(self) -> None:
        button = ActionButton(self._look, height=86, size=21, is_wide=True)
        button.clicked.connect(self._press)
        self._choices.append(button)
        self._ways.addWidget(button)


class StoresPanelWidget(QWidget):
    """Renders a StoresPanel: a button for each store, in a list that scrolls where they are many."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._view: StoresPanel | None = None
        self._title = label(look, 28, weight=QFont.Weight.Bold)
        self._hint = label(look, 16, color="quiet", wraps=True)
        self._back = back_button(look)
        self._back.clicked.connect(self._press)
        self._choices = QVBoxLayout()
        self._choices.setSpacing(look.px(12))
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(24), look.px(24), look.px(24))
        column.setSpacing(look.px(14))
        column.addLayout(head(self._title, self._back))
        column.addWidget(self._hint)
        column.addWidget(_scrolling(look, self._choices), 1)

    def show_view(self, view: StoresPanel) -> None:
        """Show the choices; buttons are made anew only when a choice differs."""
        before, self._view = self._view, view
        say(self._title, view.title)
        say(self._hint, view.hint)
        self._back.show_action(view.back)
        if before is None or before.choices != view.choices:
            clear(self._choices)
            for action in view.choices:
                button = ActionButton(self._look, height=76, size=20, is_wide=True)
                button.show_action(action)
                button.clicked.connect(self._press)
                self._choices.addWidget(button)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        return () if self._view is None else (self._view.back, *self._view.choices)

    def _press(self) -> None:
        button = self.sender()
        if isinstance(button, ActionButton) and button.action_view is not None:
            self.asked.emit(button.action_view.wish)


class OpenPaymentsPanelWidget(ActionPanel):
    """Renders the list of open payments, each with what a person may do."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: list[tuple[str, tuple[Action, ...], Tone]] | None = None
        self._view: OpenPaymentsPanel | None = None
        self._notes: list[QLabel] = []
        self._title = label(look, 28, weight=QFont.Weight.Bold)
        self._back = back_button(look)
        self._back.clicked.connect(self._press)
        self._find = ActionButton(look)
        self._find.clicked.connect(self._press)
        self._empty = label(look, 17, color="quiet")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(look.px(12))
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(24), look.px(24), look.px(24))
        column.setSpacing(look.px(14))
        column.addLayout(head(self._title, self._back))
        column.addWidget(self._empty)
        column.addWidget(_scrolling(look, self._rows), 1)
        column.addWidget(self._find)

    def show_view(self, view: OpenPaymentsPanel) -> None:
        """Show the list; cards are made anew only when a row's buttons differ, so that a press is never lost."""
        self._view = view
        say(self._title, view.title)
        self._back.show_action(view.back)
        self._find.setVisible(view.find is not None)
        if view.find is not None:
            self._find.show_action(view.find)
        say(self._empty, view.empty_note)
        if [(row.title, row.actions, row.tone) for row in view.rows] != self._shown:
            self._shown = [(row.title, row.actions, row.tone) for row in view.rows]
            clear(self._rows)
            self._notes = []
            for row in view.rows:
                self._rows.addWidget(self._card(row))
        for note, row in zip(self._notes, view.rows, strict=True):
            say(note, row.note)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        return () if self._view is None else (self._view.back, *_with_keys(self._view))

    def _card(self, row: OpenPaymentRow) -> QFrame:
        look = self._look
        card = QFrame()
        card.setObjectName("card")
        title = label(look, 18, weight=QFont.Weight.DemiBold)
        title.setText(row.title)
        color = {Tone.LOOK: "look", Tone.UNKNOWN: "look", Tone.BROKEN: "broken", Tone.WELL: "well"}.get(
            row.tone, "quiet"
        )
        note = label(look, 16, color=color, wraps=True)
        self._notes.append(note)
        buttons = QGridLayout()
        buttons.setSpacing(look.px(8))
        columns = len(row.actions) if len(row.actions) <= BUTTONS_A_ROW else 2
        for place, action in enumerate(row.actions):
            button = ActionButton(look, height=48, size=15)
            button.show_action(action)
            button.clicked.connect(self._press)
            buttons.addWidget(button, place // columns, place % columns)
        column = QVBoxLayout(card)
        column.setContentsMargins(look.px(16), look.px(14), look.px(16), look.px(14))
        column.addWidget(title)
        column.addWidget(note)
        column.addLayout(buttons)
        return card


def _scrolling(look: Look, rows: QVBoxLayout) -> QScrollArea:
    """Return rows from the top of an area that scrolls."""
    inside = QWidget()
    inner = QVBoxLayout(inside)
    inner.setContentsMargins(0, 0, look.px(6), 0)
    inner.addLayout(rows)
    inner.addStretch(1)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setWidget(inside)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return scroll


def _with_keys(view: OpenPaymentsPanel) -> tuple[Action, ...]:
    """Return what stands in a list that has a key."""
    actions = (view.find, *(action for row in view.rows for action in row.actions))
    return tuple(action for action in actions if action is not None and action.key)
