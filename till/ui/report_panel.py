"""The report of a day, shown on its paper."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from till.presentation.views import Action, ReceiptView, ReportPanel
from till.ui.buttons import ActionButton
from till.ui.labels import label, say
from till.ui.receipt import ReceiptPaper
from till.ui.theme import Look


class ReportPanelWidget(QWidget):
    """Renders a ReportPanel; one button goes on."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._shown: ReceiptView | None = None
        self._paper = ReceiptPaper()
        scroll = QScrollArea()
        scroll.setWidget(self._paper)
        scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._note = label(look, 16, color="quiet", wraps=True)
        self._done = ActionButton(look, height=84, size=22)
        self._done.clicked.connect(self._press)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(24), look.px(24), look.px(24))
        column.setSpacing(look.px(14))
        column.addWidget(scroll, 1)
        column.addWidget(self._note)
        column.addWidget(self._done)

    def show_view(self, view: ReportPanel) -> None:
        """Show a report; the paper is painted anew only for another one."""
        if view.report != self._shown:
            self._shown = view.report
            self._paper.show_receipt(view.report)
        say(self._note, view.note)
        self._done.show_action(view.done)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        return () if self._done.action_view is None else (self._done.action_view,)

    def _press(self) -> None:
        if self._done.action_view is not None:
            self._done.setEnabled(False)
            self.asked.emit(self._done.action_view.wish)
