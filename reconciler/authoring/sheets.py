"""One fleet found in what a server has: its columns and documents, and the layers that it uses.

Every leaf goes to the place where it costs least: the layer that all rows have, a layer that some
rows have, the fleet's own document, a column.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.authoring.families import Family, find_families, leaf_size
from reconciler.authoring.fleet_columns import Columns, Filling, filling_of
from reconciler.authoring.leaves import (
    MISSING,
    NAME,
    ROW_COST,
    Document,
    Path,
    Vector,
    are_few,
    built,
    has_column,
    vectors_of,
)
from reconciler.authoring.name_keys import Name, Rows, Slot
from reconciler.authoring.slot_names import (
    free,
    handles,
    key_column,
    name_template,
    slots_in_order,
    spelled_keys,
)
from reconciler.core.secrets import Masking
from reconciler.core.values import ABSENT, JsonValue, Maybe

_KIND: Final[Path] = ("kind",)
_PARAMETERS: Final = "parameters"


@dataclass(frozen=True, slots=True)
class Names:
    """What other fleets are called, and their layers."""

    fleets: frozenset[str] = frozenset()
    layers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """Layers of which each row takes one."""

    family: Family
    column: str
    starts: Mapping[str, str]
    """By handle, how the names of the layers begin; the label follows."""


@dataclass(slots=True)
class Sheet:
    """A fleet whose rows nobody has checked yet."""

    name: str
    columns: Columns
    keys: tuple[str, ...]
    """By row."""
    templates: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    """By handle."""
    objects: dict[str, Sequence[Document | None]] = field(default_factory=dict)
    """By handle, of every row: what the templates have to become."""
    layers: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    """Parameters by name."""
    bases: dict[str, str] = field(default_factory=dict)
    """By handle, the layer that all rows have."""
    choices: list[Choice] = field(default_factory=list)
    handles: dict[Slot, str] = field(default_factory=dict)

    def layers_of(self, handle: str, labels: Sequence[str]) -> list[str]:
        """The layers of a bootstrap with these labels, one for each choice."""
        names = [self.bases[handle]] if handle in self.bases else []
        for choice, label in zip(self.choices, labels, strict=True):
            if handle in choice.starts:
                names.append(f"{choice.starts[handle]}{label}")
        return names


def make_sheet(
    rows: Rows, documents: Mapping[Name, Document], names: Names, masking: Masking
) -> Sheet | None:
    """Lay out all rows; `None` where no names can be written with columns."""
    maker = _Maker(rows, names, masking)
    maker.read(documents)
    if not maker.sheet.objects:
        return None
    maker.place()
    maker.write()
    return maker.sheet if maker.sheet.objects else None


class _Maker:
    """Fills a sheet, step by step."""

    def __init__(self, rows: Rows, names: Names, masking: Masking) -> None:
        self._rows = rows
        self._names = names
        self._masking = masking
        self._slots = slots_in_order(rows)
        word = key_column(rows)
        spelled = spelled_keys(rows, self._slots)
        columns = Columns(word)
        columns.put(Filling("", "", spelled, 0), word)
        name = free(word if word.endswith("s") else f"{word}s", names.fleets)
        self.sheet = Sheet(name, columns, spelled)
        self._vectors: list[Vector] = []
        self._inside: dict[tuple[str, Path], list[Vector]] = {}
        self._fillings: dict[tuple[str, Path], tuple[Filling | None, bool]] = {}
        self._placed: dict[str, dict[Path, Maybe]] = {}
        self._shared: dict[str, dict[Path, JsonValue]] = {}
        """By handle, what the layer of all rows has."""
        self._loose: set[str] = set()
        """Documents with a leaf that no column can hold: each stands by itself, on the layers."""

    def read(self, documents: Mapping[Name, Document]) -> None:
        """Take each slot whose names can be written with columns."""
        self.sheet.handles |= zip(self._slots, handles(self._slots), strict=True)
        for slot, handle in self.sheet.handles.items():
            members = self._rows.slots[slot]
            there = [members.get(key) for key in self._rows.keys]
            mine = [None if one is None else documents[one] for one in there]
            vectors = vectors_of(handle, mine, self.sheet.keys, self.sheet.columns.key)
            (named,) = (one for one in vectors if one.path == NAME)
            name = name_template(named, self.sheet.columns, self._masking)
            if name is None:
                continue
            self.sheet.objects[handle] = mine
            self._placed[handle] = {_KIND: slot.kind, NAME: name}
            self._vectors += (one for one in vectors if one.path not in (_KIND, NAME))
        for vector in self._vectors:
            for end in range(1, len(vector.path)):
                self._inside.setdefault((vector.handle, vector.path[:end]), []).append(vector)

    def place(self) -> None:
        """Find a place for every leaf."""
        followers = [one for one in self._vectors if _is_inside(one)]
        for family in find_families(followers, self._vectors, self._alone):
            self._choose(family)
        parted = [any(map(has_column, one.leaves)) for one in self._vectors]
        for later in (False, True):
            for vector, is_parted in zip(self._vectors, parted, strict=True):
                if is_parted is later and vector.path not in self._placed[vector.handle]:
                    self._place(vector)

    def write(self) -> None:
        """Make documents of it: the layers of all rows, and the templates."""
        taken = {*self._names.layers, *self.sheet.layers}
        for handle, leaves in self._shared.items():
            own = self._own_word(handle)
            wanted = f"{self.sheet.name}-{own}" if own else f"{self.sheet.name}-all"
            name = self.sheet.bases[handle] = free(wanted, taken)
            taken.add(name)
            self.sheet.layers[name] = built(leaves)
        columns = [f"${{{choice.column}}}" for choice in self.sheet.choices]
        for handle in self._loose:
            del self._placed[handle], self.sheet.objects[handle]
        for handle, placed in self._placed.items():
            order = [_KIND, NAME, *(one.path for one in self._vectors if one.handle == handle)]
            found = ((path, placed[path]) for path in order)
            leaves = {path: leaf for path, leaf in found if leaf is not ABSENT}
            extends = self.sheet.layers_of(handle, columns)
            if extends:
                first = {_KIND: leaves.pop(_KIND), NAME: leaves.pop(NAME)}
                leaves = {**first, ("extends",): extends, **leaves}
            self.sheet.templates[handle] = built(leaves)

    def _choose(self, family: Family) -> None:
        """Make the layers of a family."""
        text = self.sheet.columns.put(Filling("", "", family.labels, 0), family.column or "group")
        column = text.removeprefix("${").removesuffix("}")
        held: dict[str, list[tuple[Path, Mapping[str, Maybe]]]] = {}
        for vector, leaves in family.members:
            shows = all(leaves[label] == label for label in leaves)
            self._placed[vector.handle][vector.path] = text if shows else ABSENT
            if not shows:
                held.setdefault(vector.handle, []).append((vector.path[1:], leaves))
        starts = {handle: self._start(handle, column, family) for handle in held}
        for handle, members in held.items():
            for label in sorted(set(family.labels)):
                found = {path: leaves[label] for path, leaves in members}
                self.sheet.layers[f"{starts[handle]}{label}"] = built(
                    {path: leaf for path, leaf in found.items() if leaf is not ABSENT}
                )
        self.sheet.choices.append(Choice(family, column, starts))

    def _start(self, handle: str, column: str, family: Family) -> str:
        """How the names of a family's layers begin."""
        own = self._own_word(handle)
        start = f"{own}-{column}-" if own else f"{column}-"
        taken = {*self._names.layers, *self.sheet.layers}
        while any(f"{start}{label}" in taken for label in family.labels):
            start = f"{self.sheet.name}-{start}"
        return start

    def _own_word(self, handle: str) -> str:
        """What tells the layers of one bootstrap of a row from those of another."""
        own = handle.removeprefix("bootstrap").strip("-")
        return "" if own == self.sheet.columns.key else own

    def _alone(self, vector: Vector) -> int:
        """Characters of a leaf that no family holds."""
        filling, _ = self._filling(vector)
        return _fixed(vector) if filling is None else min(_fixed(vector), filling.size)

    def _place(self, vector: Vector) -> None:
        """Fixed, or from a column that is there already, or from one of its own."""
        filling, is_sparse = self._filling(vector)
        columns = self.sheet.columns
        usual = vector.leaves[vector.usual]
        if vector.path == (_PARAMETERS,) and len(vector.counts) > 1:
            self._placed[vector.handle][vector.path] = ABSENT  # its fields say when it is empty
            return
        if filling is None and not are_few(
            vector.present - vector.counts[vector.usual], vector.present
        ):
            self._loose.add(vector.handle)
            self._placed[vector.handle][vector.path] = ABSENT
            return
        known = filling is not None and columns.has(filling)
        if filling is None or (not known and _fixed(vector) < filling.size):
            self._put(vector, usual)
            return
        text = None if known or is_sparse else columns.put_known(vector)
        if text is None:
            text = columns.put(filling, vector.path[-1])
            if is_sparse and usual is not ABSENT:
                self._shared.setdefault(vector.handle, {})[vector.path[1:]] = usual
        self._placed[vector.handle][vector.path] = text

    def _put(self, vector: Vector, leaf: Maybe) -> None:
        """A leaf that is the same in every row: in a layer if there can be one."""
        if leaf is not ABSENT and _is_inside(vector) and not has_column(leaf):
            self._shared.setdefault(vector.handle, {})[vector.path[1:]] = leaf
            leaf = ABSENT
        self._placed[vector.handle][vector.path] = leaf

    def _filling(self, vector: Vector) -> tuple[Filling | None, bool]:
        """The cheaper of a full column and one that is empty where rows are as most are."""
        key = vector.handle, vector.path
        if key not in self._fillings:
            self._fillings[key] = self._made_filling(vector)
        return self._fillings[key]

    def _made_filling(self, vector: Vector) -> tuple[Filling | None, bool]:
        if len(vector.counts) == 1:
            return None, False
        full = filling_of(vector, self._masking, self._hollow(vector))
        sparse = self._sparse(vector)
        if sparse is not None and (full is None or sparse.size < full.size):
            return sparse, True
        return full, False

    def _sparse(self, vector: Vector) -> Filling | None:
        """Cells where a row differs from what a layer has."""
        usual = vector.leaves[vector.usual]
        if not _is_inside(vector) or has_column(usual) or ABSENT in vector.leaves:
            return None
        if vector.counts[vector.usual] * 2 < vector.present:
            return None
        codes = [MISSING if code == vector.usual else code for code in vector.codes]
        rest = Vector(vector.handle, vector.path, codes, vector.leaves)
        filling = filling_of(rest, self._masking) if rest.counts else None
        return replace(filling, unread=frozenset()) if filling and filling.whole else None

    def _hollow(self, vector: Vector) -> set[int]:
        """Rows without the leaf where nothing else makes the map around it."""
        mates = self._inside.get((vector.handle, vector.path[:-1]), ())
        if len(vector.path) <= 2:  # noqa: PLR2004 -- the document and its parameters are always there
            return set()
        return {
            row
            for row, code in enumerate(vector.codes)
            if code >= 0
            and vector.leaves[code] is ABSENT
            and all(one.at(row) is ABSENT for one in mates)
        }


def _is_inside(vector: Vector) -> bool:
    """Whether a layer can hold it: a field of the parameters."""
    return vector.path[0] == _PARAMETERS and len(vector.path) > 1


def _fixed(vector: Vector) -> int:
    """Characters of a leaf that is the same in every row, the others on their own."""
    odd = vector.present - vector.counts[vector.usual]
    return odd * ROW_COST + leaf_size(vector, vector.usual)
