"""The device's download of its bootstrap (D-07): decided from what is stored, then recorded."""

from dataclasses import dataclass, replace
from functools import partial

from reconciler.server.domain.client_versions import lacks_bootstrapping
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.history import Action
from reconciler.server.domain.names import fold
from reconciler.server.usecases.contacts import (
    Refusal,
    Visit,
    check_application,
    customer_of,
    file_refusal,
    find_visit,
    receive,
    record_of_visit,
)
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.ports import Delivery, Transaction, World
from reconciler.server.usecases.scope import write


@dataclass(frozen=True, slots=True)
class Download:
    """A download that is served; `warning` is what is too old about the client (Q-22)."""

    visit: Visit
    delivery: Delivery
    warning: str | None


def download_bootstrap(world: World, contact: Contact) -> Delivery:
    """What this contact's token delivers; `text` is exactly what was stored, `sha256` its digest.

    The token's use, the day's count, the device if it says which it is, and one history row are
    stored before the answer. A device that names its application gets only what is meant for it
    (T-20). A device's id never stands in the token's place here (Q-19).

    Raises:
        DomainError: VALIDATION, UNKNOWN_TOKEN, APP_MISMATCH, VERSION_TOO_OLD.
    """
    visit: Visit | None = None
    try:
        visit = find_visit(world, contact)
        download = decide_download(world, visit)
        write(world, visit.customer, partial(record_download, world, download))
    except DomainError as error:
        file_refusal(world, Refusal(contact, Action.BOOTSTRAP, error, visit))
        raise
    return download.delivery


def decide_download(world: World, visit: Visit) -> Download:
    """Whether the visit gets what its token delivers; reads only.

    Raises:
        DomainError: UNKNOWN_TOKEN, APP_MISMATCH, VERSION_TOO_OLD.
    """
    check_application(visit)
    if visit.delivery is None:
        raise DomainError(ErrorCode.UNKNOWN_TOKEN, "this token is unknown")
    warning = lacks_bootstrapping(visit.app_id, visit.contact.app_version)
    if warning is not None and _enforces_versions(world, visit):
        raise DomainError(ErrorCode.VERSION_TOO_OLD, warning)
    return Download(visit, visit.delivery, warning)


def record_download(world: World, download: Download, tx: Transaction) -> None:
    """Store what a served download leaves behind, within its customer's transaction.

    Raises:
        DomainError: UNKNOWN_TOKEN, when the customer is gone meanwhile.
    """
    visit, delivery = download.visit, download.delivery
    if visit.device_id is None:
        customer_of(tx, visit)
        desk = Desk.open(world, visit.customer, None)
    else:
        desk = receive(tx, world, visit).desk
    tx.tokens.stamp_uses({fold(delivery.token): 1}, desk.now)
    tx.token_requests.count(desk.now.date(), delivery.app_id)
    record = record_of_visit(desk, visit, Action.BOOTSTRAP)
    tx.history.add([replace(record, detail=download.warning or "")])
    if download.warning is not None:
        who = visit.device_id or "a device"
        fact = Fact(EventType.VERSION_TOO_OLD, f"{who}: {download.warning}", visit.device_id)
        desk.note(replace(fact, severity=Severity.WARN))
    desk.file(tx)


def _enforces_versions(world: World, visit: Visit) -> bool:
    with world.store.read(visit.customer) as tx:
        customer = tx.customers.find(visit.customer.code)
    return customer is not None and customer.flags.version_check == "enforce"
