"""Panels for giving money back: the receipt's number, the amount, and who asks the hub for it."""

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QListView

from till.domain.hub_refund import NAME_MOST
from till.engine.wishes import FindPaid
from till.presentation.views import AmountPanel, FindPaidPanel, HubRefundPanel
from till.ui.keypad_panels import KeypadPanel
from till.ui.labels import label, say
from till.ui.theme import Look

RECEIPT_MOST_DIGITS = 64
AMOUNT_MOST_DIGITS = 9


class FindPaidPanelWidget(KeypadPanel):
    """Renders a FindPaidPanel; a receipt number has digits, a payment reference letters too."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._field.setAccessibleName(self.tr("Receipt number"))
        self._field.setMaxLength(RECEIPT_MOST_DIGITS)
        self._sold_at = label(look, 17, color="quiet")
        self._store = QComboBox()
        self._store.setView(QListView())  # whose rows can be made tall enough for a finger
        self._store.view().setFont(look.font(18))
        row_style = f"min-height: {look.px(44)}px; padding-left: {look.px(10)}px;"
        self._store.view().setStyleSheet(f"QListView::item {{ {row_style} }}")
        self._store.setFont(look.font(18))
        self._store.setMinimumHeight(look.px(52))
        self._store.setAccessibleName(self.tr("Store"))
        self._store.activated.connect(self.focus_field)
        row = QHBoxLayout()
        row.setSpacing(look.px(12))
        row.addWidget(self._sold_at)
        row.addWidget(self._store, 1)
        self.below.addLayout(row)

    def show_view(self, view: FindPaidPanel) -> None:
        """Show the panel; stores are offered where there are others than this till's."""
        self._show(view.title, view.hint, view.back, view.confirm_label)
        say(self._sold_at, view.sold_at if view.stores else "")
        self._store.setVisible(bool(view.stores))
        offered = [view.this_till, *view.stores]
        if [self._store.itemText(place) for place in range(self._store.count())] != offered:
            self._store.clear()
            self._store.addItem(view.this_till, "")
            for store in view.stores:
                self._store.addItem(store, store)

    def clear(self) -> None:
        """Forget what was typed, and go back to this till."""
        super().clear()
        self._store.setCurrentIndex(0)

    def _wish(self) -> object:
        return FindPaid(self._field.text(), self._store.currentData() or "")

    def _is_whole(self) -> bool:
        return bool(self._field.text().strip())


class AmountPanelWidget(KeypadPanel):
    """Renders an AmountPanel: digits are minor units, shown with their decimal sign; all that is left stands there first."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._view: AmountPanel | None = None
        self._offered = 0
        self._field.setAccessibleName(self.tr("Amount to give back"))
        self._left = label(look, 17, wraps=True)
        self.below.addWidget(self._left)

    def show_view(self, view: AmountPanel) -> None:
        """Show the panel; what is left is offered once, when it is known."""
        self._offer(view, view.most_minor)

    def _offer(self, view: AmountPanel, minor: int) -> None:
        is_other = self._view is None or self._view.title != view.title
        self._view = view
        if is_other or self._offered != minor:
            self._offered = minor
            self._field.setText(self._written(minor) if minor else "")
            self._field.selectAll()
        self._show(view.title, view.hint, view.back, view.confirm_label)
        say(self._left, view.note)

    def _typed(self) -> None:
        digits = self._digits()[:AMOUNT_MOST_DIGITS]
        written = self._written(int(digits)) if digits and self._view is not None else ""
        if written != self._field.text():
            self._field.setText(written)
        super()._typed()

    def _wish(self) -> object:
        assert self._view is not None
        return self._view.wish_of(int(self._digits()))

    def _is_whole(self) -> bool:
        digits = self._digits()
        return self._view is not None and bool(digits) and 0 < int(digits) <= self._view.most_minor

    def _written(self, minor: int) -> str:
        decimal = self._view.decimal if self._view is not None else ","
        return f"{minor // 100}{decimal}{minor % 100:02}"


class HubRefundPanelWidget(AmountPanelWidget):
    """Renders a HubRefundPanel: the amount, the name of who asks, and of who approves where somebody has to."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._hub_view: HubRefundPanel | None = None
        self._name, self._approver = self._name_field(), self._name_field()
        row = QHBoxLayout()
        row.setSpacing(look.px(10))
        row.addWidget(self._name, 1)
        row.addWidget(self._approver, 1)
        self.below.addLayout(row)

    def show_panel(self, view: HubRefundPanel) -> None:
        """Show the panel; what is offered is offered once."""
        is_new = self._hub_view is None
        self._hub_view = view
        if is_new:
            self._name.setText(view.name)
        _call(self._name, view.name_label)
        _call(self._approver, view.approval_label)
        self._offer(view.amount, view.offered_minor)
        if is_new and view.approval_label:
            self._approver.setFocus()

    def clear(self) -> None:
        """Forget amount and names: the next refund may be somebody else's."""
        self._hub_view = self._view = None
        super().clear()
        self._name.clear()
        self._approver.clear()

    def focus_field(self) -> None:
        """Put the cursor where something is missing first."""
        lacks_approval = self._hub_view is not None and bool(self._hub_view.approval_label)
        (self._approver if lacks_approval else self._field).setFocus()

    def confirm(self) -> None:
        """Go on to the next name that is missing, or send."""
        for field in (self._name, self._approver):
            if not field.isHidden() and not field.text().strip() and super()._is_whole():
                field.setFocus()
                return
        super().confirm()

    def _is_whole(self) -> bool:
        names = [field for field in (self._name, self._approver) if not field.isHidden()]
        return super()._is_whole() and all(field.text().strip() for field in names)

    def _wish(self) -> object:
        assert self._hub_view is not None
        approver = "" if self._approver.isHidden() else self._approver.text()
        return self._hub_view.wish_of(int(self._digits()), self._name.text(), approver)

    def _name_field(self) -> QLineEdit:
        look, field = self._look, QLineEdit()
        field.setFont(look.font(18))
        field.setMinimumHeight(look.px(52))
        field.setMaxLength(NAME_MOST)
        field.returnPressed.connect(self.confirm)
        field.textChanged.connect(lambda: self._confirm.setEnabled(self._is_whole()))
        return field


def _call(field: QLineEdit, name: str) -> None:
    """Say whose name a field is for; without one it is not there."""
    field.setPlaceholderText(name)
    field.setAccessibleName(name)
    field.setVisible(bool(name))
