"""An Admin may edit bootstraps, and so the inventory; accounts are for Super-Admins only.

What no Admin may delete must not be deleted for one by a Super-Admin's apply either.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest

from reconciler.core.plan import Plan
from reconciler.core.project import DEFAULT_SAFETY, Adopt, Project, Scope, Target
from reconciler.core.values import JsonValue
from reconciler.render.plan_text import plan_text
from reconciler.render.view import View
from tests.world.world import KEY, World, declared, project

ADMIN: Final = "acme-admin"
SCOPE: Final = Scope({"Bootstrap": ("b*",), "PortalUser": ("u*",)})
RULES: Final = project(safety=DEFAULT_SAFETY, scope=SCOPE)
PERSON: Final[Mapping[str, JsonValue]] = {
    "userName": "Una",
    "role": "Super-Admin",
    "email": "una@acme.example",
}
CHIEF: Final = declared("PortalUser", "u1", PERSON)
FOUND: Final = declared("Bootstrap", "b9", {"by": "hand"})
"""Neither is declared in the repository, nor ever was."""
OURS: Final = (
    declared("Bootstrap", "b1", {"idle": 30}),
    declared("Bootstrap", "b2", {}),
    declared("PortalUser", "u2", {**PERSON, "role": "User", "email": "u2@acme.example"}),
)

Shards = Mapping[str, Mapping[str, JsonValue]]


@pytest.fixture
def world(world: World) -> World:
    """With an account and a bootstrap that pvm knows nothing of."""
    world.put("PortalUser", "u1", PERSON)
    world.put("Bootstrap", "b9", FOUND.value)
    return world


def shards(world: World) -> Shards:
    """pvm's own bootstraps."""
    return {
        stored.name: stored.value
        for (kind, _), stored in world.server.objects().items()
        if kind == "Bootstrap" and stored.name.startswith("pvm-")
    }


def made_elsewhere(world: World, key: bytes | None, rules: Project = RULES) -> Shards:
    """The inventory of somebody who owns all there is, made on a server of their own."""
    backup = world.server.keep()
    for name in shards(world):
        world.remove("Bootstrap", name)
    given = replace(rules, adopt=Adopt.ALWAYS, safety=project().safety)
    everything = (CHIEF, FOUND, *OURS)
    world.apply(world.task(everything, given, key=key, target=given.targets["default"]))
    found = shards(world)
    world.server.restore(backup)
    return found


def planted(world: World, forged: Shards) -> None:
    for name, value in forged.items():
        world.put("Bootstrap", name, value, by=ADMIN)


def unsigned(forged: Shards) -> Shards:
    return {
        name: {key: value for key, value in fields.items() if key != "mac"}
        for name, fields in forged.items()
    }


def is_unharmed(world: World) -> bool:
    return {("PortalUser", "u1"), ("Bootstrap", "b9")} <= world.objects().keys()


def stops(plan: Plan) -> list[str]:
    return [stop.guard for stop in plan.stops]


def test_without_a_key_a_forged_account_makes_the_inventory_damaged(world: World) -> None:
    task = world.task(OURS, RULES, key=None)
    world.apply(task)
    planted(world, unsigned(made_elsewhere(world, b"the administrator's own key")))
    plan = world.plan(task)
    assert set(stops(plan)) == {"inventory"}
    assert "it holds an entry that pvm would not write" in plan_text(plan, View(width=200))
    assert world.apply(task, plan).outcomes == ()
    assert is_unharmed(world)


def test_without_a_key_a_forged_bootstrap_of_the_scope_would_go_and_the_plan_says_so(
    world: World,
) -> None:
    """Who forges it may edit bootstraps: they could have deleted it themselves."""
    task = world.task(OURS, RULES, key=None)
    world.apply(task)
    planted(world, made_elsewhere(world, None))
    plan = world.plan(task)
    assert [(step.change.id.name, type(step.change).__name__) for step in plan.steps] == [
        ("b9", "Delete")
    ]
    assert "PortalUser" not in {step.change.id.kind for step in plan.steps}
    world.apply(task, plan)
    assert ("PortalUser", "u1") in world.objects()


def test_with_a_key_what_is_not_signed_stops_everything(world: World) -> None:
    task = world.task(OURS, RULES)
    world.apply(task)
    planted(world, unsigned(made_elsewhere(world, KEY)))
    plan = world.plan(task)
    assert set(stops(plan)) == {"inventory"}
    assert "it is not signed, and PVM_DIGEST_KEY is set" in plan.stops[0].reason
    assert world.apply(task, plan).outcomes == ()
    assert is_unharmed(world)


def test_shards_of_another_target_with_the_same_key_do_not_pass_for_ours(world: World) -> None:
    staging = replace(RULES, targets={"default": Target("staging", "http://127.0.0.1:1")})
    task = world.task(OURS, RULES)
    world.apply(task)
    planted(world, made_elsewhere(world, KEY, staging))
    plan = world.plan(task)
    assert set(stops(plan)) == {"inventory"}
    assert 'it was written for the target "staging"' in plan.stops[0].reason
    assert world.apply(task, plan).outcomes == ()
    assert is_unharmed(world)


def test_a_signed_shard_under_another_number_does_not_pass_for_that(world: World) -> None:
    task = world.task(OURS, RULES)
    world.apply(task)
    forged = made_elsewhere(world, KEY)
    planted(world, {"pvm-inventory-acme-02": forged["pvm-inventory-acme-01"]})
    plan = world.plan(task)
    assert set(stops(plan)) == {"inventory"}
    assert "it holds what was written as pvm-inventory-acme-01" in plan.stops[0].reason
    assert is_unharmed(world)


@pytest.mark.parametrize("names", [("-00", "-01"), ("-01",)], ids=["all", "entries"])
def test_an_older_inventory_of_ours_is_believed_but_an_account_goes_only_when_somebody_agrees(
    world: World, names: tuple[str, ...]
) -> None:
    """It is signed and was true once: only what is in the plan tells that somebody put it back."""
    adopting = replace(RULES, adopt=Adopt.ALWAYS, release=())
    world.apply(world.task((*OURS, CHIEF, FOUND), adopting))
    older = shards(world)
    released = replace(RULES, release=(("PortalUser", "u1"), ("Bootstrap", "b9")))
    world.apply(world.task(OURS, released))
    task = world.task(OURS, RULES)
    assert world.plan(task).steps == ()
    planted(world, {n: value for n, value in older.items() if n.endswith(names)})

    plan = world.plan(task)
    going = {step.change.id.name for step in plan.steps}
    shown = " ".join(plan_text(plan, View()).split())
    assert going == {"u1", "b9"}
    assert stops(plan) == ["deletes"]
    assert "--ack deletes.PortalUser=1" in shown
    assert world.apply(task, plan).outcomes == ()
    assert is_unharmed(world)
    assert world.plan(world.task(OURS, released)).steps == ()


def test_a_forged_inventory_of_another_project_can_only_keep_ours_from_writing(
    world: World,
) -> None:
    task = world.task(OURS, RULES)
    world.apply(task)
    other = replace(RULES, name="other", id="other")
    planted(world, made_elsewhere(world, b"the administrator's own key", other))
    changed = (declared("Bootstrap", "b1", {"idle": 60}), *OURS[1:])
    plan = world.plan(world.task(changed, RULES))
    assert {(one.id.name, one.guard) for one in plan.blocked} == {
        ("b1", "foreign"),
        ("b2", "foreign"),
    }
    assert 'belongs to the project "other"' in plan_text(plan, View())
    assert (plan.steps, plan.stops) == ((), ())
    assert is_unharmed(world)
