"""`pvm drift`: how the server differs from the sources."""

from reconciler.core.drift import Drift
from reconciler.core.ports import Reader
from reconciler.core.project import Selection
from reconciler.workflow.task import Task


def find_drift(task: Task, reader: Reader, selection: Selection) -> Drift:
    """Every difference within the selection; raises `RemoteFailure` like a plan."""
    raise NotImplementedError(task, reader, selection)
