"""Sites: read, list, put, delete."""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.change_set import KindName, SiteContent
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.provisioning import Place
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.site import Site, new_site
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.changes import is_name
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.noun import Noun
from reconciler.server.usecases.partner_ports import PartnerError
from reconciler.server.usecases.ports import Transaction, World
from reconciler.server.usecases.push_to_talk import partner_of
from reconciler.server.usecases.scope import home, settings_of, write

SITE = Noun(
    KindName.SITE,
    Permission.READ_SITES,
    listing.SITES,
    lambda tx: tx.sites,
    str,
)


def get_site(world: World, caller: Caller, name: str, customer: str | None = None) -> Site:
    """The site of this name.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED.
    """
    return SITE.get(world, caller, name, customer)


def list_sites(world: World, caller: Caller, query: ListQuery) -> Page[Site]:
    """One page of sites. Raises FORBIDDEN, VALIDATION."""
    return SITE.page(world, caller, query)


def stream_sites(world: World, caller: Caller, query: ListQuery) -> Iterator[Site]:
    """Every site that fits, from one snapshot; checks at once, reads while it is iterated.

    Close the iterator when it is not exhausted. Raises FORBIDDEN, VALIDATION.
    """
    return SITE.stream(world, caller, query)


def put_site(
    world: World, caller: Caller, name: str, content: SiteContent, how: Circumstances
) -> Written[Site]:
    """Create or replace.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    return SITE.put(world, caller, SITE.operation(name, content, how), how)


def delete_site(
    world: World, caller: Caller, name: str, how: Circumstances, *, force: bool = False
) -> Written[Site]:
    """Delete; answers the row as it was. Devices leave the site when it is forced.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    return SITE.delete(world, caller, name, how, force=force)


@dataclass(frozen=True, slots=True)
class Synced:
    """How many of PTT Pro's departments are new here, were here, or have no site's name."""

    created: int
    unchanged: int
    unusable: int


def sync_sites(world: World, caller: Caller, customer: str | None = None) -> Synced:
    """Add the departments of the customer's PTT Pro server that are no sites yet (Q-49).

    What PTT Pro no longer has stays, because it may be declared elsewhere. The server is asked
    before the transaction.

    Raises:
        DomainError: FORBIDDEN, CUSTOMER_REQUIRED, PTTPRO_DISABLED, UPSTREAM.
    """
    caller.require(Permission.WRITE_JOBS)
    tenant = home(world, caller, customer, lambda _tx: ())
    server = _server_of(world, tenant)
    try:
        names = partner_of(world).sites(server)
    except PartnerError as error:
        raise DomainError(ErrorCode.UPSTREAM, str(error)) from error
    usable = [name for name in dict.fromkeys(names) if is_name(KindName.SITE, name)]

    def work(tx: Transaction) -> Synced:
        desk = Desk.open(world, tenant, caller.login_name)
        known = tx.sites.find(usable)
        new = [name for name in usable if name not in known]
        tx.sites.insert([new_site(tenant.code, Place(server, name), desk.now) for name in new])
        for name in new:
            desk.note(Fact(EventType.SITE_ADD, f"Site {name} found at {server}", name))
        desk.file(tx)
        return Synced(len(new), len(known), len(set(names)) - len(usable))

    return write(world, tenant, work)


def _server_of(world: World, tenant: CustomerRef) -> str:
    with world.store.read(tenant) as tx:
        customer = settings_of(tx, tenant)
    server = customer.content.ptt_pro_server_name
    if not customer.content.ptt_pro or not server:
        message = "this customer has no PTT Pro server"
        raise DomainError(ErrorCode.PTTPRO_DISABLED, message)
    return server
