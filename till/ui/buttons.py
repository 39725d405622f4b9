"""Buttons that are painted: an action with its key, an article with its price; inert from the press to the next view."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from till.presentation.views import Action, ArticleButton, Weight
from till.ui.theme import Look

_CENTER = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_WRAP = Qt.TextFlag.TextWordWrap


class ActionButton(QAbstractButton):
    """An action: label, small note under it, amount at the right, and the key that presses it."""

    def __init__(self, look: Look, *, height: int = 56, size: int = 16, is_wide: bool = False) -> None:
        super().__init__()
        self._look = look
        self._size = size
        self._is_wide = is_wide
        self.action_view: Action | None = None
        self.setFixedHeight(look.px(height))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_action(self, action: Action) -> None:
        """Take a new action; a press before this one is over and done with."""
        self.setEnabled(action.is_enabled)
        if action == self.action_view:
            return
        self.action_view = action
        self.setAccessibleName(" ".join(part for part in (action.label, action.amount, action.note) if part))
        self.update()

    def sizeHint(self) -> QSize:
        """Wide enough for the label and its key."""
        action = self.action_view
        metrics = QFontMetrics(self._look.font(self._size, QFont.Weight.DemiBold))
        width = metrics.horizontalAdvance(action.label if action else "") + self._look.px(40)
        if action is not None and action.key:
            width += self._look.px(30) + 9 * len(action.key)
        return QSize(max(self._look.px(44), width), self.height())

    def minimumSizeHint(self) -> QSize:
        """Never under the size of a finger."""
        return QSize(self._look.px(44), self.height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint ground, label, note, amount and key."""
        action, look = self.action_view, self._look
        if action is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink, ground, border = self._colors(action)
        if self.isDown():
            ground = ground.darker(108)
        paint_ground(painter, QRectF(self.rect()), ground, border, look.px(12))
        if self.hasFocus():
            paint_ground(painter, QRectF(self.rect()).adjusted(3, 3, -3, -3), None, ink, look.px(9))
        box = self.rect().adjusted(look.px(18), 0, -look.px(16), 0)
        is_led = self._is_wide or bool(action.note) or bool(action.amount)
        painter.setPen(ink)
        if is_led:
            self._paint_led(painter, action, box, ink)
        else:
            self._paint_centered(painter, action, box, ink)

    def _colors(self, action: Action) -> tuple[QColor, QColor, QColor]:
        look = self._look
        if not self.isEnabled():
            return look.color("faded"), look.color("raised"), look.color("line")
        if action.weight is Weight.PRIMARY:
            return look.color("on_action"), look.color("action"), look.color("action")
        if action.weight is Weight.DANGER:
            border = look.color("broken")
            border.setAlpha(90)
            return look.color("broken"), look.color("surface"), border
        return look.color("ink"), look.color("surface"), look.color("line")

    def _paint_led(self, painter: QPainter, action: Action, box: QRect, ink: QColor) -> None:
        """Label at the left; amount and key at the right."""
        look = self._look
        right = self._paint_key(painter, action.key, box, ink)
        painter.setPen(ink)
        painter.setFont(look.font(self._size, QFont.Weight.Bold))
        if action.amount:
            painter.drawText(box.adjusted(0, 0, -right, 0), _RIGHT, action.amount)
        is_strong = action.weight is Weight.PRIMARY
        painter.setFont(look.font(self._size, QFont.Weight.Bold if is_strong else QFont.Weight.Medium))
        text = box.adjusted(0, 0, -right, 0)
        if not action.note:
            painter.drawText(text, _LEFT, action.label)
            return
        upper = QRect(text.left(), text.top(), text.width(), text.height() // 2 + look.px(2))
        lower = QRect(text.left(), text.center().y() + look.px(3), text.width(), text.height() // 2)
        painter.drawText(upper, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, action.label)
        painter.setFont(look.font(15))
        painter.drawText(lower, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, action.note)

    def _paint_centered(self, painter: QPainter, action: Action, box: QRect, ink: QColor) -> None:
        """Label and key side by side in the middle; a long label takes two lines."""
        look = self._look
        is_strong = action.weight is Weight.PRIMARY
        font = look.font(self._size, QFont.Weight.Bold if is_strong else QFont.Weight.DemiBold)
        key_width = self._key_width(action.key)
        gap = look.px(10) if key_width else 0
        label_width = QFontMetrics(font).horizontalAdvance(action.label)
        available = box.width() - key_width - gap
        label_width = min(label_width, available)
        left = box.left() + (box.width() - label_width - gap - key_width) // 2
        painter.setFont(font)
        painter.drawText(QRect(left, box.top(), label_width + 2, box.height()), _LEFT | _WRAP, action.label)
        if key_width:
            area = QRect(left + label_width + gap, box.top(), key_width, box.height())
            self._paint_key(painter, action.key, area, ink)

    def _key_width(self, key: str) -> int:
        if not key:
            return 0
        return QFontMetrics(self._look.font(13, QFont.Weight.DemiBold)).horizontalAdvance(key) + self._look.px(16)

    def _paint_key(self, painter: QPainter, key: str, box: QRect, ink: QColor) -> int:
        """Paint a key cap at the right of `box`; return the room it takes."""
        width = self._key_width(key)
        if not width:
            return 0
        look = self._look
        height = look.px(22)
        cap = QRectF(box.right() - width + 1, box.center().y() - height / 2 + 1, width, height)
        border = QColor(ink)
        border.setAlpha(110)
        paint_ground(painter, cap, None, border, look.px(5))
        painter.setFont(look.font(13, QFont.Weight.DemiBold))
        painter.setPen(ink)
        painter.drawText(cap, _CENTER, key)
        return width + look.px(12)


class ArticleTile(QAbstractButton):
    """A favourite or a search hit: name, price, and the coloured edge of its group."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.view: ArticleButton | None = None
        self.setMinimumSize(look.px(100), look.px(94))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_article(self, view: ArticleButton) -> None:
        """Take an article."""
        self.view = view
        self.setAccessibleName(f"{view.name} {view.price}")
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint ground, coloured edge, name and price."""
        view, look = self.view, self._look
        if view is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = look.color("raised") if self.isDown() else look.color("surface")
        box = QRectF(self.rect())
        if view.colour:
            paint_ground(painter, box, QColor(view.colour), QColor(view.colour), look.px(11))
            inner = box.adjusted(0, look.px(5), 0, 0)
            paint_ground(painter, inner, ground, look.color("line"), look.px(11))
        else:
            paint_ground(painter, box, ground, look.color("line"), look.px(11))
        if self.hasFocus():
            paint_ground(painter, box.adjusted(3, 8, -3, -3), None, look.color("action"), look.px(8))
        text = self.rect().adjusted(look.px(12), look.px(14), -look.px(8), -look.px(10))
        painter.setPen(look.color("ink"))
        painter.setFont(look.font(15, QFont.Weight.Medium))
        name = QRect(text.left(), text.top(), text.width(), text.height() - look.px(22))
        painter.drawText(name, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | _WRAP, view.name)
        painter.setPen(look.color("quiet"))
        painter.setFont(look.font(15))
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, view.price)


def paint_ground(painter: QPainter, box: QRectF, ground: QColor | None, border: QColor, radius: int) -> None:
    """Paint a rounded box with a hairline."""
    painter.setPen(QPen(border, 1))
    painter.setBrush(ground if ground is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def fill(painter: QPainter, box: QRect, ground: QColor) -> None:
    """Paint a box without a border; Qt's own `fillRect` costs its first caller 7 ms in Python, for its gradients' names."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRect(box)
