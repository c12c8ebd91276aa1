from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Create
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Class, Step
from reconciler.core.project import Rollout, Wave
from reconciler.core.waves import Row, assign_waves, components


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


regions = st.sampled_from(["nl", "be", "de"])
waves_of = st.one_of(
    st.just(Wave()),
    st.integers(1, 100).map(Wave),
    regions.map(lambda region: Wave(rows={"region": region})),
)
rollouts = st.lists(waves_of, max_size=4).map(lambda waves: Rollout(tuple(waves)))
"""A rest in the middle, and a region twice, are nonsense that must do no harm."""
row_lists = st.lists(regions.map(lambda region: {"region": region}) | st.just({}), max_size=40)


def test_without_waves_there_is_one() -> None:
    assert assign_waves(stores(2), Rollout()).numbers == (1, 1, 1, 1)


def test_a_percentage_is_of_all_steps_and_the_rest_follows() -> None:
    waves = assign_waves(stores(50), rollout(10, 30, None)).numbers
    assert [waves.count(number) for number in (1, 2, 3)] == [10, 30, 60]
    assert list(waves) == sorted(waves)


def test_what_belongs_together_goes_together_though_it_is_more_than_asked_for() -> None:
    chain = [step(n, [n - 1] if n else []) for n in range(10)]
    assert set(assign_waves(chain, rollout(10, None)).numbers) == {1}


def test_one_large_group_does_not_take_the_first_small_wave() -> None:
    chain = [step(n, [n - 1] if n else []) for n in range(90)]
    waves = assign_waves([*chain, *(step(n) for n in range(90, 100))], rollout(10, None)).numbers
    assert waves == (2,) * 90 + (1,) * 10


def test_what_is_needed_and_not_among_the_steps_ties_nothing() -> None:
    assert components([step(1, [0]), step(2, [0, 1]), step(3, [0])]) == [(0, 1), (2,)]


def test_what_no_wave_takes_goes_with_the_last() -> None:
    assert assign_waves(stores(2), rollout(50)).numbers == (1, 1, 1, 1)


def test_a_wave_by_rows_takes_the_objects_of_these_lines_and_a_share_is_of_the_others() -> None:
    """412 of the Netherlands, 10 % of the other 2,919, and the rest."""
    steps = [step(n) for n in range(3331)]
    rows: list[Row] = [{"region": "nl" if n % 8 == 3 and n < 3296 else "be"} for n in range(3331)]
    plan = Rollout((Wave(rows={"region": "nl"}), Wave(10), Wave()))
    found = assign_waves(steps, plan, rows)
    assert [found.numbers.count(wave) for wave in (1, 2, 3)] == [412, 292, 2627]
    assert found.names == ("region nl", "10 %", "rest")
    assert {rows[n]["region"] for n, wave in enumerate(found.numbers) if wave == 1} == {"nl"}


def test_what_a_line_needs_goes_with_it_whoever_else_needs_it() -> None:
    steps = [step(0), step(1, [0]), step(2, [0]), step(3)]
    rows: list[Row] = [{}, {"region": "nl"}, {"region": "be"}, {"region": "be"}]
    plan = Rollout((Wave(rows={"region": "nl"}), Wave()))
    assert assign_waves(steps, plan, rows).numbers == (1, 1, 1, 2)


def test_all_cells_of_a_wave_have_to_hold() -> None:
    rows: list[Row] = [{"region": "nl", "ring": "a"}, {"region": "nl", "ring": "b"}, {"ring": "a"}]
    plan = Rollout((Wave(rows={"region": "nl", "ring": "a"}), Wave()))
    found = assign_waves([step(0), step(1), step(2)], plan, rows)
    assert found.numbers == (1, 2, 2)
    assert found.names[0] == "region nl, ring a"


def test_a_wave_that_takes_nothing_is_no_wave() -> None:
    plan = Rollout((Wave(rows={"region": "nl"}), Wave(50), Wave()))
    found = assign_waves([step(0), step(1)], plan, [{}, {}])
    assert (found.numbers, found.names) == ((1, 2), ("50 %", "rest"))


@given(graphs(), rollouts, row_lists)
def test_steps_that_need_each_other_share_a_wave(
    steps: list[Step], plan: Rollout, rows: list[Row]
) -> None:
    waves = assign_waves(steps, plan, rows[: len(steps)]).numbers
    assert all(len({waves[number] for number in one}) == 1 for one in components(steps))


@given(graphs(), rollouts, row_lists)
def test_every_step_has_a_wave_and_no_wave_is_empty(
    steps: list[Step], plan: Rollout, rows: list[Row]
) -> None:
    found = assign_waves(steps, plan, rows[: len(steps)])
    assert len(found.numbers) == len(steps)
    assert set(found.numbers) == set(range(1, max(found.numbers, default=0) + 1))
    assert max(len(found.names), 1 if steps else 0) == max(found.numbers, default=0)


@given(graphs(), regions, row_lists)
def test_the_first_wave_by_rows_holds_these_lines_and_what_they_need(
    steps: list[Step], region: str, rows: list[Row]
) -> None:
    """Planted and caught: groups of steps taken only when all of them are of such lines."""
    rows = rows[: len(steps)]
    found = assign_waves(steps, Rollout((Wave(rows={"region": region}), Wave())), rows)
    of_region = {number for number, row in enumerate(rows) if row.get("region") == region}
    together = {n for one in components(steps) if of_region & {*one} for n in one}
    if of_region:
        assert {number for number, wave in enumerate(found.numbers) if wave == 1} == together


@given(graphs())
def test_groups_hold_every_step_once_and_whatever_it_needs(steps: list[Step]) -> None:
    found = components(steps)
    assert sorted(number for one in found for number in one) == list(range(len(steps)))
    group_of = {steps[number].change.id: one for one in found for number in one}
    assert all(group_of[need] is group_of[s.change.id] for s in steps for need in s.needs)
