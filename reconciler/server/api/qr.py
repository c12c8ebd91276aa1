"""QR images of tokens."""

import io
from typing import Literal

import segno

MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}


def draw(text: str, form: Literal["png", "svg"], scale: int) -> bytes:
    """The image of `text`; `scale` is the size of one module in pixels."""
    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(image, kind=form, scale=scale)
    return image.getvalue()
