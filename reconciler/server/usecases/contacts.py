"""Contacts: whose device calls, what is kept of it, and the one history row that it leaves."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import Final, Generic, TypeVar

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.contact import Caught, Contact, check_contact, met, seen
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.device import Device
from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.history import Action, HistoryRecord, Result
from reconciler.server.domain.names import fold, is_token_name
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.ports import (
    Delivery,
    Reach,
    StaleWriteError,
    Transaction,
    World,
)
from reconciler.server.usecases.retirement import move_away
from reconciler.server.usecases.scope import write

Answer = TypeVar("Answer")

_LONGEST_DETAIL: Final = 1024
_EVENTS: Final = {
    ErrorCode.APP_MISMATCH: EventType.APP_MISMATCH,
    ErrorCode.VERSION_TOO_OLD: EventType.VERSION_TOO_OLD,
    ErrorCode.SITE_CONFLICT: EventType.SITE_CONFLICT,
}
"""Refusals that leave a WARN event beside their history row."""
_NO_CONTACT: Final = frozenset({ErrorCode.APP_MISMATCH, ErrorCode.STALE_VERSION})
"""Refusals after which the device counts as not having called."""


class Entry(Enum):
    """What a call takes in the token's place (Q-19)."""

    TOKEN = "a token"
    TOKEN_OR_DEVICE = "a token, or the id of an ACTIVE device"


@dataclass(frozen=True, slots=True)
class Visit:
    """A contact whose customer is known; `delivery` is None when a device's id told it.

    `app_id` is the token's, or without one what the device said.
    """

    contact: Contact
    customer: CustomerRef
    app_id: AppId | None
    device_id: str | None
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A visit within its transaction: the customer's settings, the device as it is now stored.

    Facts for the desk are stored with the history row; a refusal drops them.
    """

    visit: Visit
    customer: Customer
    device: Device
    desk: Desk


def _nothing(_tx: Transaction, _arrival: Arrival, _error: DomainError) -> None:
    """A refusal that leaves no more than its history row."""


def _silence(_answer: object) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Errand(Generic[Answer]):
    """What a device calls for. `work` runs after the device is received, in its transaction.

    `tell` gives the history row's detail. `refused` runs in the refusal's own transaction, after
    the device is received anew, and may write and note what the refusal leaves behind.
    """

    action: Action
    work: Callable[[Transaction, Arrival], Answer]
    tell: Callable[[Answer], str] = _silence
    refused: Callable[[Transaction, Arrival, DomainError], None] = _nothing
    entry: Entry = Entry.TOKEN


@dataclass
class _Progress:
    """How far a call came before it was refused."""

    visit: Visit | None = None


def recorded(world: World, contact: Contact, errand: Errand[Answer]) -> Answer:
    """Do what a device calls for, and leave exactly one history row (D-20).

    It is written in the transaction of the work; after a refusal, in one of its own, which also
    keeps the contact itself (D-11).

    Raises:
        DomainError: VALIDATION, UNKNOWN_TOKEN, UNKNOWN_DEVICE, APP_MISMATCH, or the work's own.
    """
    progress = _Progress()
    try:
        visit = progress.visit = find_visit(world, contact, errand.entry)
        check_application(visit)
        return write(world, visit.customer, partial(_work, world, visit, errand))
    except DomainError as error:
        file_refusal(world, Refusal(contact, errand.action, error, progress.visit, errand.refused))
        raise


def find_visit(world: World, contact: Contact, entry: Entry = Entry.TOKEN) -> Visit:
    """Whose device calls: by its token, else by the id of an ACTIVE device where that may stand.

    Raises:
        DomainError: VALIDATION, UNKNOWN_TOKEN, UNKNOWN_DEVICE.
    """
    check_contact(contact)
    token = contact.token or ""
    delivery = world.store.deliver(fold(token)) if is_token_name(token) else None
    if delivery is not None:
        app_id = AppId(delivery.app_id)
        return Visit(contact, delivery.customer, app_id, contact.device_id, delivery)
    device_id = token or contact.device_id
    if entry is Entry.TOKEN or device_id is None:
        raise DomainError(ErrorCode.UNKNOWN_TOKEN, "this token is unknown")
    if contact.device_id not in (None, device_id):
        raise DomainError(ErrorCode.UNKNOWN_TOKEN, "this token is unknown")
    with world.store.read(Reach.EVERYONE) as tx:
        home = tx.devices.home(device_id)
    if home is None:
        code = ErrorCode.UNKNOWN_TOKEN if token else ErrorCode.UNKNOWN_DEVICE
        raise DomainError(code, "neither a token nor a device that is active has this name")
    return Visit(contact, home, contact.app, device_id, None)


def check_application(visit: Visit) -> None:
    """A token is for one application (T-20). Raises APP_MISMATCH."""
    said = visit.contact.app_id
    if said is not None and said != visit.app_id:
        raise DomainError(ErrorCode.APP_MISMATCH, "this token is for another application")


def receive(tx: Transaction, world: World, visit: Visit) -> Arrival:
    """Stamp the contact at the device; the first one creates it (V-20).

    An INACTIVE one comes back (O-14). One that is ACTIVE at another customer leaves there (Q-37).

    Raises:
        DomainError: UNKNOWN_TOKEN, when the customer is gone meanwhile; VALIDATION without a
            device id.
        StaleWriteError: the device moved meanwhile.
    """
    desk = Desk.open(world, visit.customer, None)
    customer = customer_of(tx, visit)
    if visit.device_id is None:
        refuse("deviceId", "a device has to say which one it is")
    _leave_other(tx, desk, visit)
    known = tx.devices.find([visit.device_id]).get(visit.device_id)
    now = desk.now
    device = known or met(customer.code, visit.device_id, visit.contact, now)
    token = visit.delivery.token if visit.delivery else None
    device = seen(device, visit.contact, Caught(visit.app_id, token, now))
    tx.devices.put([device])
    return Arrival(visit, customer, device, desk)


def customer_of(tx: Transaction, visit: Visit) -> Customer:
    """The visit's customer with its settings. Raises UNKNOWN_TOKEN when it is gone meanwhile."""
    customer = tx.customers.find(visit.customer.code)
    if customer is None:
        raise DomainError(ErrorCode.UNKNOWN_TOKEN, "this token is unknown")
    return customer


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was refused; without a visit nobody knows whose it was."""

    contact: Contact
    action: Action
    error: DomainError
    visit: Visit | None
    refused: Callable[[Transaction, Arrival, DomainError], None] = field(default=_nothing)


def file_refusal(world: World, refusal: Refusal) -> None:
    """Write the history row of a refused call, and keep the contact where it was a valid one."""
    try:
        _file(world, refusal)
    except DomainError:
        # The customer is gone, or the device keeps moving: the request itself is still kept.
        _file(world, replace(refusal, visit=None))


def record_of(desk: Desk, contact: Contact, action: Action) -> HistoryRecord:
    """A history row for a call that went well; details are for the caller to add."""
    return HistoryRecord(
        id=desk.new_id(),
        timestamp=desk.now,
        customer=desk.tenant.code if isinstance(desk.tenant, CustomerRef) else None,
        action=action,
        token=contact.shown_token,
        app_id=contact.shown_app_id,
        device_id=contact.shown_device_id,
        result=Result.OK,
        code=None,
        detail="",
        remote_address=contact.remote_address,
    )


def record_of_visit(desk: Desk, visit: Visit, action: Action) -> HistoryRecord:
    """As `record_of`; what the token and its look-up told stands above what the device said."""
    record = record_of(desk, visit.contact, action)
    return replace(
        record,
        token=visit.delivery.token if visit.delivery else record.token,
        app_id=record.app_id or visit.app_id,
        device_id=visit.device_id,
    )


def _work(world: World, visit: Visit, errand: Errand[Answer], tx: Transaction) -> Answer:
    arrival = receive(tx, world, visit)
    answer = errand.work(tx, arrival)
    record = record_of_visit(arrival.desk, visit, errand.action)
    tx.history.add([replace(record, detail=errand.tell(answer)[:_LONGEST_DETAIL])])
    arrival.desk.file(tx)
    return answer


def _file(world: World, refusal: Refusal) -> None:
    tenant = refusal.visit.customer if refusal.visit else Reach.VENDOR
    write(world, tenant, partial(_file_refusal, world, refusal), alone=refusal.visit is not None)


def _file_refusal(world: World, refusal: Refusal, tx: Transaction) -> None:
    visit, error = refusal.visit, refusal.error
    desk = Desk.open(world, visit.customer if visit else Reach.VENDOR, None)
    if visit is not None:
        customer_of(tx, visit)
    if visit is not None and visit.device_id is not None and error.code not in _NO_CONTACT:
        arrival = receive(tx, world, visit)
        desk = arrival.desk
        refusal.refused(tx, arrival, error)
    record = (
        record_of_visit(desk, visit, refusal.action)
        if visit is not None
        else record_of(desk, refusal.contact, refusal.action)
    )
    failed = replace(record, result=Result.FAILED, code=error.code, detail=error.detail)
    tx.history.add([failed])
    kind = _EVENTS.get(error.code)
    if visit is not None and kind is not None:
        who = visit.device_id or "a device"
        desk.note(Fact(kind, f"{who}: {error.detail}", visit.device_id, severity=Severity.WARN))
    desk.file(tx)


def _leave_other(tx: Transaction, desk: Desk, visit: Visit) -> None:
    """Take a device from the customer where it was ACTIVE; both are told (Q-37)."""
    device_id = visit.device_id or ""
    home = tx.devices.home(device_id)
    if home is None or home.id == visit.customer.id:
        return
    there = tx.within(home)
    leaving = there.devices.find([device_id]).get(device_id)
    if leaving is None or tx.devices.home(device_id) != home:
        message = "device: it moved again meanwhile"
        raise StaleWriteError(message)
    away = Desk.open(desk.world, home, None)
    move_away(there, away, leaving)
    away.note(
        Fact(EventType.DEVICE_REHOMED, f"device {device_id} left for another customer", device_id)
    )
    away.file(there)
    info = f"device {device_id} came from another customer"
    desk.note(Fact(EventType.DEVICE_REHOMED, info, device_id))
