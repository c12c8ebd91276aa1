"""`.pvm/` in the project's folder: journals and undo files of applies, secrets of exports.

Nothing needs them to continue an apply, and deleting them is harmless. Git never sees them.
"""

import json
import os
import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from reconciler.core.fingerprint import canonical
from reconciler.core.json_text import dump_json
from reconciler.core.values import JsonValue
from reconciler.workflow.journal import NOTHING_MORE, Point

FOLDER: Final = ".pvm"
_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600


class JournalFile:
    """One JSON line per event in `.pvm/journal`, and the undo file in `.pvm/undo`.

    Every line has left the program before the apply goes on. The disk has it, too, at every event
    but the outcome of a single write: of those there are thousands.
    """

    def __init__(self, root: Path, clock: Callable[[], datetime], mark: str) -> None:
        """`mark` tells two applies of one second apart; raises OSError when it can't be written."""
        self._clock = clock
        started = clock()
        stem = f"{started:%Y%m%dT%H%M%SZ}-{mark}"
        folder = make_local_folder(root)
        for name in ("journal", "undo"):
            _make_folder(folder / name)
        self.journal_path = folder / "journal" / f"{stem}.jsonl"
        self.undo_path = folder / "undo" / f"{stem}.json"
        self._file = _create(self.journal_path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def mark(self, point: Point, details: Mapping[str, JsonValue] = NOTHING_MORE) -> None:
        """As `Journal`."""
        event = {"at": self._clock().isoformat(), "event": point.value, **details}
        os.write(self._file, json.dumps(event, default=str).encode() + b"\n")
        if point is not Point.WRITTEN:
            os.fsync(self._file)

    def keep_undo(self, document: Mapping[str, JsonValue]) -> str:
        """As `Journal`; the path as seen from the working folder, where it lies below it."""
        file = _create(self.undo_path)
        try:
            left = memoryview(canonical(dict(document)).encode() + b"\n")
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        finally:
            os.close(file)
        return str(seen_from_here(self.undo_path))


def keep_secrets(root: Path, moment: datetime, variables: Mapping[str, str]) -> Path:
    """Write `NAME='value'` lines for a shell into a new file of `.pvm/secrets`; raises OSError."""
    folder = make_local_folder(root) / "secrets"
    _make_folder(folder)
    path = folder / f"{moment:%Y%m%dT%H%M%S.%fZ}.env"
    lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items())
    with os.fdopen(_create(path), "wb") as file:
        file.write(lines.encode())
    return path


def keep_shards(
    root: Path, moment: datetime, shards: Mapping[str, Mapping[str, JsonValue]]
) -> Path:
    """Write shards of an inventory into a new file of `.pvm/inventory`; raises OSError."""
    folder = make_local_folder(root) / "inventory"
    _make_folder(folder)
    path = folder / f"{moment:%Y%m%dT%H%M%S.%fZ}.json"
    with os.fdopen(_create(path), "wb") as file:
        file.write(dump_json(shards, indent=2).encode("utf-8", "backslashreplace") + b"\n")
    return path


def seen_from_here(path: Path) -> Path:
    """Relative to the working folder, where it lies below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def make_local_folder(root: Path) -> Path:
    """`.pvm`, which Git ignores; raises OSError."""
    folder = root / FOLDER
    _make_folder(folder)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return folder


def _make_folder(path: Path) -> None:
    path.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
