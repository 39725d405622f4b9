"""A table of finished cells: thousands of rows at no cost but for those that are seen; a chosen row offers its actions."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from till.presentation.owner_views import Table, TableRow
from till.presentation.views import Tone
from till.ui.buttons import ActionButton
from till.ui.labels import clear, label, say
from till.ui.theme import Look

ROW_HEIGHT, SIGN_WIDTH = 46, 36
_SIGNS = {Tone.WELL: "✓", Tone.LOOK: "?", Tone.BROKEN: "!"}
_COLORS = {Tone.WELL: "well", Tone.LOOK: "look", Tone.BROKEN: "broken"}
_Index = QModelIndex | QPersistentModelIndex
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_CENTER = Qt.AlignmentFlag.AlignCenter


class TableModel(QAbstractTableModel):
    """The rows; before the first cell stands the sign of the row's tone."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._heads: tuple[str, ...] = ()
        self.rows: tuple[TableRow, ...] = ()

    def show_table(self, table: Table) -> None:
        """Take new rows; where there are as many as before, only what stands in them has changed."""
        is_alike = len(table.rows) == len(self.rows) and table.heads == self._heads
        if not is_alike:
            self.beginResetModel()
        self._heads, self.rows = table.heads, table.rows
        if not is_alike:
            self.endResetModel()
        elif self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self._heads)))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are, that of the signs included."""
        return 0 if parent.isValid() else len(self._heads) + 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's text, and how it looks."""
        row = self.rows[index.row()]
        is_sign = index.column() == 0
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _SIGNS.get(row.tone, "") if is_sign else row.cells[index.column() - 1]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _CENTER if is_sign else _LEFT
        if role == Qt.ItemDataRole.ForegroundRole and row.tone in _COLORS and (is_sign or row.tone is not Tone.WELL):
            return self._look.color(_COLORS[row.tone])
        if role == Qt.ItemDataRole.FontRole and is_sign:
            return self._look.font(18, QFont.Weight.Bold)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if section == 0 else self._heads[section - 1]
        return None


class _RowsView(QTableView):
    """A table view that says when it has another width."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say so."""
        super().resizeEvent(event)
        self.resized.emit()


class TableWidget(QWidget):
    """Renders a Table; asks for what a chosen row offers."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._table: Table | None = None
        self._chosen = ""
        self.model = TableModel(look)
        self.view = _RowsView()
        self.view.resized.connect(self._share_width)
        self.view.setModel(self.model)
        self.view.setFont(look.font(16))
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(look.px(ROW_HEIGHT))
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.horizontalHeader().setMinimumSectionSize(1)
        self.view.horizontalHeader().setHighlightSections(False)
        self.view.horizontalHeader().setFont(look.font(14, QFont.Weight.Medium))
        self.view.setStyleSheet(_rules(look))
        self.view.selectionModel().selectionChanged.connect(self._choose)
        self._empty = label(look, 17, color="quiet", wraps=True)
        self._hint = label(look, 15, color="quiet", wraps=True)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(look.px(10))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(8))
        column.addWidget(self.view, 1)
        column.addWidget(self._empty, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._hint)
        column.addLayout(self._buttons)
        self._rest = QWidget()
        column.addWidget(self._rest, 1)

    def show_view(self, table: Table) -> None:
        """Show a table; the chosen row stays chosen while it is there."""
        is_first_reset = self._table is None or len(self._table.rows) != len(table.rows)
        has_followed = self._table is not None and self._table.follows
        self._table = table
        chosen = self._chosen
        self.model.show_table(table)
        self.view.setVisible(bool(table.rows))
        self._rest.setVisible(not table.rows)
        say(self._empty, "" if table.rows else table.empty)
        if is_first_reset:
            self._share_width()
            place = next((place for place, row in enumerate(table.rows) if row.name == chosen), None)
            if place is not None:
                self.view.selectRow(place)
        if table.follows:
            self._follow(table)
        elif has_followed:
            self.view.scrollToTop()
        self._show_chosen()

    def _follow(self, table: Table) -> None:
        """Keep the row in sight that came out last."""
        last = next((place for place in range(len(table.rows) - 1, -1, -1) if table.rows[place].tone is Tone.WELL), 0)
        self.view.scrollTo(self.model.index(last, 0), QAbstractItemView.ScrollHint.PositionAtCenter)

    def _share_width(self) -> None:
        if self._table is None:
            return
        sign = self._look.px(SIGN_WIDTH) if any(row.tone in _SIGNS for row in self._table.rows) else self._look.px(10)
        width = self.view.viewport().width() - sign
        whole = sum(self._table.shares)
        self.view.setColumnWidth(0, sign)
        for place, share in enumerate(self._table.shares, start=1):
            self.view.setColumnWidth(place, width * share // whole)

    def _choose(self) -> None:
        row = self._chosen_row()
        self._chosen = row.name if row is not None else ""
        self._show_chosen()

    def _chosen_row(self) -> TableRow | None:
        chosen = self.view.selectionModel().selectedRows()
        return self.model.rows[chosen[0].row()] if chosen and chosen[0].row() < len(self.model.rows) else None

    def _show_chosen(self) -> None:
        """Show what the chosen row says in full, and what may be done with it."""
        row = self._chosen_row()
        clear(self._buttons)
        words = self._table.hint if self._table is not None and self._table.rows else ""
        say(self._hint, words if row is None else " · ".join(cell for cell in row.cells if cell))
        for action in row.actions if row is not None else ():
            button = ActionButton(self._look, height=48)
            button.show_action(action)
            button.clicked.connect(self._press)
            self._buttons.addWidget(button)

    def _press(self) -> None:
        button = self.sender()
        if isinstance(button, ActionButton) and button.action_view is not None:
            self.asked.emit(button.action_view.wish)


def _rules(look: Look) -> str:
    tokens = look.tokens
    return f"""
    QTableView {{ background: {tokens.surface}; border: 1px solid {tokens.line}; border-radius: {look.px(10)}px;
        selection-background-color: {tokens.chosen}; selection-color: {tokens.ink}; outline: none; }}
    QTableView::item {{ border-bottom: 1px solid {tokens.line}; padding: 0 {look.px(6)}px; }}
    QTableView::item:selected {{ background: {tokens.chosen}; color: {tokens.ink}; }}
    QHeaderView {{ background: {tokens.surface}; border: none; }}
    QHeaderView::section {{ background: {tokens.raised}; color: {tokens.quiet}; border: none;
        padding: {look.px(8)}px {look.px(9)}px; }}
    """
