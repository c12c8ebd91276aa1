"""Footprints: whom a change of tokens, bootstraps or sites would reach."""

from collections.abc import Sequence
from datetime import datetime

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.footprint import Footprint, count_footprints
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.scope import home


def list_footprints(
    world: World, caller: Caller, since: datetime, customer: str | None = None
) -> Sequence[Footprint]:
    """What the ACTIVE devices of one customer depend on: tokens used from `since` on, and sites.

    Who may read what devices asked for may count it by token. Sites show up only for those who
    may read devices (Q-28).

    Raises:
        DomainError: FORBIDDEN, CUSTOMER_REQUIRED.
    """
    caller.require(Permission.READ_REPORTS)
    tenant = home(world, caller, customer, lambda _tx: ())
    with world.store.read(tenant) as tx:
        active = tx.devices.active()
        uses = tx.tokens.uses(since)
        if not caller.may(Permission.READ_DEVICES):
            active = dict.fromkeys(active)
        return count_footprints(uses, active)
