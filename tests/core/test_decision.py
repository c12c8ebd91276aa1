"""What a plan does about each row of the truth table, under each choice of project and caller."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, Inventory, State
from reconciler.core.plan import Class, Plan, PlanOptions, Sort
from reconciler.core.planning import Draft, draft_plan, make_plan
from reconciler.core.project import Adopt, DriftPolicy, Ignore, Project, Prune
from reconciler.core.resource import Desired, Live
from reconciler.core.values import ABSENT, JsonValue
from tests.core.situations import desired, entry, live, owned, project, situation, token

ID = ResourceId("Bootstrap", "b1")
EVERY = (("*", "*"),)
BASE: dict[str, JsonValue] = {"a": 1, "b": 1}


def drafted(
    git: Mapping[str, JsonValue] | None,
    server: Mapping[str, JsonValue] | None,
    rules: Project | None = None,
    options: PlanOptions | None = None,
    inventory: Inventory | None = None,
) -> Draft:
    """One bootstrap that was `BASE` at the last apply, unless the inventory says otherwise."""
    known = inventory if inventory is not None else owned([live(*BOOTSTRAP, BASE)], rules)
    declared = [] if git is None else [desired(*BOOTSTRAP, git)]
    there = [] if server is None else [live(*BOOTSTRAP, server)]
    state = situation(declared, there, rules or project(prune=Prune.OWNED), inventory=known)
    return draft_plan(state, options or PlanOptions())


BOOTSTRAP = ("Bootstrap", "b1")


def summary(plan: Plan) -> tuple[list[str], list[str], list[str], list[str]]:
    """Classes of steps, guards of blocked objects, drifted pointers, sorts of records."""
    return (
        [step.class_ for step in plan.steps],
        [blocked.guard for blocked in plan.blocked],
        [change.pointer for drifted in plan.drifted for change in drifted.fields],
        [record.sort for record in plan.records],
    )


@pytest.mark.parametrize(
    ("git", "server", "wanted"),
    [
        pytest.param(BASE, BASE, ([], [], [], []), id="in sync"),
        pytest.param({"a": 2, "b": 1}, BASE, (["pending update"], [], [], []), id="pending"),
        pytest.param(BASE, {"a": 2, "b": 1}, ([], [], ["/a"], []), id="drift"),
        pytest.param({"a": 2, "b": 1}, {"a": 3, "b": 1}, ([], ["conflict"], [], []), id="conflict"),
        pytest.param(
            {"a": 2, "b": 1}, {"a": 1, "b": 2}, (["pending update"], [], ["/b"], []), id="merged"
        ),
        pytest.param({"a": 2}, {"a": 2}, ([], [], [], ["converged"]), id="converged"),
        pytest.param(BASE, None, ([], [], [""], []), id="deleted outside"),
        pytest.param(None, BASE, (["pending delete"], [], [], []), id="pending delete"),
        pytest.param(None, {"a": 5}, ([], ["conflict"], [], []), id="conflict on delete"),
        pytest.param(None, None, ([], [], [], ["gone"]), id="already gone"),
    ],
)
def test_each_row_by_default(
    git: Mapping[str, JsonValue] | None,
    server: Mapping[str, JsonValue] | None,
    wanted: tuple[list[str], list[str], list[str], list[str]],
) -> None:
    assert summary(drafted(git, server).plan) == wanted


def test_a_merged_write_keeps_what_the_server_changed_and_says_so() -> None:
    draft = drafted({"a": 2, "b": 1}, {"a": 1, "b": 2})
    (step,) = draft.plan.steps
    assert draft.bodies[ID].value == {"a": 2, "b": 2}
    assert [change.pointer for change in step.change.fields] == ["/a"]
    assert [(c.pointer, c.before, c.after) for c in step.kept] == [("/b", 1, 2)]


def test_drift_that_was_kept_is_still_drift_after_the_write() -> None:
    draft = drafted({"a": 2, "b": 1}, {"a": 1, "b": 2})
    after = live(*BOOTSTRAP, draft.bodies[ID].value)
    left = draft.ledger.written(ID, after)
    assert left is not None
    again = drafted({"a": 2, "b": 1}, after.value, inventory=holding(left))
    assert summary(again.plan) == ([], [], ["/b"], [])


@pytest.mark.parametrize("by_option", [True, False])
def test_drift_is_taken_back_on_demand(by_option: bool) -> None:  # noqa: FBT001 -- a parameter
    rules = replace(project(), drift=DriftPolicy.KEEP if by_option else DriftPolicy.REVERT)
    options = PlanOptions(revert=(("Bootstrap", "b*"),)) if by_option else PlanOptions()
    draft = drafted(BASE, {"a": 2, "b": 1}, rules, options)
    assert summary(draft.plan) == ([Class.DRIFT], [], [], [])
    assert draft.bodies[ID].value == BASE


def test_what_was_deleted_comes_back_on_demand_or_when_it_is_needed() -> None:
    assert summary(drafted(BASE, None, options=PlanOptions(revert=EVERY)).plan)[0] == ["drift"]
    declared = [desired(*BOOTSTRAP, BASE), desired("Token", "T-1", token("b1"))]
    state = situation(declared, [], inventory=owned(declared[:1]))
    assert summary(make_plan(state, PlanOptions()))[0] == ["drift", "pending create"]


def test_git_wins_a_conflict_on_demand() -> None:
    options = PlanOptions(ours=(("Bootstrap", "b1"),))
    draft = drafted({"a": 2, "b": 1}, {"a": 3, "b": 9}, options=options)
    assert summary(draft.plan) == ([Class.CONFLICT], [], ["/b"], [])
    assert draft.bodies[ID].value == {"a": 2, "b": 9}


def test_the_server_wins_a_conflict_on_demand() -> None:
    options = PlanOptions(theirs=EVERY)
    draft = drafted({"a": 2, "b": 5}, {"a": 3, "b": 1}, options=options)
    assert summary(draft.plan) == ([Class.PENDING_UPDATE], [], ["/a"], [])
    assert draft.bodies[ID].value == {"a": 3, "b": 5}


def test_a_conflict_names_its_fields_with_what_they_were() -> None:
    (blocked,) = drafted({"a": 2, "b": 5}, {"a": 3, "b": 1}).plan.blocked
    assert blocked.reason == "both Git and the server changed it at /a"
    assert [(c.pointer, c.before, c.after) for c in blocked.fields] == [("/a", 3, 2)]
    assert blocked.was == (1,)


def test_what_was_not_there_at_the_last_apply_is_told_apart_from_what_is_not_known() -> None:
    (blocked,) = drafted({**BASE, "new": 1}, {**BASE, "new": 2}).plan.blocked
    (gone,) = drafted(None, {"a": 5}).plan.blocked
    assert (blocked.was, gone.was) == ((ABSENT,), ())


def test_a_deletion_that_met_a_change_goes_on_demand_or_stays() -> None:
    assert summary(drafted(None, {"a": 5}, options=PlanOptions(ours=EVERY)).plan)[0] == [
        "pending delete"
    ]
    kept = drafted(None, {"a": 5}, options=PlanOptions(theirs=EVERY)).plan
    assert (kept.steps, kept.retained) == ((), (ID,))


def test_nothing_is_deleted_without_pruning() -> None:
    plan = drafted(None, BASE, options=PlanOptions(prune=Prune.NEVER)).plan
    assert (plan.steps, plan.retained) == ((), (ID,))


@pytest.mark.parametrize(
    ("adopt", "equal", "wanted"),
    [
        (Adopt.IF_EQUAL, True, ([], [], [], [Sort.ADOPTED])),
        (Adopt.IF_EQUAL, False, ([], ["adopt"], [], [])),
        (Adopt.NEVER, True, ([], ["adopt"], [], [])),
        (Adopt.NEVER, False, ([], ["adopt"], [], [])),
        (Adopt.ALWAYS, True, ([], [], [], [Sort.ADOPTED])),
        (Adopt.ALWAYS, False, ([Class.ADOPT], [], [], [])),
    ],
)
def test_what_exists_already_becomes_ours_as_the_project_says(
    adopt: Adopt,
    equal: bool,  # noqa: FBT001 -- a column of the table
    wanted: tuple[list[str], list[str], list[str], list[str]],
) -> None:
    rules = replace(project(), adopt=adopt)
    there = BASE if equal else {"a": 2}
    assert summary(drafted(BASE, there, rules, inventory=owned([])).plan) == wanted


def test_what_an_apply_announced_is_ours_whatever_is_there() -> None:
    announced = replace(entry(live(*BOOTSTRAP, BASE)), state=State.ANNOUNCED, seen="")
    known = holding(announced)
    assert summary(drafted(BASE, None, inventory=known).plan)[0] == ["pending create"]
    assert summary(drafted(BASE, {"a": 5}, inventory=known).plan)[0] == ["interrupted"]
    assert summary(drafted(BASE, BASE, inventory=known).plan)[3] == ["converged"]


def test_what_the_server_keeps_in_another_form_is_no_drift_now_or_later() -> None:
    first = drafted({"a": "X"}, None, inventory=owned([]))
    left = first.ledger.written(ID, live(*BOOTSTRAP, {"a": "x"}))
    assert left is not None
    known = holding(left)
    same = drafted({"a": "X"}, {"a": "x"}, inventory=known).plan
    assert (same.steps, same.drifted, same.normalised) == ((), (), (ID,))
    more = drafted({"a": "X", "b": 1}, {"a": "x"}, inventory=known)
    (step,) = more.plan.steps
    assert [change.pointer for change in step.change.fields] == ["/b"]
    assert more.bodies[ID].value == {"a": "X", "b": 1}
    drift = drafted({"a": "X"}, {"a": "y"}, inventory=known).plan
    assert summary(drift) == ([], [], ["/a"], [])


def test_an_ignored_field_survives_the_write_of_another() -> None:
    rules = project(ignore=(Ignore("Bootstrap", "/seen/last", "by the device"),))
    there: dict[str, JsonValue] = {"a": 1, "seen": {"last": 5}}
    known = owned([live(*BOOTSTRAP, {"a": 1})], rules)
    draft = drafted({"a": 2}, there, rules, inventory=known)
    assert draft.bodies[ID].value == {"a": 2, "seen": {"last": 5}}
    assert [c.pointer for c in draft.plan.steps[0].change.fields] == ["/a"]


def test_what_is_released_is_let_go_and_never_deleted() -> None:
    rules = replace(project(prune=Prune.SCOPE), release=(("Bootstrap", "b*"),))
    for git in (None, BASE, {"a": 7}):
        assert summary(drafted(git, BASE, rules).plan) == ([], [], [], [Sort.RELEASED])


def test_an_object_without_content_in_the_inventory_is_taken_as_a_whole() -> None:
    known = holding(replace(entry(live(*BOOTSTRAP, BASE)), content=ABSENT))
    assert summary(drafted({"a": 2}, BASE, inventory=known).plan)[0] == ["pending update"]
    assert summary(drafted(BASE, {"a": 2}, inventory=known).plan)[2] == ["/a", "/b"]
    assert summary(drafted({"a": 2}, {"a": 3}, inventory=known).plan)[1] == ["conflict"]


def test_a_plan_never_shows_a_base_that_is_secret() -> None:
    known = owned([live(*BOOTSTRAP, {"psk": "old-canary"})])
    (blocked,) = drafted(
        {"psk": "new-canary"}, {"psk": "live-canary"}, inventory=known
    ).plan.blocked
    assert "canary" not in repr(blocked)


def holding(one: Entry) -> Inventory:
    inventory = owned([live(*BOOTSTRAP, BASE)])
    return replace(inventory, entries={BOOTSTRAP: one})


def references(one: Desired, **found: str) -> Desired:
    return replace(one, references={f"/{name}": text for name, text in found.items()})


def secret_draft(
    there: Mapping[str, JsonValue], inventory: Inventory, values: Mapping[str, str]
) -> Draft:
    template = "${env:PSK}"
    one = references(desired(*BOOTSTRAP, {"x": template, "n": 1}), x=template)
    state = situation([one], [live(*BOOTSTRAP, there)], inventory=inventory)
    return draft_plan(replace(state, values=values), PlanOptions())


def applied_secret() -> Inventory:
    """`${env:PSK}` was `s1` at the last apply."""
    there: dict[str, JsonValue] = {"x": "s1", "n": 1}
    draft = secret_draft({}, owned([]), {"${env:PSK}": "s1"})
    left = draft.ledger.written(ID, live(*BOOTSTRAP, there))
    assert left is not None
    return holding(left)


@pytest.mark.parametrize(
    ("there", "values", "wanted"),
    [
        pytest.param("s1", {}, ([], []), id="unknown here and unchanged there"),
        pytest.param("s1", {"${env:PSK}": "s1"}, ([], []), id="known and equal"),
        pytest.param("s1", {"${env:PSK}": "s2"}, (["pending update"], []), id="rotated"),
        pytest.param("s9", {}, ([], ["/x"]), id="changed on the server"),
    ],
)
def test_a_reference_compares_without_its_value(
    there: str, values: Mapping[str, str], wanted: tuple[list[str], list[str]]
) -> None:
    plan = secret_draft({"x": there, "n": 1}, applied_secret(), values).plan
    steps, _, drift, _ = summary(plan)
    assert (steps, drift) == wanted
    assert not any(secret in repr(plan) for secret in ("s1", "s2", "s9"))


def test_a_new_reference_is_known_at_apply() -> None:
    rules = replace(project(), adopt=Adopt.ALWAYS)
    one = references(desired(*BOOTSTRAP, {"x": "${env:NEW}"}), x="${env:NEW}")
    state = situation([one], [live(*BOOTSTRAP, {"x": "live-canary"})], rules, inventory=owned([]))
    (step,) = make_plan(state, PlanOptions()).steps
    (change,) = step.change.fields
    assert change.after == "${env:NEW} (known at apply)"
    assert "canary" not in repr(step)
    assert getattr(step.change, "after", None) == ""


def test_without_a_key_a_changed_secret_is_nobodys_and_stops_its_object() -> None:
    first = situation([desired(*BOOTSTRAP, {"psk": "one"})], [], inventory=owned([]))
    unkeyed = replace(first, key=None)
    left = draft_plan(unkeyed, PlanOptions()).ledger.written(ID, live(*BOOTSTRAP, {"psk": "one"}))
    assert left is not None
    for git, server in (("two", "one"), ("one", "two")):
        state = replace(
            unkeyed,
            declared=[desired(*BOOTSTRAP, {"psk": git})],
            live={**first.live, "Bootstrap": [live(*BOOTSTRAP, {"psk": server})]},
            inventory=holding(left),
        )
        assert summary(make_plan(state, PlanOptions()))[1] == ["conflict"]


def test_sites_and_users_are_applied_without_memory_where_there_is_no_key() -> None:
    def there(server: str) -> Live:
        return live("Site", "s1", {"proServerName": server})

    state = situation([desired("Site", "s1", {"proServerName": "x"})], [there("y")])
    plan = make_plan(replace(state, key=None), PlanOptions())
    assert summary(plan)[0] == ["pending update"]
    assert any("PVM_DIGEST_KEY" in text for text in plan.warnings)
    gone = replace(state, declared=[], key=None, project=project(prune=Prune.SCOPE))
    assert make_plan(gone, PlanOptions()).steps == ()
