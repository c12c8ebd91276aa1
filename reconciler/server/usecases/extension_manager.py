"""What an Extension Manager does here (E-02 to E-07); it comes with its customer's key.

It reads the pool, tells who has which seat, and signs devices in and out.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.assignments import Asker, Holder, PushedSeat, ReleaseReason, Use
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.contact import Caught, Contact, check_contact, met, seen
from reconciler.server.domain.customer import CustomerContent
from reconciler.server.domain.device import Device, DeviceState
from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.domain.event import EventType
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.licensing import Lot
from reconciler.server.domain.names import LONGEST_TEXT, check_text
from reconciler.server.domain.session import hash_secret
from reconciler.server.domain.throttle import exm_turnstiles
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.license_ports import ExtensionManager, Held
from reconciler.server.usecases.license_release import free_all_seats, free_seats
from reconciler.server.usecases.license_seats import (
    PushResult,
    apply_push,
    grant_from_exm,
    licenses_of,
    note_overcommit,
    stamp_exm_contact,
)
from reconciler.server.usecases.ports import Reach, Transaction, World
from reconciler.server.usecases.scope import missing, present, write
from reconciler.server.usecases.turns import take_turn

MOST_ITEMS = 1000
"""How many seats one push may tell of."""
_LONGEST_KEY = 256
_AT_ONCE = 500
_OF_EXM = frozenset({Holder.EXM})


@dataclass(frozen=True, slots=True)
class Knock:
    """The key that somebody came with, and from where."""

    api_key: str = field(repr=False)
    network: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """An Extension Manager whose key is right; `name` is what it calls itself."""

    customer: CustomerRef
    settings: CustomerContent
    name: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody with a customer's key, who has not said its name yet."""

    customer: CustomerRef
    settings: CustomerContent

    def named(self, name: str) -> Admitted:
        """The same with a name. Raises VALIDATION."""
        check_text("exm", name, LONGEST_TEXT)
        return Admitted(self.customer, self.settings, name)


@dataclass(frozen=True, slots=True)
class Visit:
    """A device as an Extension Manager tells of it."""

    device_id: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class PushedItem:
    """One seat of a push, with what is told of its device."""

    seat: PushedSeat
    visit: Visit


def admit(world: World, knock: Knock) -> Guest:
    """Who comes with this key. It is found by its hash, so time tells nothing about it.

    Raises:
        DomainError: BAD_API_KEY, RATE_LIMITED after many wrong ones, EXM_NOT_ENTITLED.
    """
    key = knock.api_key
    customer = None
    if key and len(key) <= _LONGEST_KEY:
        with world.store.read(Reach.EVERYONE) as tx:
            customer = tx.customers.by_exm_key(hash_secret(key))
    if customer is None:
        take_turn(world, exm_turnstiles(knock.network), present(world))
        raise DomainError(ErrorCode.BAD_API_KEY, "this is no Extension Manager's key")
    if not customer.content.extension_manager:
        message = "this customer does not use an Extension Manager"
        raise DomainError(ErrorCode.EXM_NOT_ENTITLED, message)
    ref = CustomerRef(customer.id, customer.code, customer.content.name)
    return Guest(ref, customer.content)


def read_pool(world: World, exm: Admitted) -> Sequence[Lot]:
    """Every lot of the customer; leaves one event (E-02, E-03)."""

    def work(tx: Transaction) -> Sequence[Lot]:
        desk = Desk.open(world, exm.customer, None)
        manager = _known(tx, exm, desk.now)
        tx.extension_managers.put(replace(manager, last_sync_get_at=desk.now))
        desk.note(Fact(EventType.LICENSE_SYNC_GET, exm.name, exm.name))
        desk.file(tx)
        return tx.lots.all()

    return write(world, exm.customer, work)


def push_seats(world: World, exm: Admitted, items: Sequence[PushedItem]) -> tuple[PushResult, ...]:
    """Believe what an Extension Manager says of seats, in this order, the newest word wins.

    Raises:
        DomainError: VALIDATION; nothing is stored then.
    """
    if len(items) > MOST_ITEMS:
        refuse("items", f"must be at most {MOST_ITEMS}")
    for item in items:
        _check(item.visit)
    return write(world, exm.customer, lambda tx: _push(world, tx, exm, items))


def sign_in(
    world: World, exm: Admitted, visit: Visit, features: Sequence[Feature]
) -> tuple[Held, ...]:
    """A device takes an extension; it gets a seat for each feature (E-04).

    Raises:
        DomainError: VALIDATION, PREMIUM_NOT_ALLOWED, NO_LICENSE_AVAILABLE, LICENSE_EXPIRED.
    """
    if not features:
        refuse("features", "must name at least one feature")

    def work(tx: Transaction, now: datetime) -> tuple[Held, ...]:
        device = _meet(tx, exm, visit, now)
        told = device or met(exm.customer.code, visit.device_id, visit.contact, now)
        if told.third_party:
            _forbid_premium(features)
        asker = Asker(visit.device_id, visit.contact.app_version, Holder.EXM, exm.name)
        held = grant_from_exm(tx, asker, features, now)
        if device is not None:
            tx.devices.put([replace(device, exm=exm.name)])
        return held

    return _with_device(world, exm, visit, work)


def sign_out(world: World, exm: Admitted, visit: Visit) -> tuple[Held, ...]:
    """A device gives its extension back: standard seats return, premium ones stay (E-05, E-07).

    Answers what it still holds. Raises UNKNOWN_DEVICE.
    """

    def work(tx: Transaction, now: datetime) -> tuple[Held, ...]:
        device = _stored(tx, visit)
        free_all_seats(tx, visit.device_id, ReleaseReason.SIGN_OUT, now, _OF_EXM)
        tx.devices.put([replace(device, exm=None, last_contact_at=now)])
        return licenses_of(tx, visit.device_id)

    return _with_device(world, exm, visit, work)


def check_in(world: World, exm: Admitted, visit: Visit) -> tuple[Held, ...]:
    """A device that is signed in is still there; its hour begins anew (E-06).

    Raises UNKNOWN_DEVICE.
    """

    def work(tx: Transaction, now: datetime) -> tuple[Held, ...]:
        device = _stored(tx, visit)
        stamp_exm_contact(tx, visit.device_id, now)
        tx.devices.put([replace(device, last_contact_at=now)])
        return licenses_of(tx, visit.device_id)

    return _with_device(world, exm, visit, work)


def release_silent(world: World, customer: CustomerRef) -> Mapping[str, int]:
    """What an Extension Manager does with devices that stay silent (E-06, E-07).

    Only a simulated one leaves it to this server.
    """
    counts: Counter[str] = Counter()
    while part := write(world, customer, lambda tx: _release_some(world, customer, tx)):
        counts.update(part)
    return counts


def _push(
    world: World, tx: Transaction, exm: Admitted, items: Sequence[PushedItem]
) -> tuple[PushResult, ...]:
    desk = Desk.open(world, exm.customer, None)
    results: list[PushResult] = []
    overcommitted: dict[str, Lot] = {}
    for item in items:
        done = apply_push(tx, item.seat, desk.now)
        results.append(done.result)
        if done.result is PushResult.APPLIED:
            _follow(tx, exm, item, desk.now)
        if done.overcommitted is not None:
            overcommitted[done.overcommitted.id] = done.overcommitted
    for lot in overcommitted.values():
        note_overcommit(desk, lot)
    told = Counter(results)
    info = f"{exm.name}: " + ", ".join(
        f"{told[result]} {result.lower().replace('_', ' ')}" for result in PushResult
    )
    desk.note(Fact(EventType.LICENSE_SYNC_PUT, info, exm.name))
    tx.extension_managers.put(replace(_known(tx, exm, desk.now), last_push_at=desk.now))
    desk.file(tx)
    return tuple(results)


def _follow(tx: Transaction, exm: Admitted, item: PushedItem, now: datetime) -> None:
    """The device after a word about one of its seats; only a seat in use brings one to life.

    What is said of an obsolete device while its seats come back would otherwise revive it.
    """
    if item.seat.use is Use.IN_USE:
        device = _meet(tx, exm, item.visit, now)
    else:
        known = tx.devices.find([item.visit.device_id]).get(item.visit.device_id)
        device = known if known is not None and known.state is DeviceState.ACTIVE else None
    if device is None:
        return
    rows = tx.assignments.of_device(device.device_id)
    signed_in = any(row.holder is Holder.EXM and row.use is Use.IN_USE for row in rows)
    name = exm.name if signed_in else None
    tx.devices.put([replace(device, exm=name, last_contact_at=max(now, device.last_contact_at))])


def _meet(tx: Transaction, exm: Admitted, visit: Visit, now: datetime) -> Device | None:
    """The device after a contact (V-20, Q-36); None when it is another customer's by now.

    A device id is easily guessed, and only a token moves a device to another customer.
    """
    home = tx.devices.home(visit.device_id)
    if home is not None and home.id != exm.customer.id:
        return None
    known = tx.devices.find([visit.device_id]).get(visit.device_id)
    device = known or met(exm.customer.code, visit.device_id, visit.contact, now)
    return seen(device, visit.contact, Caught(AppId.VOICE, None, now))


def _stored(tx: Transaction, visit: Visit) -> Device:
    device = tx.devices.find([visit.device_id]).get(visit.device_id)
    if device is None or device.state is not DeviceState.ACTIVE:
        raise DomainError(ErrorCode.UNKNOWN_DEVICE, "this device is unknown here, or obsolete")
    return device


def _forbid_premium(features: Sequence[Feature]) -> None:
    if any(feature.type is LicenseType.PREMIUM for feature in features):
        message = "a third-party device gets no premium license"
        raise DomainError(ErrorCode.PREMIUM_NOT_ALLOWED, message)


def _with_device(
    world: World,
    exm: Admitted,
    visit: Visit,
    work: Callable[[Transaction, datetime], tuple[Held, ...]],
) -> tuple[Held, ...]:
    _check(visit)

    def noted(tx: Transaction) -> tuple[Held, ...]:
        now = present(world)
        held = work(tx, now)
        tx.extension_managers.put(replace(_known(tx, exm, now), last_push_at=now))
        return held

    return write(world, exm.customer, noted)


def _check(visit: Visit) -> None:
    check_contact(replace(visit.contact, device_id=visit.device_id))


def _known(tx: Transaction, exm: Admitted, now: datetime) -> ExtensionManager:
    return tx.extension_managers.find(exm.name) or ExtensionManager(exm.name, None, None, now)


def _release_some(world: World, customer: CustomerRef, tx: Transaction) -> Mapping[str, int] | None:
    stored = tx.customers.find(customer.code)
    if stored is None:
        raise missing()
    now = present(world)
    since = now - timedelta(minutes=stored.content.exm_release_minutes)
    silent = tx.assignments.silent(Holder.EXM, since, _AT_ONCE)
    if not silent:
        return None
    changed = free_seats(tx, silent, ReleaseReason.EXM_TIMEOUT, now)
    ids = sorted({row.device_id for row in silent})
    devices = tx.devices.find(ids)
    tx.devices.put([replace(device, exm=None) for device in devices.values()])
    released = sum(not row.use.assigned for row in changed)
    return {"released": released, "held": len(changed) - released}
