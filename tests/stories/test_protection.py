"""What was once declared with `protect: true` outlives its document, the inventory, and both."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest

from reconciler.cli.exits import of_plan
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.project import Adopt, Project, Prune
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.render.plan_text import plan_text
from reconciler.render.view import View
from reconciler.workflow.pace import Pace
from reconciler.workflow.rebuild import examine, rebuild
from reconciler.workflow.task import Task
from tests.world.server import Key
from tests.world.world import World, declared, project

TOKEN: Final[Mapping[str, JsonValue]] = {
    "appId": "WFC_PRO_ANDROID",
    "bootstrap": "b1",
    "description": "",
}
SAFE: Final = tuple(
    replace(one, protect=True)
    for one in (
        declared("Site", "s1", {"proServerName": "dev03b"}),
        declared("Bootstrap", "b1", {"idle": 30}),
        declared("Token", "t1", TOKEN),
    )
)
PLAIN: Final = tuple(replace(one, protect=False) for one in SAFE)
OTHER: Final = declared("Bootstrap", "b2", {})
KEYS: Final = {(one.id.kind, one.id.name) for one in SAFE}
LOSSES: Final = {
    "document": (),
    "inventory": ("pvm-inventory-",),
    "head": ("pvm-inventory-acme-00",),
    "entries": ("pvm-inventory-acme-01",),
}


@pytest.fixture(params=(Prune.OWNED, Prune.SCOPE))
def rules(request: pytest.FixtureRequest) -> Project:
    """Nothing but `protect` stands in the way of deleting."""
    prune: Prune = request.param
    return project(prune=prune)


def lose(world: World, prefixes: tuple[str, ...]) -> None:
    """Somebody deletes shards in the portal."""
    names = [stored.name for stored in world.server.objects().values()]
    for name in names:
        if name.startswith(prefixes):
            world.remove("Bootstrap", name)


def rebuilt(world: World, task: Task) -> None:
    """As `pvm inventory rebuild --yes`."""
    with world.reading() as reader:
        examined = examine(task, reader)
    with world.writing() as writer:
        pace = Pace(settle=0, sleep=world.waits.sleep)
        rebuild(examined, task, writer, world.server.chance, pace)


def deleted(plan: Plan) -> set[Key]:
    return {
        (step.change.id.kind, step.change.id.name)
        for step in plan.steps
        if type(step.change).__name__ == "Delete"
    }


def text(plan: Plan) -> str:
    """The plan as printed, on one line."""
    return " ".join(plan_text(plan, View(width=100)).split())


def protected(plan: Plan) -> set[Key]:
    """What the plan says that it leaves alone for being protected."""
    return {(one.id.kind, one.id.name) for one in plan.blocked if one.guard == "protect"}


@pytest.mark.parametrize("repaired", ["", "rebuilt"], ids=["as it is", "rebuilt"])
@pytest.mark.parametrize("lost", LOSSES.values(), ids=tuple(LOSSES))
@pytest.mark.parametrize("left", [(), (OTHER,)], ids=["all documents", "its document"])
def test_what_is_protected_outlives_document_and_inventory(
    world: World, rules: Project, left: tuple[Desired, ...], lost: tuple[str, ...], repaired: str
) -> None:
    world.apply(world.task((*SAFE, OTHER), rules))
    if lost:
        lose(world, lost)
    task = world.task(left, rules)
    if repaired:
        rebuilt(world, task)
    everything = PlanOptions(
        acks={"deletes": 99, "used": 99, "unverified": 99, "adopt": 99},
        ours=(("*", "*"),),
        revert=(("*", "*"),),
    )
    for options in (PlanOptions(), everything, everything):
        assert not deleted(world.plan(task, options)) & KEYS
        world.apply(task, options=options)
        assert world.objects().keys() >= KEYS


def test_the_plan_says_why_it_stays_and_how_to_have_it_go(world: World, rules: Project) -> None:
    world.apply(world.task((*SAFE, OTHER), rules))
    plan = world.plan(world.task((OTHER,), rules))
    assert protected(plan) == KEYS
    assert of_plan(plan, detailed=True) == 4
    shown = text(plan)
    assert "was declared with protect: true" in shown
    assert "declare it again without protect, apply, and remove the document then" in shown

    free = world.task((*PLAIN, OTHER), rules)
    assert "unprotect 3 objects, declared with protect: true no more" in text(world.plan(free))
    world.apply(free)
    assert of_plan(world.plan(free), detailed=True) == 0
    world.apply(world.task((OTHER,), rules))
    assert not world.objects().keys() & KEYS


def test_protecting_what_was_applied_before_needs_no_other_change(
    world: World, rules: Project
) -> None:
    world.apply(world.task((*PLAIN, OTHER), rules))
    task = world.task((*SAFE, OTHER), rules)
    plan = world.plan(task)
    assert (plan.steps, of_plan(plan, detailed=True)) == ((), 2)
    assert "protect 3 objects, declared with protect: true: " in text(plan)
    before = world.objects()
    world.apply(task, plan)
    assert world.objects() == before
    assert of_plan(world.plan(task), detailed=True) == 0
    assert protected(world.plan(world.task((OTHER,), rules))) == KEYS


def test_protecting_counts_for_what_somebody_changed_or_deleted_and_changes_nothing_else(
    world: World, rules: Project
) -> None:
    world.apply(world.task((*PLAIN, OTHER), rules))
    world.put("Bootstrap", "b1", {"idle": 45})
    world.remove("Token", "t1")
    task = world.task((*SAFE, OTHER), rules)
    drifted = world.plan(task).drifted
    assert {one.id.name for one in drifted} == {"b1", "t1"}
    world.apply(task)
    assert world.plan(task).drifted == drifted
    assert world.inventory(task).protected == KEYS


def test_protecting_counts_for_what_is_in_conflict(world: World, rules: Project) -> None:
    world.apply(world.task((*PLAIN, OTHER), rules))
    world.put("Bootstrap", "b1", {"idle": 45})
    task = world.task((replace(SAFE[1], value={"idle": 60}), OTHER, PLAIN[0], PLAIN[2]), rules)
    (blocked,) = world.plan(task).blocked
    world.apply(task)
    assert world.plan(task).blocked == (blocked,)
    assert world.inventory(task).protected == {("Bootstrap", "b1")}


def test_when_every_reserved_bootstrap_is_gone_nothing_is_deleted_without_being_asked_about(
    world: World,
) -> None:
    """Nobody can know any more what was protected: it is like any other object of the scope."""
    owned, scope = project(prune=Prune.OWNED), project(prune=Prune.SCOPE)
    world.apply(world.task((*SAFE, OTHER), owned))
    lose(world, ("pvm-",))
    for _ in range(2):
        plan = world.plan(world.task((OTHER,), owned))
        assert deleted(plan) == set()
        assert {(one.kind, one.name) for one in plan.unmanaged} >= KEYS
    blind = world.plan(world.task((OTHER,), scope))
    assert deleted(blind) == set()
    assert {one.guard for one in blind.blocked} == {"inventory"}
    assert "pvm inventory rebuild" in plan_text(blind, View(width=200))
    world.apply(world.task((OTHER,), scope), blind)
    assert world.objects().keys() >= KEYS


def test_protecting_what_is_adopted_counts_from_then_on(world: World, rules: Project) -> None:
    for one in SAFE:
        world.put(one.id.kind, one.id.name, one.value)
    world.apply(world.task((*SAFE, OTHER), replace(rules, adopt=Adopt.IF_EQUAL)))
    lose(world, ("pvm-inventory-",))
    world.apply(world.task((OTHER,), rules))
    world.apply(world.task((OTHER,), rules))
    assert world.objects().keys() >= KEYS
