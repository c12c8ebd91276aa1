"""What was agreed on until a day: holds, and exceptions of fleets. The last day is included.

A hold ends by itself; an exception stays in force, and is told of until somebody decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Place
from reconciler.core.problem import InvalidInput, Problem, Severity
from reconciler.core.project import Project

NOTICE: Final = timedelta(days=14)
"""How long before its last day an exception is told of."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """A reviewed exception of one object that a line of a fleet makes."""

    id: ResourceId
    until: date
    reason: str
    place: Place | None = None
    """Where the file says until when."""


def is_near(until: date, today: date) -> bool:
    """Whether a day has passed or will soon."""
    return until - today <= NOTICE


def hold_problems(project: Project, today: date) -> Iterator[Problem]:
    """Holds that hold nothing any more."""
    for hold in project.holds:
        if hold.until < today:
            yield Problem(
                code="hold-expired",
                message=f"the hold of {hold.kind}/{hold.name} ended on {hold.until}",
                place=hold.place,
                severity=_severity(project),
                help="remove it, or set another day",
            )


def exception_problems(
    exemptions: Iterable[Exemption], project: Project, today: date
) -> Iterator[Problem]:
    """Exceptions whose day has passed, or is near."""
    for one in exemptions:
        about = f"the exception of {one.id}"
        if one.until < today:
            yield Problem(
                code="exception-expired",
                message=f"{about} ended on {one.until} and is still in force: {one.reason}",
                place=one.place,
                severity=_severity(project),
                help="remove it, or set another day",
                object=one.id,
            )
        elif is_near(one.until, today):
            yield Problem(
                code="exception-expires",
                message=f"{about} ends on {one.until}: {one.reason}",
                place=one.place,
                severity=Severity.WARNING,
                help="remove it by then, or set another day",
                object=one.id,
            )


def sentences(problems: Sequence[Problem]) -> tuple[str, ...]:
    """What a plan says of them.

    Raises:
        InvalidInput: One is an error, since the project wants it to be.
    """
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise InvalidInput(errors)
    return tuple(f"{_at(problem)}{problem.message}; {problem.help}" for problem in problems)


def _severity(project: Project) -> Severity:
    return Severity.ERROR if project.safety.expired_is_error else Severity.WARNING


def _at(problem: Problem) -> str:
    return f"{problem.place.file}:{problem.place.line}: " if problem.place else ""
