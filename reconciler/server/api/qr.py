"""Media types of QR images."""

MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}
