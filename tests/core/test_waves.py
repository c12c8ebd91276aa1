from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Create
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Class, Step
from reconciler.core.project import Rollout, Wave
from reconciler.core.waves import assign_waves, components


def named(number: int) -> ResourceId:
    return ResourceId("Bootstrap", f"store-{number:04d}")


def step(number: int, needs: Sequence[int] = ()) -> Step:
    needed = tuple(named(one) for one in needs)
    return Step(Create(named(number), (), ""), Class.PENDING_CREATE, needed, 0)


def stores(count: int) -> list[Step]:
    """Pairs: the second needs the first."""
    return [step(n, [n - 1] if n % 2 else []) for n in range(2 * count)]


def rollout(*percents: int | None) -> Rollout:
    return Rollout(tuple(Wave(percent) for percent in percents))


@st.composite
def graphs(draw: st.DrawFn) -> list[Step]:
    count = draw(st.integers(0, 40))
    return [
        step(n, draw(st.lists(st.integers(0, n - 1), max_size=2, unique=True)) if n else [])
        for n in range(count)
    ]


rollouts = st.lists(st.one_of(st.none(), st.integers(1, 100)), max_size=4).map(
    lambda percents: rollout(*percents)
)


def test_without_waves_there_is_one() -> None:
    assert assign_waves(stores(2), Rollout()) == (1, 1, 1, 1)


def test_a_percentage_is_of_all_steps_and_the_rest_follows() -> None:
    waves = assign_waves(stores(50), rollout(10, 30, None))
    assert [waves.count(number) for number in (1, 2, 3)] == [10, 30, 60]
    assert list(waves) == sorted(waves)


def test_what_belongs_together_goes_together_though_it_is_more_than_asked_for() -> None:
    chain = [step(n, [n - 1] if n else []) for n in range(10)]
    assert set(assign_waves(chain, rollout(10, None))) == {1}


def test_one_large_group_does_not_take_the_first_small_wave() -> None:
    chain = [step(n, [n - 1] if n else []) for n in range(90)]
    waves = assign_waves([*chain, *(step(n) for n in range(90, 100))], rollout(10, None))
    assert waves == (2,) * 90 + (1,) * 10


def test_what_no_wave_takes_goes_with_the_last() -> None:
    assert assign_waves(stores(2), rollout(50)) == (1, 1, 1, 1)


@given(graphs(), rollouts)
def test_steps_that_need_each_other_share_a_wave(steps: list[Step], plan: Rollout) -> None:
    waves = assign_waves(steps, plan)
    assert all(len({waves[number] for number in one}) == 1 for one in components(steps))


@given(graphs(), rollouts)
def test_every_step_has_a_wave_and_no_wave_is_empty(steps: list[Step], plan: Rollout) -> None:
    waves = assign_waves(steps, plan)
    assert len(waves) == len(steps)
    assert set(waves) == set(range(1, max(waves, default=0) + 1))


@given(graphs())
def test_groups_hold_every_step_once_and_whatever_it_needs(steps: list[Step]) -> None:
    found = components(steps)
    assert sorted(number for one in found for number in one) == list(range(len(steps)))
    group_of = {steps[number].change.id: one for one in found for number in one}
    assert all(group_of[need] is group_of[s.change.id] for s in steps for need in s.needs)
