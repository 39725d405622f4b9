"""A sheet of stickers as a PDF: A4, six to a page, to be cut along the lines; painted without a window."""

import os
from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
)
from PySide6.QtWidgets import QApplication

from till.engine.ports import Code
from till.ui.qr_widget import image_of
from till.ui.theme import LIGHT, Look, load_fonts

#: Paper is measured in so many units a millimetre.
UNITS_MM = 10
PAGE = QRectF(0, 0, 210 * UNITS_MM, 297 * UNITS_MM)
COLUMNS, ROWS = 2, 3
_STICKER_WIDTH, _STICKER_HEIGHT = 93 * UNITS_MM, 91 * UNITS_MM
_LEFT = (PAGE.width() - COLUMNS * _STICKER_WIDTH) / 2
_TOP = (PAGE.height() - ROWS * _STICKER_HEIGHT) / 2
_PADDING = 45
_CODE_SIDE = 57 * UNITS_MM
_INK, _QUIET, _CUT = QColor(LIGHT.ink), QColor(LIGHT.quiet), QColor("#9AA39E")
_CENTER = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
_LOOK = Look()


class Sticker(Struct, frozen=True):
    """What stands on one sticker: the wallet's own picture, and words; `till` says to the staff which it is."""

    picture: bytes
    brand: str
    shop: str
    location: str
    till: str


class PictureUnreadable(Exception):
    """A sticker's picture cannot be decoded; names its place."""


def sheet_pdf(stickers: Sequence[Sticker]) -> bytes:
    """Return the PDF of as many pages as the stickers need; raise PictureUnreadable."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QGuiApplication.instance() or QApplication(["till"])
    load_fonts()
    pictures = [_decoded(one) for one in stickers]
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(round(25.4 * UNITS_MM))
    writer.setTitle(f"{stickers[0].brand} - {stickers[0].shop}" if stickers else "")
    writer.setCreator("till")
    no_margins = QMarginsF(0, 0, 0, 0)
    page = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, no_margins))
    painter = QPainter(writer)
    try:
        # Modules stay sharp: nothing of the picture is thrown away, and none of it is smoothed.
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        painter.scale(writer.width() / PAGE.width(), writer.height() / PAGE.height())
        for first in range(0, len(stickers), COLUMNS * ROWS):
            if first:
                writer.newPage()
            part = slice(first, first + COLUMNS * ROWS)
            paint_page(painter, stickers[part], pictures[part])
    finally:
        painter.end()
    del app
    return bytes(buffer.data().data())


def paint_page(painter: QPainter, stickers: Sequence[Sticker], pictures: Sequence[QImage]) -> None:
    """Paint up to six stickers and the lines to cut along, in tenths of a millimetre."""
    for place, (sticker, picture) in enumerate(zip(stickers, pictures, strict=True)):
        row, column = divmod(place, COLUMNS)
        left, top = _LEFT + column * _STICKER_WIDTH, _TOP + row * _STICKER_HEIGHT
        _paint_sticker(painter, QRectF(left, top, _STICKER_WIDTH, _STICKER_HEIGHT), sticker, picture)
    _paint_cuts(painter, len(stickers))


def _decoded(sticker: Sticker) -> QImage:
    image = image_of(Code(sticker.till, sticker.picture, None))
    if image is None:
        raise PictureUnreadable(sticker.location)
    return image


def _paint_sticker(painter: QPainter, cell: QRectF, sticker: Sticker, picture: QImage) -> None:
    inner = cell.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
    x, y, width = inner.left(), inner.top(), inner.width()
    # The picture brings its own quiet zone, so words may come close; they are written over it.
    painter.drawImage(QRectF(cell.center().x() - _CODE_SIDE / 2, y + 124, _CODE_SIDE, _CODE_SIDE), picture)
    _write(painter, QRectF(x, y, width, 84), sticker.brand, 72, weight=QFont.Weight.Bold)
    _write(painter, QRectF(x, y + 84, width, 48), sticker.shop, 36, color=_QUIET)
    below = y + 124 + _CODE_SIDE - 4
    _write(painter, QRectF(x, below, width, 88), sticker.location, 60, weight=QFont.Weight.DemiBold)
    _write(painter, QRectF(x, inner.bottom() - 36, width, 36), sticker.till, 28, color=_QUIET)


def _write(
    painter: QPainter,
    box: QRectF,
    words: str,
    size: int,
    *,
    weight: QFont.Weight = QFont.Weight.Normal,
    color: QColor = _INK,
) -> None:
    """Write words as large as they fit on a line, or smaller on two; a word that is too long is broken."""
    flags, font = _flags_and_font(box, words, size, weight)
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(box, flags, words)


def _flags_and_font(box: QRectF, words: str, size: int, weight: QFont.Weight) -> tuple[int, QFont]:
    ways = ((size, size // 2, Qt.TextFlag.TextSingleLine), (size // 2, size * 2 // 5, Qt.TextFlag.TextWordWrap))
    for most, least, way in ways:
        flags = int(_CENTER) | int(way)
        for tried in range(most, least, -2):
            font = _LOOK.font(tried, weight)
            taken = QFontMetricsF(font).boundingRect(box, flags, words)
            if taken.width() <= box.width() and taken.height() <= box.height():
                return flags, font
    return int(_CENTER) | int(Qt.TextFlag.TextWrapAnywhere), _LOOK.font(size // 2, weight)


def _paint_cuts(painter: QPainter, count: int) -> None:
    """Paint the lines around every sticker that is there."""
    pen = QPen(_CUT, 2)
    pen.setDashPattern([6, 6])
    painter.setPen(pen)
    rows = -(-count // COLUMNS)
    columns = min(count, COLUMNS)
    right, bottom = _LEFT + columns * _STICKER_WIDTH, _TOP + rows * _STICKER_HEIGHT
    for column in range(columns + 1):
        x = _LEFT + column * _STICKER_WIDTH
        painter.drawLine(QPointF(x, _TOP), QPointF(x, bottom))
    for row in range(rows + 1):
        y = _TOP + row * _STICKER_HEIGHT
        painter.drawLine(QPointF(_LEFT, y), QPointF(right, y))
