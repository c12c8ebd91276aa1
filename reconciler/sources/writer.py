"""Objects become YAML that reads back as exactly the same objects."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.core.kind import Kind
from reconciler.core.resource import Desired, Live


def export_text(objects: Sequence[Live | Desired], kinds: Mapping[str, Kind]) -> str:
    """Write documents one after another, by kind and name."""
    raise NotImplementedError(objects, kinds)


def export_files(objects: Sequence[Live | Desired], kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Lay documents out in one file per kind: relative path to text."""
    raise NotImplementedError(objects, kinds)


def write_files(folder: Path, files: Mapping[str, str], *, replace: bool) -> None:
    """Write all files below `folder`, or none.

    Raises:
        Misuse: A file exists already and `replace` is not set, or the folder can't be written.
    """
    raise NotImplementedError(folder, files, replace)
