"""What becomes of a site."""

from reconciler.server.domain.change_set import Operation, SiteContent
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.site import Site
from reconciler.server.domain.write import Result
from reconciler.server.usecases.decisions.batch import Batch, Outcome
from reconciler.server.usecases.scope import missing


def put_site(batch: Batch, operation: Operation, content: SiteContent) -> Outcome:
    """Create, replace, or leave a site that is the same.

    Raises:
        DomainError: STALE_VERSION, PTTPRO_DISABLED.
    """
    if not batch.ptt_pro:
        message = "this customer has no PTT Pro, so it has no sites; ask the vendor to enable it"
        raise DomainError(ErrorCode.PTTPRO_DISABLED, message)
    current = batch.sites.get(operation.name)
    operation.precondition.check(current.version if current else None)
    if current is not None and current.pro_server_name == content.pro_server_name:
        return Outcome(Result.UNCHANGED, current)
    now = batch.desk.now
    row = Site(
        customer=batch.customer_code,
        name=operation.name,
        pro_server_name=content.pro_server_name,
        device_count=current.device_count if current else 0,
        source=operation.source,
        created_at=current.created_at if current else now,
        updated_at=now,
        updated_by=batch.caller.login_name,
        version=batch.sites.next_version(operation.name),
    )
    batch.sites.put(operation.name, row)
    return Outcome(Result.UPDATED if current else Result.CREATED, row)


def delete_site(batch: Batch, operation: Operation) -> Outcome:
    """Delete a site where no device is registered; when forced, the devices leave it (Q-49).

    Raises:
        DomainError: NOT_FOUND, STALE_VERSION, SITE_HAS_DEVICES.
    """
    current = batch.sites.get(operation.name)
    if current is None:
        raise missing()
    operation.precondition.check(current.version)
    count = current.device_count
    if count and not operation.force:
        devices = "device is" if count == 1 else "devices are"
        message = f"{count} {devices} registered there; move or obsolete them first, or use force"
        raise DomainError(ErrorCode.SITE_HAS_DEVICES, message)
    if count:
        batch.emptied.append(operation.name)
    batch.sites.remove(operation.name)
    return Outcome(Result.DELETED, current)
