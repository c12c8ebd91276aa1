"""Ten thousand large bootstraps that have nothing in common but one line."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reconciler.cli.exits import Interruption, of_plan, of_receipt
from reconciler.core.json_text import dump_json
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.render.plan_text import plan_text
from reconciler.render.view import View
from reconciler.workflow.task import Task
from tests.remote.fake_server import FakeServer
from tests.workflow.tasks import apply, desired, plan, task

COUNT: Final = 10_000
SHARD_BYTES: Final = 192 * 1024
SCREEN: Final = 40
COLUMNS: Final = 80
KEY: Final = b"0123456789abcdef"


def bootstraps(app: str, count: int = COUNT, letters: int = 400, seed: int = 7) -> list[Desired]:
    """The same for the same arguments; packing halves them and no more."""
    chance = random.Random(seed)  # noqa: S311 -- the same objects each time, not secrets
    return [
        desired(
            "Bootstrap",
            f"store-{n:05d}",
            {"app": app, "blob": chance.randbytes(letters // 2).hex()},
        )
        for n in range(count)
    ]


def task_of(declared: list[Desired]) -> Task:
    return replace(task(declared), key=KEY, warnings=())


def put_there(server: FakeServer, objects: Sequence[Desired]) -> None:
    """They were on the server before pvm came."""
    for one in objects:
        row: dict[str, JsonValue] = {
            "name": one.id.name,
            "parameters": dict(one.value),
            "version": 1,
        }
        server.rows["bootstrap"][one.id.name] = row


def screen(found: Plan) -> list[str]:
    return plan_text(found, View(width=COLUMNS)).splitlines()


def shard_sizes(server: FakeServer) -> list[int]:
    rows = server.rows["bootstrap"].items()
    return [
        len(dump_json(row["parameters"]).encode()) for name, row in rows if name.startswith("pvm-")
    ]


def is_quiet(found: Plan) -> bool:
    return of_plan(found, detailed=True) == 0


def test_ten_thousand_different_bootstraps_are_adopted_and_a_change_of_one_line_is_one_row() -> (
    None
):
    server = FakeServer()
    before = task_of(bootstraps("9.8.1"))
    put_there(server, before.declared)
    adoption = plan(server, before, PlanOptions(acks={"adopt": COUNT}))
    assert len(screen(adoption)) < SCREEN
    receipt = apply(server, before, adoption)
    assert of_receipt(receipt, Interruption.INTERRUPT) == 0
    sizes = shard_sizes(server)
    assert len(sizes) > 10
    assert max(sizes) < SHARD_BYTES

    changed = plan(server, task_of(bootstraps("9.9.0")))
    shown = screen(changed)
    assert len(shown) < SCREEN
    assert max(map(len, shown)) <= COLUMNS
    row = shown.index("  ~ 10,000 bootstraps   stores/nl.yaml:7")
    assert shown[row + 1] == "        store-00000 … store-09999   reaches no device"
    assert "--ack updates.Bootstrap=10000" in "\n".join(shown)
    assert changed.unchanged == 0


def test_shards_of_large_bootstraps_stay_small_while_all_of_them_change() -> None:
    server = FakeServer()
    before, after = (task_of(bootstraps("9", 40, 30_000, seed)) for seed in (7, 8))
    put_there(server, before.declared)
    for given in (before, after, before):
        acks = PlanOptions(acks={"adopt": 40, "updates": 40})
        receipt = apply(server, given, plan(server, given, acks))
        assert of_receipt(receipt, Interruption.INTERRUPT) == 0
        sizes = shard_sizes(server)
        assert len(sizes) > 4
        assert max(sizes) < SHARD_BYTES
        assert is_quiet(plan(server, given))
