"""The dark bar: shop, till, test badge, a row of status words, open payments, and the clock."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout

from till.presentation.views import Bar, Status, Tone
from till.ui.labels import label, say
from till.ui.theme import Look

BAR_HEIGHT = 48
_DOTS = {
    Tone.WELL: "#5FC08D",
    Tone.LOOK: "#F0AD4E",
    Tone.UNKNOWN: "#F0AD4E",
    Tone.BROKEN: "#FF8A80",
    Tone.CALM: "#C3CCC7",
}


class StatusBar(QFrame):
    """Renders a Bar; a press on a status asks to have it explained."""

    asked = Signal(object)
    explained = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setFixedHeight(look.px(BAR_HEIGHT))
        self.setStyleSheet(f"StatusBar {{ background: {look.tokens.bar}; }}")
        self._shop = label(look, 16, color="on_bar", weight=QFont.Weight.DemiBold)
        self._till = label(look, 16, color="on_bar_quiet")
        self._badge = label(look, 14, color="on_badge", weight=QFont.Weight.Bold)
        self._badge.setStyleSheet(
            f"background: {look.tokens.badge}; color: {look.tokens.on_badge}; border-radius: {look.px(6)}px;"
            f" padding: 0 {look.px(10)}px;"
        )
        self._badge.setFixedHeight(look.px(24))
        self._badge.hide()
        self._statuses: list[StatusWord] = []
        self._words = QHBoxLayout()
        self._words.setSpacing(look.px(18))
        self._store = StatusWord(look)
        self._open = StatusWord(look)
        self._clock = label(look, 17, color="on_bar", weight=QFont.Weight.DemiBold)
        self._support = StatusWord(look)
        self._open.clicked.connect(self._press_open)
        self._store.clicked.connect(self._press_store)
        self._support.clicked.connect(self._press_support)
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(16), 0, look.px(16), 0)
        row.setSpacing(look.px(14))
        row.addWidget(self._shop)
        row.addWidget(self._store)
        row.addWidget(self._till)
        row.addWidget(self._badge)
        row.addStretch(1)
        row.addLayout(self._words)
        row.addWidget(self._open)
        row.addStretch(1)
        row.addWidget(self._support)
        row.addWidget(self._clock)
        self._view: Bar | None = None

    def show_view(self, view: Bar) -> None:
        """Show the bar."""
        if view == self._view:
            return
        self._view = view
        say(self._shop, view.shop)
        say(self._till, view.till)
        say(self._badge, view.badge)
        self._show_statuses(view.statuses)
        self._store.setVisible(view.store is not None)
        if view.store is not None:
            self._store.setEnabled(view.store.is_enabled)
            self._store.show_status(Status("store", f"{view.store.label}  {view.store.key}", Tone.CALM, ""))
        count = view.open_payments
        self._open.show_status(Status("open", f"{count.label}  {count.amount}", Tone.CALM, ""))
        self._support.show_status(Status("support", f"{view.support.label}  {view.support.key}", Tone.CALM, ""))
        say(self._clock, view.clock)

    def _show_statuses(self, statuses: tuple[Status, ...]) -> None:
        """Show as many words as there are to say; one that is not needed now waits unseen."""
        while len(self._statuses) < len(statuses):
            word = StatusWord(self._look)
            word.clicked.connect(self._explain)
            self._words.addWidget(word)
            self._statuses.append(word)
        for word in self._statuses[len(statuses) :]:
            word.hide()
        for word, status in zip(self._statuses, statuses, strict=False):
            word.show_status(status)
            word.show()

    def _press_open(self) -> None:
        if self._view is not None:
            self.asked.emit(self._view.open_payments.wish)

    def _press_store(self) -> None:
        if self._view is not None and self._view.store is not None:
            self.asked.emit(self._view.store.wish)

    def _press_support(self) -> None:
        if self._view is not None:
            self.asked.emit(self._view.support.wish)

    def _explain(self) -> None:
        word = self.sender()
        if isinstance(word, StatusWord) and word.status is not None:
            self.explained.emit(word.status.explanation)


class StatusWord(QAbstractButton):
    """A dot and a word; colour never speaks alone, the word changes with it."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.status: Status | None = None
        self.setFixedHeight(look.px(44))
        self.setMinimumWidth(look.px(44))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_status(self, status: Status) -> None:
        """Take a status."""
        self.status = status
        self.setAccessibleName(status.label)
        self.setAccessibleDescription(status.explanation)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the word."""
        text = self.status.label if self.status else ""
        width = QFontMetrics(self._look.font(15, QFont.Weight.Medium)).horizontalAdvance(text)
        return QSize(width + self._look.px(22), self._look.px(44))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint dot and word."""
        if self.status is None:
            return
        look, tone = self._look, self.status.tone
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0
        if tone is not Tone.CALM:
            side = look.px(10)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(_DOTS[tone]))
            painter.drawEllipse(QRectF(0, (self.height() - side) / 2, side, side))
            left = look.px(17)
        painter.setPen(look.color("on_bar" if tone in (Tone.LOOK, Tone.BROKEN) else "on_bar_quiet"))
        painter.setFont(look.font(15, QFont.Weight.Medium))
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.status.label)
