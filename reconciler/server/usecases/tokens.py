"""Tokens: read, list, put, delete."""

from collections.abc import Iterator

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import KindName
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.names import fold
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.token import Token, TokenContent
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.noun import Noun
from reconciler.server.usecases.ports import World

TOKEN = Noun(
    KindName.TOKEN,
    Permission.READ_TOKENS,
    listing.TOKENS,
    lambda tx: tx.tokens,
    fold,
)


def get_token(world: World, caller: Caller, name: str, customer: str | None = None) -> Token:
    """The token of this name.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED.
    """
    return TOKEN.get(world, caller, name, customer)


def list_tokens(world: World, caller: Caller, query: ListQuery) -> Page[Token]:
    """One page of tokens. Raises FORBIDDEN, VALIDATION."""
    return TOKEN.page(world, caller, query)


def stream_tokens(world: World, caller: Caller, query: ListQuery) -> Iterator[Token]:
    """Every token that fits, from one snapshot; checks at once, reads while it is iterated.

    Close the iterator when it is not exhausted. Raises FORBIDDEN, VALIDATION.
    """
    return TOKEN.stream(world, caller, query)


def put_token(
    world: World, caller: Caller, name: str, content: TokenContent, how: Circumstances
) -> Written[Token]:
    """Create or replace.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    return TOKEN.put(world, caller, TOKEN.operation(name, content, how), how)


def delete_token(world: World, caller: Caller, name: str, how: Circumstances) -> Written[Token]:
    """Delete; answers the row as it was.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    return TOKEN.delete(world, caller, name, how)
