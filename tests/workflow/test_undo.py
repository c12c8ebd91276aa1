from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.outcome import Applied
from reconciler.core.plan import Plan, PlanOptions, TakenBack
from reconciler.core.problem import InvalidInput
from reconciler.core.project import Prune
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired
from reconciler.core.undo import Undo
from reconciler.core.undo_json import decode_undo, decode_undo_plan, encode_undo_plan
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_reader
from reconciler.workflow.task import Task
from reconciler.workflow.undo import plan_undo, undo_task
from tests.remote.fake_server import FakeServer, access
from tests.stores import stores
from tests.workflow.scripts import Script
from tests.workflow.stage import MODES, STORE, meddle, outcomes, rows, task
from tests.workflow.tasks import apply, desired, plan, running


def remembered(server: FakeServer, given: Task) -> Undo:
    """Apply, and read what was written for an undo before the first write."""
    script = Script()
    apply(server, given, run=running(journal=script))
    return decode_undo(script.undo, given.key)


def inverse(server: FakeServer, undo: Undo, given: Task) -> Plan:
    with connect_reader(access(), server.transport) as reader:
        return plan_undo(undo, given, reader, PlanOptions())


def take_back(server: FakeServer, undo: Undo, given: Task) -> Receipt:
    """By way of the file, as people do."""
    saved = encode_undo_plan(undo, inverse(server, undo, given), given.key)
    before, made = decode_undo_plan(saved, given.key)
    with connect_reader(access(), server.transport) as reader:
        undoing = undo_task(before, given, reader)
    return apply(server, undoing.task, made, replace(running(), undo=before))


def with_pin(pin: str, site: str = "site-1") -> tuple[Desired, ...]:
    """The second version of the store: `/pin` is a secret."""
    parameters: dict[str, JsonValue] = {"site": site, "pin": pin}
    return STORE[0], replace(STORE[1], value=parameters), STORE[2]


@MODES
def test_undo_restores_what_was_changed_created_and_deleted(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(stores(3, 1)))
    before = rows(server)
    given = task(stores(4, 2)[4:], prune=True)
    undo = remembered(server, given)
    assert rows(server) != before
    receipt = take_back(server, undo, given)
    assert {type(one) for one in receipt.outcomes} == {Applied}
    assert rows(server) == before


@settings(max_examples=10)
@given(st.integers(0, 2), st.integers(0, 2), st.integers(0, 5))
def test_undo_after_apply_is_as_if_nothing_had_been_applied(
    before: int, after: int, seed: int
) -> None:
    server = FakeServer()
    apply(server, task(stores(before, seed)))
    was = rows(server)
    given = task(stores(after, seed + 1), prune=True)
    if not plan(server, given).steps:
        return
    take_back(server, remembered(server, given), given)
    assert rows(server) == was


def test_what_somebody_edited_since_is_left_alone_and_the_rest_is_taken_back() -> None:
    server = FakeServer()
    names = ("store-1", "store-2")
    apply(server, task([desired("Bootstrap", name, {"a": 1}) for name in names]))
    given = task([desired("Bootstrap", name, {"a": 2}) for name in names])
    undo = remembered(server, given)
    meddle(server, "store-2", {"a": 3})
    made = inverse(server, undo, given)
    assert [(one.id.name, one.guard) for one in made.blocked] == [("store-2", "conflict")]
    assert outcomes(take_back(server, undo, given)) == {"Bootstrap/store-1": "Applied"}
    assert server.rows["bootstrap"]["store-1"]["parameters"] == {"a": 1}
    assert server.rows["bootstrap"]["store-2"]["parameters"] == {"a": 3}


APP: dict[str, JsonValue] = {"appId": "WFC_PRO_ANDROID", "description": ""}
STORE_1: dict[str, JsonValue] = {"bootstrap": "store-1"}
STORE_2: dict[str, JsonValue] = {"bootstrap": "store-2"}


def moved(server: FakeServer) -> tuple[Undo, Task]:
    """Two tokens move to another bootstrap, and somebody deletes what one of them had."""
    names = ("store-1", "store-2", "store-3")
    bootstraps = [desired("Bootstrap", name, {"a": 1}) for name in names]
    tokens = [desired("Token", f"STORE-{n}", APP | {"bootstrap": f"store-{n}"}) for n in (1, 2)]
    apply(server, task([*bootstraps, *tokens]))
    tokens = [desired("Token", f"STORE-{n}", APP | {"bootstrap": "store-3"}) for n in (1, 2)]
    given = task([*bootstraps[1:], *tokens])
    undo = remembered(server, replace(given, project=replace(given.project, prune=Prune.NEVER)))
    del server.rows["bootstrap"]["store-1"]
    return undo, given


@pytest.mark.parametrize("declares", [False, True], ids=["declared no more", "still declared"])
def test_what_names_something_gone_is_left_out_and_the_rest_is_taken_back(
    *, declares: bool
) -> None:
    server = FakeServer()
    undo, given = moved(server)
    if declares:
        one = desired("Bootstrap", "store-1", {"a": 1})
        given = replace(given, declared=(*given.declared, one))

    made = inverse(server, undo, given)

    (left,) = made.blocked
    assert (left.id.name, left.action, left.guard) == ("STORE-1", "update", "needs-blocked")
    assert 'bootstrap "store-1" (/bootstrap)' in left.reason
    assert 'bring bootstrap "store-1" back' in left.fix
    assert outcomes(take_back(server, undo, given)) == {"Token/STORE-2": "Applied"}
    assert server.rows["token"]["store-1"]["bootstrap"] == "store-3"
    assert server.rows["token"]["store-2"]["bootstrap"] == "store-2"


def test_what_is_left_out_keeps_what_it_uses() -> None:
    server = FakeServer()
    old = [desired("Bootstrap", "store-1", {}), desired("Token", "STORE-1", APP | STORE_1)]
    apply(server, task(old))
    new = [desired("Bootstrap", "store-2", {}), desired("Token", "STORE-1", APP | STORE_2)]
    given = task(new)
    given = replace(given, project=replace(given.project, prune=Prune.NEVER))
    undo = remembered(server, given)
    del server.rows["bootstrap"]["store-1"]

    made = inverse(server, undo, given)

    assert made.steps == ()
    assert [(one.id.name, one.guard) for one in made.blocked] == [
        ("store-2", "needs-blocked"),
        ("STORE-1", "needs-blocked"),
    ]


def test_what_goes_missing_after_an_undo_was_planned_costs_that_object_alone() -> None:
    server = FakeServer()
    undo, given = moved(server)
    meddle(server, "store-1", {"a": 1})
    made = inverse(server, undo, given)
    assert len(made.steps) == 2
    del server.rows["bootstrap"]["store-1"]
    with connect_reader(access(), server.transport) as reader:
        undoing = undo_task(undo, given, reader)

    receipt = apply(server, undoing.task, made, replace(running(), undo=undo))

    assert outcomes(receipt) == {"Token/STORE-1": "Failed", "Token/STORE-2": "Applied"}


def test_a_plan_that_takes_an_apply_back_says_which() -> None:
    server = FakeServer()
    given = task(STORE)
    undo = remembered(server, given)
    made = inverse(server, undo, given)
    assert made.header.undoes == TakenBack(undo.apply, undo.number)


def test_an_undone_value_is_left_alone_while_git_still_asks_for_it() -> None:
    server = FakeServer()
    old = task((desired("Bootstrap", "store-1", {"a": 1}),))
    new = task((desired("Bootstrap", "store-1", {"a": 2}), *STORE[:1]))
    apply(server, old)
    take_back(server, remembered(server, new), new)

    again = plan(server, new)
    assert again.steps == ()
    assert {(one.id.name, one.guard) for one in again.blocked} == {
        ("store-1", "undone"),
        ("site-1", "undone"),
    }
    assert plan(server, old).blocked == ()
    acknowledged = PlanOptions(acks={"undone": 2})
    assert len(plan(server, new, acknowledged).steps) == 2


def test_what_was_undone_is_forgotten_once_git_follows() -> None:
    server = FakeServer()
    old = task((desired("Bootstrap", "store-1", {"a": 1}),))
    new = task((desired("Bootstrap", "store-1", {"a": 2}),))
    other = task((desired("Bootstrap", "store-1", {"a": 9}),))
    apply(server, old)
    take_back(server, remembered(server, new), new)
    apply(server, other)
    assert [step.change.id.name for step in plan(server, new).steps] == ["store-1"]


def test_a_secret_that_was_left_alone_survives_an_undo() -> None:
    server = FakeServer()
    apply(server, task(with_pin("1234")))
    given = task((*with_pin("1234", "site-2"), desired("Site", "site-2", {"proServerName": ""})))
    undo = remembered(server, given)
    assert "1234" not in repr(undo)
    take_back(server, undo, given)
    assert server.rows["bootstrap"]["store-1"]["parameters"] == {"site": "site-1", "pin": "1234"}


def test_a_secret_that_was_replaced_can_not_be_taken_back_and_is_named() -> None:
    server = FakeServer()
    apply(server, task(with_pin("1234")))
    given = task(with_pin("9999"))
    undo = remembered(server, given)
    made = inverse(server, undo, given)
    assert made.steps == ()
    (blocked,) = made.blocked
    assert (blocked.guard, "/pin" in blocked.reason) == ("secret", True)
    assert "1234" not in repr(made)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"project": "other"}, "undo-other-project"),
        ({"project_id": "other"}, "undo-other-project-id"),
        ({"target": "other"}, "undo-other-target"),
        ({"url": "https://elsewhere.example"}, "undo-other-server"),
        ({"customer": "globex"}, "undo-other-customer"),
        ({"apply": "ffff"}, "undo-other-apply"),
    ],
)
def test_an_undo_of_something_else_is_refused(change: dict[str, Any], code: str) -> None:
    server = FakeServer()
    given = task(STORE)
    undo = replace(remembered(server, given), **change)
    with pytest.raises(InvalidInput) as caught:
        inverse(server, undo, given)
    assert [one.code for one in caught.value.problems] == [code]


def test_an_apply_that_was_taken_back_already_leaves_nothing_to_do() -> None:
    server = FakeServer()
    apply(server, task((desired("Bootstrap", "store-1", {"a": 1}),)))
    given = task((desired("Bootstrap", "store-1", {"a": 2}),))
    undo = remembered(server, given)
    take_back(server, undo, given)
    again = inverse(server, undo, given)
    assert (again.steps, again.blocked, again.unmanaged) == ((), (), ())


def test_what_a_creation_left_in_use_is_not_deleted() -> None:
    server = FakeServer()
    given = task(STORE[:2])
    undo = remembered(server, given)
    apply(server, task(STORE))
    made = inverse(server, undo, task(STORE))
    assert "referenced" in {one.guard for one in made.blocked}
