"""Waiting for another apply before a plan is made: what it is about to write is no drift."""

from reconciler.core.inventory import Lease, Locked
from reconciler.core.ports import Reader
from reconciler.core.shards import Untrusted
from reconciler.core.stock import head_address, open_head
from reconciler.workflow.head import BOOTSTRAP
from reconciler.workflow.inventory import binding_of
from reconciler.workflow.pace import Pace
from reconciler.workflow.task import Task


def await_others(task: Task, reader: Reader, wait_seconds: float, pace: Pace) -> None:
    """Return as soon as nobody applies; with no seconds to wait, at once, whoever does.

    Nothing is taken: whoever applies next is not kept from it.

    Raises:
        Locked: Somebody still applies after `wait_seconds`.
        RemoteFailure: The server can't be read.
    """
    if wait_seconds <= 0:
        return
    waited = 0.0
    while (lease := _lease(task, reader)) is not None:
        nap = min(pace.poll, wait_seconds - waited)
        if nap <= 0:
            raise Locked(lease.holder, lease.until)
        pace.sleep(nap)
        waited += nap


def _lease(task: Task, reader: Reader) -> Lease | None:
    """The one that holds now; an inventory that can't be read is for the plan's guards."""
    binding = binding_of(task)
    name = head_address(binding).name
    if reader.reads(BOOTSTRAP):
        live = reader.find(BOOTSTRAP, name)
    elif reader.lists(BOOTSTRAP):
        live = next((one for one in reader.fetch(BOOTSTRAP) if one.id.name == name), None)
    else:
        return None
    if live is None:
        return None
    try:
        lease = open_head(live.value, binding).lease
    except Untrusted:
        return None
    return lease if lease is not None and lease.until > reader.now() else None
