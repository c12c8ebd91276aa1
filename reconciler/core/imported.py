"""What a store list became."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportedColumn:
    """A column as the fleet declares it."""

    name: str
    header: str
    """As the list had it."""
    holds: str
    """What its cells may be, in words."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A fleet that was written."""

    fleet: str
    key: str
    rows: int
    columns: tuple[ImportedColumn, ...]
    left_out: tuple[str, ...]
    """Headers of columns that were not taken."""
    objects: Mapping[str, int]
    """How many of each kind it makes."""
    files: tuple[str, ...]
