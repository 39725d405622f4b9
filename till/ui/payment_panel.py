"""A payment in any of its states: what to say aloud, the time left, the steps, and what may be done."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from till.presentation.views import Action, Mark, PaymentPanel, Ring, StepView, Tone, Weight
from till.ui.action_panel import ActionPanel
from till.ui.buttons import ActionButton
from till.ui.labels import clear, label, say
from till.ui.theme import Look

_GROUNDS = {
    Tone.WELL: "well_ground",
    Tone.LOOK: "look_ground",
    Tone.UNKNOWN: "look_ground",
    Tone.BROKEN: "broken_ground",
}
_SIGNS = {Tone.WELL: "well", Tone.LOOK: "look", Tone.UNKNOWN: "look", Tone.BROKEN: "broken"}


class PaymentPanelWidget(ActionPanel):
    """Renders a PaymentPanel; asks for what its buttons say."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._kicker = label(look, 16, color="quiet")
        self._title = label(look, 32, weight=QFont.Weight.Bold, wraps=True)
        self._card = StateCard(look)
        self._headline = label(look, 16, color="quiet")
        self._steps = QVBoxLayout()
        self._note = label(look, 16, color="quiet", wraps=True)
        self._note.setContentsMargins(look.px(16), look.px(12), look.px(16), look.px(12))
        self._note.setStyleSheet(
            f"background: {look.tokens.raised}; color: {look.tokens.quiet}; border-radius: {look.px(10)}px;"
        )
        self._buttons: list[ActionButton] = []
        self._shown: tuple[Action, ...] = ()
        self._shown_steps: tuple[StepView, ...] = ()
        self._actions = QVBoxLayout()
        self._corner = label(look, 14, color="quiet")
        self._hint = label(look, 15, color="quiet", align=Qt.AlignmentFlag.AlignHCenter)
        self._lay_out()

    def show_view(self, view: PaymentPanel) -> None:
        """Show a payment's state."""
        is_calm = view.tone is Tone.CALM
        say(self._kicker, view.kicker)
        say(self._title, view.title if is_calm else "")
        self._card.show_view(view)
        say(self._headline, "" if is_calm else view.headline)
        if view.steps != self._shown_steps:
            self._show_steps(view.steps)
        say(self._note, view.note)
        self._show_actions(view.actions)
        say(self._corner, view.corner)
        say(self._hint, view.hint)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        return self._shown

    def _show_steps(self, steps: tuple[StepView, ...]) -> None:
        self._shown_steps = steps
        clear(self._steps)
        for step in steps:
            self._steps.addWidget(StepRow(self._look, step))

    def _show_actions(self, actions: tuple[Action, ...]) -> None:
        """Lay the buttons out anew when they are others; otherwise only wake them."""
        if [(action.label, action.weight) for action in actions] != [
            (action.label, action.weight) for action in self._shown
        ]:
            self._build_buttons(actions)
        self._shown = actions
        for button, action in zip(self._buttons, _in_order(actions), strict=True):
            button.show_action(action)

    def _build_buttons(self, actions: tuple[Action, ...]) -> None:
        while (item := self._actions.takeAt(0)) is not None:
            row, button = item.layout(), item.widget()
            if row is not None:
                clear(row)
            elif button is not None:
                button.deleteLater()
        self._buttons = []
        quiet_row = QHBoxLayout()
        quiet_row.setSpacing(self._look.px(10))
        quiet = [action for action in _in_order(actions) if action.weight is Weight.QUIET]
        for action in _in_order(actions):
            is_primary = action.weight is Weight.PRIMARY
            button = ActionButton(self._look, height=84 if is_primary else 56, size=24 if is_primary else 16)
            button.clicked.connect(self._press)
            self._buttons.append(button)
            if action.weight is Weight.QUIET:
                quiet_row.addWidget(button)
        if quiet:
            self._actions.addLayout(quiet_row)
        for button, action in zip(self._buttons, _in_order(actions), strict=True):
            if action.weight is not Weight.QUIET:
                self._actions.addWidget(button)

    def _lay_out(self) -> None:
        look = self._look
        self._steps.setSpacing(look.px(16))
        self._actions.setSpacing(look.px(18))
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(24), look.px(24), look.px(18))
        column.setSpacing(look.px(14))
        for widget in (self._kicker, self._title, self._card, self._headline):
            column.addWidget(widget)
        column.addSpacing(look.px(10))
        column.addLayout(self._steps)
        column.addSpacing(look.px(8))
        column.addWidget(self._note)
        column.addStretch(1)
        column.addLayout(self._actions)
        column.addWidget(self._corner)
        column.addWidget(self._hint)


def _in_order(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Quiet ones first, then what is dangerous, and the one strong one last, where the hand is."""
    order = (Weight.QUIET, Weight.DANGER, Weight.PRIMARY)
    return tuple(sorted(actions, key=lambda action: order.index(action.weight)))


class StateCard(QFrame):
    """The card of a state: a ring and words while waiting, a sign and large words in every other tone."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("card")
        self._look = look
        self._tone: Tone | None = None
        self._ring = RingWidget(look)
        self._sign = SignWidget(look, 72)
        self._head = label(look, 17, weight=QFont.Weight.DemiBold, wraps=True)
        self._detail = label(look, 17, wraps=True)
        self._strong = label(look, 17, weight=QFont.Weight.Bold, wraps=True)
        words = QVBoxLayout()
        words.setSpacing(look.px(6))
        for made in (self._head, self._detail, self._strong):
            words.addWidget(made)
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(22), look.px(22), look.px(22), look.px(22))
        row.setSpacing(look.px(22))
        row.addWidget(self._ring, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def show_view(self, view: PaymentPanel) -> None:
        """Take a state's tone and words."""
        if view.tone is not self._tone:
            self._tone = view.tone
            self._wear(view.tone)
        is_calm = view.tone is Tone.CALM
        say(self._head, view.headline if is_calm else view.title)
        say(self._detail, view.detail)
        say(self._strong, view.strong)
        self._ring.show_ring(view.ring)
        self._sign.show_tone(view.tone)

    def _wear(self, tone: Tone) -> None:
        look, tokens = self._look, self._look.tokens
        ground = getattr(tokens, _GROUNDS.get(tone, "surface"))
        border = tokens.line if tone is Tone.CALM else getattr(tokens, _SIGNS[tone])
        width = 1 if tone is Tone.CALM or tokens.background == tokens.surface else 0
        self.setStyleSheet(
            f"QFrame#card {{ background: {ground}; border: {width}px solid {border}; border-radius: {look.px(16)}px; }}"
        )
        sizes = {Tone.CALM: 17, Tone.WELL: 36}
        self._head.setFont(look.font(sizes.get(tone, 28), QFont.Weight.Bold))
        self._detail.setFont(look.font(19 if tone is Tone.WELL else 17))
        quiet = tokens.quiet if tone is Tone.CALM else tokens.ink
        self._detail.setStyleSheet(f"color: {quiet}; background: transparent;")


class RingWidget(QWidget):
    """The countdown: how much of the time is left, as an arc and as a figure."""

    def __init__(self, look: Look, size: int = 68, *, has_text: bool = True) -> None:
        super().__init__()
        self._look = look
        self._has_text = has_text
        self._ring: Ring | None = None
        self.setFixedSize(look.px(size), look.px(size))

    def show_ring(self, ring: Ring | None) -> None:
        """Take how much is left; without a ring the widget goes."""
        self.setVisible(ring is not None)
        if ring != self._ring:
            self._ring = ring
            self.setAccessibleName(ring.text if ring else "")
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the arc and the figure."""
        if self._ring is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = max(3.0, self.width() / 11)
        box = QRectF(self.rect()).adjusted(thick / 2 + 1, thick / 2 + 1, -thick / 2 - 1, -thick / 2 - 1)
        painter.setPen(QPen(self._look.color("line"), thick))
        painter.drawEllipse(box)
        pen = QPen(self._look.color("action"), thick)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(box, 90 * 16, -int(360 * 16 * self._ring.left_thousandths / 1000))
        if self._has_text:
            painter.setPen(self._look.color("ink"))
            painter.setFont(self._look.font(16, QFont.Weight.Bold))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._ring.text)


class SignWidget(QWidget):
    """A state's sign: a tick, an exclamation mark or a question mark on a disc of its colour."""

    def __init__(self, look: Look, size: int) -> None:
        super().__init__()
        self._look = look
        self._tone = Tone.CALM
        self.setFixedSize(look.px(size), look.px(size))

    def show_tone(self, tone: Tone) -> None:
        """Take a tone; a calm state has no sign."""
        self.setVisible(tone is not Tone.CALM)
        self._tone = tone
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint disc and sign."""
        if self._tone is not Tone.CALM:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_sign(painter, self._look, QRectF(self.rect()), self._tone)


def paint_sign(painter: QPainter, look: Look, box: QRectF, tone: Tone) -> None:
    """Paint a tone's sign into a square box."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.color(_SIGNS[tone]))
    painter.drawEllipse(box)
    side = box.width()
    pen = QPen(look.color("surface"), side / 10)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)

    def at(x: float, y: float) -> QPointF:
        return QPointF(box.left() + x * side, box.top() + y * side)

    if tone is Tone.WELL:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline([at(0.28, 0.52), at(0.44, 0.67), at(0.73, 0.34)])
    elif tone is Tone.UNKNOWN:
        font = look.font(16, QFont.Weight.Bold)
        font.setPixelSize(round(side * 0.66))
        painter.setFont(font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "?")
    else:
        painter.drawLine(at(0.5, 0.26), at(0.5, 0.55))
        painter.drawPoint(at(0.5, 0.73))


class StepRow(QWidget):
    """One step: its mark, its words, and a time or a pause at the right."""

    def __init__(self, look: Look, step: StepView) -> None:
        super().__init__()
        self._look = look
        self._step = step
        is_now = step.mark in (Mark.NOW, Mark.UNKNOWN, Mark.FAILED)
        words = label(look, 17, color="quiet" if step.mark is Mark.LATER else "ink")
        words.setFont(look.font(17, QFont.Weight.DemiBold if is_now else QFont.Weight.Normal))
        words.setText(step.label)
        right = label(look, 17, color="quiet", align=Qt.AlignmentFlag.AlignRight)
        right.setText(step.right)
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(40), 0, 0, 0)
        row.addWidget(words, 1)
        row.addWidget(right)
        self.setMinimumHeight(look.px(28))
        self.setAccessibleName(step.label)

    def sizeHint(self) -> QSize:
        """A line of text high."""
        return QSize(self._look.px(200), self._look.px(28))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint the mark."""
        look, mark = self._look, self._step.mark
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = look.px(26)
        box = QRectF(0.5, (self.height() - side) / 2, side, side)
        if mark is Mark.DONE:
            paint_sign(painter, look, box, Tone.WELL)
        elif mark in (Mark.UNKNOWN, Mark.FAILED):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("look" if mark is Mark.UNKNOWN else "broken"))
            painter.drawEllipse(box)
            painter.setPen(look.color("surface"))
            painter.setFont(look.font(17, QFont.Weight.Bold))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "?" if mark is Mark.UNKNOWN else "!")
        else:
            painter.setPen(QPen(look.color("action" if mark is Mark.NOW else "line"), look.px(4)))
            painter.drawEllipse(box.adjusted(2, 2, -2, -2))
