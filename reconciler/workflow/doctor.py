"""`pvm doctor`: try, one thing after another, what the other commands rely on."""

from collections.abc import Callable, Sequence
from datetime import datetime

from reconciler.core.diagnosis import Diagnosis, Setting
from reconciler.core.ports import Reader
from reconciler.workflow.task import Task


def diagnose(
    task: Task, reader: Reader, settings: Sequence[Setting], now: Callable[[], datetime]
) -> Diagnosis:
    """Check connection, login, rights, clock and lists. Never raises `RemoteFailure`."""
    raise NotImplementedError(task, reader, settings, now)
