"""What is shown when the till cannot go on: what happened, what to do now, and the file for support."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from till.presentation.views import Action, StoppedView, Tone
from till.ui.buttons import ActionButton
from till.ui.labels import label, say
from till.ui.payment_panel import SignWidget
from till.ui.theme import Look


class StoppedPanel(QWidget):
    """A sign, a title and words; the one thing to press makes the file for support."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        sign = SignWidget(look, 96)
        sign.show_tone(Tone.BROKEN)
        self._title = label(look, 28, weight=QFont.Weight.Bold, wraps=True)
        self._words = label(look, 18, wraps=True)
        self._note = label(look, 16, color="quiet", wraps=True)
        self._support = ActionButton(look, height=56)
        self._support.clicked.connect(self._press)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(32), look.px(32), look.px(32), look.px(32))
        column.setSpacing(look.px(18))
        column.addStretch(1)
        column.addWidget(sign, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addStretch(2)
        column.addWidget(self._note)
        column.addWidget(self._support)

    def show_view(self, view: StoppedView) -> None:
        """Show what happened and what to do."""
        say(self._title, view.title)
        say(self._words, view.text)
        say(self._note, view.note)
        self._support.show_action(view.support)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        return () if self._support.action_view is None else (self._support.action_view,)

    def _press(self) -> None:
        if self._support.action_view is not None:
            self._support.setEnabled(False)
            self.asked.emit(self._support.action_view.wish)
