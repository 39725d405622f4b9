"""All that is known of one payment: how it stands, its amounts, and its past as the till and the wallet know it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from till.presentation.views import Action, HistoryRow, PaymentPage, Tone
from till.ui.action_panel import ActionPanel, back_button
from till.ui.buttons import ActionButton
from till.ui.labels import clear, label, say
from till.ui.theme import Look

BUTTONS_A_ROW = 3
TIME_WIDTH = 58
_COLORS = {Tone.WELL: "well", Tone.LOOK: "look", Tone.UNKNOWN: "look", Tone.BROKEN: "broken"}


class PaymentPageWidget(ActionPanel):
    """Renders a PaymentPage; the past scrolls, how it stands and the buttons stay."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._view: PaymentPage | None = None
        self._title = label(look, 28, weight=QFont.Weight.Bold, wraps=True)
        self._back = back_button(look)
        self._back.clicked.connect(self._press)
        self._lead = label(look, 15, color="quiet", wraps=True)
        self._reference = label(look, 15, color="quiet")
        self._reference.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._state = label(look, 20, weight=QFont.Weight.DemiBold, wraps=True)
        self._strong = label(look, 16, color="broken", weight=QFont.Weight.Bold, wraps=True)
        self._source = label(look, 14, color="quiet", wraps=True)
        self._amounts = QGridLayout()
        self._past = QVBoxLayout()
        self._buttons = QGridLayout()
        self._lay_out()

    def show_view(self, view: PaymentPage) -> None:
        """Show the page; rows and buttons are made anew only when they differ."""
        before, self._view = self._view, view
        say(self._title, view.title)
        self._back.show_action(view.back)
        say(self._lead, view.lead)
        say(self._reference, view.reference)
        say(self._state, view.state)
        color = getattr(self._look.tokens, _COLORS.get(view.tone, "ink"))
        self._state.setStyleSheet(f"color: {color}; background: transparent; border: none;")
        say(self._strong, view.strong)
        say(self._source, view.source)
        if before is None or before.amounts != view.amounts:
            self._show_amounts(view)
        if before is None or _past(before) != _past(view):
            self._show_past(view)
        if before is None or before.actions != view.actions:
            self._show_buttons(view)
        for button in self.findChildren(ActionButton):
            button.setEnabled(True)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        return () if self._view is None else (self._view.back, *self._view.actions)

    def _show_amounts(self, view: PaymentPage) -> None:
        clear(self._amounts)
        for place, (name, amount) in enumerate(view.amounts):
            named, figure = label(self._look, 14, color="quiet"), label(self._look, 16, weight=QFont.Weight.DemiBold)
            named.setText(name)
            figure.setText(amount)
            row, column = divmod(place, BUTTONS_A_ROW)
            self._amounts.addWidget(named, 2 * row, column)
            self._amounts.addWidget(figure, 2 * row + 1, column)

    def _show_past(self, view: PaymentPage) -> None:
        clear(self._past)
        for title, rows in ((view.wallet_title, view.wallet_rows), (view.till_title, view.till_rows)):
            if rows:
                head = label(self._look, 17, weight=QFont.Weight.DemiBold)
                head.setText(title)
                self._past.addWidget(head)
                for row in rows:
                    self._past.addWidget(_PastRow(self._look, row))

    def _show_buttons(self, view: PaymentPage) -> None:
        clear(self._buttons)
        for place, action in enumerate(view.actions):
            button = ActionButton(self._look, height=52, size=15)
            button.show_action(action)
            button.clicked.connect(self._press)
            self._buttons.addWidget(button, place // BUTTONS_A_ROW, place % BUTTONS_A_ROW)

    def _lay_out(self) -> None:
        look = self._look
        self._past.setSpacing(look.px(6))
        self._buttons.setSpacing(look.px(8))
        self._amounts.setVerticalSpacing(look.px(2))
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._back, 0, Qt.AlignmentFlag.AlignTop)
        card = QFrame()
        card.setObjectName("card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(look.px(16), look.px(12), look.px(16), look.px(12))
        inner.setSpacing(look.px(6))
        parts: tuple[QWidget | QLayout, ...] = (self._state, self._strong, self._amounts, self._source)
        for part in parts:
            inner.addWidget(part) if isinstance(part, QWidget) else inner.addLayout(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(20), look.px(24), look.px(16))
        column.setSpacing(look.px(8))
        column.addLayout(head)
        column.addWidget(self._lead)
        column.addWidget(self._reference)
        column.addWidget(card)
        column.addWidget(self._scrolling(), 1)
        column.addLayout(self._buttons)

    def _scrolling(self) -> QScrollArea:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, self._look.px(6), 0)
        rows.addLayout(self._past)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return scroll


class _PastRow(QWidget):
    """One row of the past: the time, what happened, the amount; below it what support needs."""

    def __init__(self, look: Look, row: HistoryRow) -> None:
        super().__init__()
        text = label(look, 15, color=_COLORS.get(row.tone, "ink"), wraps=True)
        text.setText(row.text)
        amount = label(look, 15, align=Qt.AlignmentFlag.AlignRight)
        amount.setText(row.amount)
        note = label(look, 13, color="quiet", wraps=True)
        note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        time = label(look, 13, color="quiet")
        time.setText(row.time)
        time.setMinimumWidth(look.px(TIME_WIDTH))
        head = QHBoxLayout()
        head.setSpacing(look.px(10))
        head.addWidget(time, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(text, 1)
        head.addWidget(amount, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, look.px(2), 0, look.px(4))
        column.setSpacing(0)
        column.addLayout(head)
        note.setContentsMargins(look.px(TIME_WIDTH + 10), 0, 0, 0)
        say(note, row.note)
        if row.note:
            column.addWidget(note)


def _past(view: PaymentPage) -> tuple[tuple[HistoryRow, ...], tuple[HistoryRow, ...]]:
    return view.till_rows, view.wallet_rows
