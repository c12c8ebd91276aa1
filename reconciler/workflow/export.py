"""`pvm export`: what the server has, ready to be written as documents."""

from reconciler.core.ports import Reader
from reconciler.core.project import Project, Selection
from reconciler.core.resource import Live


def export_objects(project: Project, reader: Reader, selection: Selection) -> tuple[Live, ...]:
    """All objects in scope and selected, by kind and name; raises `RemoteFailure`."""
    raise NotImplementedError(project, reader, selection)
