"""From the row of the truth table to what is done: written, recorded, reported or left alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from reconciler.core.candidate import Candidate
from reconciler.core.classify import Verdict
from reconciler.core.comparison import Judged
from reconciler.core.guards import Refusal
from reconciler.core.identity import ResourceId
from reconciler.core.ignoring import with_ignored
from reconciler.core.inventory import Key
from reconciler.core.kind import Kind
from reconciler.core.merge import FieldClass, with_values
from reconciler.core.plan import Class, Pairs, PlanOptions, Record, Sort
from reconciler.core.pointer import covers, resolve
from reconciler.core.project import Adopt, DriftPolicy, Project, Prune
from reconciler.core.resource import Desired
from reconciler.core.values import ABSENT


@dataclass(frozen=True, slots=True)
class Policy:
    """What the project and the caller decided."""

    project: Project
    options: PlanOptions
    renamed: Mapping[Key, ResourceId] = field(default_factory=lambda: MappingProxyType({}))
    """Earlier names, and what declares them as its own."""

    @property
    def prune(self) -> Prune:
        """What may be deleted."""
        return self.options.prune or self.project.prune

    def reverts(self, judged: Judged) -> bool:
        """Whether the server's change is taken back."""
        return self.project.drift is DriftPolicy.REVERT or covered(
            judged.kind, judged.id.name, self.options.revert
        )

    def is_ours(self, judged: Judged) -> bool:
        """Whether Git wins a conflict."""
        return covered(judged.kind, judged.id.name, self.options.ours)

    def is_theirs(self, judged: Judged) -> bool:
        """Whether the server wins a conflict."""
        return covered(judged.kind, judged.id.name, self.options.theirs)


def covered(kind: Kind, name: str, pairs: Pairs) -> bool:
    """Whether a pair of kind name (`*` for any) and name glob fits."""
    return any(
        wanted in ("*", kind.name) and fnmatchcase(kind.key(name), kind.key(glob))
        for wanted, glob in pairs
    )


@dataclass(slots=True)
class Findings:
    """Filled object by object."""

    candidates: list[Candidate] = field(default_factory=list)
    refused: dict[Key, Refusal] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    kept: list[Judged] = field(default_factory=list)
    """Drift that stays, of objects with and without a candidate."""
    missing: dict[Key, Judged] = field(default_factory=dict)
    """Deleted on the server, and not recreated unless something needs them."""
    normalised: list[ResourceId] = field(default_factory=list)
    retained: list[ResourceId] = field(default_factory=list)
    unmanaged: list[ResourceId] = field(default_factory=list)
    unchanged: int = 0

    def refuse(self, candidate: Candidate, refusal: Refusal) -> None:
        """Take it up as something that must not happen."""
        self.candidates.append(candidate)
        self.refused[candidate.key] = refusal


def decide(judged: Judged, policy: Policy, found: Findings) -> None:
    """Put one object where it belongs."""
    _HANDLERS[judged.verdict](judged, policy, found)


def refuse_foreign(judged: Judged, owner: str, found: Findings) -> None:
    """Leave alone what another project's inventory holds, however it compares."""
    class_ = Class.PENDING_CREATE if judged.live is None else Class.ADOPT
    refusal = Refusal(
        "foreign",
        f'this {judged.kind.noun} belongs to the project "{owner}"',
        f'narrow "{judged.kind.scope_key}" below "scope" in pvm.yaml, or release it there first',
    )
    found.refuse(_candidate(judged, class_), refusal)


def recreate(judged: Judged) -> Candidate:
    """The creation of what was deleted on the server."""
    return _candidate(judged, Class.DRIFT)


def unchanged(_: Judged, __: Policy, found: Findings) -> None:
    """Nothing to do."""
    found.unchanged += 1


def _normalised(judged: Judged, _: Policy, found: Findings) -> None:
    found.unchanged += 1
    found.normalised.append(judged.id)


def _create(judged: Judged, _: Policy, found: Findings) -> None:
    found.candidates.append(_candidate(judged, Class.PENDING_CREATE))


def _continue(judged: Judged, _: Policy, found: Findings) -> None:
    found.candidates.append(_candidate(judged, Class.INTERRUPTED))


def _converged(judged: Judged, _: Policy, found: Findings) -> None:
    found.records.append(Record(judged.id, Sort.CONVERGED))


def _gone(judged: Judged, _: Policy, found: Findings) -> None:
    found.records.append(Record(judged.id, Sort.GONE))


def _changed(judged: Judged, policy: Policy, found: Findings) -> None:
    """Pending, drift and conflict side by side in one object."""
    pending = judged.pointers(FieldClass.PENDING)
    drift = judged.pointers(FieldClass.DRIFT)
    conflicts = judged.pointers(FieldClass.CONFLICT)
    ours, theirs, reverts = policy.is_ours(judged), policy.is_theirs(judged), policy.reverts(judged)
    if conflicts and not (ours or theirs):
        found.refuse(_candidate(judged, Class.CONFLICT), _conflict(judged, conflicts))
        return
    preserved = (*(() if reverts else drift), *(() if ours else conflicts))
    if preserved:
        found.kept.append(replace(judged, fields=dict.fromkeys(preserved, FieldClass.DRIFT)))
    if pending:
        class_ = Class.PENDING_UPDATE
    elif conflicts and ours:
        class_ = Class.CONFLICT
    elif drift and reverts:
        class_ = Class.DRIFT
    elif preserved:
        return
    else:
        _converged(judged, policy, found)
        return
    found.candidates.append(_candidate(judged, class_, preserved))


def _deleted_outside(judged: Judged, policy: Policy, found: Findings) -> None:
    if policy.reverts(judged):
        found.candidates.append(recreate(judged))
    else:
        found.missing[judged.key] = judged


def _adopt(judged: Judged, policy: Policy, found: Findings) -> None:
    if policy.project.adopt is Adopt.NEVER:
        found.refuse(_candidate(judged, Class.ADOPT), _NOT_ADOPTED)
    else:
        found.records.append(Record(judged.id, Sort.ADOPTED))


def _adopt_changes(judged: Judged, policy: Policy, found: Findings) -> None:
    candidate = _candidate(judged, Class.ADOPT)
    if policy.project.adopt is Adopt.ALWAYS:
        found.candidates.append(candidate)
    else:
        found.refuse(candidate, _NOT_ADOPTED if policy.project.adopt is Adopt.NEVER else _DIFFERENT)


def _delete(judged: Judged, policy: Policy, found: Findings) -> None:
    if policy.prune is Prune.NEVER:
        found.retained.append(judged.id)
    else:
        renamed = policy.renamed.get(judged.key)
        found.candidates.append(_candidate(judged, Class.PENDING_DELETE, renamed_to=renamed))


def _delete_changed(judged: Judged, policy: Policy, found: Findings) -> None:
    if policy.prune is Prune.NEVER or policy.is_theirs(judged):
        found.retained.append(judged.id)
    elif policy.is_ours(judged):
        _delete(judged, policy, found)
    else:
        found.refuse(_candidate(judged, Class.PENDING_DELETE), _CHANGED_SINCE)


def _unmanaged(judged: Judged, policy: Policy, found: Findings) -> None:
    if policy.prune is Prune.SCOPE:
        found.candidates.append(_candidate(judged, Class.PENDING_DELETE))
    else:
        found.unmanaged.append(judged.id)


Handler = Callable[[Judged, Policy, Findings], None]

_HANDLERS: Final[Mapping[Verdict, Handler]] = MappingProxyType(
    {
        Verdict.IN_SYNC: unchanged,
        Verdict.NORMALISED: _normalised,
        Verdict.PENDING_CREATE: _create,
        Verdict.INTERRUPTED: _continue,
        Verdict.PENDING_UPDATE: _changed,
        Verdict.DRIFT: _changed,
        Verdict.DIVERGED: _changed,
        Verdict.CONVERGED: _converged,
        Verdict.ADOPT: _adopt,
        Verdict.ADOPT_CHANGES: _adopt_changes,
        Verdict.DELETED_OUTSIDE: _deleted_outside,
        Verdict.PENDING_DELETE: _delete,
        Verdict.CONFLICT_ON_DELETE: _delete_changed,
        Verdict.GONE: _gone,
        Verdict.UNMANAGED: _unmanaged,
    }
)


def decide_unrecorded(judged: Judged, _: Policy, found: Findings) -> None:
    """Put an object where it belongs whose kind the inventory can't hold: no key, no memory."""
    if judged.desired is None:
        found.unmanaged.append(judged.id)
    elif judged.live is None:
        found.candidates.append(_candidate(judged, Class.PENDING_CREATE))
    elif judged.verdict is Verdict.ADOPT:
        found.unchanged += 1
    else:
        found.candidates.append(_candidate(judged, Class.PENDING_UPDATE))


def _candidate(
    judged: Judged,
    class_: Class,
    preserved: Sequence[str] = (),
    renamed_to: ResourceId | None = None,
) -> Candidate:
    return Candidate(
        judged.kind,
        judged.id,
        judged.key,
        _body(judged, preserved),
        judged.live,
        class_,
        preserved,
        judged.pointers(FieldClass.NORMALISED),
        renamed_to,
    )


def _body(judged: Judged, preserved: Sequence[str]) -> Desired | None:
    """The declaration with the server's values where they stay."""
    desired, live = judged.desired, judged.live
    if desired is None or live is None or not (preserved or judged.ignored):
        return desired
    merged = with_values(desired.value, {p: resolve(live.value, p) for p in preserved})
    merged = with_ignored(merged, live.value, judged.ignored)
    references = {
        pointer: template
        for pointer, template in desired.references.items()
        if not any(covers(above, pointer) for above in preserved)
    }
    value = merged if isinstance(merged, Mapping) else live.value
    return replace(desired, value=value, references=references)


def _conflict(judged: Judged, pointers: Sequence[str]) -> Refusal:
    what = f"{judged.kind.noun}/{judged.id.name}"
    where = ", ".join(pointer for pointer in pointers[:_SHOWN] if pointer)
    more = f" and {len(pointers) - _SHOWN} more" if len(pointers) > _SHOWN else ""
    place = f" at {where}{more}" if where else ""
    return Refusal(
        "conflict",
        f"both Git and the server changed it{place}{_last_writer(judged)}",
        f"decide with --on-conflict ours:{what} (Git wins) or theirs:{what} (the server wins)",
        tuple(pointers),
        judged.entry.content if judged.entry else ABSENT,
    )


def _last_writer(judged: Judged) -> str:
    """Who wrote it last, where the server tells."""
    facts = judged.live.facts if judged.live else {}
    by, at = facts.get("updatedBy"), facts.get("updatedAt")
    if not isinstance(by, str) or not by:
        return ""
    return f"; last written by {by}" + (f" at {at}" if isinstance(at, str) and at else "")


_SHOWN: Final = 3
_NOT_ADOPTED: Final = Refusal(
    "adopt",
    "it exists on the server, and this project adopts nothing",
    "set adopt: if-equal or adopt: always in pvm.yaml",
)
_DIFFERENT: Final = Refusal(
    "adopt",
    "it exists on the server with other content, and nobody owns it",
    "correct the document (pvm export shows what is there), or set adopt: always in pvm.yaml",
)
_CHANGED_SINCE: Final = Refusal(
    "conflict",
    "it is declared no more, and somebody changed it on the server since the last apply",
    "declare it again, or delete it all the same with --on-conflict ours",
)
