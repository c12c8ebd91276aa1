"""Whose rows a call is about, and the one way to write them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.usecases.ports import (
    Reach,
    StaleWriteError,
    Tenant,
    Transaction,
    World,
)

Answer = TypeVar("Answer")
Row = TypeVar("Row")


def present(world: World) -> datetime:
    """The time, cut to what is stored, so that an answer equals what is read later."""
    return moment(milliseconds(world.clock()))


def write(
    world: World, tenant: Tenant, work: Callable[[Transaction], Answer], *, alone: bool = True
) -> Answer:
    """`Store.write`, with a lost race as a refusal. Raises STALE_VERSION."""
    try:
        return world.store.write(tenant, work, alone=alone)
    except StaleWriteError as error:
        message = "it was changed meanwhile, again and again; read it again and retry"
        raise DomainError(ErrorCode.STALE_VERSION, message) from error


def reach(world: World, caller: Caller, code: str | None) -> Tenant:
    """Whose rows the caller may list: its own customer's; the vendor's choice, or everyone's.

    Raises:
        DomainError: FORBIDDEN for another customer's code, NOT_FOUND for the vendor's misspelt.
    """
    if caller.customer is None:
        return Reach.EVERYONE if code is None else _named(world, code)
    if code is not None and code != caller.customer.code:
        raise DomainError(ErrorCode.FORBIDDEN, "only the vendor may name another customer")
    return caller.customer


def home(
    world: World,
    caller: Caller,
    code: str | None,
    holders: Callable[[Transaction], Sequence[CustomerRef]],
) -> CustomerRef:
    """The one customer that a call by name is about.

    `holders` finds the customers that have the name, when the vendor names no customer.

    Raises:
        DomainError: as `reach`; CUSTOMER_REQUIRED when none, or several, have the name.
    """
    tenant = reach(world, caller, code)
    if isinstance(tenant, CustomerRef):
        return tenant
    with world.store.read(Reach.EVERYONE) as tx:
        found = holders(tx)
    if len(found) != 1:
        message = "name the customer: customer=CODE"
        raise DomainError(ErrorCode.CUSTOMER_REQUIRED, message)
    return found[0]


def owner(
    world: World,
    caller: Caller,
    code: str | None,
    holders: Callable[[Transaction], Sequence[CustomerRef]],
) -> CustomerRef:
    """As `home`, but NOT_FOUND when nobody has the name: for what must exist."""
    found: list[CustomerRef] = []

    def look(tx: Transaction) -> Sequence[CustomerRef]:
        found.extend(holders(tx))
        if not found:
            raise missing()
        return found

    return home(world, caller, code, look)


def settings_of(tx: Transaction, tenant: CustomerRef) -> Customer:
    """A customer's settings within a transaction. Raises NOT_FOUND when it is gone meanwhile."""
    customer = tx.customers.find(tenant.code)
    if customer is None:
        raise missing()
    return customer


def missing() -> DomainError:
    """What is not there, or not this caller's, is the same to it."""
    return DomainError(ErrorCode.NOT_FOUND, "there is no such object")


def streamed(
    world: World, tenant: Tenant, rows: Callable[[Transaction], Iterator[Row]]
) -> Iterator[Row]:
    """Rows of one snapshot that stays open while they are iterated."""
    with world.store.read(tenant) as tx:
        yield from rows(tx)


def _named(world: World, code: str) -> CustomerRef:
    with world.store.read(Reach.EVERYONE) as tx:
        customer = tx.customers.find(code)
    if customer is None:
        raise DomainError(ErrorCode.NOT_FOUND, "there is no such customer")
    return CustomerRef(customer.id, customer.code, customer.content.name)
