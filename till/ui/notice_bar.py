"""A short word at the foot of the right side; it goes by itself and covers nothing that is needed."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout

from till.engine.wishes import DismissNotice
from till.presentation.views import NoticeView, Tone
from till.ui.labels import label
from till.ui.theme import Look

#: Long enough to read two short sentences twice.
SHOWN_MS = 6000
#: The serial of what no snapshot asked for.
_EXPLAINED = -1


class NoticeBar(QFrame):
    """Renders a NoticeView; asks to dismiss it when its time is over."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._serial: int | None = None
        self._words = label(look, 16, weight=QFont.Weight.Medium, wraps=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(16), look.px(12), look.px(16), look.px(12))
        row.addWidget(self._words)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self._dismiss)
        self.hide()

    def show_view(self, view: NoticeView | None) -> None:
        """Show a notice once; the same serial again changes nothing, and an explanation gives way to a newer notice only."""
        if self._serial == _EXPLAINED and (view is None or view.stays):
            return
        if view is None:
            self._serial = None
            self._timer.stop()
            self.hide()
        elif view.serial != self._serial or view.text != self._words.text():
            self._show(view)

    def explain(self, text: str) -> None:
        """Show a status's explanation in the same place."""
        self._show(NoticeView(_EXPLAINED, Tone.LOOK, text))

    def _show(self, view: NoticeView) -> None:
        tokens = self._look.tokens
        ground, edge = (
            (tokens.well_ground, tokens.well) if view.tone is Tone.WELL else (tokens.look_ground, tokens.look)
        )
        self.setStyleSheet(
            f"NoticeBar {{ background: {ground}; border: 1px solid {edge}; border-radius: {self._look.px(10)}px; }}"
        )
        self._serial = view.serial
        self._words.setText(view.text)
        self.setAccessibleName(view.text)
        self.show()
        self._timer.stop()
        if not view.stays:
            self._timer.start()

    def _dismiss(self) -> None:
        serial, self._serial = self._serial, None
        self.hide()
        if serial is not None and serial >= 0:
            self.asked.emit(DismissNotice(serial))
