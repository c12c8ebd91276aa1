"""Differences as the project wants them shown: secrets masked, ignored fields left out."""

from reconciler.core.diff import Differ
from reconciler.core.kind import Kind
from reconciler.core.project import Project
from reconciler.core.secrets import Masking


def differ_of(project: Project, kind: Kind) -> Differ:
    """A differ for objects of one kind."""
    return Differ(Masking(project.secrets), ignored_paths(project, kind))


def ignored_paths(project: Project, kind: Kind) -> tuple[str, ...]:
    """Pointers of this kind that never compare."""
    return tuple(rule.path for rule in project.ignore if rule.kind == kind.name)
