"""Every situation of a small world, one by one: what chance seldom draws.

Each of these was planted and seen to be caught: a last Super-Admin deleted together with the one
before, a bootstrap deleted although a token that is still to be created names it, a token created
although its bootstrap is not selected, deletions that wait for nobody.
"""

from collections.abc import Iterator
from itertools import product

from reconciler.core.identity import ResourceId
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.planning import make_plan
from reconciler.core.project import Prune, Selection
from reconciler.core.resource import Desired, Live
from reconciler.core.situation import Situation
from tests.core.situations import desired, live, project, situation, token, user
from tests.laws.states import Server, key

PRUNING = project(prune=Prune.SCOPE)
ALL = PlanOptions()
ONLY_TOKENS = PlanOptions(selection=Selection(select=(("Token", "*"),)))


def applied(state: Situation, plan: Plan, *, backwards: bool) -> Server:
    """The server after the plan; backwards, each step as late as its needs allow."""
    server = Server.of(state)
    done: set[ResourceId] = set()
    bodies = {key(item.id): item for item in state.declared}
    waiting = list(reversed(plan.steps)) if backwards else list(plan.steps)
    while waiting:
        step = next(step for step in waiting if set(step.needs) <= done)
        waiting.remove(step)
        server.apply(step.change, bodies)
        done.add(step.change.id)
    return server


def worlds_of_tokens() -> Iterator[Situation]:
    """Two bootstraps and two tokens, each there or not, declared or not, in every combination."""
    there = (False, True)
    for b1, b2 in product(product(there, there), product(there, there)):
        server = [live("Bootstrap", n, {}) for n, b in (("b1", b1), ("b2", b2)) if b[0]]
        wanted = [desired("Bootstrap", n, {}) for n, b in (("b1", b1), ("b2", b2)) if b[1]]
        names = [item.id.name for item in server]
        bound = [None, *names]
        known = [None, *sorted({*names, *(item.id.name for item in wanted)})]
        for now, then in product(product(bound, bound), product(known, known)):
            yield situation(
                [*wanted, *(desired("Token", f"T-{n}", token(b)) for n, b in enumerate(then) if b)],
                [*server, *(live("Token", f"t-{n}", token(b)) for n, b in enumerate(now) if b)],
                PRUNING,
            )


def test_tokens_and_bootstraps_always_reach_a_state_the_server_allows() -> None:
    seen = 0
    for state in worlds_of_tokens():
        for chosen in (ALL, ONLY_TOKENS):
            plan = make_plan(state, chosen)
            blocked = {item.id for item in plan.blocked}
            for backwards in (False, True):
                server = applied(state, plan, backwards=backwards)
                again = make_plan(server.situation(state), chosen)
                assert {step.change.id for step in again.steps} <= blocked
            seen += 1
    assert seen == 2 * 550


def worlds_of_users() -> Iterator[Situation]:
    """Three accounts, one of them our own, in every combination of now and then."""
    now = ((), ("Super-Admin", "ACTIVE"), ("Super-Admin", "INVITED"), ("Admin", "ACTIVE"))
    then = ("", "Super-Admin", "Admin")
    for states in product(product(now, then), repeat=3):
        server: list[Live] = []
        wanted: list[Desired] = []
        for name, (before, role) in zip(("root", "ann", "bob"), states, strict=True):
            if before:
                server.append(
                    live("PortalUser", name, user(before[0]), facts={"status": before[1]})
                )
            if role:
                wanted.append(desired("PortalUser", name, user(role)))
        yield situation(wanted, server, PRUNING)


def test_an_administrator_who_can_sign_in_is_always_left() -> None:
    seen = 0
    for state in worlds_of_users():
        server = applied(state, make_plan(state, ALL), backwards=False)
        assert server.has_administrator() or not Server.of(state).has_administrator()
        own = [item for item in state.live["PortalUser"] if item.id.name == "root"]
        assert all(
            server.objects["PortalUser", "root"].value["role"] == o.value["role"] for o in own
        )
        seen += 1
    assert seen == 12**3
