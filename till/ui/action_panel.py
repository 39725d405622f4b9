"""What the panels of buttons share: one signal, one way of pressing, and a head with the way back."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from till.ui.buttons import ActionButton
from till.ui.theme import Look


class ActionPanel(QWidget):
    """A panel whose buttons ask for wishes."""

    asked = Signal(object)

    def _press(self) -> None:
        """Ask for what the pressed button stands for, once: the next view enables it again."""
        button = self.sender()
        if isinstance(button, ActionButton) and button.action_view is not None:
            button.setEnabled(False)
            self.asked.emit(button.action_view.wish)


def back_button(look: Look) -> ActionButton:
    """Return the button that leads back, beside a panel's title."""
    back = ActionButton(look, height=44)
    back.setFixedWidth(look.px(140))
    return back


def head(title: QLabel, back: ActionButton) -> QHBoxLayout:
    """Return a panel's title with the way back beside it."""
    row = QHBoxLayout()
    row.addWidget(title, 1)
    row.addWidget(back)
    return row
