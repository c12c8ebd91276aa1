"""`pvm plan`: read the server, then let the pure part decide."""

from dataclasses import replace

from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.planning import Situation, kinds_to_read, make_plan
from reconciler.core.ports import Reader
from reconciler.kinds import KINDS
from reconciler.workflow.reading import read_lists
from reconciler.workflow.task import Task


def plan_changes(task: Task, reader: Reader, options: PlanOptions) -> Plan:
    """Everything apply would do.

    Raises:
        InvalidInput: As `make_plan`.
        RemoteFailure: A list could not be read; half a picture is never planned from.
    """
    account = reader.account()
    kinds = kinds_to_read(task.project, KINDS, prune=options.prune)
    live = read_lists(reader, kinds, task.target.limits.concurrency)
    situation = Situation(
        header=task.header(account),
        project=task.project,
        kinds=KINDS,
        declared=task.declared,
        live=live,
        account=account,
    )
    plan = make_plan(situation, options)
    return replace(plan, requests=reader.requests(), warnings=task.warnings + plan.warnings)
