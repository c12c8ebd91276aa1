"""A QR reader that shares nothing with what draws the images: zxing for codes, resvg for SVG."""

import io

import resvg_py
import zxingcpp
from PIL import Image

_LARGEST_SIDE = 1200


def scan(image: bytes) -> str:
    """The text of the one QR code in a PNG or SVG image, as a device's camera would read it."""
    picture = Image.open(io.BytesIO(_pixels(image))).convert("RGBA")
    ground = Image.new("RGBA", picture.size, "black")  # what is transparent must not help
    ground.alpha_composite(picture)
    (code,) = zxingcpp.read_barcodes(ground.convert("L"), try_invert=False)
    assert code.format == zxingcpp.BarcodeFormat.QRCode
    return code.text


def _pixels(image: bytes) -> bytes:
    if image.startswith(b"\x89PNG"):
        return image
    return bytes(resvg_py.svg_to_bytes(svg_string=image.decode(), width=_LARGEST_SIDE))
