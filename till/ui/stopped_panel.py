"""What is shown when the till cannot go on: what happened, and what to do now."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from till.presentation.views import Tone
from till.ui.labels import label
from till.ui.payment_panel import SignWidget
from till.ui.theme import Look


class StoppedPanel(QWidget):
    """A sign, a title and words; there is nothing to press."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        sign = SignWidget(look, 96)
        sign.show_tone(Tone.BROKEN)
        self._title = label(look, 28, weight=QFont.Weight.Bold, wraps=True)
        self._words = label(look, 18, wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(32), look.px(32), look.px(32), look.px(32))
        column.setSpacing(look.px(18))
        column.addStretch(1)
        column.addWidget(sign, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addStretch(2)

    def show_view(self, title: str, text: str) -> None:
        """Show what happened and what to do."""
        self._title.setText(title)
        self._words.setText(text)
