"""How long a plan may be trusted after it was made."""

from datetime import datetime, timedelta
from typing import Final

from reconciler.core.plan import Header
from reconciler.core.problem import Problem

MAX_AGE: Final = timedelta(hours=24)
"""Unless `--max-age` says otherwise."""


class Expired(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """A plan that is too old to be applied; nothing was written."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


def expires_at(header: Header) -> datetime:
    """When the plan ends by what its maker said; aware, UTC."""
    return header.expires or header.created + MAX_AGE


def check_age(header: Header, now: datetime, max_age: timedelta | None = None) -> Problem | None:
    """Why a plan is too old at `now`, which is aware; `None` while it is good.

    The stricter of what its maker said and of `max_age` counts.
    """
    ends = expires_at(header)
    if max_age is not None:
        ends = min(ends, header.created + max_age)
    if now <= ends:
        return None
    return Problem(
        code="plan-expired",
        message=f"the plan of {header.created:%Y-%m-%d %H:%M}Z ended at {ends:%Y-%m-%d %H:%M}Z",
        help="make a new plan with: pvm plan --out FILE",
    )


def refuse_expired(header: Header, now: datetime, max_age: timedelta | None = None) -> None:
    """Raise `Expired` as `check_age` finds it."""
    problem = check_age(header, now, max_age)
    if problem is not None:
        raise Expired(problem)
