"""Bootstraps: read, list, put, delete."""

from collections.abc import Iterator

from reconciler.server.domain.bootstrap import Bootstrap
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.ports import World


def get_bootstrap(
    world: World, caller: Caller, name: str, customer: str | None = None
) -> Bootstrap:
    """The bootstrap of this name.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED.
    """
    raise NotImplementedError


def list_bootstraps(world: World, caller: Caller, query: ListQuery) -> Page[Bootstrap]:
    """One page of bootstraps. Raises FORBIDDEN, VALIDATION."""
    raise NotImplementedError


def stream_bootstraps(world: World, caller: Caller, query: ListQuery) -> Iterator[Bootstrap]:
    """Every bootstrap that fits, from one snapshot; checks at once, reads while it is iterated.

    Close the iterator when it is not exhausted. Raises FORBIDDEN, VALIDATION.
    """
    raise NotImplementedError


def put_bootstrap(
    world: World, caller: Caller, name: str, content: bytes, how: Circumstances
) -> Written[Bootstrap]:
    """Create or replace. `content` is the body as it came, checked here (B-02).

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    raise NotImplementedError


def delete_bootstrap(
    world: World, caller: Caller, name: str, how: Circumstances
) -> Written[Bootstrap]:
    """Delete; answers the row as it was.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    raise NotImplementedError
