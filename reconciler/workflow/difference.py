"""Differences as the project wants them shown: secrets masked, ignored fields left out."""

from collections.abc import Iterable

from reconciler.core.diff import Differ
from reconciler.core.kind import Kind
from reconciler.core.project import Project
from reconciler.core.resource import Desired
from reconciler.core.secrets import Masking
from reconciler.workflow.task import Task


def masking_of(project: Project, declared: Iterable[Desired]) -> Masking:
    """What is never shown: fields that the project names, and all where a reference stands.

    A pointer with a reference in one object is masked in all: one may be a copy of the other.
    """
    pointers = {pointer for item in declared for pointer in item.references}
    return Masking((*project.secrets, *sorted(pointers)))


def differ_of(task: Task, kind: Kind) -> Differ:
    """A differ for objects of one kind."""
    masking = masking_of(task.project, (d for d in task.declared if d.id.kind == kind.name))
    return Differ(masking, ignored_paths(task.project, kind))


def ignored_paths(project: Project, kind: Kind) -> tuple[str, ...]:
    """Pointers of this kind that never compare."""
    return tuple(rule.path for rule in project.ignore if rule.kind == kind.name)
