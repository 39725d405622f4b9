"""The customer's window: only what is the customer's, readable from two metres; it never takes the focus."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from till.presentation.customer_views import (
    CustomerBasketView,
    CustomerCallView,
    CustomerLine,
    CustomerResultView,
    CustomerView,
    WelcomeView,
)
from till.presentation.views import Tone
from till.ui.buttons import fill
from till.ui.labels import label, say
from till.ui.payment_panel import RingWidget, SignWidget
from till.ui.qr_widget import QrWidget
from till.ui.theme import Look

_GROUNDS = {
    Tone.WELL: "well_ground",
    Tone.LOOK: "look_ground",
    Tone.UNKNOWN: "look_ground",
    Tone.BROKEN: "broken_ground",
    Tone.CALM: "background",
}
_CENTER = Qt.AlignmentFlag.AlignHCenter


class CustomerWindow(QStackedWidget):
    """Renders a CustomerView, which is all it is ever given."""

    def __init__(self, look: Look, title: str) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setWindowTitle(title)
        self.resize(1280, 800)
        self.setMinimumSize(640, 480)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowFlag(Qt.WindowType.WindowDoesNotAcceptFocus)
        self._message = MessagePage(look)
        self._basket = BasketPage(look)
        self.addWidget(self._message)
        self.addWidget(self._basket)

    def show_view(self, view: CustomerView) -> None:
        """Show a view; a code that is not in it is cleared at once."""
        if isinstance(view, CustomerBasketView):
            self._basket.show_view(view)
            self.setCurrentWidget(self._basket)
            return
        self._basket.clear_code()
        match view:
            case WelcomeView():
                self._message.show_view(Tone.CALM, view.shop, view.greeting, "", "", "")
            case CustomerCallView():
                self._message.show_view(Tone.CALM, view.shop, view.title, view.amount, view.text, view.countdown)
            case CustomerResultView():
                self._message.show_view(view.tone, "", view.title, view.amount, view.text, view.small)
        self._message.show_ring(view)
        self.setCurrentWidget(self._message)

    @property
    def shows_code(self) -> bool:
        """Whether a code can be scanned now."""
        return self._basket.shows_code

    def lacks_code(self, reference: str) -> bool:
        """Whether this payment's code should be on the screen and is not: its picture could not be read."""
        return self.currentWidget() is self._basket and self._basket.lacks_code(reference)


class MessagePage(QWidget):
    """One sentence in the middle, with a sign where there is a result and a ring where time runs."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._ground = "background"
        self._shop = label(look, 26, color="quiet", align=_CENTER)
        self._sign = SignWidget(look, 160)
        self._ring = RingWidget(look, 132)
        self._title = label(look, 60, weight=QFont.Weight.Bold, align=_CENTER, wraps=True)
        self._amount = label(look, 46, align=_CENTER)
        self._text = label(look, 30, align=_CENTER, wraps=True)
        self._small = label(look, 24, color="quiet", align=_CENTER, wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(48), look.px(48), look.px(48), look.px(48))
        column.setSpacing(look.px(22))
        column.addWidget(self._shop)
        column.addStretch(2)
        column.addWidget(self._sign, 0, _CENTER)
        column.addWidget(self._ring, 0, _CENTER)
        for made in (self._title, self._amount, self._text, self._small):
            column.addWidget(made)
        column.addStretch(3)

    def show_view(self, tone: Tone, shop: str, title: str, amount: str, text: str, small: str) -> None:
        """Take the words and their tone."""
        self._ground = _GROUNDS[tone]
        self._sign.show_tone(tone)
        say(self._shop, shop)
        for made, words in ((self._title, title), (self._amount, amount), (self._text, text), (self._small, small)):
            say(made, words)
        self.update()

    def show_ring(self, view: CustomerView) -> None:
        """Show the time left, where the view has one."""
        self._ring.show_ring(view.ring if isinstance(view, CustomerCallView) else None)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the ground of the tone."""
        fill(QPainter(self), self.rect(), self._look.color(self._ground))


class BasketPage(QWidget):
    """The amount and the lines; beside them, or below on an upright screen, the code to scan."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._view: CustomerBasketView | None = None
        self._shop = label(look, 24, color="quiet")
        self._total_label = label(look, 28, color="quiet")
        self._total = label(look, 92, weight=QFont.Weight.Bold)
        self._currency = label(look, 44, weight=QFont.Weight.Bold)
        self._currency.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self._currency.setContentsMargins(0, 0, 0, look.px(11))
        self._lines = LinesWidget(look)
        self._footnote = label(look, 20, color="quiet", wraps=True)
        self._call = label(look, 36, weight=QFont.Weight.Bold, align=_CENTER)
        self._code = QrWidget(look)
        self._ring = RingWidget(look, 36, has_text=False)
        self._countdown = label(look, 24, color="quiet")
        self._side = QWidget()
        self._side.setObjectName("surface")
        self._side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._lay_out()

    def show_view(self, view: CustomerBasketView) -> None:
        """Take the basket, and the code if there is one."""
        if view != self._view:
            say(self._shop, view.shop)
            say(self._total_label, view.total_label)
            say(self._total, view.total)
            say(self._currency, view.currency)
            self._lines.show_lines(view.lines)
            say(self._footnote, view.footnote)
            say(self._call, view.call)
            say(self._countdown, view.countdown)
            self._ring.show_ring(view.ring)
            self._view = view
        self._code.show_code(view.code)
        self._side.setVisible(view.code is not None)

    def clear_code(self) -> None:
        """Take the code off the screen."""
        self._code.show_code(None)
        self._view = None

    @property
    def shows_code(self) -> bool:
        """Whether a code can be scanned now."""
        return self._code.is_showing

    def lacks_code(self, reference: str) -> bool:
        """Whether a code of this payment was given and could not be read."""
        return self._code.reference == reference and not self._code.is_showing

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the code beside the lines, or below them on an upright screen."""
        is_upright = self.height() > self.width()
        direction = QBoxLayout.Direction.TopToBottom if is_upright else QBoxLayout.Direction.LeftToRight
        self._both.setDirection(direction)
        super().resizeEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the ground."""
        fill(QPainter(self), self.rect(), self._look.color("background"))

    def _lay_out(self) -> None:
        look = self._look
        amount = QHBoxLayout()
        amount.setSpacing(look.px(18))
        amount.addWidget(self._total, 0, Qt.AlignmentFlag.AlignBottom)
        amount.addWidget(self._currency, 0, Qt.AlignmentFlag.AlignBottom)
        amount.addStretch(1)
        left = QVBoxLayout()
        left.setContentsMargins(look.px(56), look.px(52), look.px(48), look.px(48))
        left.setSpacing(look.px(6))
        left.addWidget(self._shop)
        left.addSpacing(look.px(26))
        left.addWidget(self._total_label)
        left.addLayout(amount)
        left.addSpacing(look.px(16))
        left.addWidget(self._lines, 1)
        left.addWidget(self._footnote)
        clock = QHBoxLayout()
        clock.addStretch(1)
        clock.addWidget(self._ring)
        clock.addWidget(self._countdown)
        clock.addStretch(1)
        right = QVBoxLayout(self._side)
        right.setContentsMargins(look.px(40), look.px(48), look.px(40), look.px(48))
        right.setSpacing(look.px(24))
        right.addStretch(1)
        right.addWidget(self._call)
        right.addWidget(self._code, 6)
        right.addLayout(clock)
        right.addStretch(1)
        self._both.setContentsMargins(0, 0, 0, 0)
        self._both.setSpacing(0)
        self._both.addLayout(left, 52)
        self._both.addWidget(self._side, 48)


class LinesWidget(QWidget):
    """The newest lines that fit, oldest first; painted, since a long basket must not make a hundred widgets."""

    ROW = 43

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._lines: tuple[CustomerLine, ...] = ()

    def show_lines(self, lines: tuple[CustomerLine, ...]) -> None:
        """Take the lines."""
        if lines != self._lines:
            self._lines = lines
            self.setAccessibleName(", ".join(f"{line.name} {line.total}" for line in lines[-20:]))
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the lines that fit, the newest always among them."""
        look = self._look
        painter = QPainter(self)
        painter.setFont(look.font(22))
        row = look.px(self.ROW)
        room = max(1, self.height() // row)
        hidden = max(0, len(self._lines) - room)
        for place, line in enumerate(self._lines[hidden:]):
            box = QRectF(0, place * row, self.width(), row)
            painter.setPen(look.color("quiet" if hidden and place == 0 else "ink"))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, line.total)
            space = self.width() - painter.fontMetrics().horizontalAdvance(line.total) - look.px(24)
            name = painter.fontMetrics().elidedText(line.name, Qt.TextElideMode.ElideRight, space)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
