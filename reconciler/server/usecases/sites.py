"""Sites: read, list, put, delete."""

from collections.abc import Iterator

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import KindName, SiteContent
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.site import Site
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.noun import Noun
from reconciler.server.usecases.ports import World

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


def delete_site(world: World, caller: Caller, name: str, how: Circumstances) -> Written[Site]:
    """Delete; answers the row as it was.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    return SITE.delete(world, caller, name, how)
