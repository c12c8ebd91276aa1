"""Ten thousand objects."""

from reconciler.core.json_text import dump_json
from reconciler.core.outcome import Applied
from reconciler.render.plan_text import plan_text
from reconciler.render.view import View
from tests.stores import SCOPE, stores
from tests.world.world import World, project

STORES = 2500
COUNT = 4 * STORES
SCREEN_LINES = 50


def test_ten_thousand_objects_are_planned_applied_recorded_and_shown(world: World) -> None:
    task = world.task(stores(STORES), project(scope=SCOPE))
    plan = world.plan(task)
    assert len(plan.steps) == COUNT
    assert len(plan_text(plan, View()).splitlines()) <= SCREEN_LINES
    receipt = world.apply(task, plan)
    assert all(isinstance(one, Applied) for one in receipt.outcomes)
    assert (receipt.discrepancies, receipt.unverified, receipt.unrecorded) == ((), "", "")
    again = world.plan(task)
    assert (again.steps, again.unchanged) == ((), COUNT)
    sizes = [
        len(dump_json(stored.value).encode())
        for (_, name), stored in world.server.objects().items()
        if name.startswith("pvm-inventory-")
    ]
    assert len(sizes) > 2
    assert max(sizes) <= 192 * 1024
