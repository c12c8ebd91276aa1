"""`pvm drift`: how the server differs from the sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.drift import Drift, DriftedObject, MissingObject
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.ports import Reader
from reconciler.core.project import Project, Selection
from reconciler.core.resource import Desired, Live
from reconciler.core.values import JsonValue
from reconciler.workflow.difference import differ_of
from reconciler.workflow.reading import kinds_in_scope, read_lists
from reconciler.workflow.task import Task


@dataclass(slots=True)
class _Findings:
    objects: list[DriftedObject] = field(default_factory=list)
    missing: list[MissingObject] = field(default_factory=list)
    unmanaged: list[ResourceId] = field(default_factory=list)
    in_sync: int = 0


def find_drift(task: Task, reader: Reader, selection: Selection) -> Drift:
    """Every difference within the selection; raises `RemoteFailure` like a plan."""
    account = reader.account()
    kinds = kinds_in_scope(task.project)
    live = read_lists(reader, kinds, task.target.limits.concurrency)
    findings = _Findings()
    for kind in kinds:
        declared = [one for one in _of_kind(task.declared, kind) if selection.covers(kind, one.id)]
        _compare_kind(kind, declared, live[kind.name], task.project, findings)
        findings.unmanaged += _unmanaged(task, kind, live[kind.name], selection)
    return Drift(
        header=task.header(account),
        objects=tuple(findings.objects),
        missing=tuple(findings.missing),
        unmanaged=tuple(findings.unmanaged),
        in_sync=findings.in_sync,
        listed={name: len(rows) for name, rows in live.items()},
        requests=reader.requests(),
        warnings=task.warnings,
    )


def _of_kind(declared: Sequence[Desired], kind: Kind) -> list[Desired]:
    mine = (one for one in declared if one.id.kind == kind.name)
    return sorted(mine, key=lambda one: kind.key(one.id.name))


def _compare_kind(
    kind: Kind,
    declared: Sequence[Desired],
    live: Sequence[Live],
    project: Project,
    findings: _Findings,
) -> None:
    on_server = {kind.key(one.id.name): one for one in live}
    differ = differ_of(project, kind)
    for one in declared:
        cause = str(one.origin)
        there = on_server.get(kind.key(one.id.name))
        if there is None:
            findings.missing.append(MissingObject(one.id, cause))
            continue
        fields = differ.changes(one.value, there.value)
        if not fields:
            findings.in_sync += 1
            continue
        findings.objects.append(
            DriftedObject(
                one.id,
                cause,
                fields,
                changed_by=_text(there.facts, "updatedBy"),
                changed_at=_text(there.facts, "updatedAt"),
            )
        )


def _unmanaged(
    task: Task, kind: Kind, live: Sequence[Live], selection: Selection
) -> Iterator[ResourceId]:
    known = {kind.key(one.id.name) for one in task.declared if one.id.kind == kind.name}
    for one in sorted(live, key=lambda one: kind.key(one.id.name)):
        name = one.id.name
        if kind.key(name) in known or not task.project.scope.covers(kind, name):
            continue
        if selection.covers(kind, one.id):
            yield one.id


def _text(facts: Mapping[str, JsonValue], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""
