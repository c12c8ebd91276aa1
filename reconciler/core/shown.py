"""The differences that a plan shows: secrets masked, and only what the reader asked about."""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.candidate import Candidate
from reconciler.core.change import FieldChange
from reconciler.core.comparison import Judged
from reconciler.core.diff import Differ
from reconciler.core.inventory import Key
from reconciler.core.merge import with_values
from reconciler.core.plan import Drifted
from reconciler.core.pointer import covers, resolve
from reconciler.core.resource import Desired
from reconciler.core.sealing import sealed_pointers
from reconciler.core.survey import Survey
from reconciler.core.values import ABSENT, MASK, JsonValue, Maybe

Fields = tuple[FieldChange, ...]


class Shown:
    """Describes differences, equal ones once."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._differs: dict[tuple[str, tuple[str, ...]], Differ] = {}
        self._kept: dict[Key, Fields] = {}

    def fields(self, candidate: Candidate) -> Fields:
        """What a step changes on the server."""
        live, desired = candidate.live, candidate.desired
        before: Maybe = ABSENT if live is None else live.value
        after: Maybe = ABSENT if desired is None else desired.value
        changes = self._changes(candidate.kind.name, (before, after), desired)
        if candidate.silent:
            changes = tuple(c for c in changes if not _within(c, candidate.silent))
        return self._referred(changes, desired, candidate.key)

    def refused(self, candidate: Candidate, pointers: Sequence[str]) -> Fields:
        """What a blocked update would change, or the fields that the guard is about."""
        if candidate.action != "update":
            return ()
        changes = self.fields(candidate)
        return tuple(c for c in changes if _within(c, pointers)) if pointers else changes

    def kept_in(self, candidate: Candidate) -> Fields:
        """Drift that a step preserves."""
        if not self._kept:
            self._kept = {judged.key: self._drift(judged) for judged in self._survey.findings.kept}
        return self._kept.get(candidate.key, ())

    def drifted(self) -> tuple[Drifted, ...]:
        """All drift that stays, in the order of kinds and names."""
        found = self._survey.findings
        order = list(self._survey.situation.kinds)
        rows = [*found.kept, *found.missing.values()]
        rows.sort(key=lambda judged: (order.index(judged.kind.name), judged.key))
        return tuple(self._row(judged) for judged in rows)

    def _row(self, judged: Judged) -> Drifted:
        facts = judged.live.facts if judged.live else {}
        return Drifted(
            judged.id,
            self._drift(judged),
            str(judged.desired.origin) if judged.desired else "",
            _text(facts.get("updatedBy")),
            _text(facts.get("updatedAt")),
        )

    def _drift(self, judged: Judged) -> Fields:
        """From Git's value to the server's."""
        desired, live = judged.desired, judged.live
        before: Maybe = ABSENT if desired is None else desired.value
        after: Maybe = ABSENT if live is None else live.value
        changes = self._changes(judged.kind.name, (before, after), desired)
        pointers = tuple(judged.fields)
        return tuple(c for c in changes if _within(c, pointers)) if pointers else changes

    def _changes(self, kind: str, sides: tuple[Maybe, Maybe], desired: Desired | None) -> Fields:
        references = tuple(sorted(desired.references)) if desired else ()
        differ = self._differs.get((kind, references))
        if differ is None:
            differ = Differ(self._survey.masking(references), self._survey.ignored(kind))
            self._differs[kind, references] = differ
        return differ.changes(*sides)

    def _referred(self, changes: Fields, desired: Desired | None, key: Key) -> Fields:
        """A reference shows itself; whether its value differs may be known at apply only."""
        if desired is None or not desired.references:
            return changes
        unknown = self._survey.unknown.get(key, ())
        return tuple(_with_reference(change, desired, unknown) for change in changes)


def _with_reference(change: FieldChange, desired: Desired, unknown: Sequence[str]) -> FieldChange:
    template = desired.references.get(change.pointer)
    if template is None or change.after is ABSENT:
        return change
    after = f"{template} (known at apply)" if template in unknown else template
    return replace(change, after=after)


def values_before(fields: Sequence[FieldChange], base: Maybe) -> tuple[Maybe, ...]:
    """Each field in the sealed value of the last apply, secrets masked; nothing without one."""
    if base is ABSENT:
        return ()
    return tuple(_masked(resolve(base, field.pointer), field) for field in fields)


def _masked(value: Maybe, field: FieldChange) -> Maybe:
    if value is ABSENT:
        return ABSENT
    if field.hidden:
        return MASK
    return with_values(value, dict.fromkeys(sealed_pointers(value), MASK))


def _within(change: FieldChange, pointers: Sequence[str]) -> bool:
    """At, below or above one of the pointers."""
    return any(covers(p, change.pointer) or covers(change.pointer, p) for p in pointers)


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
