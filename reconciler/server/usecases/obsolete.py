"""Obsoleting devices: by an administrator, by a script, or by an Extension Manager."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from reconciler.server.domain.assignments import Assignment
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import DeviceState, Obsoleter
from reconciler.server.domain.device_ids import is_device_id
from reconciler.server.domain.errors import DomainError, refuse
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.history import Action
from reconciler.server.domain.obsolete import PttProLeft, check_guard, check_right, obsoleter
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.contacts import record_of
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.ports import Transaction, World
from reconciler.server.usecases.push_to_talk import settle
from reconciler.server.usecases.retirement import Retirement, obsolete
from reconciler.server.usecases.scope import home, missing, owner, settings_of, write

MOST_DEVICES: Final = 1000


@dataclass(frozen=True, slots=True)
class Obsoleted:
    """What became of a device: seats that came back, seats that an Extension Manager keeps."""

    device_id: str
    released: tuple[Assignment, ...]
    retained: tuple[Assignment, ...]
    ptt_pro: PttProLeft


@dataclass(frozen=True, slots=True)
class ManyObsoleted:
    """One device of many: what became of it, or why nothing did."""

    device_id: str
    outcome: Obsoleted | DomainError


@dataclass(frozen=True, slots=True)
class _Order:
    """Who obsoletes, in whose name. Only callers are held to rights and to the guard."""

    world: World
    customer: CustomerRef
    by: Obsoleter
    login: str | None = None
    caller: Caller | None = None
    force: bool = False
    exm: str | None = None


def obsolete_device(
    world: World,
    caller: Caller,
    device_id: str,
    customer: str | None = None,
    *,
    force: bool = False,
) -> Obsoleted:
    """Obsolete one device (O-01, O-09); one that is INACTIVE stays as it is.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED, OBSOLETE_DISABLED, ACTIVE_IN_EXM.
    """
    caller.require(Permission.WRITE_DEVICES)
    if not is_device_id(device_id):
        raise missing()
    tenant = owner(world, caller, customer, lambda tx: tx.devices.holders(device_id))
    return _tell(_by_caller(world, caller, tenant, force=force), device_id)


def obsolete_devices(
    world: World,
    caller: Caller,
    device_ids: Sequence[str],
    customer: str | None = None,
    *,
    force: bool = False,
) -> tuple[ManyObsoleted, ...]:
    """Obsolete many, each for itself (O-10); the answers come in the order of the ids.

    Once a PTT Pro server does not answer, the others' entries wait for the retry job.

    Raises:
        DomainError: FORBIDDEN, CUSTOMER_REQUIRED, OBSOLETE_DISABLED, VALIDATION.
    """
    caller.require(Permission.WRITE_DEVICES)
    if not 1 <= len(device_ids) <= MOST_DEVICES:
        refuse("deviceIds", f"must be from 1 to {MOST_DEVICES} device ids")
    tenant = home(world, caller, customer, lambda _tx: ())
    with world.store.read(tenant) as tx:
        check_right(caller, settings_of(tx, tenant).flags)
    order = _by_caller(world, caller, tenant, force=force)
    answers: list[ManyObsoleted] = []
    telling = True
    for device_id in device_ids:
        try:
            done = _tell(order, device_id, telling=telling)
        except DomainError as error:
            answers.append(ManyObsoleted(device_id, error))
            continue
        telling = telling and done.ptt_pro is not PttProLeft.QUEUED
        answers.append(ManyObsoleted(device_id, done))
    return tuple(answers)


def obsolete_from_exm(world: World, customer: CustomerRef, exm: str, device_id: str) -> Obsoleted:
    """An Extension Manager has obsoleted a device: all its seats come back (O-03, O-06, E-10).

    Raises:
        DomainError: NOT_FOUND.
    """
    return _tell(_Order(world, customer, Obsoleter.EXM, exm=exm), device_id)


def _by_caller(world: World, caller: Caller, tenant: CustomerRef, *, force: bool) -> _Order:
    by = obsoleter(caller)
    return _Order(world, tenant, by, login=caller.login_name, caller=caller, force=force)


def _tell(order: _Order, device_id: str, *, telling: bool = True) -> Obsoleted:
    """Obsolete in one transaction, then tell PTT Pro."""
    if not is_device_id(device_id):
        raise missing()
    done = write(order.world, order.customer, partial(_obsolete, order, device_id))
    left = PttProLeft.NONE
    if done.told:
        told = telling and settle(order.world, order.customer, device_id)
        left = PttProLeft.REMOVED if told else PttProLeft.QUEUED
    return Obsoleted(device_id, done.released, done.retained, left)


def _obsolete(order: _Order, device_id: str, tx: Transaction) -> Retirement:
    customer = settings_of(tx, order.customer)
    device = tx.devices.find([device_id]).get(device_id)
    if device is None:
        raise missing()
    warning = None
    if order.caller is not None:
        check_right(order.caller, customer.flags)
        if device.state is DeviceState.ACTIVE:
            warning = check_guard(device, customer.flags, force=order.force)
    if device.state is DeviceState.INACTIVE and order.by is not Obsoleter.EXM:
        rows = tx.assignments.of_device(device_id)
        return Retirement(device, (), tuple(row for row in rows if row.use.assigned), told=False)
    desk = Desk.open(order.world, order.customer, order.login)
    done = obsolete(tx, desk, device, order.by)
    if device.state is DeviceState.INACTIVE and not done.released:
        return done
    _record(tx, desk, order, done, warning)
    return done


def _record(
    tx: Transaction, desk: Desk, order: _Order, done: Retirement, warning: str | None
) -> None:
    device_id = done.device.device_id
    seats = f"{len(done.released)} licenses came back"
    if done.retained:
        kept = f"{len(done.retained)} licenses stay with the Extension Manager"
        warning = f"{warning}; {kept}" if warning else kept
    by = f"{order.by} {order.exm}" if order.exm else str(order.by)
    severity = Severity.WARN if warning else Severity.INFO
    text = f"device {device_id} obsoleted by {by}; {seats}"
    if warning:
        text = f"{text}; {warning}"
    desk.note(Fact(EventType.DEVICE_OBSOLETE, text, device_id, severity=severity))
    record = record_of(desk, Contact(None, device_id), Action.OBSOLETE)
    tx.history.add([replace(record, token=None, detail=f"by {by}; {seats}")])
    desk.file(tx)
