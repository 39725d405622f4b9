"""Plain-text labels in the house type: nothing that comes from outside is ever read as markup."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QSizePolicy

from till.ui.theme import Look


def label(
    look: Look,
    size: int,
    *,
    color: str = "ink",
    weight: QFont.Weight = QFont.Weight.Normal,
    wraps: bool = False,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> QLabel:
    """Return an empty label."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(look.font(size, weight))
    made.setStyleSheet(f"color: {getattr(look.tokens, color)}; background: transparent; border: none;")
    made.setWordWrap(wraps)
    made.setAlignment(align | Qt.AlignmentFlag.AlignVCenter)
    if wraps:
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return made


def hairline(look: Look) -> QFrame:
    """Return a line of one pixel."""
    line = QFrame()
    line.setObjectName("line")
    line.setFixedHeight(max(1, look.px(1)))
    return line


def say(made: QLabel, text: str) -> None:
    """Set a label's words, and hide it when it has none."""
    if made.text() != text:
        made.setText(text)
    made.setVisible(bool(text))


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.setParent(None)
            widget.deleteLater()
