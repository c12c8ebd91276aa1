from dataclasses import replace

import pytest

from reconciler.core.change import Create, FieldChange, Update
from reconciler.core.fingerprint import keyed_digest
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Class, PlanOptions
from reconciler.core.planning import make_plan
from reconciler.core.problem import InvalidInput
from reconciler.core.project import Ignore, Prune, Rollout, Scope, Selection, Threshold, Wave
from reconciler.core.situation import kinds_to_read
from reconciler.core.values import ABSENT, JsonValue
from reconciler.kinds import KINDS
from tests.core.situations import HEADER, KEY, desired, live, owned, project, site, situation, token

ALL = PlanOptions()


def test_what_is_equal_is_only_counted() -> None:
    state = situation([desired("Bootstrap", "b1", {"a": 1})], [live("Bootstrap", "b1", {"a": 1})])
    plan = make_plan(state, ALL)
    assert (plan.header, plan.steps, plan.groups, plan.unchanged) == (HEADER, (), (), 1)
    assert plan.listed == {"Site": 0, "Bootstrap": 1, "Token": 0, "PortalUser": 0}


def test_an_update_carries_digests_and_the_servers_version() -> None:
    before, after = {"a": 1, "b": 2}, {"a": True, "b": 2}
    state = situation([desired("Bootstrap", "b1", after)], [live("Bootstrap", "b1", before)])
    (step,) = make_plan(state, ALL).steps
    fields = (FieldChange("/a", before=1, after=True),)
    assert step.change == Update(
        ResourceId("Bootstrap", "b1"),
        fields,
        keyed_digest(KEY, before),
        keyed_digest(KEY, after),
        "1",
    )
    assert step.class_ is Class.PENDING_UPDATE


def test_a_creation_shows_the_whole_value_once() -> None:
    (step,) = make_plan(situation([desired("Site", "s1", site())], []), ALL).steps
    assert step.change == Create(
        ResourceId("Site", "s1"), (FieldChange("", ABSENT, site()),), keyed_digest(KEY, site())
    )


@pytest.mark.parametrize("name", ["store-1", "STORE-1", "Store-1"])
def test_the_spelling_of_a_token_is_no_difference(name: str) -> None:
    state = situation(
        [desired("Bootstrap", "b1", {}), desired("Token", name, token("b1"))],
        [live("Bootstrap", "b1", {}), live("Token", "Store-1", token("b1"))],
    )
    assert make_plan(state, ALL).unchanged == 2


def test_creations_need_what_they_name_and_nothing_else() -> None:
    state = situation(
        [
            desired("Token", "T-1", token("b1")),
            desired("Bootstrap", "b1", {"site": "s1"}),
            desired("Bootstrap", "b2", {"site": "elsewhere"}),
            desired("Site", "s1", site()),
        ],
        [],
    )
    steps = make_plan(state, ALL).steps
    assert [(str(step.change.id), [str(need) for need in step.needs]) for step in steps] == [
        ("Site/s1", []),
        ("Bootstrap/b1", ["Site/s1"]),
        ("Bootstrap/b2", []),
        ("Token/T-1", ["Bootstrap/b1"]),
    ]


def test_deletions_run_backwards() -> None:
    state = situation(
        [],
        [
            live("Site", "s1", site(), facts={"deviceCount": 0}),
            live("Bootstrap", "b1", {"site": "s1"}),
            live("Token", "T-2", token("b1")),
            live("Token", "T-1", token("b1")),
        ],
        project(prune=Prune.SCOPE),
    )
    steps = make_plan(state, ALL).steps
    assert [(str(step.change.id), [str(need) for need in step.needs]) for step in steps] == [
        ("Token/T-1", []),
        ("Token/T-2", []),
        ("Bootstrap/b1", ["Token/T-1", "Token/T-2"]),
        ("Site/s1", ["Bootstrap/b1"]),
    ]


def test_unmanaged_objects_are_listed_and_left_alone() -> None:
    server = [live("Bootstrap", name, {}) for name in ("b2", "b1", "x")]
    rules = project(scope=Scope({"Bootstrap": ("b*",)}))
    plan = make_plan(situation([], server, rules, inventory=owned([])), ALL)
    assert plan.unmanaged == (ResourceId("Bootstrap", "b1"), ResourceId("Bootstrap", "b2"))
    assert plan.steps == ()


def test_an_option_overrides_the_projects_prune() -> None:
    state = situation([], [live("Bootstrap", "b1", {})], project(prune=Prune.SCOPE))
    assert make_plan(state, PlanOptions(prune=Prune.NEVER)).steps == ()
    assert len(make_plan(state, ALL).steps) == 1


def test_a_selection_narrows_everything() -> None:
    state = situation(
        [desired("Bootstrap", name, {}) for name in ("b1", "b2")],
        [live("Bootstrap", name, {}) for name in ("b2", "b3", "b4")],
        inventory=owned([]),
    )
    chosen = Selection(select=(("Bootstrap", "b*"),), exclude=(("*", "b[24]"),))
    plan = make_plan(state, PlanOptions(selection=chosen))
    assert [str(step.change.id) for step in plan.steps] == ["Bootstrap/b1"]
    assert plan.unmanaged == (ResourceId("Bootstrap", "b3"),)
    assert plan.unchanged == 0


def test_an_ignored_field_makes_no_change_and_others_do() -> None:
    ignore = (Ignore("Bootstrap", "/seen", "by the device"), Ignore("Token", "/n", "not here"))
    old = live("Bootstrap", "b1", {"seen": 5, "n": 1})
    same = situation([desired("Bootstrap", "b1", {"n": 1})], [old], project(ignore=ignore))
    assert make_plan(same, ALL).unchanged == 1
    other = situation([desired("Bootstrap", "b1", {"n": 2})], [old], project(ignore=ignore))
    (step,) = make_plan(other, ALL).steps
    assert [field.pointer for field in step.change.fields] == ["/n"]


def test_an_object_declared_twice_is_refused_with_both_places() -> None:
    state = situation(
        [
            desired("Site", "s1", site(), file="a.yaml"),
            desired("Site", "s1", site(), file="b.yaml", line=9),
        ],
        [],
    )
    with pytest.raises(InvalidInput) as caught:
        make_plan(state, ALL)
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert (problem.place.file, problem.place.line) == ("b.yaml", 9)
    assert [place.file for place in problem.related] == ["a.yaml"]


def test_a_reference_to_nothing_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInput) as caught:
        make_plan(situation([desired("Token", "T-1", token("b9"), line=7)], []), ALL)
    (problem,) = caught.value.problems
    assert problem.code == "token-unknown-bootstrap"
    assert problem.pointer == "/bootstrap"
    assert problem.place is not None
    assert problem.place.line == 7


def test_a_reference_to_what_only_the_server_has_is_fine() -> None:
    rules = project(scope=Scope({"Token": ("*",)}))
    state = situation(
        [desired("Token", "T-1", token("corporate"))], [live("Bootstrap", "corporate", {})], rules
    )
    assert len(make_plan(state, ALL).steps) == 1


def test_a_reference_into_a_list_that_was_not_read_is_not_trusted() -> None:
    state = situation(
        [desired("Token", "T-1", token("b1"))], [], project(scope=Scope({"Token": ("*",)}))
    )
    plan = make_plan(replace(state, live={"Token": []}), ALL)
    assert [(blocked.guard, blocked.action) for blocked in plan.blocked] == [
        ("needs-blocked", "create")
    ]


def test_a_kind_in_scope_that_was_not_listed_is_no_empty_list() -> None:
    with pytest.raises(KeyError):
        make_plan(replace(situation([], []), live={}), ALL)


def test_an_object_listed_twice_is_told_and_read_the_same_in_any_order() -> None:
    twice = [live("Bootstrap", "b1", {"a": n}, version=None) for n in (1, 2, 1)]
    plans = [
        make_plan(situation([desired("Bootstrap", "b1", {})], order), ALL)
        for order in (twice, twice[::-1], twice[1:])
    ]
    assert plans[0].steps == plans[1].steps == plans[2].steps
    assert plans[0].warnings == ("the server listed Bootstrap/b1 more than once",)


def test_a_blocked_update_shows_what_it_would_have_changed() -> None:
    state = situation(
        [desired("Bootstrap", "b2", {}), desired("Token", "T-1", token("b2"))],
        [live("Bootstrap", "b1", {}), live("Token", "T-1", token("b1"))],
    )
    plan = make_plan(state, PlanOptions(selection=Selection(select=(("Token", "*"),))))
    (blocked,) = plan.blocked
    assert blocked.fields == (FieldChange("/bootstrap", "b1", "b2"),)


@pytest.mark.parametrize(
    ("scope", "prune", "names"),
    [
        ({"Bootstrap": ("*",)}, Prune.NEVER, ["Bootstrap"]),
        ({"Bootstrap": ("*",)}, Prune.SCOPE, ["Bootstrap", "Token"]),
        ({"Token": ("*",)}, Prune.NEVER, ["Bootstrap", "Token"]),
        ({"Site": ("*",)}, Prune.SCOPE, ["Site", "Bootstrap"]),
        ({"PortalUser": ("*",), "Site": ()}, Prune.SCOPE, ["PortalUser"]),
    ],
)
def test_only_kinds_that_matter_are_read(
    scope: dict[str, tuple[str, ...]], prune: Prune, names: list[str]
) -> None:
    rules = project(scope=Scope(scope), prune=prune)
    assert [kind.name for kind in kinds_to_read(rules, KINDS)] == names
    never = project(scope=Scope(scope))
    assert [kind.name for kind in kinds_to_read(never, KINDS, prune=prune)] == names


def test_a_plan_with_too_many_updates_goes_by_the_lines_that_make_its_objects() -> None:
    calm = project()
    waves = (Wave(rows={"region": "nl"}), Wave(50), Wave())
    rules = replace(
        calm,
        safety=replace(calm.safety, updates={"": Threshold(1)}),
        rollout=Rollout(waves),
    )
    items = [desired("Site", f"s{n}", site("new")) for n in range(5)]
    nl: dict[str, JsonValue] = {"region": "nl", "size": 3}
    be: dict[str, JsonValue] = {"region": "be"}
    rows: list[dict[str, JsonValue]] = [be, nl, {}, be, nl]
    declared = [replace(one, row=row) for one, row in zip(items, rows, strict=True)]
    before = [live("Site", f"s{n}", site()) for n in range(5)]

    plan = make_plan(situation(declared, before, rules), ALL)

    assert [step.wave for step in plan.steps] == [2, 1, 2, 3, 1]
    assert (plan.waves, plan.wave_names) == ((2, 2, 1), ("region nl", "50 %", "rest"))
