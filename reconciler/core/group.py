"""Changes in the rows that people review: same action, kind, cause and patch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from reconciler.core.candidate import Candidate
from reconciler.core.change import FieldChange
from reconciler.core.fingerprint import canonical
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Key
from reconciler.core.kind import Kind
from reconciler.core.plan import Class, Group
from reconciler.core.provenance import Provenance, Source, home_of, source_of
from reconciler.core.values import ABSENT, JsonValue, Maybe

NOT_DECLARED = "not declared"
_RANKS = {"create": 0, "update": 1, "delete": 2}
_LINES: Final = 8
"""Of one file and group that are named each by itself."""

Fields: TypeAlias = tuple[FieldChange, ...]
_Cause: TypeAlias = tuple[str, int, bool]
"""A file, the line if others may share it (else 0), and whether it was there only before."""
_Row: TypeAlias = tuple[int, str, int, str, tuple[_Cause, ...], str]
"""What the members of a group share, in the order of groups: action, class, kind, what is told
of the cause without a file, causes, patch."""


@dataclass(frozen=True, slots=True)
class Member:
    """One object's change, and where it comes from."""

    kind: Kind
    id: ResourceId
    key: Key
    action: str
    """`create`, `update` or `delete`."""
    class_: Class
    fields: Fields
    sources: tuple[Source, ...] = ()
    told: str = NOT_DECLARED
    """The cause, where there are no sources."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups, and for each object the number of its group."""

    groups: tuple[Group, ...]
    numbers: Mapping[Key, int]


def members_of(
    drafts: Iterable[tuple[Candidate, Fields]], removals: Mapping[ResourceId, str]
) -> Iterator[Member]:
    """The changes of a plan; `removals` are the commits that removed declarations."""
    for candidate, fields in drafts:
        commit = removals.get(candidate.id)
        yield Member(
            candidate.kind,
            candidate.id,
            candidate.key,
            candidate.action,
            candidate.class_,
            fields,
            _sources(candidate, fields),
            f"removed in {commit}" if commit else NOT_DECLARED,
        )


def _sources(candidate: Candidate, fields: Fields) -> tuple[Source, ...]:
    desired, kind = candidate.desired, candidate.kind
    if desired is None:
        return ()
    if candidate.live is None:
        return (Source(home_of(desired, kind)),)
    return tuple(source_of(desired, kind, field.pointer) for field in fields)


def group_by_cause(members: Iterable[Member], provenance: Provenance) -> Grouping:
    """Groups in order of action, kind, cause; members in the order given.

    Each line that several objects share is a cause of its own. What they say each for themselves
    in one file is one cause: sixty tokens of one file are one row.
    """
    rows: dict[_Row, list[Member]] = {}
    reading = _Reading(provenance)
    for member in members:
        rows.setdefault(reading.row(member), []).append(member)
    groups: list[Group] = []
    numbers: dict[Key, int] = {}
    for row in sorted(rows):
        numbers.update((member.key, len(groups)) for member in rows[row])
        groups.append(reading.group(rows[row]))
    return Grouping(tuple(groups), numbers)


@dataclass(slots=True)
class _Reading:
    """Asks for each line once: thousands of objects may share a layer."""

    provenance: Provenance
    _lines: dict[Source, int] = field(default_factory=dict)
    _texts: dict[int, str] = field(default_factory=dict)
    """Of patches by identity; the differ gives equal ones but once."""

    def row(self, member: Member) -> _Row:
        """What it shares with the other members of its group."""
        fields, text = member.fields, ""
        if member.action == "update":
            text = self._texts.get(id(fields)) or self._texts.setdefault(
                id(fields), _patch_text(fields)
            )
        causes = tuple(sorted({self._cause(source) for source in member.sources}))
        told = "" if causes else member.told
        return _RANKS[member.action], member.class_, member.kind.order, told, causes, text

    def group(self, members: Sequence[Member]) -> Group:
        """One row for the reviewer."""
        first = members[0]
        return Group(
            action=first.action,
            class_=first.class_,
            kind=first.kind.name,
            causes=self._causes(members),
            fields=first.fields if first.action == "update" else (),
            members=tuple(member.id for member in members),
        )

    def _cause(self, source: Source) -> _Cause:
        return source.origin.file, 0 if source.own else self._line(source), source.past

    def _line(self, source: Source) -> int:
        line = self._lines.get(source)
        if line is None:
            line = self._lines[source] = self.provenance.line_of(source)
        return line

    def _causes(self, members: Sequence[Member]) -> tuple[str, ...]:
        places: dict[tuple[str, bool], dict[Source, None]] = {}
        for member in members:
            for source in member.sources:
                places.setdefault((source.origin.file, source.past), {})[source] = None
        if not places:
            return (members[0].told,)
        return tuple(
            ("removed from " if past else "") + (f"{file}:{line}" if line else file)
            for (file, past), sources in sorted(places.items())
            for line in self._named(sources)
        )

    def _named(self, sources: Iterable[Source]) -> Sequence[int]:
        """The lines of one file to name; 0 where they are too many, or say nothing."""
        shared = {self._line(source) for source in sources if not source.own}
        own = [source for source in sources if source.own]
        if len(own) <= _LINES and not (len(own) > 1 and all(map(_is_document, own))):
            return sorted(shared | {self._line(source) for source in own})
        documents = {(one.origin.document, one.origin.line) for one in own}
        return sorted(shared | {line for _, line in documents if len(documents) == 1} or {0})


def _is_document(source: Source) -> bool:
    """Whether it is a whole document: its name says more than its line. A list has no names."""
    return not source.origin.pointer and not source.origin.file.endswith(".csv")


def _patch_text(fields: Fields) -> str:
    return canonical([[f.pointer, *_pair(f.before), *_pair(f.after), f.hidden] for f in fields])


def _pair(value: Maybe) -> tuple[bool, JsonValue]:
    return (False, None) if value is ABSENT else (True, value)
