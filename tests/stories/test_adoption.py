"""Three thousand stores were there before pvm; most of them were changed a little by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest

from reconciler.cli.exits import Interruption, of_plan, of_receipt
from reconciler.core.plan import Class, Plan, PlanOptions, Sort
from reconciler.core.project import Adopt
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.render.plan_text import plan_text
from reconciler.render.view import View
from reconciler.workflow.task import Task
from tests.remote.fake_server import FakeServer
from tests.workflow.tasks import apply, desired, plan, task

STORES: Final = 3000
EDITED: Final = 2100
EQUAL: Final = STORES - EDITED
KEY: Final = b"0123456789abcdef"
SCREEN: Final = 56
COLUMNS: Final = 80


def as_declared(number: int) -> dict[str, JsonValue]:
    return {"idle": 30, "city": f"City {number}", "wifi": {"ssid": "acme", "band": 5}}


def as_found(number: int) -> dict[str, JsonValue]:
    """Seven in ten were edited: idle times by a habit, city names each in its own way."""
    value = as_declared(number)
    if number % 10 < 5:
        value["idle"] = 45
    elif number % 10 < 7:
        value["city"] = f"Town of {number}"
    return value


def name(number: int) -> str:
    return f"store-{number:04d}"


@pytest.fixture(scope="module")
def declared() -> list[Desired]:
    return [desired("Bootstrap", name(n), as_declared(n)) for n in range(STORES)]


@pytest.fixture
def server() -> FakeServer:
    fake = FakeServer()
    for number in range(STORES):
        row: dict[str, JsonValue] = {"name": name(number), "version": 1}
        row["parameters"] = as_found(number)
        fake.rows["bootstrap"][name(number)] = row
    return fake


def task_of(declared: list[Desired], adopt: Adopt = Adopt.IF_EQUAL) -> Task:
    made = task(declared)
    return replace(made, key=KEY, warnings=(), project=replace(made.project, adopt=adopt))


def found(server: FakeServer) -> Mapping[str, JsonValue]:
    return {key: row["parameters"] for key, row in server.rows["bootstrap"].items()}


def screen(made: Plan) -> str:
    """The plan as printed, and that it is a screenful."""
    lines = plan_text(made, View(width=COLUMNS)).splitlines()
    assert len(lines) < SCREEN
    assert max(map(len, lines)) <= COLUMNS
    return "\n".join(lines)


def test_what_is_equal_is_adopted_on_its_number_and_what_differs_is_left_alone_and_shown(
    server: FakeServer, declared: list[Desired]
) -> None:
    given, before = task_of(declared), found(server)
    stopped = plan(server, given)
    assert len(stopped.blocked) == EDITED
    assert [record.sort for record in stopped.records] == [Sort.ADOPTED] * EQUAL
    text = screen(stopped)
    assert "x update 1,500 bootstraps" in text
    assert "/idle    45 → 30" in text
    assert f"--ack adopt.Bootstrap={EQUAL}" in text
    assert of_receipt(apply(server, given, stopped), Interruption.INTERRUPT) == 6
    for number in (EQUAL - 1, EQUAL):
        made = plan(server, given, PlanOptions(acks={"adopt": number}))
        assert bool(made.stops) is (number < EQUAL)
    receipt = apply(server, given, made)
    assert of_receipt(receipt, Interruption.INTERRUPT) == 4
    assert {k: v for k, v in found(server).items() if not k.startswith("pvm-")} == before

    after = plan(server, given)
    assert (after.steps, after.records, after.stops, after.unchanged) == ((), (), (), EQUAL)
    assert len(after.blocked) == EDITED
    assert of_plan(after, detailed=True) == 4
    screen(after)


def test_adopting_always_writes_what_differs_on_the_number_of_all_that_become_ours(
    server: FakeServer, declared: list[Desired]
) -> None:
    given = task_of(declared, Adopt.ALWAYS)
    stopped = plan(server, given)
    assert {step.class_ for step in stopped.steps} == {Class.ADOPT}
    assert (len(stopped.steps), stopped.blocked) == (EDITED, ())
    text = screen(stopped)
    assert "~ 1,500 bootstraps" in text
    assert "/idle    45 → 30" in text
    assert f"--ack adopt.Bootstrap={STORES}" in text
    for number in (EQUAL, EDITED, STORES - 1):
        assert plan(server, given, PlanOptions(acks={"adopt": number})).stops
    made = plan(server, given, PlanOptions(acks={"adopt": STORES}))
    receipt = apply(server, given, made)
    assert of_receipt(receipt, Interruption.INTERRUPT) == 0
    assert all(found(server)[name(n)] == as_declared(n) for n in range(STORES))
    after = plan(server, given)
    assert of_plan(after, detailed=True) == 0
    assert after.unchanged == STORES


def test_what_is_corrected_in_the_files_becomes_ours_by_itself(
    server: FakeServer, declared: list[Desired]
) -> None:
    corrected = [desired("Bootstrap", name(n), as_found(n)) for n in range(STORES)]
    given = task_of(corrected)
    made = plan(server, given, PlanOptions(acks={"adopt": STORES}))
    assert (made.steps, made.blocked, len(made.records)) == ((), (), STORES)
    assert of_receipt(apply(server, given, made), Interruption.INTERRUPT) == 0
    changed = plan(server, task_of(declared))
    assert {step.class_ for step in changed.steps} == {Class.PENDING_UPDATE}
    assert len(changed.steps) == EDITED
    assert "~ 1,500 bootstraps" in screen(changed)
