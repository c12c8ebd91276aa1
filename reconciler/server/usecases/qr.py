"""QR images of tokens and intents, as the API and the mails show them."""

import io
from typing import Literal

import segno

_LIGHT = "#fff"
"""Drawn in SVG too: on a dark page an image without a ground could not be scanned."""


def draw_qr(text: str, form: Literal["png", "svg"], scale: int) -> bytes:
    """The image of `text`, with the quiet zone; `scale` is the size of one module in pixels."""
    image = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(image, kind=form, scale=scale, light=_LIGHT)
    return image.getvalue()
