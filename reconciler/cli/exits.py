"""The one table of exit codes. No format, colour or verbosity changes a code."""

from collections.abc import Collection, Sequence
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from reconciler.core.plan import Class, Plan
from reconciler.core.ports import Denied, RemoteFailure, Unreachable
from reconciler.core.problem import Problem, Severity

if TYPE_CHECKING:  # each command loads only the result that it makes
    from reconciler.core.diagnosis import Diagnosis
    from reconciler.core.drift import Drift
    from reconciler.core.formatting import Formatting
    from reconciler.core.outcome import Why
    from reconciler.core.receipt import Receipt
    from reconciler.core.revisions import RevisionDiff


class Exit(IntEnum):
    """What a script learns from `$?`."""

    OK = 0
    FAILED = 1
    """Nothing was written."""
    PENDING = 2
    DRIFT = 3
    LEFT_UNDONE = 4
    """A guard left an object alone; all else was applied."""
    STALE = 5
    """The plan's preconditions no longer hold; nothing was written."""
    STOPPED = 6
    """A guard stopped the whole plan; nothing was written."""
    PARTLY_APPLIED = 7
    """A request failed; applying again goes on."""
    LOCKED = 8
    """By another apply, or by `pvm lock`; nothing was written."""
    USAGE = 64
    INVALID = 65
    UNREACHABLE = 69
    DENIED = 77
    INTERRUPTED = 130
    TERMINATED = 143


class Interruption(StrEnum):
    """How a run was asked to stop."""

    INTERRUPT = "interrupt"
    TERMINATE = "terminate"


def of_problems(problems: Sequence[Problem]) -> Exit:
    """Warnings alone are a success."""
    errors = any(problem.severity is Severity.ERROR for problem in problems)
    return Exit.INVALID if errors else Exit.OK


def of_formatting(formatting: "Formatting", *, written: bool) -> Exit:
    """What could not be read comes first; changes count only while they are not written."""
    if formatting.problems:
        return of_problems(formatting.problems)
    if formatting.left:
        return Exit.FAILED
    return Exit.PENDING if formatting.changed and not written else Exit.OK


def of_plan(plan: Plan, *, detailed: bool) -> Exit:
    """A plan that was made is a success, unless the caller asked what is in it."""
    if not detailed:
        return Exit.OK
    if plan.stops:
        return Exit.STOPPED
    both = frozenset({Class.DRIFT, Class.CONFLICT})
    drift = plan.drifted or any(step.kept or step.class_ in both for step in plan.steps)
    pending = plan.records or any(step.class_ is not Class.DRIFT for step in plan.steps)
    if plan.blocked or (drift and pending):
        return Exit.LEFT_UNDONE
    if drift:
        return Exit.DRIFT
    return Exit.PENDING if pending else Exit.OK


def of_revisions(diff: "RevisionDiff", *, detailed: bool) -> Exit:
    """A comparison that was made is a success, unless the caller asked what is in it."""
    return Exit.PENDING if detailed and diff.found else Exit.OK


def of_drift(drift: "Drift", *, unmanaged: bool) -> Exit:
    """Unmanaged objects count only when they were asked for."""
    if drift.stops:
        return Exit.STOPPED
    return Exit.DRIFT if drift.found or (unmanaged and drift.unmanaged) else Exit.OK


def of_receipt(receipt: "Receipt", stopped_by: Interruption) -> Exit:
    """`stopped_by` counts only if the run was interrupted before it was through."""
    from reconciler.core.outcome import Applied, Failed  # noqa: PLC0415 -- only apply makes them

    if receipt.interrupted:
        return of_interruption(stopped_by)
    if receipt.plan.stops:
        locked = all(stop.guard == "lock" for stop in receipt.plan.stops)
        return Exit.LOCKED if locked else Exit.STOPPED
    failed = [outcome for outcome in receipt.outcomes if isinstance(outcome, Failed)]
    done = [outcome for outcome in receipt.outcomes if isinstance(outcome, Applied)]
    broken = receipt.discrepancies or receipt.unverified or receipt.unrecorded
    unwritten = receipt.outcomes and all(one.result == "unchanged" for one in done)
    if (failed or receipt.unrecorded) and unwritten and not receipt.lease_lost:
        return _of_failures({outcome.why for outcome in failed})
    if failed or broken or receipt.lease_lost:
        return Exit.PARTLY_APPLIED
    undone = receipt.postponed or _left_undone(receipt.plan)
    return Exit.LEFT_UNDONE if undone else Exit.OK


def _left_undone(plan: Plan) -> bool:
    """Holds were asked for: with nothing else left undone, apply did all it should."""
    return any(blocked.guard != "hold" for blocked in plan.blocked)


def _of_failures(reasons: Collection["Why"]) -> Exit:
    """Nothing was written; a reason that all failures share has a code of its own."""
    from reconciler.core.outcome import Why  # noqa: PLC0415 -- as above

    codes = {Why.STALE: Exit.STALE, Why.DENIED: Exit.DENIED, Why.UNREACHABLE: Exit.UNREACHABLE}
    shared = next(iter(reasons)) if len(reasons) == 1 else Why.REFUSED
    return codes.get(shared, Exit.FAILED)


def of_diagnosis(diagnosis: "Diagnosis") -> Exit:
    """The first check that failed decides."""
    from reconciler.core.diagnosis import Status  # noqa: PLC0415 -- only doctor makes it

    for check in diagnosis.checks:
        if check.status is Status.FAILED:
            return of_remote_failure(check.failure) if check.failure else Exit.FAILED
    return Exit.OK


def of_remote_failure(failure: RemoteFailure) -> Exit:
    """A request failed before anything was written."""
    if isinstance(failure, Denied):
        return Exit.DENIED
    return Exit.UNREACHABLE if isinstance(failure, Unreachable) else Exit.FAILED


def of_interruption(interruption: Interruption) -> Exit:
    """128 + the number of the signal, as shells have it."""
    if interruption is Interruption.TERMINATE:
        return Exit.TERMINATED
    return Exit.INTERRUPTED
