"""A simulated Extension Manager: it calls the same use cases that a real one reaches by HTTP."""

from collections.abc import Mapping

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.simulation import Mood, PartnerName
from reconciler.server.usecases.extension_manager import Admitted, read_pool
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.scope import missing
from reconciler.server.usecases.simulated_partners import read_mood

NAME = "Ext-Simulated"


def simulated_exm(world: World, customer: CustomerRef) -> Admitted:
    """The customer's simulated Extension Manager, which needs no key.

    Raises:
        DomainError: NOT_FOUND, EXM_NOT_ENTITLED; UPSTREAM unless it is well.
    """
    with world.store.read(customer) as tx:
        stored = tx.customers.find(customer.code)
    if stored is None:
        raise missing()
    if not stored.content.extension_manager:
        message = "this customer does not use an Extension Manager"
        raise DomainError(ErrorCode.EXM_NOT_ENTITLED, message)
    mood = read_mood(world.store, PartnerName.EXTENSION_MANAGER)
    if mood is not Mood.WELL:
        raise DomainError(ErrorCode.UPSTREAM, f"the simulated Extension Manager is {mood}")
    return Admitted(customer, stored.content, NAME)


def pull_pool(world: World, customer: CustomerRef) -> Mapping[str, int]:
    """Its hourly reading of the pool (E-03); one that is not well leaves it out."""
    if read_mood(world.store, PartnerName.EXTENSION_MANAGER) is not Mood.WELL:
        return {}
    return {"lots": len(read_pool(world, simulated_exm(world, customer)))}
