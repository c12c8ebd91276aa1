"""Bootstraps: read, list, put, delete."""

from collections.abc import Iterator

from reconciler.server.domain import listing
from reconciler.server.domain.bootstrap import Bootstrap
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import BootstrapContent, KindName
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.strict_json import read_object
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.changes import PERMISSIONS
from reconciler.server.usecases.noun import Noun
from reconciler.server.usecases.ports import World

BOOTSTRAP = Noun(
    KindName.BOOTSTRAP,
    Permission.READ_BOOTSTRAPS,
    listing.BOOTSTRAPS,
    lambda tx: tx.bootstraps,
    str,
)


def get_bootstrap(
    world: World, caller: Caller, name: str, customer: str | None = None
) -> Bootstrap:
    """The bootstrap of this name.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED.
    """
    return BOOTSTRAP.get(world, caller, name, customer)


def list_bootstraps(world: World, caller: Caller, query: ListQuery) -> Page[Bootstrap]:
    """One page of bootstraps. Raises FORBIDDEN, VALIDATION."""
    return BOOTSTRAP.page(world, caller, query)


def stream_bootstraps(world: World, caller: Caller, query: ListQuery) -> Iterator[Bootstrap]:
    """Every bootstrap that fits, from one snapshot; checks at once, reads while it is iterated.

    Close the iterator when it is not exhausted. Raises FORBIDDEN, VALIDATION.
    """
    return BOOTSTRAP.stream(world, caller, query)


def put_bootstrap(
    world: World, caller: Caller, name: str, content: bytes, how: Circumstances
) -> Written[Bootstrap]:
    """Create or replace. `content` is the body as it came, checked here (B-02).

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    caller.require(PERMISSIONS[KindName.BOOTSTRAP])
    document = read_object(content, world.limits.bootstrap_bytes)
    operation = BOOTSTRAP.operation(name, BootstrapContent(document.text), how)
    return BOOTSTRAP.put(world, caller, operation, how)


def delete_bootstrap(
    world: World, caller: Caller, name: str, how: Circumstances
) -> Written[Bootstrap]:
    """Delete; answers the row as it was.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    return BOOTSTRAP.delete(world, caller, name, how)
