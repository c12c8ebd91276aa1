"""`pvm explain`: one object, value by value."""

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.core.explanation import Explanation
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin, Place
from reconciler.core.ports import Reader
from reconciler.workflow.task import Task


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained, and how positions are found (`sources.locate`)."""

    id: ResourceId
    pointer: str = ""
    """JSON Pointer into the object's value; everything below it is explained."""
    locate: Callable[[Origin], Place] | None = None


def explain_object(task: Task, question: Question, reader: Reader | None) -> Explanation:
    """Where each value comes from; with a reader also what the server has.

    Raises:
        Misuse: There is no such object, or nothing at the pointer, on either side.
        RemoteFailure: The server could not be asked.
    """
    raise NotImplementedError(task, question, reader)
