"""Layers and fleets found in plain documents; what they become is exactly what there was.

Nothing is believed: every row is generated again and compared with its documents. Rows that come
out differently become documents of their own, on the layers that are nearest to them. Exceptions
are never made up, for nobody knows their reason. Where a fleet is not shorter than the plain
documents that it stands for, the plain documents stay.

All texts are as files have them (`authoring/leaves.py`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from reconciler.authoring.fleet_columns import cell_text
from reconciler.authoring.fleets import Fleet, Row, Template, columns_in, generate
from reconciler.authoring.leaves import Document, frozen
from reconciler.authoring.name_keys import MIN_ROWS, Name, Rows, find_rows
from reconciler.authoring.overrides import Inheriting, changed_from, nearest_label
from reconciler.authoring.sheets import Names, Sheet, make_sheet
from reconciler.core.origin import Origin
from reconciler.core.secrets import Masking
from reconciler.core.values import ABSENT, JsonValue
from reconciler.kinds import KINDS

SizeOf: TypeAlias = Callable[[Document], int]
"""Bytes of a document in a file."""
_ROUNDS: Final = 12
"""Fleets that are looked for at most."""
_NOWHERE: Final = Origin("", 0, 1)


_TRIES: Final = 4
"""Taking odd rows out makes what is left more alike, so the second try is the last as a rule."""
_LONG: Final = 200
"""Rows of a list that is better read in parts."""
_MOST_PARTS: Final = 24


@dataclass(frozen=True, slots=True)
class _Tools:
    size_of: SizeOf
    masking: Masking


@dataclass(frozen=True, slots=True)
class FoundFleet:
    """A fleet with its rows."""

    document: Document
    """Without `rows`."""
    parts: Mapping[str, Sequence[Mapping[str, str]]]
    """Rows in the order of their keys, by what they have in common; cells in the order of columns,
    as texts that are not quoted yet."""


@dataclass(frozen=True, slots=True)
class Factored:
    """What files have to say, in the order in which it is read best."""

    layers: tuple[Document, ...] = ()
    fleets: tuple[FoundFleet, ...] = ()
    documents: tuple[Document, ...] = ()
    """Those that stand by themselves, by kind and name."""


def factor(documents: Iterable[Document], size_of: SizeOf, masking: Masking) -> Factored:
    """Find layers and fleets; what is secret where no reference can stand is no column.

    The order of `documents` does not matter.
    """
    tools = _Tools(size_of, masking)
    left = {_name_of(one): one for one in sorted(documents, key=_order)}
    single: list[Document] = []
    layers: list[Document] = []
    fleets: list[FoundFleet] = []
    for _ in range(_ROUNDS):
        rows = find_rows(list(left))
        if rows is None:
            break
        names = Names(
            frozenset(str(one.document["name"]) for one in fleets),
            frozenset(str(one["name"]) for one in layers),
        )
        plain = [left.pop(name) for members in rows.slots.values() for name in members.values()]
        found = _found(rows, {_name_of(one): one for one in plain}, names, tools)
        if found is None or not _pays(found, sum(map(size_of, plain)), tools):
            single += plain
            continue
        layers += found.layers
        fleets += found.fleets
        for one in found.documents:
            # What has no parameters may be regular although the rest of its row is not.
            if KINDS[_name_of(one)[0]].value_field is None:
                left[_name_of(one)] = one
            else:
                single.append(one)
        left = dict(sorted(left.items()))
    everything = sorted([*single, *left.values()], key=_order)
    return Factored(tuple(layers), tuple(fleets), tuple(everything))


def _name_of(document: Document) -> Name:
    return str(document["kind"]), str(document["name"])


def _order(document: Document) -> tuple[int, str]:
    kind, name = _name_of(document)
    return KINDS[kind].order, name


def _found(
    rows: Rows, documents: Mapping[Name, Document], names: Names, tools: _Tools
) -> Factored | None:
    """One fleet; rows that do not fit are taken out, and the rest is looked at once more."""
    odd: set[str] = set()
    for _ in range(_TRIES):
        kept = _without(rows, odd)
        if len(kept.keys) < MIN_ROWS:
            return None
        sheet = make_sheet(kept, documents, names, tools.masking)
        if sheet is None or not _is_sound(sheet):
            return None
        wrong = _wrong_rows(sheet)
        if not wrong:
            return _finished(sheet, rows, documents, tools)
        odd |= {kept.keys[number] for number in wrong}
    return None


def _without(rows: Rows, odd: set[str]) -> Rows:
    slots = {
        slot: {key: name for key, name in members.items() if key not in odd}
        for slot, members in rows.slots.items()
    }
    kept = {slot: members for slot, members in slots.items() if members}
    return replace(rows, keys=tuple(key for key in rows.keys if key not in odd), slots=kept)


def _is_sound(sheet: Sheet) -> bool:
    """Whether each placeholder names a column, which a reference cut by one would not."""
    return all(
        column in sheet.columns.cells
        for template in sheet.templates.values()
        for _, column in columns_in(template)
    )


def _wrong_rows(sheet: Sheet) -> set[int]:
    """The rows that come out as anything else than they were."""
    templates = [Template(handle, one, _NOWHERE) for handle, one in sheet.templates.items()]
    fleet = Fleet(sheet.name, sheet.columns.key, templates)
    lines = [Row(_cells(sheet, number), Origin("", 0, number)) for number in range(len(sheet.keys))]
    made = {
        (one.row.origin.line, one.template.handle): one.document for one in generate(fleet, lines)
    }
    inheriting = Inheriting(sheet.layers)
    wrong: set[int] = set()
    for handle, objects in sheet.objects.items():
        for number, wanted in enumerate(objects):
            found = made.get((number, handle))
            if wanted is None or found is None:
                same = wanted is found
            else:
                same = frozen(inheriting.complete(found)) == frozen(wanted)
            if not same:
                wrong.add(number)
    return wrong


def _cells(sheet: Sheet, number: int) -> dict[str, JsonValue]:
    """One row without its empty cells."""
    line = {name: cells[number] for name, cells in sheet.columns.cells.items()}
    return {name: cell for name, cell in line.items() if cell is not ABSENT}


def _finished(
    sheet: Sheet, rows: Rows, documents: Mapping[Name, Document], tools: _Tools
) -> Factored:
    """The fleet, its layers, and what else there was."""
    made = {_name_of(one) for objects in sheet.objects.values() for one in objects if one}
    slots = {name: slot for slot, members in rows.slots.items() for name in members.values()}
    inheriting = Inheriting(sheet.layers)
    single = [
        _shortest(document, sheet.handles.get(slots[name], ""), (sheet, inheriting), tools)
        for name, document in documents.items()
        if name not in made
    ]
    layers: tuple[Document, ...] = tuple(
        {"kind": "Layer", "name": name, "parameters": parameters}
        for name, parameters in sheet.layers.items()
    )
    return Factored(layers, (_fleet(sheet),), tuple(single))


def _shortest(
    document: Document, handle: str, known: tuple[Sheet, Inheriting], tools: _Tools
) -> Document:
    """A document of its own, on layers where that is shorter."""
    sheet, inheriting = known
    parameters = document.get("parameters")
    if not isinstance(parameters, Mapping):
        return document
    labels = [nearest_label(one.family, handle, document) for one in sheet.choices]
    names = sheet.layers_of(handle, labels)
    if not names:
        return document
    changed = changed_from(document, parameters, names, inheriting.of(tuple(names)))
    return min(document, changed, key=tools.size_of)


def _fleet(sheet: Sheet) -> FoundFleet:
    """Columns that documents use: the key, those that choose layers, the rest."""
    used = {column for one in sheet.templates.values() for _, column in columns_in(one)}
    first = [sheet.columns.key, *(choice.column for choice in sheet.choices)]
    wanted = {*used, sheet.columns.key}
    order = [name for name in dict.fromkeys((*first, *sheet.columns.cells)) if name in wanted]
    rules = sheet.columns.rules()
    document: dict[str, JsonValue] = {
        "kind": "Fleet",
        "name": sheet.name,
        "key": sheet.columns.key,
        "columns": {name: rules[name] for name in order},
        "documents": sheet.templates,
    }
    lines = [
        {name: cell_text(sheet.columns.cells[name][number]) for name in order}
        for number in range(len(sheet.keys))
    ]
    return FoundFleet(document, _parts(sheet, lines))


def _parts(sheet: Sheet, lines: Sequence[Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    """Long lists fall apart by the column that chooses the most."""
    column = next(
        (one.column for one in sheet.choices if len(set(one.family.labels)) <= _MOST_PARTS), None
    )
    if column is None or len(lines) < _LONG:
        return {sheet.name: list(lines)}
    parts: dict[str, list[Mapping[str, str]]] = {}
    for line in lines:
        parts.setdefault(line[column], []).append(line)
    return dict(sorted(parts.items()))


def _pays(found: Factored, plain: int, tools: _Tools) -> bool:
    """Whether it is so much shorter that it is easier to read."""
    return _size(found, tools) * 3 < plain * 2


def _size(found: Factored, tools: _Tools) -> int:
    """Bytes of everything, about."""
    texts = sum(map(tools.size_of, (*found.layers, *found.documents)))
    for fleet in found.fleets:
        texts += tools.size_of(fleet.document)
        lines = (line for part in fleet.parts.values() for line in part)
        texts += sum(len(cell.encode()) + 1 for line in lines for cell in line.values())
    return texts
