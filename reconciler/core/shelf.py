"""Which line lies in which shard.

A line stays where it lies, new ones go where there is room. What no longer fits moves to another
shard, which is written first: until the old one is written too, the line lies in both, and the
shard that was written last counts. So nothing is lost between any two writes.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reconciler.core.inventory import Key
from reconciler.core.shards import CONTENT_BYTES, UNPACKED_BYTES, pack

_ROOM: Final = 0.9
"""A shard is filled so far, by estimate; the rest lets its lines grow."""
_TRIM: Final = 0.8
"""One that overflows is cut back to this."""
_DENSITY: Final = 0.4
"""Packed by unpacked, of lines that nothing is known about."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One shard's lines."""

    number: int
    serial: int
    """Higher in the shard that was written later."""
    lines: Mapping[Key, str]
    content: str
    """The lines packed."""


class Shelf:
    """All shards of one family, as far as they can be trusted."""

    def __init__(
        self, sheets: Iterable[Sheet] = (), *, count: int = 0, most: int = CONTENT_BYTES
    ) -> None:
        self._sheets = {sheet.number: sheet for sheet in sheets}
        self._count = max([count, *self._sheets])
        self._most = most

    @property
    def count(self) -> int:
        """How many shards there are, or should be."""
        return self._count

    @property
    def sheets(self) -> Mapping[int, Sheet]:
        """By number."""
        return MappingProxyType(self._sheets)

    def lines(self) -> dict[Key, str]:
        """Every line once."""
        return {key: self._sheets[number].lines[key] for key, number in self._homes().items()}

    def copy(self) -> "Shelf":
        """Another shelf with the same shards."""
        return Shelf(self._sheets.values(), count=self._count, most=self._most)

    def accept(self, sheet: Sheet) -> None:
        """It was written."""
        self._sheets[sheet.number] = sheet
        self._count = max(self._count, sheet.number)

    def rewritten(self, puts: Mapping[Key, str], drops: Collection[Key]) -> tuple[Sheet, ...]:
        """The shards to write, in this order, to have these lines and not those.

        What is both put and dropped is put.
        """
        homes = self._homes()
        draft = _Draft(self._sheets, self._count, self._most)
        for number, sheet in self._sheets.items():
            for key in [key for key in sheet.lines if homes[key] != number]:
                del draft.open(number)[key]
        for key in drops:
            if key in homes and key not in puts:
                draft.open(homes[key]).pop(key, None)
        fresh = {}
        for key, line in puts.items():
            if key not in homes:
                fresh[key] = line
            elif self._sheets[homes[key]].lines[key] != line:
                draft.open(homes[key])[key] = line
        draft.settle(fresh)
        numbers = draft.in_order(homes)
        serial = 1 + max((sheet.serial for sheet in self._sheets.values()), default=0)
        return tuple(
            Sheet(
                number, serial + turn, MappingProxyType(draft.lines[number]), draft.packed[number]
            )
            for turn, number in enumerate(numbers)
        )

    def emptied(self, number: int) -> Sheet:
        """A shard without lines, for the place of one that can't be trusted."""
        serial = 1 + max((sheet.serial for sheet in self._sheets.values()), default=0)
        return Sheet(number, serial, MappingProxyType({}), pack(()))

    def _homes(self) -> dict[Key, int]:
        """Where each line lies; the shard that was written last counts."""
        by_age = sorted(self._sheets.values(), key=lambda sheet: (sheet.serial, sheet.number))
        return {key: sheet.number for sheet in by_age for key in sheet.lines}


class _Draft:
    """Shards while they are rewritten."""

    def __init__(self, sheets: Mapping[int, Sheet], count: int, most: int) -> None:
        self._sheets = sheets
        self._count = count
        self._most = most
        self._full: set[int] = set()
        self.lines: dict[int, dict[Key, str]] = {}
        self.packed: dict[int, str] = {}

    def open(self, number: int) -> dict[Key, str]:
        """The lines of a shard that is to be rewritten."""
        if number not in self.lines:
            known = number in self._sheets
            self.lines[number] = dict(self._sheets[number].lines) if known else {}
            if known:
                self.packed[number] = self._sheets[number].content
        return self.lines[number]

    def settle(self, fresh: Mapping[Key, str]) -> None:
        """Find a place for new lines and for what no longer fits."""
        homeless = dict(fresh)
        for number in sorted(self.lines):
            homeless |= self._fit(number)
        while homeless:
            number = self._with_room()
            taken = self._taken(number, homeless)
            self.open(number).update(taken)
            for key in taken:
                del homeless[key]
            homeless |= self._fit(number)

    def in_order(self, homes: Mapping[Key, int]) -> list[int]:
        """Those that took lines of others first."""
        changed = [number for number in sorted(self.lines) if self._is_changed(number)]
        return sorted(changed, key=lambda number: not self._took(number, homes))

    def _is_changed(self, number: int) -> bool:
        old = self._sheets.get(number)
        return old is None or old.lines != self.lines[number]

    def _took(self, number: int, homes: Mapping[Key, int]) -> bool:
        return any(homes.get(key, number) != number for key in self.lines[number])

    def _with_room(self) -> int:
        """The first shard with room; a new one when none has."""
        for number in sorted(self._sheets.keys() | self.lines.keys()):
            content = self.packed.get(number) or self._content(number)
            if number not in self._full and len(content) < self._most * _ROOM:
                return number
        self._count = max([self._count, *self.lines]) + 1
        return self._count

    def _content(self, number: int) -> str:
        return self._sheets[number].content if number in self._sheets else ""

    def _taken(self, number: int, homeless: Mapping[Key, str]) -> dict[Key, str]:
        """As many as should fit; at least one."""
        old = self.lines.get(number) or (
            self._sheets[number].lines if number in self._sheets else {}
        )
        content = self.packed.get(number) or self._content(number)
        size = sum(map(len, old.values()))
        density = len(content) / size if size else _DENSITY
        packed = self._most * _ROOM - len(content)
        unpacked = UNPACKED_BYTES // 8 - size
        taken: dict[Key, str] = {}
        for key, line in homeless.items():
            packed -= len(line) * density
            unpacked -= len(line)
            if taken and (packed < 0 or unpacked < 0):
                break
            taken[key] = line
        return taken

    def _fit(self, number: int) -> dict[Key, str]:
        """Pack a shard; returns the lines that it has no room for."""
        lines, excess = self.lines[number], dict[Key, str]()
        while True:
            content = pack(lines.values())
            size = sum(map(len, lines.values())) * 4
            share = max(len(content) / self._most, size / UNPACKED_BYTES)
            if share <= 1 or len(lines) <= 1:
                self.packed[number] = content
                if excess:
                    self._full.add(number)
                return excess
            keep = max(1, min(len(lines) - 1, int(len(lines) * _TRIM / share)))
            for key in list(lines)[keep:]:
                excess[key] = lines.pop(key)
