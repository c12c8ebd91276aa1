"""PTT Pro's device tables: what is decided here, and how the servers get to know of it.

A decision and the task to tell it are stored in one transaction; the server is told afterwards,
and again until it has understood. Nobody holds a lock meanwhile, so two tellers may overtake each
other: who finds its task gone compares what it told with what stands, and tells that instead.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.device import DeviceState
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.provisioning import (
    UNASKED,
    Booking,
    Conflict,
    Found,
    Place,
    Provisioning,
    Situation,
    decide,
)
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.device_ports import PttProEntry, PttProTask
from reconciler.server.usecases.partner_ports import PartnerError, PttPro
from reconciler.server.usecases.ports import Reach, Transaction, World
from reconciler.server.usecases.scope import present, settings_of, write

_ROUNDS: Final = 8
_AT_ONCE: Final = 500
_FIRST_PAUSE: Final = timedelta(minutes=5)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Retried:
    """What a round of the retry job did."""

    done: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a PTT Pro server's table says of a device, and what our own book said before that.

    Once the book has changed the answer may be stale: nobody is refused for it. `trouble` is why
    there is no answer.
    """

    found: Found = UNASKED
    entry: PttProEntry | None = None
    waiting: tuple[str, ...] = ()
    trouble: str | None = None


def ask(world: World, customer: CustomerRef, server: str, device_id: str) -> Asked:
    """Ask where a device is entered; first our own book is read."""
    with world.store.read(customer) as tx:
        entry, waiting = _book_of(tx, device_id)
    try:
        found = partner_of(world).site_of(server, device_id)
    except PartnerError as error:
        return Asked(trouble=str(error)[:_LONGEST_REASON])
    return Asked(found, entry, waiting)


def partner_of(world: World) -> PttPro:
    """The PTT Pro servers. Raises PartnerError when none is connected."""
    partner = world.partners.ptt_pro
    if partner is None:
        message = "no PTT Pro server is connected"
        raise PartnerError(message)
    return partner


def book(
    tx: Transaction, desk: Desk, device_id: str, wanted: Place, asked: Asked
) -> Booking | Conflict:
    """Decide about a device's entry, store it, and queue what the servers have to be told."""
    entry, waiting = _book_of(tx, device_id)
    own = None if entry is None else Place(entry.server, entry.site)
    telling = any(
        task.server == wanted.server and (task.site is None or own == Place(task.server, task.site))
        for task in tx.ptt_pro.tasks(device_id)
    )
    booking = decide(Situation(wanted, own, asked.found, telling))
    if isinstance(booking, Conflict) and (entry, waiting) != (asked.entry, asked.waiting):
        booking = Booking(Provisioning.QUEUED)  # Asked again before it is told.
    if isinstance(booking, Conflict) or booking.answer is Provisioning.UNCHANGED:
        return booking
    if booking.answer is not Provisioning.QUEUED:
        adopted = booking.adopted
        entry = PttProEntry(device_id, wanted.server, wanted.site, adopted, desk.now)
        _enter(tx, desk, entry)
    # The asking was the first try.
    tries = 0 if asked.trouble is None else 1
    task = replace(_task(desk, device_id, wanted.server, wanted.site), tries=tries)
    tx.ptt_pro.queue(task)
    return booking


def withdraw(tx: Transaction, desk: Desk, device_id: str) -> bool:
    """Give a device's own entry up, with all that waits to be told; whether there was any."""
    waiting = [task for task in tx.ptt_pro.tasks(device_id) if task.site is not None]
    for task in waiting:
        tx.ptt_pro.drop(task.id)
    entry = tx.ptt_pro.find([device_id]).get(device_id)
    if entry is None:
        return bool(waiting)
    tx.ptt_pro.remove(device_id)
    tx.ptt_pro.queue(_task(desk, device_id, entry.server, None))
    text = f"device {device_id} left site {entry.site} of {entry.server}"
    desk.note(Fact(EventType.PTTPRO_REMOVE, text, device_id))
    return True


def empty_site(tx: Transaction, desk: Desk, site: str) -> None:
    """Let every device leave a site; the servers are told by `retry_tasks`."""
    for device_id in tx.devices.at_site(site):
        withdraw(tx, desk, device_id)
    tx.devices.leave_site(site)


def settle(world: World, customer: CustomerRef, device_id: str) -> bool:
    """Tell the servers at once what waits about a device; whether nothing waits any more."""
    for _ in range(_ROUNDS):
        with world.store.read(customer) as tx:
            tasks = tx.ptt_pro.tasks(device_id)
        if not tasks:
            return True
        told = [tell(world, customer, task) for task in tasks]
        if not all(told):
            return False
    return False


def retry_tasks(world: World) -> Retried:
    """Tell the servers what waits and is due; one that fails is left alone for this round."""
    with world.store.read(Reach.EVERYONE) as tx:
        due = tx.ptt_pro.due(present(world), _AT_ONCE)
    down: set[str] = set()
    done = 0
    for customer, task in due:
        if task.server in down:
            continue
        if tell(world, customer, task):
            done += 1
        else:
            down.add(task.server)
    return Retried(done, len(due) - done)


def remove_silent(world: World, customer: CustomerRef) -> int:
    """Take devices that were silent for the customer's number of days out of the tables (S-07).

    They stay ACTIVE and lose their site (Q-35). Entries made by hand are none of ours. The servers
    are told by `retry_tasks`. Returns how many devices left.
    """
    removed = 0
    while count := write(world, customer, partial(_remove_some, world, customer)):
        removed += count
    return removed


def tell(world: World, customer: CustomerRef, task: PttProTask) -> bool:
    """Tell a server one thing; False when it failed and the task waits for the next try."""
    try:
        told = _tell(world, customer, task)
    except PartnerError as error:
        reason = str(error)[:_LONGEST_REASON]
        write(world, customer, partial(_postpone, world, customer, task, reason))
        return False
    if told is not None:
        write(world, customer, partial(_close, world, customer, told))
    return True


def _tell(world: World, customer: CustomerRef, task: PttProTask) -> PttProTask | None:
    """The task as the server knows it now; None when it was dropped. Raises PartnerError."""
    partner = partner_of(world)
    if task.site is None:
        with world.store.read(Reach.EVERYONE) as tx:
            kept = task.server in tx.ptt_pro.servers(task.device_id)
        if not kept:
            partner.remove(task.server, task.device_id)
        return task
    with world.store.read(customer) as tx:
        entry = tx.ptt_pro.find([task.device_id]).get(task.device_id)
    if not _says(entry, task):
        asked = ask(world, customer, task.server, task.device_id)
        if asked.trouble is not None:
            raise PartnerError(asked.trouble)
        decided = write(world, customer, partial(_decide_late, world, customer, task, asked))
        if decided is None:
            return None
        task = decided
    partner.enter(task.server, task.site or "", task.device_id)
    return task


def _decide_late(
    world: World, customer: CustomerRef, task: PttProTask, asked: Asked, tx: Transaction
) -> PttProTask | None:
    """Decide what could not be decided while the server was down.

    Returns the task that enters the device, None when it is not to be entered, or not yet.
    """
    desk = Desk.open(world, customer, None)
    device = tx.devices.find([task.device_id]).get(task.device_id)
    if device is None or device.site != task.site or device.state is not DeviceState.ACTIVE:
        tx.ptt_pro.drop(task.id)
        return None
    booking = book(tx, desk, task.device_id, Place(task.server, task.site or ""), asked)
    if isinstance(booking, Conflict):
        tx.ptt_pro.drop(task.id)
        tx.devices.put([replace(device, site=None, site_assigned_at=None)])
        text = f"device {task.device_id} is entered by hand at another site of {task.server}"
        fact = Fact(EventType.SITE_CONFLICT, text, task.device_id, severity=Severity.WARN)
        desk.note(fact)
    desk.file(tx)
    if isinstance(booking, Conflict) or booking.answer is Provisioning.QUEUED:
        return None
    waiting = tx.ptt_pro.tasks(task.device_id)
    return next((new for new in waiting if new.server == task.server), None)


def _close(world: World, customer: CustomerRef, told: PttProTask, tx: Transaction) -> None:
    """Forget a task that was told; if it was replaced meanwhile, queue what is true."""
    waiting = tx.ptt_pro.tasks(told.device_id)
    if any(task.id == told.id for task in waiting):
        tx.ptt_pro.drop(told.id)
        return
    entry = tx.ptt_pro.find([told.device_id]).get(told.device_id)
    there = entry if entry is not None and entry.server == told.server else None
    if (there.site if there else None) == told.site:
        return
    desk = Desk.open(world, customer, None)
    site = there.site if there else None
    tx.ptt_pro.queue(_task(desk, told.device_id, told.server, site))


def _postpone(
    world: World, customer: CustomerRef, task: PttProTask, reason: str, tx: Transaction
) -> None:
    """Wait longer after each failure; the first one leaves an event."""
    if all(waiting.id != task.id for waiting in tx.ptt_pro.tasks(task.device_id)):
        return
    desk = Desk.open(world, customer, None)
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(task.tries, 8))
    tx.ptt_pro.queue(replace(task, tries=task.tries + 1, next_at=desk.now + pause))
    if task.tries == 0:
        text = f"device {task.device_id}: {reason}; it is tried again"
        fact = Fact(EventType.PTTPRO_ERROR, text, task.device_id, severity=Severity.WARN)
        desk.note(fact)
        desk.file(tx)


def _remove_some(world: World, customer: CustomerRef, tx: Transaction) -> int:
    desk = Desk.open(world, customer, None)
    days = settings_of(tx, customer).content.ptt_pro_removal_days
    since = desk.now - timedelta(days=days)
    silent = tx.devices.silent(since, _AT_ONCE)
    for device in silent:
        withdraw(tx, desk, device.device_id)
    tx.devices.put([replace(device, site=None, site_assigned_at=None) for device in silent])
    desk.file(tx)
    return len(silent)


def _enter(tx: Transaction, desk: Desk, entry: PttProEntry) -> None:
    """Store an own entry in place of the device's; another server has to forget it."""
    before = tx.ptt_pro.find([entry.device_id]).get(entry.device_id)
    tx.ptt_pro.put(entry)
    if before is not None and before.server != entry.server:
        tx.ptt_pro.queue(_task(desk, entry.device_id, before.server, None))
    text = f"device {entry.device_id} is at site {entry.site} of {entry.server}"
    desk.note(Fact(EventType.PTTPRO_ADD, text, entry.device_id))


def _book_of(tx: Transaction, device_id: str) -> tuple[PttProEntry | None, tuple[str, ...]]:
    """A device's own entry, and the ids of what waits to be told."""
    waiting = tuple(task.id for task in tx.ptt_pro.tasks(device_id))
    return tx.ptt_pro.find([device_id]).get(device_id), waiting


def _task(desk: Desk, device_id: str, server: str, site: str | None) -> PttProTask:
    """A task that is due when the retry job runs next."""
    return PttProTask(desk.new_id(), server, device_id, site, 0, desk.now, desk.now)


def _says(entry: PttProEntry | None, task: PttProTask) -> bool:
    return entry is not None and (entry.server, entry.site) == (task.server, task.site)
