"""Customers: what the vendor sets up, and what their users may see."""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.change_set import KindName
from reconciler.server.domain.customer import Customer, CustomerContent, check_customer
from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError, refuse
from reconciler.server.domain.event import EventType
from reconciler.server.domain.listing import ListQuery, Page, check_query
from reconciler.server.domain.names import check_customer_code, fold
from reconciler.server.domain.password import check_password
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.write import Circumstances, Result, Written, check_source
from reconciler.server.usecases.changes import is_name
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.ports import Reach, Transaction, World
from reconciler.server.usecases.scope import home, missing, streamed, write
from reconciler.server.usecases.setup import FirstAdministrator, Setup


@dataclass(frozen=True, slots=True)
class CustomerOrder:
    """What the vendor sends. `super_admin` is required for a new customer.

    For an existing one it may be repeated, and changes nothing.
    """

    content: CustomerContent
    super_admin: FirstAdministrator | None = None


def read_customer(world: World, caller: Caller, code: str | None = None) -> Customer:
    """The caller's own customer; the vendor names one (Q-20).

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED.
    """
    caller.require(Permission.READ_CUSTOMER)
    tenant = home(world, caller, code, lambda _tx: ())
    with world.store.read(tenant) as tx:
        customer = tx.customers.find(tenant.code)
    if customer is None:
        raise missing()
    return customer


def list_customers(world: World, caller: Caller, query: ListQuery) -> Page[Customer]:
    """One page of customers. Raises FORBIDDEN, VALIDATION."""
    caller.require(Permission.READ_CUSTOMERS)
    check_query(query, listing.CUSTOMERS)
    with world.store.read(Reach.EVERYONE) as tx:
        return tx.customers.page(query)


def stream_customers(world: World, caller: Caller, query: ListQuery) -> Iterator[Customer]:
    """Every customer that fits. Raises FORBIDDEN, VALIDATION."""
    caller.require(Permission.READ_CUSTOMERS)
    check_query(query, listing.CUSTOMERS)
    return streamed(world, Reach.EVERYONE, lambda tx: tx.customers.stream(query))


def put_customer(
    world: World, caller: Caller, code: str, order: CustomerOrder, how: Circumstances
) -> Written[Customer]:
    """Create or replace (I-05). A new one gets its starter pairs, Super-Admin and mails.

    Raises:
        DomainError: FORBIDDEN, VALIDATION, WEAK_PASSWORD, CONFLICT for a name, login name or
            address in use, STALE_VERSION.
    """
    caller.require(Permission.WRITE_CUSTOMERS)
    check_customer_code(code)
    check_customer(order.content)
    check_source(how.source)
    first = order.super_admin
    password_hash = None
    if first is not None and first.password is not None:
        related = (first.login_name, first.user_name, first.email)
        check_password(first.password, related, "superAdmin.password")
        password_hash = world.hasher.hash(first.password)
    setup = Setup(world, caller, code, order.content, how)

    def work(tx: Transaction) -> Written[Customer]:
        current = tx.customers.find(code)
        how.precondition.check(current.version if current else None)
        namesake = tx.customers.by_name(order.content.name)
        if namesake is not None and namesake.code != code:
            message = "another customer has this name"
            raise DomainError(ErrorCode.CONFLICT, message, (FieldError("name", message),))
        if current is None:
            if first is None:
                refuse("superAdmin", "a new customer needs its first Super-Admin")
            return setup.create(tx, first, password_hash)
        if first is not None:
            _require_known(tx, current, first)
        return setup.change(tx, current)

    return write(world, Reach.VENDOR, work)


def delete_customer(
    world: World, caller: Caller, code: str, how: Circumstances
) -> Written[Customer]:
    """Delete a customer with its users, bootstraps, tokens and sites; events stay.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    """
    caller.require(Permission.WRITE_CUSTOMERS)

    def work(tx: Transaction) -> Written[Customer]:
        current = tx.customers.find(check_customer_code(code))
        if current is None:
            raise missing()
        how.precondition.check(current.version)
        if not how.dry_run:
            tx.customers.delete(current)
            desk = Desk.open(world, Reach.VENDOR, caller.login_name)
            desk.note(Fact(EventType.CUSTOMER_DELETE, f"customer {code} deleted", code))
            desk.file(tx)
        return Written(Result.DELETED, current)

    return write(world, Reach.VENDOR, work)


def _require_known(tx: Transaction, customer: Customer, first: FirstAdministrator) -> None:
    """A repeated order may repeat its Super-Admin; another one is a call of its own."""
    inside = tx.within(CustomerRef(customer.id, customer.code, customer.content.name))
    if not is_name(KindName.PORTAL_USER, first.login_name) or not inside.users.find(
        [fold(first.login_name)]
    ):
        refuse("superAdmin", "the customer exists; add further users with POST /user")


__all__ = [
    "CustomerOrder",
    "FirstAdministrator",
    "delete_customer",
    "list_customers",
    "put_customer",
    "read_customer",
    "stream_customers",
]
