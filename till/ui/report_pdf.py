"""A table as a PDF on A4 pages; needs no display."""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QGuiApplication, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from till.presentation.paper import Paper, PaperRow
from till.ui.theme import FAMILY

#: Paper is measured in so many units a millimetre.
UNITS_MM = 10
WIDTH, HEIGHT = 1800, 2670
#: Where the four columns begin.
COLUMNS = (0, 520, 1300, 1480)
TITLE, TEXT, NOTE = 56, 32, 26


def save_report(paper: Paper, path: Path) -> bool:
    """Write the table; return whether it was written."""
    app = QGuiApplication.instance() or _application()
    writer = QPdfWriter(str(path))
    writer.setResolution(round(25.4 * UNITS_MM))
    writer.setTitle(paper.title)
    writer.setCreator("till")
    margins = QMarginsF(15, 15, 15, 15)
    size = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter))
    painter = QPainter()
    if not painter.begin(writer):
        return False
    _paint(painter, writer, paper)
    is_whole = painter.end()
    del app
    return is_whole


def _application() -> QGuiApplication:
    """Return what Qt needs for its fonts, without a display where there is none."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in names):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return QGuiApplication(["till"])


def _paint(painter: QPainter, writer: QPdfWriter, paper: Paper) -> None:
    pen = _Pen(painter)
    pen.text(paper.title, 0, WIDTH, TITLE, is_bold=True)
    pen.y += TITLE * 2
    for name, words in paper.facts:
        pen.text(name, 0, COLUMNS[1], TEXT)
        pen.text(words, COLUMNS[1], WIDTH, TEXT)
        pen.y += round(TEXT * 1.5)
    pen.y += TEXT
    pen.cells(paper.head, is_bold=True)
    for row in paper.rows:
        if pen.y + pen.height(row) > HEIGHT:
            writer.newPage()
            pen.y = 0
            pen.cells(paper.head, is_bold=True)
        pen.row(row)


class _Pen:
    """Writes down a page, in tenths of a millimetre; remembers how far it came."""

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter
        self.y = 0

    def height(self, row: PaperRow) -> int:
        """Return what a row needs."""
        box = self._box(row.note, 40, WIDTH, NOTE)
        return round(TEXT * 1.5 + box.height() + NOTE)

    def row(self, row: PaperRow) -> None:
        """Write a row and its note, and a line under both."""
        height = self.height(row)
        top = self.y
        self.cells(row.cells, is_bold=row.is_marked)
        self.text(row.note, 40, WIDTH, NOTE)
        self.y = top + height
        self._painter.setPen(QPen(Qt.GlobalColor.lightGray, 2))
        self._painter.drawLine(0, self.y - NOTE // 2, WIDTH, self.y - NOTE // 2)

    def cells(self, cells: tuple[str, str, str, str], *, is_bold: bool) -> None:
        """Write four cells beside each other."""
        for place, (left, right) in enumerate(zip(COLUMNS, (*COLUMNS[1:], WIDTH), strict=True)):
            self.text(cells[place], left, right, TEXT, is_bold=is_bold)
        self.y += round(TEXT * 1.5)

    def text(self, words: str, left: int, right: int, size: int, *, is_bold: bool = False) -> None:
        """Write words between two edges."""
        self._set_font(size, is_bold=is_bold)
        self._painter.setPen(Qt.GlobalColor.black)
        self._painter.drawText(QRectF(left, self.y, right - left, HEIGHT), _FLAGS, words)

    def _box(self, words: str, left: int, right: int, size: int) -> QRectF:
        self._set_font(size, is_bold=False)
        return self._painter.boundingRect(QRectF(left, 0, right - left, HEIGHT), _FLAGS, words)

    def _set_font(self, size: int, *, is_bold: bool) -> None:
        font = QFont(FAMILY)
        font.setPixelSize(size)
        font.setBold(is_bold)
        self._painter.setFont(font)


_FLAGS = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
