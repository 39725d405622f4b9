"""The receipt on the screen and as a PDF, painted by the same code: 80 mm paper, plain text."""

from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from till.presentation.views import Action, ReceiptRow, ReceiptView, Weight
from till.ui.buttons import ActionButton
from till.ui.theme import FAMILY, Look

PAPER_MM = 80.0
MARGIN_MM = 5.0
#: Paper is measured in so many units a millimetre.
UNITS_MM = 10
_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
_CENTER = Qt.AlignmentFlag.AlignHCenter


def save_receipt(view: ReceiptView, path: Path) -> None:
    """Write a receipt as a PDF of its own length."""
    from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter  # their names cost the start 2 ms

    height_mm = paint_receipt(None, view) / UNITS_MM + 2 * MARGIN_MM
    writer = QPdfWriter(str(path))
    writer.setResolution(round(25.4 * UNITS_MM))
    writer.setTitle(view.name)
    writer.setCreator("till")
    size = QPageSize(QSizeF(PAPER_MM, height_mm), QPageSize.Unit.Millimeter, view.name)
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter))
    painter = QPainter(writer)
    paint_receipt(painter, view)
    painter.end()


def paint_receipt(painter: QPainter | None, view: ReceiptView) -> int:
    """Paint a receipt from the top; return its height in tenths of a millimetre. Without a painter only measure."""
    pen = _Pen(painter)
    for place, line in enumerate(view.head):
        pen.text(line, _CENTER, 36 if place == 0 else 28, is_bold=place == 0)
    pen.gap(20)
    if view.mark:
        pen.text(view.mark, _CENTER, 42, is_bold=True)
        pen.gap(10)
    pen.text(view.title, _CENTER, 40, is_bold=True)
    pen.gap(16)
    pen.rows(view.facts, 26)
    pen.line()
    pen.rows(view.rows, 28)
    pen.line()
    pen.rows(view.totals[:1], 34, is_bold=True)
    pen.rows(view.totals[1:], 28)
    pen.line()
    for place, cells in enumerate((view.vat_head, *view.vat_rows)):
        pen.cells(cells, 26, is_bold=place == 0)
    for section in view.sections:
        pen.line()
        pen.text(section.title, _LEFT, 28, is_bold=True)
        pen.rows(section.rows, 28)
    pen.gap(20)
    for line in view.foot:
        pen.text(line, _CENTER, 28)
    return pen.y


class _Pen:
    """Writes down a column, in tenths of a millimetre; remembers how far it came."""

    WIDTH = round((PAPER_MM - 2 * MARGIN_MM) * UNITS_MM)

    def __init__(self, painter: QPainter | None) -> None:
        self._painter = painter
        self.y = 0

    def gap(self, height: int) -> None:
        self.y += height

    def line(self) -> None:
        self.y += 12
        if self._painter is not None:
            self._painter.setPen(QPen(Qt.GlobalColor.black, 2))
            self._painter.drawLine(0, self.y, self.WIDTH, self.y)
        self.y += 12

    def text(self, words: str, align: Qt.AlignmentFlag, size: int, *, is_bold: bool = False) -> None:
        self._put(QRectF(0, self.y, self.WIDTH, size * 2.6), words, align, size, is_bold=is_bold)
        is_wrapped = QFontMetricsF(_font(size, is_bold=is_bold)).horizontalAdvance(words) > self.WIDTH
        self.y += round(size * 1.35) * (2 if is_wrapped else 1)

    def rows(self, rows: tuple[ReceiptRow, ...], size: int, *, is_bold: bool = False) -> None:
        for row in rows:
            box = QRectF(0, self.y, self.WIDTH, size * 1.4)
            self._put(box.adjusted(0, 0, -len(row.right) * size * 0.62, 0), row.left, _LEFT, size, is_bold=is_bold)
            self._put(box, row.right, _RIGHT, size, is_bold=is_bold)
            self.y += round(size * 1.4)
            if row.note:
                self.text(row.note, _LEFT, size - 5)

    def cells(self, cells: tuple[str, str, str, str], size: int, *, is_bold: bool = False) -> None:
        width = self.WIDTH / 4
        for place, cell in enumerate(cells):
            box = QRectF(place * width, self.y, width, size * 1.4)
            self._put(box, cell, _LEFT if place == 0 else _RIGHT, size, is_bold=is_bold)
        self.y += round(size * 1.4)

    def _put(self, box: QRectF, words: str, align: Qt.AlignmentFlag, size: int, *, is_bold: bool) -> None:
        if self._painter is None:
            return
        # Without tabular figures: in a PDF those are signs of their own, which cannot be searched for or copied.
        self._painter.setFont(_font(size, is_bold=is_bold))
        self._painter.setPen(Qt.GlobalColor.black)
        self._painter.drawText(box, align | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, words)


def _font(size: int, *, is_bold: bool) -> QFont:
    font = QFont(FAMILY)
    font.setPixelSize(size)
    font.setBold(is_bold)
    return font


class ReceiptWidget(QWidget):
    """Shows a receipt as it would be printed."""

    closed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._paper = ReceiptPaper()
        scroll = QScrollArea()
        scroll.setWidget(self._paper)
        scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close = ActionButton(look, height=56)
        self._close.clicked.connect(self.closed)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(24), look.px(24), look.px(24), look.px(24))
        column.setSpacing(look.px(14))
        column.addWidget(scroll, 1)
        column.addWidget(self._close)

    def show_view(self, view: ReceiptView) -> None:
        """Take a receipt."""
        self._paper.show_receipt(view)
        self._close.show_action(Action(view.close_label, None, "Esc", weight=Weight.PRIMARY))


class ReceiptPaper(QWidget):
    """White paper with a receipt, or the report of a day, on it."""

    SCALE = 0.55
    EDGE = 20

    def __init__(self) -> None:
        super().__init__()
        self._view: ReceiptView | None = None

    def show_receipt(self, view: ReceiptView) -> None:
        """Take what is to be painted."""
        self._view = view
        self.setAccessibleName(f"{view.title} {view.name}")
        height = paint_receipt(None, view)
        self.resize(round(_Pen.WIDTH * self.SCALE) + 2 * self.EDGE, round(height * self.SCALE) + 2 * self.EDGE)
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint paper and words."""
        if self._view is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        painter.translate(self.EDGE, self.EDGE)
        painter.scale(self.SCALE, self.SCALE)
        paint_receipt(painter, self._view)
