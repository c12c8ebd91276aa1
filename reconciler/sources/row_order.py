"""The order of a fleet's rows: by their key, numbers within it counted as numbers."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from reconciler.core.values import JsonValue

RowKey: TypeAlias = tuple[int, tuple[tuple[int, Decimal | int, str], ...], str]
_PIECES: Final = re.compile(r"([0-9]{1,1000})", re.ASCII)


def row_key(value: JsonValue) -> RowKey:
    """What sorts a row with this key: `store-9` before `store-10`, text behind numbers."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return 1, ((0, value, ""),), ""
    if isinstance(value, str):
        pieces = _PIECES.split(value)
        return 2, tuple(_piece(piece) for piece in pieces if piece), value
    return 3, (), ""


def _piece(text: str) -> tuple[int, int, str]:
    return (0, int(text), "") if text.isascii() and text.isdigit() else (1, 0, text)


def entry_key(entry: JsonValue, column: str) -> RowKey:
    """What sorts an entry of a fleet's `rows`: names of files stay first, in their order."""
    if isinstance(entry, Mapping):
        return row_key(entry.get(column))
    return 0, (), ""


def rows_sorted(fleet: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """A fleet with its own rows in their order; whatever is none stays as it is."""
    rows, key = fleet.get("rows"), fleet.get("key")
    if not isinstance(rows, list) or not isinstance(key, str):
        return fleet
    return {**fleet, "rows": sorted(rows, key=lambda row: entry_key(row, key))}
