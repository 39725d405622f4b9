"""The sheet of stickers: every code can be read where it is printed, whatever the words are."""

import re

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from till.sandbox import pictures
from till.ui.sticker_sheet import PAGE, PictureUnreadable, Sticker, paint_page, sheet_pdf
from till.ui.theme import load_fonts

NAMES = ("Kasse 1", "Selvbetjening ved inngangen, 2. etg.", "W" * 36, "Æbler & øl", "1", "Kasse\u00a06")


def content(place: int) -> str:
    return f"https://qr.vipps.no/mc/{place:032x}"


def sticker(place: int, name: str) -> Sticker:
    return Sticker(pictures.png(content(place), 1000), "MobilePay", "Storgata Kolonial", name, f"kasse{place}")


def painted(stickers: list[Sticker], *, scale: float = 0.6) -> QImage:
    page = QImage(round(PAGE.width() * scale), round(PAGE.height() * scale), QImage.Format.Format_RGB32)
    page.fill(0xFFFFFFFF)
    painter = QPainter(page)
    painter.scale(scale, scale)
    paint_page(painter, stickers, [QImage.fromData(one.picture, "PNG") for one in stickers])
    painter.end()
    return page


def pillow_image(page: QImage) -> Image.Image:
    grey = page.convertToFormat(QImage.Format.Format_Grayscale8)
    return Image.frombytes("L", (grey.width(), grey.height()), bytes(grey.constBits()), "raw", "L", grey.bytesPerLine())


def test_every_code_of_a_full_page_can_be_read_at_its_place(qapp: QApplication) -> None:
    load_fonts()
    page = painted([sticker(place, name) for place, name in enumerate(NAMES)])
    found = zxingcpp.read_barcodes(pillow_image(page))
    assert sorted(one.text for one in found) == [content(place) for place in range(6)]
    by_place = sorted(found, key=lambda one: (one.position.top_left.y // 200, one.position.top_left.x))
    assert [one.text for one in by_place] == [content(place) for place in range(6)]


@pytest.mark.parametrize("name", NAMES)
def test_no_words_run_over_the_code_or_the_cut(qapp: QApplication, name: str) -> None:
    load_fonts()
    blank, full = painted([sticker(0, "")]), painted([sticker(0, name)])
    changed = [(x, y) for y in range(680) for x in range(720) if full.pixel(x, y) != blank.pixel(x, y)]
    left, right = min(x for x, _ in changed) / 0.6, max(x for x, _ in changed) / 0.6
    top, bottom = min(y for _, y in changed) / 0.6, max(y for _, y in changed) / 0.6
    assert left > 120
    assert right < 120 + 930
    assert top > 120 + 45 + 124 + 500
    assert bottom < 120 + 910 - 45 - 30


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (6, 1), (7, 2), (13, 3)])
def test_a_page_takes_six_stickers(qapp: QApplication, count: int, pages: int) -> None:
    pdf = sheet_pdf([sticker(place, "Kasse") for place in range(count)])
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == pages
    assert b"MediaBox [0 0 595" in pdf


@pytest.mark.parametrize("picture", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_picture_that_is_none_stops_the_sheet(qapp: QApplication, picture: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        sheet_pdf([Sticker(picture, "Vipps", "Storgata", "Kasse 1", "kasse1")])
