"""Changes in the rows that people review: same action, kind, cause and patch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.candidate import Candidate
from reconciler.core.change import FieldChange
from reconciler.core.fingerprint import canonical
from reconciler.core.inventory import Key
from reconciler.core.origin import Origin
from reconciler.core.plan import Group
from reconciler.core.values import ABSENT, JsonValue, Maybe

NOT_DECLARED = "not declared"
_RANKS = {"create": 0, "update": 1, "delete": 2}

Fields: TypeAlias = tuple[FieldChange, ...]
_Row: TypeAlias = tuple[int, str, int, tuple[str, ...], str]
"""What the members of a group share, in the order of groups: action, class, kind, files, patch."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups, and for each object the number of its group."""

    groups: tuple[Group, ...]
    numbers: Mapping[Key, int]


def group_by_cause(members: Sequence[tuple[Candidate, Fields]]) -> Grouping:
    """Groups in order of action, kind, cause; members in the order given.

    One file is one cause: sixty tokens of one file are one row. The line is kept where all members
    share it.
    """
    rows: dict[_Row, list[tuple[Candidate, Fields]]] = {}
    texts: dict[int, str] = {}
    for candidate, fields in members:
        rows.setdefault(_row(candidate, fields, texts), []).append((candidate, fields))
    groups: list[Group] = []
    numbers: dict[Key, int] = {}
    for row in sorted(rows):
        numbers.update((candidate.key, len(groups)) for candidate, _ in rows[row])
        groups.append(_group(rows[row]))
    return Grouping(tuple(groups), numbers)


def _row(candidate: Candidate, fields: Fields, texts: dict[int, str]) -> _Row:
    """`texts` keeps the text of patches by identity; the differ gives equal ones but once."""
    text = ""
    if candidate.action == "update":
        text = texts.get(id(fields)) or texts.setdefault(id(fields), _patch_text(fields))
    files = tuple(sorted({origin.file for origin in _origins(candidate, fields)}))
    return _RANKS[candidate.action], candidate.class_, candidate.kind.order, files, text


def _patch_text(fields: Fields) -> str:
    return canonical([[f.pointer, *_pair(f.before), *_pair(f.after), f.hidden] for f in fields])


def _pair(value: Maybe) -> tuple[bool, JsonValue]:
    return (False, None) if value is ABSENT else (True, value)


def _origins(candidate: Candidate, fields: Fields) -> tuple[Origin, ...]:
    if candidate.desired is None:
        return ()
    if candidate.live is None:
        return (candidate.desired.origin,)
    return tuple(candidate.desired.origin_of(field.pointer) for field in fields)


def _group(members: Sequence[tuple[Candidate, Fields]]) -> Group:
    first, fields = members[0]
    return Group(
        action=first.action,
        class_=first.class_,
        kind=first.kind.name,
        causes=_causes(members),
        fields=fields if first.action == "update" else (),
        members=tuple(candidate.id for candidate, _ in members),
    )


def _causes(members: Sequence[tuple[Candidate, Fields]]) -> tuple[str, ...]:
    lines: dict[str, set[int]] = {}
    for candidate, fields in members:
        for origin in _origins(candidate, fields):
            lines.setdefault(origin.file, set()).add(origin.line)
    if not lines:
        return (NOT_DECLARED,)
    return tuple(
        f"{file}:{next(iter(found))}" if len(found) == 1 else file
        for file, found in sorted(lines.items())
    )
