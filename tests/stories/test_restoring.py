"""A server that was set back to an older backup, as a whole or in parts.

The inventory lies on the server, so a whole backup takes it along: what came later is pending once
more. After a part of one, pvm says which part is the odd one out, and changes nothing on its own.
"""

from collections.abc import Mapping
from typing import Final

import pytest

from reconciler.core.plan import Class, Plan, PlanOptions, Sort
from reconciler.core.project import Adopt
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.render.inventory import repair_text
from reconciler.render.plan_text import plan_text
from reconciler.render.view import View
from reconciler.workflow.pace import Pace
from reconciler.workflow.rebuild import Examined, examine, rebuild
from reconciler.workflow.task import Task
from tests.world.server import Key
from tests.world.world import World, declared, project

HEAD: Final = "pvm-inventory-acme-00"
ENTRIES: Final = "pvm-inventory-acme-01"


def store(name: str, idle: int) -> Desired:
    return declared("Bootstrap", name, {"idle": idle}, "files/stores.yaml", 4)


def counter(name: str, bootstrap: str) -> Desired:
    fields: Mapping[str, JsonValue] = {
        "appId": "WFC_PRO_ANDROID",
        "bootstrap": bootstrap,
        "description": "",
    }
    return declared("Token", name, fields, "files/counters.yaml")


SITE = declared("Site", "s1", {"proServerName": "dev03b"})
OCTOBER = (SITE, store("b1", 30), store("b2", 30), counter("t1", "b1"), counter("t2", "b2"))
NOVEMBER = (SITE, store("b1", 60), store("b3", 30), counter("t1", "b1"), counter("t3", "b3"))
"""One changed, two came, two went."""


def changes(plan: Plan) -> dict[str, Class]:
    return {str(step.change.id): step.class_ for step in plan.steps}


def text(plan: Plan) -> str:
    return plan_text(plan, View(width=100))


def is_quiet(plan: Plan) -> bool:
    return not (plan.steps or plan.records or plan.stops or plan.blocked or plan.drifted)


def ours(world: World) -> dict[Key, Mapping[str, JsonValue]]:
    """What the stories of this file are about; starter pairs are left out."""
    return {key: value for key, value in world.objects().items() if key[1][:-1] in "sbt"}


def is_november(world: World) -> bool:
    return ours(world) == {(one.id.kind, one.id.name): one.value for one in NOVEMBER}


def rebuilt(world: World, task: Task) -> Examined:
    """As `pvm inventory rebuild --yes`."""
    with world.reading() as reader:
        examined = examine(task, reader)
    with world.writing() as writer:
        pace = Pace(settle=0, sleep=world.waits.sleep)
        rebuild(examined, task, writer, world.server.chance, pace)
    return examined


def test_a_whole_backup_makes_pending_again_what_came_after_it(world: World) -> None:
    world.apply(world.task(OCTOBER))
    backup = world.server.keep()
    world.apply(world.task(NOVEMBER))
    world.server.restore(backup)
    plan = world.plan(world.task(NOVEMBER))
    assert changes(plan) == {
        "Bootstrap/b1": Class.PENDING_UPDATE,
        "Bootstrap/b3": Class.PENDING_CREATE,
        "Token/t3": Class.PENDING_CREATE,
        "Token/t2": Class.PENDING_DELETE,
        "Bootstrap/b2": Class.PENDING_DELETE,
    }
    assert (plan.drifted, plan.blocked, plan.stops) == ((), (), ())
    assert "base apply #1" in text(plan)
    world.apply(world.task(NOVEMBER), plan)
    assert is_november(world)
    assert is_quiet(world.plan(world.task(NOVEMBER)))


def test_a_plan_from_before_the_restore_takes_nothing_for_granted(world: World) -> None:
    """Versions are counted again from the backup's, so they alone must not prove anything."""
    world.apply(world.task(OCTOBER))
    backup = world.server.keep()
    world.put("Bootstrap", "b1", {"idle": 45})
    reviewed = world.plan(world.task(NOVEMBER), PlanOptions(ours=(("*", "*"),)))
    world.server.restore(backup)
    world.put("Bootstrap", "b1", {"idle": 50})
    receipt = world.apply(world.task(NOVEMBER), reviewed)
    assert world.objects()["Bootstrap", "b1"] == {"idle": 50}
    assert {type(one).__name__ for one in receipt.outcomes if one.id.name == "b1"} == {"Failed"}


def test_a_backup_from_before_the_first_apply_deletes_nothing_and_asks_about_what_differs(
    world: World,
) -> None:
    world.put("Bootstrap", "b1", {"idle": 30})
    world.put("Bootstrap", "b2", {"idle": 30})
    world.put("Bootstrap", "b3", {"idle": 30})
    backup = world.server.keep()
    world.apply(world.task(NOVEMBER, project(adopt=Adopt.ALWAYS)))
    world.server.restore(backup)
    plan = world.plan(world.task(NOVEMBER))
    assert set(changes(plan).values()) == {Class.PENDING_CREATE}
    assert [(record.id.name, record.sort) for record in plan.records] == [("b3", Sort.ADOPTED)]
    assert {(one.id.name, one.guard) for one in plan.blocked} == {("b1", "adopt")}
    assert [one.name for one in plan.unmanaged] == ["b2"]
    assert "set adopt: always" in text(plan)
    always = project(adopt=Adopt.ALWAYS)
    world.apply(world.task(NOVEMBER, always))
    assert ours(world).pop(("Bootstrap", "b2")) == {"idle": 30}
    assert is_quiet(world.plan(world.task(NOVEMBER)))


def test_objects_restored_without_the_inventory_are_drift_and_stay_until_it_is_taken_back(
    world: World,
) -> None:
    world.apply(world.task(OCTOBER))
    world.apply(world.task(NOVEMBER))
    world.remove("Token", "t3")
    world.remove("Bootstrap", "b3")
    for one in OCTOBER:
        world.put(one.id.kind, one.id.name, one.value)
    plan = world.plan(world.task(NOVEMBER))
    assert (plan.steps, plan.records, plan.blocked) == ((), (), ())
    assert [one.id.name for one in plan.drifted] == ["b1", "b3", "t3"]
    assert [one.name for one in plan.unmanaged] == ["b2", "t2"]
    assert "drift stays until pvm apply --revert-drift" in " ".join(text(plan).split())
    world.apply(world.task(NOVEMBER), options=PlanOptions(revert=(("*", "*"),)))
    left = ours(world)
    assert left.pop(("Bootstrap", "b2")) == {"idle": 30}
    assert ("Token", "t2") in left
    assert left.pop(("Token", "t2"))["bootstrap"] == "b2"
    assert left == {(one.id.kind, one.id.name): one.value for one in NOVEMBER}
    assert is_quiet(world.plan(world.task(NOVEMBER)))


def test_an_inventory_restored_without_the_objects_is_brought_up_to_date_and_no_object_is_written(
    world: World,
) -> None:
    world.apply(world.task(OCTOBER))
    older = {name: world.server.objects()["Bootstrap", name].value for name in (HEAD, ENTRIES)}
    world.apply(world.task(NOVEMBER))
    for name, value in older.items():
        world.put("Bootstrap", name, value)
    plan = world.plan(world.task(NOVEMBER))
    assert {str(record.id): record.sort for record in plan.records} == {
        "Bootstrap/b1": Sort.CONVERGED,
        "Bootstrap/b3": Sort.ADOPTED,
        "Token/t3": Sort.ADOPTED,
        "Bootstrap/b2": Sort.GONE,
        "Token/t2": Sort.GONE,
    }
    assert (plan.steps, plan.drifted, plan.blocked) == ((), (), ())
    before = world.server.objects()
    world.apply(world.task(NOVEMBER), plan)
    after = world.server.objects()
    assert {k: v for k, v in after.items() if not k[1].startswith("pvm-")} == {
        k: v for k, v in before.items() if not k[1].startswith("pvm-")
    }
    assert is_quiet(world.plan(world.task(NOVEMBER)))


@pytest.mark.parametrize("lost", [(HEAD,), (ENTRIES,)], ids=["head", "entries"])
def test_a_backup_that_lacks_a_shard_stops_everything_until_the_inventory_is_rebuilt(
    world: World, lost: tuple[str, ...]
) -> None:
    world.apply(world.task(OCTOBER))
    backup = world.server.keep()
    world.apply(world.task(NOVEMBER))
    world.server.restore(backup)
    for name in lost:
        world.remove("Bootstrap", name)
    task = world.task(NOVEMBER)
    plan = world.plan(task)
    assert [stop.guard for stop in plan.stops] == ["inventory"]
    shown = text(plan)
    assert f"{lost[0]}: it was deleted" in shown
    assert "pvm inventory rebuild" in shown
    before = world.server.objects()
    assert world.apply(task, plan).outcomes == ()
    assert world.server.objects() == before

    repair = rebuilt(world, task).repair
    told = repair_text(repair, View(), done=True)
    assert f"{lost[0]}: it was deleted" in told
    assert ours(world) == {(one.id.kind, one.id.name): one.value for one in OCTOBER}
    again = world.plan(task)
    assert again.stops == ()
    assert changes(again)["Bootstrap/b3"] is Class.PENDING_CREATE
    world.apply(world.task(NOVEMBER, project(adopt=Adopt.ALWAYS)))
    assert is_quiet(world.plan(task))
    unknown = {("Bootstrap", "b2"), ("Token", "t2")} if lost == (ENTRIES,) else set()
    assert ours(world).keys() - {(one.id.kind, one.id.name) for one in NOVEMBER} == unknown
