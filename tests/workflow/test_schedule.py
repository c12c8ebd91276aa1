from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import Delete
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped
from reconciler.core.plan import Class, Step
from reconciler.workflow.schedule import Schedule


def id_of(number: int) -> ResourceId:
    return ResourceId("Token", f"T-{number}")


def step(number: int, needs: list[int], wave: int = 1) -> Step:
    change = Delete(id_of(number), (), "sha256:", None)
    return Step(change, Class.PENDING_DELETE, tuple(map(id_of, needs)), 0, wave)


def opened(steps: list[Step]) -> Schedule:
    schedule = Schedule(steps)
    schedule.open_wave(1)
    return schedule


def result(number: int, *, works: bool) -> Outcome:
    return Applied(id_of(number), "deleted") if works else Failed(id_of(number), "no")


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """What each step needs, in any order of steps that has no circle."""
    count = draw(st.integers(0, 12))
    names = draw(st.permutations(range(count)))
    needs: list[list[int]] = [[] for _ in range(count)]
    for place, number in enumerate(names[1:], 1):
        needs[number] = draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=3))
    return needs


@given(graphs(), st.data())
def test_each_step_ends_once_and_only_after_all_it_needs(
    needs: list[list[int]], data: st.DataObject
) -> None:
    """Planted: a schedule that looked only at the first need was caught."""
    works = [data.draw(st.booleans()) for _ in needs]
    schedule = opened([step(number, mine) for number, mine in enumerate(needs)])
    started: list[int] = []
    running: list[int] = []
    while True:
        while (number := schedule.start()) is not None:
            done = {one for one in started if works[one]} - set(running)
            assert done.issuperset(needs[number])
            started.append(number)
            running.append(number)
        if not running:
            break
        finished = running.pop(data.draw(st.integers(0, len(running) - 1)))
        schedule.finish(finished, result(finished, works=works[finished]))
    assert len(started) == len(set(started))
    assert schedule.done() == len(needs)
    for number, outcome in enumerate(schedule.outcomes()):
        assert outcome.id == id_of(number)
        if number in started:
            assert isinstance(outcome, Applied) is works[number]
        else:
            assert isinstance(outcome, Skipped)
            assert outcome.because in [id_of(need) for need in needs[number]]


def test_what_never_started_was_skipped_because_of_nothing() -> None:
    schedule = Schedule([step(0, []), step(1, [0])])
    assert schedule.outcomes() == (Skipped(id_of(0), None), Skipped(id_of(1), None))


def test_steps_start_in_the_plans_order() -> None:
    schedule = opened([step(0, [2]), step(1, []), step(2, []), step(3, [])])
    assert [schedule.start(), schedule.start()] == [1, 2]
    schedule.finish(2, result(2, works=True))
    assert [schedule.start(), schedule.start(), schedule.start()] == [0, 3, None]


def test_a_long_chain_that_fails_at_its_head_ends_without_deep_recursion() -> None:
    steps = [step(number, [number - 1] if number else []) for number in range(5000)]
    schedule = opened(steps)
    assert schedule.start() == 0
    schedule.finish(0, result(0, works=False))
    assert schedule.done() == 5000


def test_a_step_waits_for_its_wave() -> None:
    schedule = Schedule([step(0, [], 2), step(1, []), step(2, [1], 2)])
    assert schedule.start() is None
    schedule.open_wave(1)
    assert (schedule.pending(), schedule.start(), schedule.start()) == ((1,), 1, None)
    schedule.finish(1, result(1, works=True))
    schedule.open_wave(2)
    assert schedule.pending() == (0, 2)
    assert [schedule.start(), schedule.start(), schedule.start()] == [0, 2, None]


def test_what_is_settled_before_it_began_never_starts() -> None:
    schedule = Schedule([step(0, []), step(1, [0]), step(2, [])])
    schedule.finish(0, result(0, works=True))
    schedule.finish(2, result(2, works=False))
    schedule.open_wave(1)
    assert [schedule.start(), schedule.start()] == [1, None]
    assert schedule.outcome(2) == result(2, works=False)
    assert schedule.outcome(1) is None


def test_why_a_wave_was_left_out_is_told_of_its_steps() -> None:
    schedule = Schedule([step(0, []), step(1, [], 2)])
    assert schedule.outcomes({2: "not now"}, "no answer") == (
        Skipped(id_of(0), None, "no answer"),
        Skipped(id_of(1), None, "not now"),
    )
