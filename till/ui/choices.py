"""A row of words of which one is chosen."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from till.ui.labels import label, say
from till.ui.theme import Look

T = TypeVar("T")
LABEL_WIDTH = 96


class Choices(Generic[T]):
    """A row of words of which one is chosen; the first until another is."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._options: tuple[tuple[str, T], ...] = ()
        self._label = label(look, 16, color="quiet")
        self._label.setFixedWidth(look.px(LABEL_WIDTH))
        self._group = QButtonGroup()
        self.changed = self._group.idToggled
        self.row = QHBoxLayout()
        self.row.setSpacing(look.px(8))
        self.row.addWidget(self._label)

    @property
    def chosen(self) -> T:
        """What the chosen word stands for."""
        return self._options[self._group.checkedId()][1]

    def show_options(self, name: str, options: Sequence[tuple[str, T]], *, after: QWidget) -> QWidget:
        """Offer these, made once; the Tab key comes here from the widget before. Return the last of them."""
        say(self._label, name)
        if self._options:
            return self._group.buttons()[-1]
        self._options = tuple(options)
        for place, (word, _) in enumerate(self._options):
            button = self._button(word)
            self._group.addButton(button, place)
            self.row.addWidget(button, 1)
            QWidget.setTabOrder(after, button)
            after = button
        self.reset()
        return after

    def reset(self) -> None:
        """Go back to the first."""
        if self._options:
            self._group.button(0).setChecked(True)

    def _button(self, word: str) -> QPushButton:
        look, tokens = self._look, self._look.tokens
        button = QPushButton(word)
        button.setCheckable(True)
        button.setFont(look.font(16, QFont.Weight.DemiBold))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setStyleSheet(
            f"QPushButton {{ background: {tokens.surface}; color: {tokens.ink}; border: 1px solid {tokens.line};"
            f" border-radius: {look.px(10)}px; padding: 0 {look.px(8)}px; min-height: {look.px(46)}px; }}"
            f"QPushButton:checked {{ background: {tokens.ink}; color: {tokens.surface}; }}"
            f"QPushButton:focus {{ border: 2px solid {tokens.action}; }}"
        )
        return button
