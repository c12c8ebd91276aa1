"""What is wrong with the input: collected, never raised one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Place


class Severity(StrEnum):
    """Warnings never change the exit code."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding with its position and its fix.

    `code` is a stable word such as `token-unknown-bootstrap`. `message`, `label` and `help` never
    hold a secret. `count` is how many places share this cause.
    """

    code: str
    message: str
    place: Place | None = None
    severity: Severity = Severity.ERROR
    label: str = ""
    """Stands under the marked text: "not declared in this project"."""
    help: str = ""
    pointer: str = ""
    object: ResourceId | None = None
    related: tuple[Place, ...] = ()
    count: int = 1


class InvalidInput(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """Files, options or a plan that can't be used; every problem is in `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


class Misuse(Exception):  # noqa: N818 -- as above
    """The command can't run as it was called: no project, no URL, a missing file or extra."""

    def __init__(self, message: str, fix: str = "") -> None:
        self.message = message
        self.fix = fix
        super().__init__(message)
