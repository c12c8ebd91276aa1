"""What the commands found, as cases that passed or failed."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from reconciler.core.diagnosis import Diagnosis, Status
from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped
from reconciler.core.plan import Blocked, Drifted, Mark, Stop
from reconciler.core.problem import Problem, Severity
from reconciler.core.receipt import Receipt
from reconciler.render.drift_rows import is_gone, who_did_it
from reconciler.render.field_rows import SHOWN, Compared, compared
from reconciler.render.junit import Case, Verdict, suite_text
from reconciler.render.problems import problems_text
from reconciler.render.rows import place_of
from reconciler.render.screen import counted, fit, number

_WIDTH: Final = 100
_LONGEST: Final = 300
"""Columns of one line."""


def problems_junit(problems: Sequence[Problem], files: Collection[str]) -> str:
    """A case for each error, and one for each of the files that has none; warnings pass."""
    return suite_text("pvm validate", tuple(_problem_cases(problems, files)))


def _problem_cases(problems: Sequence[Problem], files: Collection[str]) -> Iterator[Case]:
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    faulty = {problem.place.file for problem in errors if problem.place}
    for problem in errors:
        place = problem.place
        at = f" at line {place.line}, column {place.column}" if place else ""
        yield Case(
            place.file if place else "project",
            f"{problem.code}{at}",
            Verdict.FAILED,
            problem.code,
            problem.message,
            tuple(problems_text((problem,), width=_WIDTH).split("\n")),
            place.file if place else "",
            place.line if place else 0,
        )
    for file in sorted({*files} - faulty):
        yield Case(file, "is valid", file=file)


def drift_junit(drift: Drift, *, unmanaged: bool) -> str:
    """A case for each object that differs; those that nobody declares only if they count."""
    return suite_text("pvm drift", tuple(_drift_cases(drift, unmanaged=unmanaged)))


def _drift_cases(drift: Drift, *, unmanaged: bool) -> Iterator[Case]:
    yield from map(_stop, drift.stops)
    for sort, rows, after in (
        ("conflict", drift.conflicts, drift.clean_after),
        ("drift", drift.drifted, drift.clean_after),
        ("unknown", drift.undecided, None),
    ):
        yield from (_drifted(sort, row, after) for row in rows)
    for id_ in drift.unmanaged if unmanaged else ():
        yield _failed(id_, "unmanaged", "it is in scope, and nothing declares it")
    yield Case("server", f"{counted(drift.in_sync, 'object')} in sync")


def _drifted(sort: str, drifted: Drifted, after: Mark | None) -> Case:
    who = who_did_it([drifted], after)
    what = "it is not on the server" if is_gone(drifted) else "the server differs from Git"
    details = () if is_gone(drifted) else _lines(compared(drifted))
    return _failed(drifted.id, sort, f"{what}; {who}" if who else what, details, drifted.cause)


def _lines(fields: Sequence[Compared]) -> tuple[str, ...]:
    lines = [fit(field.line, _LONGEST) for field in fields[:SHOWN]]
    if len(fields) > SHOWN:
        lines.append(f"… and {number(len(fields) - SHOWN)} more")
    return tuple(lines)


def receipt_junit(receipt: Receipt) -> str:
    """A case for each step of the plan, and for each object that a guard left alone."""
    seconds = (receipt.finished - receipt.started).total_seconds()
    return suite_text("pvm apply", tuple(_receipt_cases(receipt)), seconds=seconds)


def _receipt_cases(receipt: Receipt) -> Iterator[Case]:
    yield from map(_stop, receipt.plan.stops)
    different = {found.id: found.reason for found in receipt.discrepancies}
    for outcome in receipt.outcomes:
        reason = different.get(outcome.id)
        yield _outcome(outcome) if reason is None else _failed(outcome.id, "different", reason)
    yield from map(_blocked, receipt.plan.blocked)
    for sort, reason in (
        ("read-back", receipt.unverified),
        ("inventory", receipt.unrecorded),
        ("waves", receipt.postponed),
    ):
        if reason:
            yield Case("apply", sort, Verdict.FAILED, sort, reason)


def _outcome(outcome: Outcome) -> Case:
    match outcome:
        case Applied():
            return Case(outcome.id.kind, outcome.id.name)
        case Failed():
            return _failed(outcome.id, outcome.why.value, outcome.reason)
        case Skipped():
            reason = outcome.reason or "interrupted before it"
            why = f"needs {outcome.because}" if outcome.because else reason
            return Case(outcome.id.kind, outcome.id.name, Verdict.SKIPPED, message=why)


def _blocked(blocked: Blocked) -> Case:
    """A hold was asked for."""
    id_, why = blocked.id, "; ".join(filter(None, (blocked.reason, blocked.fix)))
    if blocked.guard == "hold":
        return Case(id_.kind, id_.name, Verdict.SKIPPED, message=why)
    fields = compared(blocked) if blocked.guard == "conflict" else ()
    return _failed(id_, blocked.guard, why, _lines(fields))


def diagnosis_junit(diagnosis: Diagnosis) -> str:
    """A case for each check; a warning passes."""
    verdicts = {Status.FAILED: Verdict.FAILED, Status.SKIPPED: Verdict.SKIPPED}
    cases = [
        Case(
            "doctor",
            check.name,
            verdicts.get(check.status, Verdict.PASSED),
            "check",
            check.detail,
            (check.fix,) if check.fix else (),
        )
        for check in diagnosis.checks
    ]
    return suite_text("pvm doctor", cases)


def _stop(stop: Stop) -> Case:
    details = (stop.fix,) if stop.fix else ()
    return Case("plan", stop.guard, Verdict.BROKEN, stop.guard, stop.reason, details)


def _failed(
    id_: ResourceId, sort: str, message: str, details: tuple[str, ...] = (), cause: str = ""
) -> Case:
    file, line = place_of(cause)
    return Case(id_.kind, id_.name, Verdict.FAILED, sort, message, details, file, line)
