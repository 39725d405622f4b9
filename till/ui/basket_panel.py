"""The left side: the basket's rows, a strip to change the chosen line, and the total that never moves."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QIntValidator, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from till.domain.intents import ChangeQuantity, VoidLine
from till.presentation.views import Action, BasketView, Row, Weight
from till.ui.basket_model import NAME, PRICE, QUANTITY, TOTAL, BasketModel
from till.ui.buttons import ActionButton, fill
from till.ui.labels import hairline, label, say
from till.ui.theme import Look

ROW_HEIGHT = 56
FLASH_MS = 150
#: A quantity has no more digits than this: anything longer is a code that landed in the field.
QUANTITY_DIGITS = 4
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class BasketPanel(QWidget):
    """Renders a BasketView; asks to change or void the chosen line."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look = look
        self._view: BasketView | None = None
        self._model = BasketModel()
        self._model.set_headers((self.tr("Qty"), self.tr("Article"), self.tr("Price"), self.tr("Sum")))
        self._table = _make_table(look, self._model)
        self._table.setAccessibleName(self.tr("Basket"))
        self._delegate = RowDelegate(look)
        self._table.setItemDelegate(self._delegate)
        self._strip = LineStrip(look)
        self._strip.asked.connect(self.asked)
        self._lock = label(look, 15, color="quiet")
        self._lock.setContentsMargins(look.px(16), look.px(11), look.px(16), look.px(11))
        self._lock.setStyleSheet(
            f"background: {look.tokens.raised}; color: {look.tokens.quiet}; border-radius: {look.px(8)}px;"
        )
        self._empty = label(look, 18, color="quiet", align=Qt.AlignmentFlag.AlignHCenter)
        self._total = label(look, 54, weight=QFont.Weight.Bold, align=Qt.AlignmentFlag.AlignRight)
        self._total_label = label(look, 15, color="quiet", align=Qt.AlignmentFlag.AlignRight)
        self._total_label.setText(self.tr("To pay"))
        self._figures = label(look, 15, color="quiet")
        self._figures.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self._lay_out()
        for made in (self._strip, self._lock, self._empty):
            made.hide()
        self._table.selectionModel().selectionChanged.connect(self._show_strip)

    def show_view(self, view: BasketView) -> None:
        """Show a basket; a new line is scrolled to and flashes once."""
        before = self._model.rowCount()
        self._model.show_rows(view.rows)
        self._view = view
        after = self._model.rowCount()
        if self._delegate.is_locked != view.is_locked:
            self._delegate.is_locked = view.is_locked
            self._table.viewport().update()
        if after > before:
            self._table.scrollToBottom()
            self._flash(after - 1)
        if after < before or view.is_locked:
            self._table.clearSelection()
        if self._total.text() != view.total:
            self._total.setText(view.total)
        figures = "\n".join(view.figures)
        if self._figures.text() != figures:
            self._figures.setText(figures)
        say(self._lock, view.lock_note)
        say(self._empty, view.empty_note)
        self._table.setVisible(not view.empty_note)
        self._show_strip()

    def chosen_line(self) -> int | None:
        """Return the number of the chosen line, or None."""
        chosen = self._table.selectionModel().selectedRows()
        return self._model.row_at(chosen[0].row()).line if chosen else None

    def _flash(self, place: int) -> None:
        if not self._look.has_motion:
            return
        self._delegate.flashing = place
        QTimer.singleShot(FLASH_MS, self, self._unflash)

    def _unflash(self) -> None:
        self._delegate.flashing = None
        self._table.viewport().update()

    def _show_strip(self) -> None:
        chosen = self._table.selectionModel().selectedRows()
        self._delegate.chosen = chosen[0].row() if chosen else None
        is_open = bool(chosen) and self._view is not None and not self._view.is_locked
        if is_open:
            self._strip.show_line(self._model.row_at(chosen[0].row()))
        self._strip.setVisible(is_open)

    def _lay_out(self) -> None:
        look = self._look
        foot = QHBoxLayout()
        foot.setContentsMargins(look.px(20), look.px(14), look.px(20), look.px(12))
        foot.addWidget(self._figures, 1)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._total_label)
        right.addWidget(self._total)
        foot.addLayout(right)
        lock = QHBoxLayout()
        lock.setContentsMargins(look.px(20), look.px(12), look.px(20), look.px(12))
        lock.addWidget(self._lock)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._table, 1)
        column.addWidget(self._empty, 1)
        column.addWidget(self._strip)
        column.addLayout(lock)
        column.addWidget(hairline(look))
        column.addLayout(foot)


class LineStrip(QFrame):
    """Minus, quantity, plus and void for the chosen line."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setStyleSheet(f"LineStrip {{ background: {look.tokens.chosen}; }}")
        self._row: Row | None = None
        self._less = self._button(look, "−", self.tr("One less"))
        self._more = self._button(look, "+", self.tr("One more"))
        self._void = ActionButton(look, height=48)
        self._void.setSizePolicy(self._less.sizePolicy())
        self._void.clicked.connect(self._ask_void)
        self._quantity = QLineEdit()
        self._quantity.setFont(look.font(16, QFont.Weight.DemiBold))
        self._quantity.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._quantity.setMaxLength(QUANTITY_DIGITS)
        self._quantity.setValidator(QIntValidator(0, 10**QUANTITY_DIGITS - 1, self))
        self._quantity.setFixedWidth(look.px(90))
        self._quantity.setAccessibleName(self.tr("Quantity"))
        self._quantity.editingFinished.connect(self._ask_typed)
        self._less.clicked.connect(lambda: self._ask_step(-1000))
        self._more.clicked.connect(lambda: self._ask_step(1000))
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(20), look.px(10), look.px(20), look.px(10))
        row.setSpacing(look.px(8))
        for widget in (self._less, self._quantity, self._more):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._void)

    def show_line(self, row: Row) -> None:
        """Take the chosen line."""
        if row == self._row:
            return
        self._row = row
        self._void.show_action(Action(self.tr("Void line"), VoidLine(row.line), "Del", weight=Weight.DANGER))
        text = str(row.quantity_thousandths // 1000) if row.is_by_piece else row.quantity
        self._quantity.setText(text)
        self._quantity.setReadOnly(not row.is_by_piece)
        for widget in (self._less, self._more):
            widget.setVisible(row.is_by_piece)

    def _button(self, look: Look, text: str, name: str) -> ActionButton:
        button = ActionButton(look, height=48, size=20)
        button.setFixedWidth(look.px(56))
        button.show_action(Action(text, None))
        button.setAccessibleName(name)
        return button

    def _ask_step(self, step_thousandths: int) -> None:
        if self._row is not None:
            self.asked.emit(ChangeQuantity(self._row.line, self._row.quantity_thousandths + step_thousandths))

    def _ask_typed(self) -> None:
        row, text = self._row, self._quantity.text()
        if row is not None and row.is_by_piece and text and int(text) * 1000 != row.quantity_thousandths:
            self.asked.emit(ChangeQuantity(row.line, int(text) * 1000))

    def _ask_void(self) -> None:
        if self._row is not None:
            self.asked.emit(VoidLine(self._row.line))


class RowDelegate(QStyledItemDelegate):
    """Paints a row: quantity, name with its small note, price and sum in tabular figures."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._large, self._small = look.font(18), look.font(14)
        # Made once: a long basket paints eighty cells at every scan.
        self._ink, self._quiet, self._faded = look.color("ink"), look.color("quiet"), look.color("faded")
        self._rule, self._ground = look.color("line"), look.color("chosen")
        self.is_locked = False
        self.flashing: int | None = None
        #: Told, not read from the option: to name its states costs the start 5 ms.
        self.chosen: int | None = None

    def sizeHint(self, _: QStyleOptionViewItem, __: QModelIndex | QPersistentModelIndex) -> QSize:
        """Every row has the same height."""
        return QSize(0, self._look.px(ROW_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        look, column = self._look, index.column()
        model = index.model()
        assert isinstance(model, BasketModel)
        row = model.row_at(index.row())
        box: QRect = option.rect
        is_chosen = self.chosen == index.row()
        if is_chosen or self.flashing == index.row():
            fill(painter, box, self._ground)
            if column == QUANTITY and is_chosen:
                fill(painter, QRect(box.left(), box.top(), look.px(4), box.height()), look.color("action"))
        painter.setPen(self._rule)
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setPen(self._faded if self.is_locked else self._ink)
        painter.setFont(self._large)
        if column == NAME:
            self._paint_name(painter, box, row)
            return
        left = look.px(20) if column == QUANTITY else 0
        right = look.px(20) if column == TOTAL else look.px(8)
        align = _LEFT if column == QUANTITY else _RIGHT
        text = (row.quantity, "", row.price, row.total)[column]
        painter.drawText(box.adjusted(left, 0, -right, 0), align, text)

    def _paint_name(self, painter: QPainter, box: QRect, row: Row) -> None:
        room = box.adjusted(0, 0, -self._look.px(8), 0)
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, room.width())
        if not row.note:
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
            return
        middle = room.top() + room.height() * 6 // 10
        upper = QRect(room.left(), room.top(), room.width(), middle - room.top())
        painter.drawText(upper, Qt.AlignmentFlag.AlignBottom, name)
        painter.setFont(self._small)
        painter.setPen(self._faded if self.is_locked else self._quiet)
        lower = QRect(room.left(), middle, room.width(), room.bottom() - middle)
        painter.drawText(lower, Qt.AlignmentFlag.AlignTop, row.note)


def _make_table(look: Look, model: BasketModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setShowGrid(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(look.px(ROW_HEIGHT))
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header = table.horizontalHeader()
    header.setFont(look.font(14))
    header.setFixedHeight(look.px(37))
    header.setHighlightSections(False)
    header.setSectionsClickable(False)
    header.setStyleSheet(
        f"QHeaderView::section {{ background: {look.tokens.surface}; color: {look.tokens.quiet}; border: none;"
        f" border-bottom: 1px solid {look.tokens.line}; padding: 0 {look.px(8)}px 0 0; }}"
        f"QHeaderView::section:first {{ padding-left: {look.px(20)}px; }}"
        f"QHeaderView::section:last {{ padding-right: {look.px(20)}px; }}"
    )
    header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
    for column, width in ((QUANTITY, 112), (PRICE, 120), (TOTAL, 124)):
        table.setColumnWidth(column, look.px(width))
    return table
