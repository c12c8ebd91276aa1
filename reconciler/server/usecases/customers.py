"""Customers: what the vendor sets up, and what their users may see."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.customer import Customer, CustomerContent
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.ports import World


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """A new customer's first Super-Admin; invited by mail when there is no password."""

    login_name: str
    user_name: str
    email: str
    password: str | None = field(default=None, repr=False)


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
    raise NotImplementedError


def list_customers(world: World, caller: Caller, query: ListQuery) -> Page[Customer]:
    """One page of customers. Raises FORBIDDEN, VALIDATION."""
    raise NotImplementedError


def stream_customers(world: World, caller: Caller, query: ListQuery) -> Iterator[Customer]:
    """Every customer that fits. Raises FORBIDDEN, VALIDATION."""
    raise NotImplementedError


def put_customer(
    world: World, caller: Caller, code: str, order: CustomerOrder, how: Circumstances
) -> Written[Customer]:
    """Create or replace (I-05). A new one gets its starter pairs, Super-Admin and mails.

    Raises:
        DomainError: FORBIDDEN, VALIDATION, WEAK_PASSWORD, CONFLICT for a name, login name or
            address in use, STALE_VERSION.
    """
    raise NotImplementedError


def delete_customer(
    world: World, caller: Caller, code: str, how: Circumstances
) -> Written[Customer]:
    """Delete a customer with its users, bootstraps, tokens and sites; events stay.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    """
    raise NotImplementedError
