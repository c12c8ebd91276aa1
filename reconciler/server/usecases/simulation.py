"""What people who rehearse may do: move the clock, spoil a partner's mood, look into the outbox."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.errors import refuse
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.simulation import Mood, PartnerName
from reconciler.server.usecases import simulated_partners
from reconciler.server.usecases.partner_ports import Simulation
from reconciler.server.usecases.ports import Reach, Store, WaitingMail, World
from reconciler.server.usecases.scope import home, missing, present

_CLOCK = "clock"
_AHEAD = "ahead"
_MOST_MAILS = 200
_FARTHEST = timedelta(days=366 * 20)
_LAST_YEAR = 2200


def rehearse(world: World, caller: Caller) -> Simulation:
    """The simulation, for a vendor administrator.

    Raises:
        DomainError: FORBIDDEN; NOT_FOUND on a server without simulation.
    """
    caller.require(Permission.WRITE_JOBS)
    if world.simulation is None:
        raise missing()
    return world.simulation


def rehearsed_customer(world: World, caller: Caller, code: str | None) -> CustomerRef:
    """The customer that a rehearsal names. Raises as `rehearse`, CUSTOMER_REQUIRED."""
    rehearse(world, caller)
    return home(world, caller, code, lambda _tx: ())


def set_clock(world: World, caller: Caller, to: datetime) -> datetime:
    """Let it be later than it is, and due jobs begin; answers the new time.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, VALIDATION for the past and the far future.
    """
    simulation = rehearse(world, caller)
    now = present(world)
    if to < now:
        refuse("now", "must not lie in the past; time never goes back")
    if to - now > _FARTHEST or to.year >= _LAST_YEAR:
        refuse("now", f"must be at most 20 years from now, and before {_LAST_YEAR}")
    ahead = simulation.move_clock(to)
    body = json.dumps(ahead // timedelta(milliseconds=1))
    world.store.write(Reach.VENDOR, lambda tx: tx.simulated.put(_CLOCK, _AHEAD, body), alone=False)
    simulation.wake()
    return present(world)


def advance_clock(world: World, caller: Caller, by: timedelta) -> datetime:
    """As `set_clock`, by so much."""
    rehearse(world, caller)
    if not timedelta(0) <= by <= _FARTHEST:
        refuse("advanceSeconds", "must be from 0 to 20 years")
    return set_clock(world, caller, present(world) + by)


def clock_ahead(store: Store) -> timedelta:
    """How far the clock was moved before the server was started anew."""
    with store.read(Reach.VENDOR) as tx:
        found = tx.simulated.get(_CLOCK, _AHEAD)
    return timedelta(milliseconds=0 if found is None else int(json.loads(found)))


def set_mood(world: World, caller: Caller, partner: PartnerName, mood: Mood) -> None:
    """From now on the partner behaves so. Raises as `rehearse`."""
    rehearse(world, caller)
    simulated_partners.set_mood(world.store, partner, mood)


def read_mood(world: World, caller: Caller, partner: PartnerName) -> Mood:
    """How the partner behaves. Raises as `rehearse`."""
    rehearse(world, caller)
    return simulated_partners.read_mood(world.store, partner)


def read_outbox(world: World, caller: Caller) -> Sequence[WaitingMail]:
    """The latest mails, the newest first, sent or not. Raises as `rehearse`."""
    rehearse(world, caller)
    with world.store.read(Reach.EVERYONE) as tx:
        return tx.outbox.latest(_MOST_MAILS)
