"""Groups as the rows that people see: what one line of a list makes is one row."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Group, Reach
from reconciler.render.bundle import examples, objects_of
from reconciler.render.screen import counted, printable

_CELL: Final = re.compile(r".*\.csv:[0-9]+", re.DOTALL)
_LINE: Final = re.compile(r"(.*):([0-9]+)", re.DOTALL)
_FILE: Final = re.compile(r".*\.(csv|json|xml|ya?ml)", re.DOTALL)
_FEW: Final = 4
"""Names of different kinds that are shown without an ellipsis between them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One or more groups with the same action, class and causes."""

    groups: tuple[Group, ...]
    numbers: tuple[int, ...]
    """Indices of its groups."""
    devices: int | None = None
    """That it reaches; `None` where nobody knows."""

    @property
    def action(self) -> str:
        """`create`, `update` or `delete`."""
        return self.groups[0].action

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """The common patch; only updates have one."""
        return self.groups[0].fields

    @property
    def members(self) -> tuple[ResourceId, ...]:
        """Every object."""
        return tuple(id_ for group in self.groups for id_ in group.members)

    @property
    def objects(self) -> str:
        """`3,331 bootstraps`, or `3 objects` of several kinds."""
        first, *rest = self.groups
        count = sum(len(group.members) for group in self.groups)
        return counted(count, "object") if rest else objects_of(first.kind, count)

    @property
    def causes(self) -> tuple[str, ...]:
        """As `short_causes`."""
        return short_causes(self.groups[0].causes)

    @property
    def reach(self) -> str:
        """`reaches 21,876 devices`; nothing of creations, which nobody uses yet."""
        if self.devices is None or (self.action == "create" and not self.devices):
            return ""
        return f"reaches {counted(self.devices, 'device')}" if self.devices else "reaches no device"

    def names(self, *, full: bool = False) -> str:
        """Examples of its objects."""
        if len(self.groups) == 1 or full:
            return examples(self.members, full=full)
        if len(self.members) <= _FEW:
            return examples(self.members, full=True)
        first = examples([group.members[0] for group in self.groups], full=True)
        return f"{first} …"


def rows_of(groups: Mapping[int, Group], reach: Reach | None = None) -> list[Row]:
    """In the order of the first group of each.

    Rows of several groups are creations: no device is in two of them, for none uses them yet.
    """
    found: dict[tuple[object, ...], list[int]] = {}
    for number, group in groups.items():
        alone = group.action == "update" or not all(map(_CELL.fullmatch, group.causes))
        shared = (group.action, group.class_, group.causes)
        found.setdefault((number,) if alone else shared, []).append(number)
    return [
        Row(
            tuple(groups[n] for n in one),
            tuple(one),
            None if reach is None else sum(reach.groups[n] for n in one),
        )
        for one in found.values()
    ]


def short_causes(causes: Iterable[str]) -> tuple[str, ...]:
    """With the lines of one file behind each other: `stores/nl.csv:412, 415-418`."""
    lines: dict[str, list[int] | None] = {}
    for cause in causes:
        found = _LINE.fullmatch(cause)
        known = lines.setdefault(found[1], []) if found else lines.setdefault(cause, None)
        if known is not None and found:
            known.append(int(found[2]))
    return tuple(
        printable(file if not numbers else f"{file}:{', '.join(_runs(numbers))}")
        for file, numbers in lines.items()
    )


def place_of(cause: str) -> tuple[str, int]:
    """File and line of `layers/retail.yaml:8`, line 0 of a whole file; no file of other causes."""
    found = _LINE.fullmatch(cause)
    if found:
        return found[1], int(found[2])
    return (cause if _FILE.fullmatch(cause) else ""), 0


def _runs(numbers: Sequence[int]) -> Iterator[str]:
    """`412`, `415-418`."""
    start = end = numbers[0]
    for number in (*numbers[1:], None):
        if number == end + 1:
            end = number
            continue
        yield str(start) if start == end else f"{start}-{end}"
        if number is not None:
            start = end = number
