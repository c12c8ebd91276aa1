"""Many devices that download at once: one transaction for each customer, not for each device.

A commit to disk costs more than all else that a download stores; together they share it (D-07).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import structlog

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.client_versions import lacks_bootstrapping
from reconciler.server.domain.contact import Caught, Contact, check_contact, met, seen
from reconciler.server.domain.errors import DomainError
from reconciler.server.domain.history import Action
from reconciler.server.domain.names import fold, is_token_name
from reconciler.server.usecases.contacts import Visit, check_application, record_of_visit
from reconciler.server.usecases.desk import Desk
from reconciler.server.usecases.device_bootstrap import Download
from reconciler.server.usecases.ports import Delivery, Transaction, World
from reconciler.server.usecases.scope import write

DOWNLOAD_LOG = "pvm.download"
Numbered = Sequence[tuple[int, Download]]
"""Downloads with their places among the contacts."""


def download_together(world: World, contacts: Sequence[Contact]) -> Sequence[Delivery | None]:
    """What each contact's token delivers, recorded as `download_bootstrap` records it.

    None: nothing was stored for this one, and it is for `download_bootstrap` alone. So is whatever
    is refused, warned of, or moves a device between customers.
    """
    found: list[Delivery | None] = [None] * len(contacts)
    for customer, downloads in _by_customer(world, contacts).items():
        recorded = _record_apart(world, customer, downloads)
        for number, download in downloads:
            if number in recorded:
                found[number] = download.delivery
    return found


def _by_customer(world: World, contacts: Sequence[Contact]) -> Mapping[CustomerRef, Numbered]:
    tokens = [contact.token or "" for contact in contacts]
    keys = [fold(token) if is_token_name(token) else "" for token in tokens]
    deliveries = world.store.deliveries(sorted(set(keys)))
    found: dict[CustomerRef, list[tuple[int, Download]]] = {}
    for number, (key, contact) in enumerate(zip(keys, contacts, strict=True)):
        delivery = deliveries.get(key)
        download = None if delivery is None else _unquestioned(contact, delivery)
        if download is not None:
            found.setdefault(download.visit.customer, []).append((number, download))
    return found


def _unquestioned(contact: Contact, delivery: Delivery) -> Download | None:
    app_id = AppId(delivery.app_id)
    visit = Visit(contact, delivery.customer, app_id, contact.device_id, delivery)
    try:
        check_contact(contact)
        check_application(visit)
    except DomainError:
        return None
    if lacks_bootstrapping(app_id, contact.app_version) is not None:
        return None
    return Download(visit, delivery, None)


def _record_apart(world: World, customer: CustomerRef, downloads: Numbered) -> frozenset[int]:
    """The numbers of those that were recorded; none, when the customer is gone or in turmoil.

    Nothing leaves here: what other customers' transactions stored already must be answered.
    """
    try:
        return write(world, customer, partial(_record, world, customer, downloads))
    except DomainError:
        return frozenset()
    except Exception:  # rolled back: each of them goes on alone, and meets it again
        log = structlog.get_logger(DOWNLOAD_LOG)
        log.exception("not together", customer=customer.code)
        return frozenset()


def _record(
    world: World, customer: CustomerRef, downloads: Numbered, tx: Transaction
) -> frozenset[int]:
    desk = Desk.open(world, customer, None)
    if tx.customers.find(customer.code) is None:
        return frozenset()
    homes = tx.devices.homes(_device_ids(downloads))
    here = [
        (number, download)
        for number, download in downloads
        if homes.get(download.visit.device_id or "", customer).id == customer.id
    ]
    _receive(tx, desk, customer, here)
    uses = Counter(download.delivery.token for _, download in here)
    tx.tokens.stamp_uses({fold(token): uses[token] for token in sorted(uses)}, desk.now)
    apps = Counter(download.delivery.app_id for _, download in here)
    for app_id in sorted(apps):
        tx.token_requests.count(desk.now.date(), app_id, apps[app_id])
    visits = [download.visit for _, download in here]
    tx.history.add([record_of_visit(desk, visit, Action.BOOTSTRAP) for visit in visits])
    return frozenset(number for number, _ in here)


def _receive(tx: Transaction, desk: Desk, customer: CustomerRef, downloads: Numbered) -> None:
    """As `contacts.receive` does for a device that stays at its customer."""
    devices = dict(tx.devices.find(_device_ids(downloads)))
    for _, download in downloads:
        visit, device_id = download.visit, download.visit.device_id
        if device_id is not None:
            known = devices.get(device_id)
            device = known or met(customer.code, device_id, visit.contact, desk.now)
            caught = Caught(visit.app_id, download.delivery.token, desk.now)
            devices[device_id] = seen(device, visit.contact, caught)
    tx.devices.put(list(devices.values()))


def _device_ids(downloads: Numbered) -> Sequence[str]:
    return sorted({download.visit.device_id or "" for _, download in downloads} - {""})
