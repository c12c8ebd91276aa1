"""A plan tried out: the bundled server in memory takes the real one's place."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from reconciler.cli.bundled import open_stage
from reconciler.cli.clock import now
from reconciler.cli.exits import Exit
from reconciler.core.plan import Plan
from reconciler.core.ports import Reader
from reconciler.core.project import Limits
from reconciler.core.rehearsal import Rehearsal
from reconciler.remote.access import Access, Credentials
from reconciler.workflow.apply import Progress, Run, stay_silent
from reconciler.workflow.rehearsal import look_at, rehearse
from reconciler.workflow.task import Task

_URL: Final = "http://127.0.0.1"
_NO_PAUSE: Final = 1_000_000


def rehearse_plan(
    plan: Plan, task: Task, reader: Reader, tell: Callable[[Progress], None] = stay_silent
) -> Rehearsal:
    """Copy what `reader` lists, apply the plan to the copy, and compare.

    Raises:
        Misuse: The bundled server is not installed, or the real one can't be copied.
        RemoteFailure: A list could not be read.
        InvalidInput: The sources are not those that the plan was made from.
    """
    with open_stage() as stage:
        from reconciler.remote.inside import connect_inside  # noqa: PLC0415 -- start-up time

        original = look_at(task, reader)
        access = Access(_URL, Credentials(stage.login, stage.password), limits=_unhurried(task))
        with connect_inside(access, stage.app) as writer:
            return rehearse(plan, task, original, writer, Run(threading.Event(), now, tell))


def of_rehearsal(rehearsal: Rehearsal) -> Exit:
    """A plan that would not do what it says has failed, and nothing was written."""
    if rehearsal.receipt.plan.stops:
        return Exit.STOPPED
    return Exit.OK if rehearsal.as_predicted else Exit.FAILED


def _unhurried(task: Task) -> Limits:
    """Nobody else uses a stage: it needs no rest between requests."""
    return replace(task.target.limits, requests_per_second=_NO_PAUSE)
