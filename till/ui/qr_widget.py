"""The code for the customer: the wallet's picture, read as PNG by name and within limits, or drawn from its text."""

from PySide6.QtCore import QByteArray, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from till.engine.ports import Code
from till.ui.theme import Look

#: What a picture may take while it is decoded, in MiB: 2,000 by 2,000 points and some room.
PICTURE_MOST_MIB = 32
SIDE_MOST_PX = 2000
#: The standard's quiet zone, in modules (ISO/IEC 18004).
QUIET_MODULES = 4


class QrWidget(QWidget):
    """Shows one code as large as its place allows, on white, with its quiet zone; shows nothing once told so."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._image: QImage | None = None
        self._reference: str | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(look.px(260), look.px(260))

    def show_code(self, code: Code | None) -> None:
        """Take a code, or clear the one that is shown."""
        reference = None if code is None else code.reference
        if reference == self._reference:
            return
        self._reference = reference
        self._image = None if code is None else image_of(code)
        self.update()

    @property
    def reference(self) -> str | None:
        """Whose code was given last."""
        return self._reference

    @property
    def is_showing(self) -> bool:
        """Whether a code is on the screen."""
        return self._image is not None

    def sizeHint(self) -> QSize:
        """Large enough to be scanned from an arm's length."""
        return QSize(self._look.px(440), self._look.px(440))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Paint white ground and the code, modules on whole pixels."""
        if self._image is None:
            return
        painter = QPainter(self)
        side = min(self.width(), self.height())
        box = QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._look.color("line"))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), self._look.px(18), self._look.px(18))
        room = side - 2 * self._look.px(14)
        scale = max(1, room // self._image.width())
        is_small = self._image.width() < room
        drawn = self._image.width() * scale if is_small else room
        target = QRect(box.center().x() - drawn // 2, box.center().y() - drawn // 2, drawn, drawn)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_small)
        painter.drawImage(target, self._image)


def image_of(code: Code) -> QImage | None:
    """Return a code's picture, one pixel a module with the quiet zone around; None if it is not one."""
    if code.png is not None:
        return _decoded(code.png)
    if code.text is not None:
        return _drawn(code.text.reveal())
    return None


def _decoded(png: bytes) -> QImage | None:
    QImageReader.setAllocationLimit(PICTURE_MOST_MIB)
    image = QImage()
    # By name: a reader that guesses the kind would open foreign formats, and files that those name.
    if not image.loadFromData(QByteArray(png), "PNG") or image.isNull():
        return None
    return None if image.width() > SIDE_MOST_PX or image.height() > SIDE_MOST_PX else image


def _drawn(text: str) -> QImage | None:
    import qrcode  # only where the shop draws the code itself

    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_MODULES)
    made.add_data(text)
    made.make(fit=True)
    modules = made.get_matrix()
    image = QImage(len(modules), len(modules), QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                image.setPixel(x, y, 0)
    return image
