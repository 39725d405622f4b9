"""The basket as a table model; rows match by line number, so a scan inserts one row and touches no other."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from till.presentation.views import Row

QUANTITY, NAME, PRICE, TOTAL = range(4)
COLUMNS = 4
_Index = QModelIndex | QPersistentModelIndex


class BasketModel(QAbstractTableModel):
    """Rows of the basket; the delegate asks for the whole row by `row_at`."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self._headers = ("", "", "", "")

    def set_headers(self, headers: tuple[str, str, str, str]) -> None:
        """Name the columns."""
        self._headers = headers

    def row_at(self, place: int) -> Row:
        """Return the row at a place."""
        return self._rows[place]

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Take new rows, telling the view of nothing but the difference."""
        before = self._rows
        if rows == before:
            return
        kept = {row.line for row in rows}
        for place in range(len(before) - 1, -1, -1):
            if before[place].line not in kept:
                self.beginRemoveRows(QModelIndex(), place, place)
                before = before[:place] + before[place + 1 :]
                self._rows = before
                self.endRemoveRows()
        if [row.line for row in rows[: len(before)]] != [row.line for row in before]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        if len(rows) > len(before):
            self.beginInsertRows(QModelIndex(), len(before), len(rows) - 1)
            self._rows = before + rows[len(before) :]
            self.endInsertRows()
        self._rows = rows
        for place, row in enumerate(before):
            if rows[place] is not row and rows[place] != row:
                self.dataChanged.emit(self.index(place, 0), self.index(place, COLUMNS - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return 0 if parent.isValid() else COLUMNS

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's text, also for screen readers."""
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return (row.quantity, row.name, row.price, row.total)[index.column()]
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section in (QUANTITY, NAME) else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return self._headers[section] if role == Qt.ItemDataRole.DisplayRole else None
