"""Where an object stands between what a write expected and what it wants."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from reconciler.core.kind import Kind
from reconciler.core.ports import Operation, Put, Reader
from reconciler.core.resource import Live
from reconciler.core.values import json_equal

_FEW: Final = 8
"""So many single reads cost less than one list."""

Found = Mapping[tuple[str, str], Live]
"""By kind name and folded name."""


class Standing(StrEnum):
    """How the server's object compares."""

    DONE = "as wanted, and it was not before"
    SAME = "as wanted, and perhaps it was before"
    UNTOUCHED = "as it was"
    CHANGED = "neither: somebody else changed it"


def standings_of(
    operations: Sequence[Operation], reader: Reader, *, tagged: bool
) -> list[tuple[Standing, Live | None]]:
    """One for each operation, read now. Without tags nobody can tell who changed an object.

    Raises `RemoteFailure`, and `Misuse` where a kind can't be read at all.
    """
    found = _look_up(operations, reader)
    lives = [found.get(_key(operation)) for operation in operations]
    return [
        (_standing(operation, live, tagged=tagged), live)
        for operation, live in zip(operations, lives, strict=True)
    ]


def _standing(operation: Operation, live: Live | None, *, tagged: bool) -> Standing:
    if live is None:
        if not isinstance(operation, Put):
            return Standing.DONE
        gone = tagged and operation.version is not None
        return Standing.CHANGED if gone else Standing.UNTOUCHED
    version_kept = live.version == operation.version
    if isinstance(operation, Put):
        if json_equal(live.value, operation.desired.value):
            return Standing.DONE if tagged and not version_kept else Standing.SAME
    elif operation.version is None:
        return Standing.UNTOUCHED
    return Standing.UNTOUCHED if version_kept or not tagged else Standing.CHANGED


def _look_up(operations: Sequence[Operation], reader: Reader) -> Found:
    names: dict[str, tuple[Kind, dict[str, str]]] = {}
    for operation in operations:
        kind, name = operation.kind, _name(operation)
        names.setdefault(kind.name, (kind, {}))[1][kind.key(name)] = name
    found: dict[tuple[str, str], Live] = {}
    for kind, wanted in names.values():
        for live in _read(kind, wanted, reader):
            found[kind.name, kind.key(live.id.name)] = live
    return found


def _read(kind: Kind, wanted: Mapping[str, str], reader: Reader) -> Iterable[Live]:
    if reader.lists(kind) and (len(wanted) > _FEW or not reader.reads(kind)):
        return reader.fetch(kind)
    one_by_one = (reader.find(kind, name) for name in wanted.values())
    return [live for live in one_by_one if live is not None]


def _key(operation: Operation) -> tuple[str, str]:
    return operation.kind.name, operation.kind.key(_name(operation))


def _name(operation: Operation) -> str:
    return operation.desired.id.name if isinstance(operation, Put) else operation.name
