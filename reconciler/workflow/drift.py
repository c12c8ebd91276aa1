"""`pvm drift`: what somebody changed on the server since the last apply."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.core.change import Create, FieldChange, Update
from reconciler.core.drift import Drift
from reconciler.core.history import Ancestry, NoHistory
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Key
from reconciler.core.plan import Class, Drifted, PlanOptions, Sort
from reconciler.core.ports import Observer
from reconciler.core.project import Adopt, DriftPolicy, Prune, Selection
from reconciler.core.situation import is_recorded
from reconciler.core.trail import last_clean
from reconciler.core.values import ABSENT, JsonValue
from reconciler.kinds import KINDS
from reconciler.workflow.observation import tracked
from reconciler.workflow.plan import Prepared, prepare
from reconciler.workflow.task import Task

_UNTRUSTED: Final = ("customer", "inventory")
"""Guards of a plan that put its picture of the server in question."""
_MISSING: Final = (FieldChange("", ABSENT, ABSENT),)
"""Of an object that the server lacks, where a guard kept its content out of the plan."""
_EQUAL: Final = (Sort.ADOPTED, Sort.CONVERGED)


def find_drift(task: Task, reader: Observer, selection: Selection) -> Drift:
    """Every difference within the selection; raises as a plan.

    It is what a plan would find that changes nothing on its own: whatever the project and the
    commit messages say about drift, it is only looked at.
    """
    return inspect_drift(task, reader, selection)[0]


def inspect_drift(task: Task, reader: Observer, selection: Selection) -> tuple[Drift, Prepared]:
    """As `find_drift`, with what was read from the server."""
    rules = replace(task.project, drift=DriftPolicy.KEEP, adopt=Adopt.IF_EQUAL)
    neutral = replace(task, project=rules, history=_NoWishes())
    prepared = prepare(neutral, reader, PlanOptions(selection=selection, prune=Prune.NEVER))
    plan = prepared.plan
    findings = _Findings(task, prepared)
    findings.collect()
    inventory = prepared.held.inventory
    drifted, conflicts = (*plan.drifted, *findings.drifted), findings.conflicts
    rows = tracked((*drifted, *conflicts), inventory, reader)
    drift = Drift(
        header=plan.header,
        drifted=_sorted(rows[: len(drifted)]),
        conflicts=_sorted(rows[len(drifted) :]),
        undecided=_sorted(findings.undecided),
        unmanaged=plan.unmanaged,
        pending=findings.pending,
        in_sync=plan.unchanged + sum(record.sort in _EQUAL for record in plan.records),
        base=plan.base,
        stops=tuple(stop for stop in plan.stops if stop.guard in _UNTRUSTED),
        listed=plan.listed,
        requests=reader.requests(),
        warnings=plan.warnings,
        clean_after=last_clean(inventory) if rows else None,
    )
    return drift, prepared


class _NoWishes(NoHistory):
    """Whether the sources were rolled back does not matter to what the server has."""

    def ancestry(self, commit: str | None, source_hash: str) -> Ancestry:  # noqa: ARG002 -- the protocol's
        """Always."""
        return Ancestry(contained=True)


def _sorted(rows: Iterable[Drifted]) -> tuple[Drifted, ...]:
    order = list(KINDS)
    return tuple(sorted(rows, key=lambda row: (order.index(row.id.kind), _key(row.id))))


def _key(id_: ResourceId) -> Key:
    return id_.kind, KINDS[id_.kind].key(id_.name)


@dataclass(slots=True)
class _Findings:
    """The changes of a plan, sorted by who made the difference."""

    task: Task
    prepared: Prepared
    drifted: list[Drifted] = field(default_factory=list)
    conflicts: list[Drifted] = field(default_factory=list)
    undecided: list[Drifted] = field(default_factory=list)
    pending: int = 0
    _causes: Mapping[Key, str] = field(default_factory=dict)
    _facts: Mapping[Key, Mapping[str, JsonValue]] = field(default_factory=dict)
    _unknown: Collection[str] = ()
    """Kinds of which nothing was recorded."""

    def collect(self) -> None:
        self._causes = {_key(one.id): str(one.origin) for one in self.task.declared}
        self._facts = {
            _key(live.id): live.facts for lives in self.prepared.live.values() for live in lives
        }
        never = self.prepared.held.inventory.head is None
        self._unknown = {kind for kind in KINDS if never or not is_recorded(kind, self.task.key)}
        self._collect_steps()
        self._collect_blocked()

    def _collect_steps(self) -> None:
        for step in self.prepared.plan.steps:
            change = step.change
            row = self._row(change.id, change.fields)
            if step.class_ is Class.DRIFT:
                self.drifted.append(row)
            elif change.id.kind in self._unknown and isinstance(change, Create | Update):
                self.undecided.append(row)
            else:
                self.pending += 1

    def _collect_blocked(self) -> None:
        for blocked in self.prepared.plan.blocked:
            fields = _MISSING if blocked.action == "create" else blocked.fields
            row = self._row(blocked.id, fields)
            if blocked.guard == "conflict":
                self.conflicts.append(replace(row, was=blocked.was))
            elif blocked.id.kind in self._unknown and blocked.action != "delete":
                self.undecided.append(row)
            else:
                self.pending += 1

    def _row(self, id_: ResourceId, fields: Iterable[FieldChange]) -> Drifted:
        """A change seen from the other side: from Git's value to the server's."""
        facts = self._facts.get(_key(id_), {})
        return Drifted(
            id=id_,
            fields=tuple(replace(f, before=f.after, after=f.before) for f in fields),
            cause=self._causes.get(_key(id_), ""),
            changed_by=_text(facts.get("updatedBy")),
            changed_at=_text(facts.get("updatedAt")),
        )


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
