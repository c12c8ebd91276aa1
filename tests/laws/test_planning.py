"""Laws of planning: what holds for every situation.

Each of these was planted and seen to be caught: candidates or unmanaged objects left in the order
they came in, writes or deletions without needs, no guard against deleting what a token names or
against naming what is not created, a guard that forgets what other guards refused, no scope for
deletions, a token's spelling taken for a difference. What chance seldom draws stands in
`test_small_worlds.py`.
"""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.change import Create
from reconciler.core.identity import ResourceId
from reconciler.core.json_text import dump_json, parse_json
from reconciler.core.plan import Plan, PlanOptions, Step
from reconciler.core.plan_json import decode_plan, encode_plan
from reconciler.core.planning import make_plan
from reconciler.core.resource import Desired
from reconciler.core.situation import Situation, kinds_to_read
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from tests.core.situations import desired, live, project, situation
from tests.laws.states import Server, key, options, situations
from tests.laws.values import maps

ALL = PlanOptions()


@given(situations(), options(), st.randoms(use_true_random=False))
def test_the_order_of_files_and_lists_does_not_matter(
    state: Situation, chosen: PlanOptions, chance: Random
) -> None:
    declared = list(reversed(state.declared))
    lists = {kind: list(reversed(items)) for kind, items in state.live.items()}
    if chance.random() < 0.5:
        chance.shuffle(declared)
    for items in lists.values():
        if chance.random() < 0.5:
            chance.shuffle(items)
    turned = replace(state, declared=declared, live=lists)
    assert text(make_plan(state, chosen)) == text(make_plan(turned, chosen))


@given(situations(), options())
def test_no_step_lies_outside_the_scope_or_the_selection(
    state: Situation, chosen: PlanOptions
) -> None:
    for step in make_plan(state, chosen).steps:
        kind = KINDS[step.change.id.kind]
        assert state.project.scope.covers(kind, step.change.id.name)
        assert chosen.selection.covers(kind, step.change.id)


@settings(max_examples=200)
@given(situations())
def test_after_applying_a_plan_only_what_was_blocked_can_be_left(state: Situation) -> None:
    plan = make_plan(state, ALL)
    server = Server.of(state)
    for step in plan.steps:
        server.apply(step.change, bodies(state))
    again = make_plan(server.situation(state), ALL)
    left = {blocked.id for blocked in again.blocked} | {step.change.id for step in again.steps}
    assert left <= {blocked.id for blocked in plan.blocked}


@settings(max_examples=200)
@given(situations(), options(), st.data())
def test_at_no_moment_does_a_token_lack_its_bootstrap_or_the_customer_an_administrator(
    state: Situation, chosen: PlanOptions, data: st.DataObject
) -> None:
    plan = make_plan(state, chosen)
    server, waiting = Server.of(state), list(plan.steps)
    done: set[ResourceId] = set()
    administrated = server.has_administrator()
    while ready := [step for step in waiting if set(step.needs) <= done]:
        step = data.draw(st.sampled_from(ready))
        waiting.remove(step)
        if data.draw(st.integers(0, 9)) == 0:
            continue  # it failed: what needs it is never ready
        server.apply(step.change, bodies(state))
        done.add(step.change.id)
        assert server.bound() <= {name for kind, name in server.objects if kind == "Bootstrap"}
        assert server.has_administrator() or not administrated
    assert all(not set(step.needs) <= done for step in waiting)


@given(situations(), options())
def test_every_object_is_accounted_for_once(state: Situation, chosen: PlanOptions) -> None:
    plan = make_plan(state, chosen)
    changed = [key(step.change.id) for step in plan.steps]
    left = [key(blocked.id) for blocked in plan.blocked]
    listed = [key(id_) for id_ in (*plan.unmanaged, *plan.retained)]
    listed += [key(record.id) for record in plan.records]
    listed += [key(d.id) for d in plan.drifted if key(d.id) not in changed]
    assert len({*changed, *left, *listed}) == len(changed) + len(left) + len(listed)
    ids = [item.id for item in state.declared]
    ids += [item.id for items in state.live.values() for item in items]
    asked = {
        key(id_)
        for id_ in ids
        if state.project.scope.covers(KINDS[id_.kind], id_.name)
        and chosen.selection.covers(KINDS[id_.kind], id_)
    }
    assert len(changed) + len(left) + len(listed) + plan.unchanged == len(asked)


@given(situations(), options())
def test_steps_stand_in_an_order_in_which_they_can_be_done(
    state: Situation, chosen: PlanOptions
) -> None:
    seen: list[Step] = []
    for step in make_plan(state, chosen).steps:
        assert set(step.needs) <= {before.change.id for before in seen}
        seen.append(step)


@given(situations(), options())
def test_groups_are_the_steps_once_more(state: Situation, chosen: PlanOptions) -> None:
    plan = make_plan(state, chosen)
    members = [(number, id_) for number, g in enumerate(plan.groups) for id_ in g.members]
    assert sorted(members) == sorted((step.group, step.change.id) for step in plan.steps)


@given(situations(), options())
def test_only_the_kinds_to_read_matter(state: Situation, chosen: PlanOptions) -> None:
    wanted = {kind.name for kind in kinds_to_read(state.project, KINDS)}
    fewer = replace(state, live={k: items for k, items in state.live.items() if k in wanted})
    a, b = make_plan(state, chosen), make_plan(fewer, chosen)
    assert (a.steps, a.blocked, a.unmanaged) == (b.steps, b.blocked, b.unmanaged)


@given(situations(), options())
def test_a_plan_file_reads_back_as_the_plan(state: Situation, chosen: PlanOptions) -> None:
    plan = make_plan(state, chosen)
    assert decode_plan(parse_json(text(plan))) == plan


@given(maps(), maps())
def test_any_parameters_survive_the_plan_file(
    before: dict[str, JsonValue], after: dict[str, JsonValue]
) -> None:
    state = situation(
        [desired("Bootstrap", "b1", after), desired("Bootstrap", "b2", after)],
        [live("Bootstrap", "b1", before)],
    )
    plan = make_plan(state, ALL)
    assert text(decode_plan(parse_json(text(plan)))) == text(plan)


@given(st.sampled_from(("psk", "wifi", "url")), st.booleans())
def test_no_secret_stands_in_a_plan_file(place: str, created: bool) -> None:  # noqa: FBT001 -- drawn by hypothesis
    canary = "c4n4ry-c4n4ry"
    places: dict[str, dict[str, JsonValue]] = {
        "psk": {"psk": canary},
        "wifi": {"wifi": [{"phrase": canary}]},
        "url": {"var_location": f"https://x.example/?api_key={canary}"},
    }
    value = places[place]
    old = [] if created else [live("Bootstrap", "b1", {**value, "n": 1})]
    other = [live("Bootstrap", "b2", value)]
    rules = project(secrets=("/wifi/*/phrase",))
    plan = make_plan(situation([desired("Bootstrap", "b1", value)], old + other, rules), ALL)
    assert len(plan.steps) == 1
    assert isinstance(plan.steps[0].change, Create) == created
    assert canary not in text(plan)


def text(plan: Plan) -> str:
    return dump_json(encode_plan(plan))


def bodies(state: Situation) -> dict[tuple[str, str], Desired]:
    return {key(item.id): item for item in state.declared}
