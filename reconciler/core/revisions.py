"""What differs between the objects of two revisions of a project's files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.core.diff import Differ
from reconciler.core.group import Grouping, Member, group_by_cause
from reconciler.core.inventory import Key
from reconciler.core.kind import Kind
from reconciler.core.plan import Class, Group, Record, Sort
from reconciler.core.project import Project
from reconciler.core.provenance import Provenance, Source, home_of, source_of
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking
from reconciler.core.values import ABSENT

_CLASSES: Final = {
    "create": Class.PENDING_CREATE,
    "update": Class.PENDING_UPDATE,
    "delete": Class.PENDING_DELETE,
}
_UNTOLD: Final = frozenset({"name", "sources"})
"""Settings whose change shows in the objects, or in nothing."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The files of one commit."""

    name: str
    """As the caller wrote it: `main`."""
    commit: str
    project: Project | None
    """`None` where there is no project yet."""
    declared: Sequence[Desired]


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    """What a merge would change, object by object."""

    before: Revision
    after: Revision
    groups: tuple[Group, ...]
    members: tuple[Member, ...]
    """Every change, in the order of kinds and names."""
    numbers: Mapping[Key, int]
    """Index into `groups`, by object."""
    records: tuple[Record, ...]
    """Objects that are protected from now on, or no more."""
    settings: tuple[str, ...]
    """Fields of the project file that are not as they were."""
    unchanged: int

    @property
    def found(self) -> bool:
        """Whether an apply could have anything to do."""
        return bool(self.groups or self.records)


def diff_revisions(
    before: Revision, after: Revision, kinds: Mapping[str, Kind], provenance: Provenance
) -> RevisionDiff:
    """Compare what is declared and in scope of either revision; references stay references."""
    comparison = _Comparison(before, after, kinds)
    members = tuple(comparison.members())
    grouping: Grouping = group_by_cause(members, provenance)
    return RevisionDiff(
        before=before,
        after=after,
        groups=grouping.groups,
        members=members,
        numbers=grouping.numbers,
        records=comparison.records(),
        settings=_settings(before.project, after.project),
        unchanged=len(comparison.sides) - len(members),
    )


class _Comparison:
    """Both sides of every object, by key."""

    def __init__(self, before: Revision, after: Revision, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        self._projects = [one.project for one in (before, after) if one.project is not None]
        self.sides: dict[Key, tuple[Desired | None, Desired | None]] = {}
        for one in self._in_scope(before):
            self.sides[self._key(one)] = one, None
        for one in self._in_scope(after):
            key = self._key(one)
            self.sides[key] = self.sides.get(key, (None, None))[0], one
        secrets = {secret for project in self._projects for secret in project.secrets}
        self._differs = {
            name: Differ(Masking((*sorted(secrets), *self._references(name))), self._ignored(name))
            for name in kinds
        }

    def members(self) -> Iterator[Member]:
        """The objects that differ."""
        order = list(self._kinds)
        for key in sorted(self.sides, key=lambda key: (order.index(key[0]), key[1])):
            kind, (old, new) = self._kinds[key[0]], self.sides[key]
            one = new or old
            if one is None:
                continue
            changes = self._changes(kind, old, new)
            if not changes:
                continue
            action = "create" if old is None else "delete" if new is None else "update"
            sources = tuple(dict.fromkeys(_sources(kind, old, new, changes)))
            yield Member(kind, one.id, key, action, _CLASSES[action], changes, sources)

    def records(self) -> tuple[Record, ...]:
        """What changes about the protection of objects that stay."""
        return tuple(
            Record(new.id, Sort.PROTECTED if new.protect else Sort.UNPROTECTED)
            for old, new in self.sides.values()
            if old is not None and new is not None and old.protect is not new.protect
        )

    def _changes(
        self, kind: Kind, old: Desired | None, new: Desired | None
    ) -> tuple[FieldChange, ...]:
        sides = (ABSENT if old is None else old.value), (ABSENT if new is None else new.value)
        changes = self._differs[kind.name].changes(*sides)
        if old is None or new is None or not (old.references or new.references):
            return changes
        return tuple(_with_references(change, old, new) for change in changes)

    def _in_scope(self, revision: Revision) -> Iterator[Desired]:
        matchers = {
            name: [project.scope.matcher(kind) for project in self._projects]
            for name, kind in self._kinds.items()
        }
        for one in revision.declared:
            key = self._key(one)[1]
            if any(in_scope(key) for in_scope in matchers[one.id.kind]):
                yield one

    def _key(self, one: Desired) -> Key:
        return one.id.kind, self._kinds[one.id.kind].key(one.id.name)

    def _references(self, kind: str) -> Sequence[str]:
        """A pointer with a reference in one object is masked in all: one may be a copy."""
        found = {
            pointer
            for pair in self.sides.values()
            for one in pair
            if one is not None and one.id.kind == kind
            for pointer in one.references
        }
        return sorted(found)

    def _ignored(self, kind: str) -> tuple[str, ...]:
        """As the newer revision has it."""
        rules = self._projects[-1].ignore if self._projects else ()
        return tuple(sorted(rule.path for rule in rules if rule.kind == kind))


def _with_references(change: FieldChange, old: Desired, new: Desired) -> FieldChange:
    """A reference is no secret: it shows itself."""
    before, after = old.references.get(change.pointer), new.references.get(change.pointer)
    if before is not None and change.before is not ABSENT:
        change = replace(change, before=before)
    if after is not None and change.after is not ABSENT:
        change = replace(change, after=after)
    told = (before is not None or change.before is ABSENT) and (
        after is not None or change.after is ABSENT
    )
    return replace(change, hidden=change.hidden and not told)


def _sources(
    kind: Kind, old: Desired | None, new: Desired | None, changes: Sequence[FieldChange]
) -> Iterator[Source]:
    """Where the new values are written, and where those stood that are gone."""
    if new is None:
        if old is not None:
            yield Source(home_of(old, kind), past=True)
    elif old is None:
        yield Source(home_of(new, kind))
    else:
        for change in changes:
            past = change.after is ABSENT
            yield source_of(old if past else new, kind, change.pointer, past=past)


def _settings(before: Project | None, after: Project | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ()
    names = (field.name for field in fields(Project) if field.name not in _UNTOLD)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
