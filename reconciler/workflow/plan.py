"""`pvm plan`: read the server, then let the pure part decide."""

from reconciler.core.plan import Plan
from reconciler.core.planning import PlanOptions
from reconciler.core.ports import Reader
from reconciler.workflow.task import Task


def plan_changes(task: Task, reader: Reader, options: PlanOptions) -> Plan:
    """Everything apply would do.

    Raises:
        InvalidInput: As `make_plan`.
        RemoteFailure: A list could not be read; half a picture is never planned from.
    """
    raise NotImplementedError(task, reader, options)
