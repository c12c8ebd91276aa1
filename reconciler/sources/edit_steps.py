"""What is to be changed in which file, and the files that come of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

from reconciler.authoring.variables import uses_variables
from reconciler.core.merge import with_values
from reconciler.core.pointer import resolve
from reconciler.core.values import ABSENT, JsonValue, Maybe
from reconciler.sources.authored import Authored, Key, Spot
from reconciler.sources.edit_csv import replace_cells
from reconciler.sources.edit_nodes import CannotEdit
from reconciler.sources.edit_yaml import rewritten
from reconciler.sources.files import is_xml

_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class SetValue:
    """A value of a document, by its pointer as the file spells it; `ABSENT` removes it."""

    spot: Spot
    pointer: str
    value: Maybe


@dataclass(frozen=True, slots=True)
class SetCell:
    """A cell of a list."""

    file: str
    line: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Deviate:
    """A value of one line's document, as an exception; `ABSENT` removes it."""

    key: Key
    pointer: str
    """From the document's root."""
    value: Maybe


@dataclass(frozen=True, slots=True)
class Foresee:
    """What an object's own document comes to say by another step of the same edit."""

    key: Key
    pointer: str
    value: Maybe


@dataclass(frozen=True, slots=True)
class Unwrite:
    """Something inherited that an object is to be without."""

    key: Key
    pointer: str


@dataclass(frozen=True, slots=True)
class RemoveDocument:
    """A document, because its object is gone."""

    spot: Spot


Step: TypeAlias = SetValue | SetCell | Deviate | Foresee | Unwrite | RemoveDocument


@dataclass(frozen=True, slots=True)
class Reason:
    """What new exceptions say."""

    text: str
    until: date


@dataclass(slots=True)
class _Changes:
    """Steps gathered by what they change."""

    values: dict[Spot, dict[str, Maybe]] = field(default_factory=dict)
    removed: set[Spot] = field(default_factory=set)
    cells: dict[str, dict[tuple[int, str], str]] = field(default_factory=dict)
    deviations: dict[Key, dict[str, Maybe]] = field(default_factory=dict)
    foreseen: dict[Key, dict[str, Maybe]] = field(default_factory=dict)
    unwritten: dict[Key, list[str]] = field(default_factory=dict)


def drafts(
    authored: Authored, steps: Iterable[Step], texts: Mapping[str, str], reason: Reason
) -> dict[str, str]:
    """The new text of each file that the steps change; an empty one is to be deleted.

    `texts` are the files as they are. Raises `CannotEdit`.
    """
    changes = _gathered(steps)
    documents: dict[Spot, Maybe] = dict.fromkeys(changes.removed, ABSENT)

    def document(spot: Spot) -> Any:  # noqa: ANN401 -- a document may be anything
        return documents.get(spot, authored.documents[spot])

    for spot, values in changes.values.items():
        _refuse_uneditable(authored, spot, values)
        if spot not in changes.removed:
            documents[spot] = with_values(document(spot), values)
    for key, pointers in changes.unwritten.items():
        if key in authored.made:
            known = authored.own(key).get("remove", ())
            changes.deviations.setdefault(key, {})["/remove"] = [*known, *pointers]
        else:
            spot = authored.spot(key)
            value = document(spot)
            documents[spot] = {**value, "remove": [*value.get("remove", ()), *pointers]}
    for key, values in changes.deviations.items():
        made = authored.made[key]
        value = document(made.fleet)
        own = with_values(made.by.document, changes.foreseen.get(key, {}))
        entry: dict[str, JsonValue] = {
            "row": made.key,
            "document": made.by.template.handle,
            "set": _settings(own, values),
            "until": reason.until.isoformat(),
            "reason": reason.text,
        }
        documents[made.fleet] = {**value, "exceptions": [*value.get("exceptions", ()), entry]}
    return _written(documents, changes.cells, texts)


def _refuse_uneditable(authored: Authored, spot: Spot, pointers: Iterable[str]) -> None:
    """XML is not written, and a variable is not replaced by what it is for one target."""
    file, _ = spot
    if is_xml(file):
        raise CannotEdit
    for pointer in pointers:
        if uses_variables(resolve(authored.documents[spot], pointer)):
            raise CannotEdit


def _gathered(steps: Iterable[Step]) -> _Changes:
    changes = _Changes()
    for step in steps:
        if isinstance(step, SetValue):
            changes.values.setdefault(step.spot, {})[step.pointer] = step.value
        elif isinstance(step, SetCell):
            changes.cells.setdefault(step.file, {})[step.line, step.column] = step.text
        elif isinstance(step, Deviate):
            changes.deviations.setdefault(step.key, {})[step.pointer] = step.value
        elif isinstance(step, Foresee):
            changes.foreseen.setdefault(step.key, {})[step.pointer] = step.value
        elif isinstance(step, Unwrite):
            changes.unwritten.setdefault(step.key, []).append(step.pointer)
        else:
            changes.removed.add(step.spot)
    return changes


def _settings(document: JsonValue, values: Mapping[str, Maybe]) -> dict[str, JsonValue]:
    """What an exception sets: it can't remove, so it sets what stands around a removed value."""
    new = with_values(document, values)
    pointers = {
        pointer.rpartition("/")[0] if value is ABSENT else pointer
        for pointer, value in values.items()
    }
    outer = [p for p in sorted(pointers) if not any(p.startswith(f"{o}/") for o in pointers)]
    found = {pointer: resolve(new, pointer) for pointer in outer}
    return {pointer: value for pointer, value in found.items() if value is not ABSENT}


def _written(
    documents: Mapping[Spot, Maybe],
    cells: Mapping[str, Mapping[tuple[int, str], str]],
    texts: Mapping[str, str],
) -> dict[str, str]:
    by_file: dict[str, dict[int, Maybe]] = {}
    for (file, number), value in documents.items():
        by_file.setdefault(file, {})[number] = value
    found: dict[str, str] = {}
    for file, values in by_file.items():
        text = rewritten(texts[file], values, is_json=file.endswith(".json"))
        found[file] = "" if _is_bare(text, values.values()) else text
    for file, changed in cells.items():
        text = texts[file]
        mark = _MARK if text.startswith(_MARK) else ""
        found[file] = mark + replace_cells(text.removeprefix(_MARK), changed)
    return found


def _is_bare(text: str, values: Iterable[Maybe]) -> bool:
    """Whether nothing but comments is left of a file that lost documents."""
    lost = any(value is ABSENT for value in values)
    lines: Sequence[str] = text.splitlines() if lost else ("kept",)
    return all(not line.strip() or line.lstrip().startswith(("#", "---")) for line in lines)
