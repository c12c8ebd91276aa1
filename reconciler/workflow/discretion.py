"""The secrets of a task, so that nothing the server says gives one away."""

from collections.abc import Iterator

from reconciler.core.discretion import Discretion, secret_texts
from reconciler.core.outcome import Failed
from reconciler.core.receipt import Receipt
from reconciler.core.secrets import Masking
from reconciler.core.template import references_in
from reconciler.workflow.task import Task


def discreet(receipt: Receipt, task: Task) -> Receipt:
    """The receipt without what documents hold and references stand for."""
    failed = any(isinstance(outcome, Failed) for outcome in receipt.outcomes)
    if failed or receipt.discrepancies or receipt.unverified or receipt.unrecorded:
        return Discretion(_secrets(task)).receipt(receipt)
    return receipt


def _secrets(task: Task) -> Iterator[str]:
    masking = Masking(task.project.secrets)
    templates: set[str] = set()
    for desired in task.declared:
        templates.update(desired.references.values())
        yield from secret_texts(desired.value, masking)
    for template in sorted(templates):
        for text in (template, *map(str, references_in(template))):
            value = task.secrets.value_of(text)
            if value is not None:
                yield value
