"""One page of the owner's: whatever parts its view has, from top to bottom."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from till.presentation.owner_views import Figure, Message, PageView, PickFile, Progress
from till.presentation.views import Action, Tone
from till.ui.buttons import ActionButton
from till.ui.labels import clear, label, say
from till.ui.owner.fields import FormWidget
from till.ui.owner.table import TableWidget
from till.ui.theme import Look

FIGURES_A_ROW = 4
_GROUNDS = {
    Tone.CALM: ("raised", "line"),
    Tone.WELL: ("well_ground", "well"),
    Tone.LOOK: ("look_ground", "look"),
    Tone.UNKNOWN: ("look_ground", "look"),
    Tone.BROKEN: ("broken_ground", "broken"),
}
_SIGNS = {Tone.WELL: "✓", Tone.LOOK: "?", Tone.BROKEN: "!", Tone.UNKNOWN: "?"}


class MessageWidget(QFrame):
    """Renders a Message: sign, ground and words together."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._sign = label(look, 22, weight=QFont.Weight.Bold)
        self._title = label(look, 17, weight=QFont.Weight.DemiBold, wraps=True)
        self._text = label(look, 15, wraps=True)
        words = QVBoxLayout()
        words.setSpacing(look.px(4))
        words.addWidget(self._title)
        words.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(16), look.px(12), look.px(16), look.px(12))
        row.setSpacing(look.px(14))
        row.addWidget(self._sign)
        row.addLayout(words, 1)

    def show_view(self, view: Message | None) -> None:
        """Show a message, or nothing."""
        self.setVisible(view is not None)
        if view is None:
            return
        ground, border = (getattr(self._look.tokens, name) for name in _GROUNDS[view.tone])
        self.setStyleSheet(
            f"MessageWidget {{ background: {ground}; border: 1px solid {border}; border-radius: {self._look.px(10)}px; }}"
        )
        self._sign.setStyleSheet(f"color: {border}; background: transparent; border: none;")
        say(self._sign, _SIGNS.get(view.tone, ""))
        say(self._title, view.title)
        say(self._text, view.text)
        self.setAccessibleName(f"{view.title} {view.text}".strip())


class PageWidget(QWidget):
    """Renders a PageView."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._look = look
        self._view: PageView | None = None
        self._figures_shown: tuple[Figure, ...] = ()
        self._title = label(look, 28, weight=QFont.Weight.Bold)
        self._lead = label(look, 15, color="quiet", wraps=True)
        self.message = MessageWidget(look)
        self.form = FormWidget(look)
        self._figures = QGridLayout()
        self._figures.setHorizontalSpacing(look.px(24))
        self._figures.setVerticalSpacing(look.px(2))
        self._progress = _ProgressBar(look)
        self.table = TableWidget(look)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(look.px(10))
        self.form.asked.connect(self.asked)
        self.table.asked.connect(self.asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(20), look.px(24), look.px(14))
        column.setSpacing(look.px(12))
        column.addWidget(self._title)
        column.addWidget(self._lead)
        column.addWidget(self.message)
        column.addWidget(self.form)
        column.addLayout(self._figures)
        column.addWidget(self._progress)
        column.addWidget(self.table, 1)
        column.addLayout(self._buttons)

    def show_view(self, view: PageView) -> None:
        """Show a page; its parts keep what was typed and chosen."""
        before, self._view = self._view, view
        say(self._title, view.title)
        say(self._lead, view.lead)
        self.message.show_view(view.message)
        self.form.show_view(view.form)
        if before is not None and before.form is not None and view.form is None:
            self.setFocus()
        self._show_figures(view.figures)
        self._progress.show_view(view.progress)
        self.table.setVisible(view.table is not None)
        if view.table is not None:
            self.table.show_view(view.table)
        if before is None or [_look_of(one) for one in before.actions] != [_look_of(one) for one in view.actions]:
            self._show_buttons(view.actions)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here, the form's first."""
        return () if self._view is None else (*self.form.key_actions(), *self._view.actions)

    def _show_figures(self, figures: tuple[Figure, ...]) -> None:
        if figures == self._figures_shown:
            return
        self._figures_shown = figures
        clear(self._figures)
        look = self._look
        for place, figure in enumerate(figures):
            name = label(look, 15, color="quiet")
            value = label(
                look, 17, weight=QFont.Weight.DemiBold if figure.is_strong else QFont.Weight.Normal, wraps=True
            )
            name.setContentsMargins(0, look.px(6), 0, 0)
            name.setText(figure.label)
            value.setText(figure.value)
            row, column = divmod(place, FIGURES_A_ROW)
            self._figures.addWidget(name, row * 2, column)
            self._figures.addWidget(value, row * 2 + 1, column)
        for column in range(FIGURES_A_ROW):
            self._figures.setColumnStretch(column, 1)

    def _show_buttons(self, actions: tuple[Action, ...]) -> None:
        clear(self._buttons)
        for place, action in enumerate(actions):
            button = ActionButton(self._look, height=60)
            button.show_action(action)
            button.clicked.connect(lambda _=False, at=place: self._press(at))
            self._buttons.addWidget(button)

    def _press(self, place: int) -> None:
        """Ask for what the button means by now."""
        if self._view is not None and place < len(self._view.actions):
            self.asked.emit(self._view.actions[place].wish)


class _ProgressBar(QWidget):
    """Renders a Progress."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        tokens = look.tokens
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(look.px(14))
        self._bar.setStyleSheet(
            f"QProgressBar {{ background: {tokens.raised}; border: none; border-radius: {look.px(7)}px; }}"
            f"QProgressBar::chunk {{ background: {tokens.action}; border-radius: {look.px(7)}px; }}"
        )
        self._text = label(look, 15, weight=QFont.Weight.DemiBold)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(14))
        row.addWidget(self._bar, 1)
        row.addWidget(self._text)

    def show_view(self, view: Progress | None) -> None:
        """Show how far it has come, or nothing."""
        self.setVisible(view is not None)
        if view is not None:
            self._bar.setRange(0, max(1, view.whole))
            self._bar.setValue(view.done)
            self._text.setText(view.text)


def _look_of(action: Action) -> tuple[object, ...]:
    """Return what is seen of an action: a wish that picks a file is another one in every view."""
    wish = action.wish
    is_same = None if isinstance(wish, PickFile) else wish
    return (action.label, action.key, action.weight, action.is_enabled, is_same)
