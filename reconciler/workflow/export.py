"""`pvm export`: what the server has, ready to be written as documents."""

from reconciler.core.inventory import is_reserved
from reconciler.core.ports import Reader
from reconciler.core.project import Limits, Project, Selection
from reconciler.core.resource import Live
from reconciler.workflow.reading import kinds_in_scope, read_lists


def export_objects(
    project: Project, reader: Reader, selection: Selection, limits: Limits | None = None
) -> tuple[Live, ...]:
    """All objects in scope and selected, by kind and name; pvm's own bootstraps are left out.

    Raises `RemoteFailure`.
    """
    kinds = kinds_in_scope(project)
    live = read_lists(reader, kinds, (limits or Limits()).concurrency)
    return tuple(
        one
        for kind in kinds
        for one in sorted(live[kind.name], key=lambda one: kind.key(one.id.name))
        if project.scope.covers(kind, one.id.name)
        and selection.covers(kind, one.id)
        and not is_reserved(kind.name, one.id.name)
    )
