"""A device registers itself at a site, for push-to-talk (D-09, S-06)."""

from dataclasses import dataclass, replace
from functools import partial

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.change_set import KindName
from reconciler.server.domain.client_versions import lacks_provisioning
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.device import Device
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.history import Action
from reconciler.server.domain.provisioning import (
    Conflict,
    Place,
    Provisioning,
    reason_to_skip,
    site_of_bootstrap,
)
from reconciler.server.domain.site import new_site
from reconciler.server.usecases.changes import is_name
from reconciler.server.usecases.contacts import Arrival, Errand, Visit, find_visit, recorded
from reconciler.server.usecases.desk import Fact
from reconciler.server.usecases.ports import Reach, Transaction, World
from reconciler.server.usecases.push_to_talk import Asked, ask, book, settle


@dataclass(frozen=True, slots=True)
class Registration:
    """The device as it is registered now, and what became of its entry at PTT Pro."""

    customer: CustomerRef
    device: Device
    ptt_pro: Provisioning


def register(world: World, contact: Contact, site: str | None = None) -> Registration:
    """Register a device at a site, by default the one that its bootstrap names (Q-50).

    PTT Pro is asked before the transaction and told after it. While it does not answer the device
    is registered all the same, and the entry follows (QUEUED).

    Raises:
        DomainError: as `recorded`; VERSION_TOO_OLD, UNKNOWN_SITE, SITE_CONFLICT.
    """
    asked = _ask(world, contact, site)
    errand = Errand(Action.REGISTER, partial(_register, site, asked), _told)
    done = recorded(world, contact, errand)
    if done.ptt_pro is Provisioning.SKIPPED:
        return done
    if asked.trouble is None and settle(world, done.customer, done.device.device_id):
        return done
    return replace(done, ptt_pro=Provisioning.QUEUED)


def _ask(world: World, contact: Contact, site: str | None) -> Asked:
    """Ask PTT Pro where the device is entered, if the registration is going to matter to it."""
    try:
        visit = find_visit(world, contact)
    except DomainError:
        return Asked()  # It is refused again, where it is recorded.
    with world.store.read(visit.customer) as tx:
        customer = tx.customers.find(visit.customer.code)
        place = None if customer is None else _wanted(tx, customer, visit, site)
    if place is None or visit.device_id is None:
        return Asked()
    asked = ask(world, visit.customer, place.server, visit.device_id)
    if isinstance(asked.found, str) and _goes_away(world, visit, place, asked.found):
        return replace(asked, found=None)
    return asked


def _goes_away(world: World, visit: Visit, place: Place, found: str) -> bool:
    """Whether what the table says is an entry of the customer that the device is leaving (Q-37)."""
    device_id = visit.device_id or ""
    with world.store.read(Reach.EVERYONE) as tx:
        home = tx.devices.home(device_id)
        leaving = place.server in tx.ptt_pro.leaving(device_id)
    if leaving:
        return True
    if home is None or home.id == visit.customer.id:
        return False
    with world.store.read(home) as tx:
        entry = tx.ptt_pro.find([device_id]).get(device_id)
    return entry is not None and (entry.server, entry.site) == (place.server, found)


def _register(site: str | None, asked: Asked, tx: Transaction, arrival: Arrival) -> Registration:
    visit, customer, device = arrival.visit, arrival.customer, arrival.device
    app = visit.app_id
    version = visit.contact.app_version
    lacks = lacks_provisioning(app, version, device.hardware.os_version)
    if lacks is not None:
        raise DomainError(ErrorCode.VERSION_TOO_OLD, lacks)
    if reason_to_skip(customer, app, _site_name(visit, site)) is not None:
        return Registration(visit.customer, device, Provisioning.SKIPPED)
    place = _wanted(tx, customer, visit, site)
    if place is None:
        raise DomainError(ErrorCode.UNKNOWN_SITE, "this customer has no site of this name")
    _make_site(tx, arrival, place)
    booking = book(tx, arrival.desk, device.device_id, place, asked)
    if isinstance(booking, Conflict):
        message = "it is entered by hand at another site; an administrator has to delete that entry"
        raise DomainError(ErrorCode.SITE_CONFLICT, message)
    if asked.trouble is not None:
        text = f"device {device.device_id}: {asked.trouble}; it is tried again"
        fact = Fact(EventType.PTTPRO_ERROR, text, device.device_id, severity=Severity.WARN)
        arrival.desk.note(fact)
    stays = device.site == place.site and device.site_assigned_at is not None
    since = device.site_assigned_at if stays else arrival.desk.now
    device = replace(device, site=place.site, site_assigned_at=since)
    tx.devices.put([device])
    return Registration(visit.customer, device, booking.answer)


def _site_name(visit: Visit, site: str | None) -> str | None:
    text = visit.delivery.text if visit.delivery else "{}"
    return site if site is not None else site_of_bootstrap(text)


def _wanted(tx: Transaction, customer: Customer, visit: Visit, site: str | None) -> Place | None:
    """Where the device wants to be; None where that is nowhere, or no site of the customer."""
    name = _site_name(visit, site)
    if name is None or reason_to_skip(customer, visit.app_id, name) is not None:
        return None
    if not is_name(KindName.SITE, name):
        return None
    found = tx.sites.find([name]).get(name)
    if found is not None:
        return Place(found.pro_server_name, name)
    server = customer.content.ptt_pro_server_name
    return Place(server, name) if server and customer.flags.auto_create_sites else None


def _make_site(tx: Transaction, arrival: Arrival, place: Place) -> None:
    """The site, where a registration may make one that is missing (Q-49)."""
    if tx.sites.find([place.site]):
        return
    tx.sites.insert([new_site(arrival.customer.code, place, arrival.desk.now)])
    text = f"Site {place.site} created by a registration"
    arrival.desk.note(Fact(EventType.SITE_ADD, text, place.site))


def _told(done: Registration) -> str:
    return f"{done.device.site}: {done.ptt_pro}" if done.device.site else str(done.ptt_pro)
