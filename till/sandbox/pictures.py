"""Pictures of codes, as SVG and as PNG of the size asked for, with the quiet zone that readers need."""

import io

import qrcode
import qrcode.image.svg
from PIL import Image


def png(content: str, size_px: int) -> bytes:
    """Return a PNG of exactly `size_px` on each side; modules are whole pixels."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    code.add_data(content)
    code.make(fit=True)
    modules = code.get_matrix()
    scale = max(1, size_px // len(modules))
    margin = (size_px - scale * len(modules)) // 2
    picture = Image.new("1", (size_px, size_px), 1)
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                left, top = margin + x * scale, margin + y * scale
                picture.paste(0, (left, top, left + scale, top + scale))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def svg(content: str) -> bytes:
    """Return an SVG."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    code.add_data(content)
    code.make(fit=True)
    out = io.BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgPathImage).save(out)
    return out.getvalue()
