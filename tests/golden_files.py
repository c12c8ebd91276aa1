"""Texts as they were agreed on, each in a file that a person has read."""

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def compare_golden(name: str, text: str) -> None:
    """With UPDATE_GOLDEN=1 the file is written instead."""
    path = _FOLDER / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"differs from {path}"
