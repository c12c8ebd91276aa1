"""An apply whose k-th request goes wrong, for every k, and the apply after it.

What one fault comes to:

- every fault but a 500 is survived: the run ends as if nothing had happened;
- a code that says "nothing was written" is true, and so is 0;
- the next run finishes what is left, and then there is nothing to plan;
- each object was written exactly once: versions and invitations tell.

The server in memory meets every fault at every request. The bundled one, whose requests take ten
times as long, meets every fault with its change set, and one after the other elsewhere.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import pytest

from reconciler.cli.exits import Exit, Interruption, of_receipt, of_remote_failure
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.ports import RemoteFailure
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.workflow.task import Task
from tests.faults import ARRIVES, FAULTS, Fault, FaultyTransport
from tests.workflow.stages import Memory, Stage, State, bundled
from tests.world.server import EVERYTHING
from tests.world.world import declared

SETS = EVERYTHING
SINGLES = tuple(one for one in EVERYTHING if one != "changes")
BARE = ()
"""Not even entity tags."""
LEASE_SECONDS = 61
FOR_EVER = 10**9
MANY, FEW = 7, 1
"""Stores of which a third comes, changes and goes: 66 objects, and 10."""
OPTIONS = PlanOptions(acks={"deletes.PortalUser": 9})
NOTHING_WRITTEN = frozenset({Exit.FAILED, Exit.UNREACHABLE})


def rows(numbers: Sequence[int], text: str) -> Iterator[Desired]:
    """A store each: its site, bootstrap and token; a user with every eighth."""
    for n in numbers:
        yield declared("Site", f"s{n:02d}", {"proServerName": f"dev-{text}"})
        yield declared("Bootstrap", f"b{n:02d}", {"site": f"s{n:02d}", "text": text})
        token: dict[str, JsonValue] = {"appId": "WFC_PRO_ANDROID", "description": text}
        yield declared("Token", f"t{n:02d}", {**token, "bootstrap": f"b{n:02d}"})
        if n % 8 == 0:
            user: dict[str, JsonValue] = {"userName": text, "role": "Admin"}
            yield declared("PortalUser", f"u{n:02d}", {**user, "email": f"u{n:02d}@acme.example"})


@dataclass(frozen=True, slots=True)
class Scene:
    """A server that an earlier revision was applied to, and the plan of the next one."""

    stage: Stage
    restore: Callable[[], None]
    task: Task
    plan: Plan
    before: State
    after: State
    """As an apply without any fault leaves it."""
    requests: tuple[str, ...]
    """The paths of that apply's requests."""

    def run(self, wire: FaultyTransport) -> Exit:
        """Apply the plan that was reviewed."""
        try:
            receipt = self.stage.apply(self.task, self.plan, wire)
        except RemoteFailure as failure:
            return of_remote_failure(failure)
        return of_receipt(receipt, Interruption.INTERRUPT)

    def run_again(self) -> Exit:
        """Plan anew and apply that, after a lease that was left behind is over."""
        self.stage.let_pass(LEASE_SECONDS)
        plan = self.stage.plan(self.task, OPTIONS)
        receipt = self.stage.apply(self.task, plan, self.stage.wire())
        return of_receipt(receipt, Interruption.INTERRUPT)


def scene(stage: Stage, offers: tuple[str, ...], stores: int) -> Scene:
    """Of three times `stores`: a third goes, a third changes, a third comes."""
    stage.begin_anew(offers)
    old, kept, new = (range(third * stores, (third + 1) * stores) for third in range(3))
    first = stage.task([*rows(old, "a"), *rows(kept, "a")])
    stage.apply(first, stage.plan(first, OPTIONS), stage.wire())
    stage.let_pass(LEASE_SECONDS)
    task = stage.task([*rows(kept, "b"), *rows(new, "b")])
    plan = stage.plan(task, OPTIONS)
    restore, before = stage.keep(), stage.state()
    counter = FaultyTransport(stage.wire())
    receipt = stage.apply(task, plan, counter)
    assert of_receipt(receipt, Interruption.INTERRUPT) is Exit.OK
    after = stage.state()
    return Scene(stage, restore, task, plan, before, after, tuple(counter.paths))


Scenes = Callable[[tuple[str, ...], int], Scene]


@pytest.fixture(scope="module", autouse=True)
def _whole_lists() -> Iterator[None]:
    """Read back whole lists: sixty reads by name are one case sixty times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reconciler.workflow.readback.FEW", 3)
        yield


@pytest.fixture(scope="module")
def in_memory() -> Scenes:
    """Each scene is made once."""
    return cache(lambda offers, stores: scene(Memory(), offers, stores))


@pytest.fixture(scope="module")
def for_real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    """As `in_memory`, with the bundled server."""
    with bundled(tmp_path_factory.mktemp("faults")) as stage:
        yield cache(lambda offers, stores: scene(stage, offers, stores))


def check(scene: Scene, k: int, fault: Fault) -> None:
    scene.restore()
    wire = FaultyTransport(scene.stage.wire(), k, fault)
    code = scene.run(wire)
    assert len(wire.met) == 1
    where = f"request {k}, {wire.met[0]}, meets {fault}: {code!r}"
    found = scene.stage.state()
    if fault is not Fault.FAIL:
        assert code is Exit.OK, where
    if code is Exit.OK:
        assert found == scene.after, where
    elif code in NOTHING_WRITTEN:
        assert found == scene.before, where
    else:
        assert code is Exit.PARTLY_APPLIED, where
        assert found != scene.before, where
    if code is not Exit.OK:
        assert scene.run_again() is Exit.OK, where
        assert scene.stage.state() == scene.after, where
    left = scene.stage.plan(scene.task, OPTIONS)
    assert (left.steps, left.records, left.stops) == ((), (), ()), where


def check_outage(scene: Scene, k: int, fault: Fault, times: int = FOR_EVER) -> None:
    """From the k-th request on, so many of them meet the fault."""
    scene.restore()
    wire = FaultyTransport(scene.stage.wire(), k, fault, times)
    code = scene.run(wire)
    where = f"from request {k} on, {wire.met[0]}, they meet {fault}: {code!r}"
    found = scene.stage.state()
    if code is Exit.OK:
        assert found == scene.after, where
    elif code is Exit.FAILED or (code is Exit.UNREACHABLE and fault not in ARRIVES):
        assert found == scene.before, where
    elif code is Exit.PARTLY_APPLIED:
        assert found != scene.before, where
    else:
        assert code is Exit.UNREACHABLE, where
    assert scene.run_again() is Exit.OK, where
    assert scene.stage.state() == scene.after, where
    left = scene.stage.plan(scene.task, OPTIONS)
    assert (left.steps, left.records, left.stops) == ((), (), ()), where


def test_the_plan_creates_updates_and_deletes_sixty_objects_of_every_kind(
    in_memory: Scenes,
) -> None:
    made = in_memory(SETS, MANY).plan
    counts = {(group.action, group.kind): len(group.members) for group in made.groups}
    assert len(made.steps) >= 60
    assert len(counts) == 12


@pytest.mark.parametrize("fault", FAULTS)
def test_change_sets_survive_any_fault_at_any_request(in_memory: Scenes, fault: Fault) -> None:
    made = in_memory(SETS, MANY)
    for k in range(1, len(made.requests) + 1):
        check(made, k, fault)


@pytest.mark.parametrize("fault", FAULTS)
def test_single_writes_survive_any_fault_at_any_request(in_memory: Scenes, fault: Fault) -> None:
    made = in_memory(SINGLES, FEW)
    for k in range(1, len(made.requests) + 1):
        check(made, k, fault)


@pytest.mark.parametrize("part", range(3))
def test_a_server_without_entity_tags_survives_each_fault_somewhere(
    in_memory: Scenes, part: int
) -> None:
    made = in_memory(BARE, FEW)
    for k in range(1, len(made.requests) + 1):
        check(made, k, FAULTS[(k + 3 * part) % len(FAULTS)])


def test_many_single_writes_survive_one_fault_each(in_memory: Scenes) -> None:
    made = in_memory(SINGLES, MANY)
    for k in range(1, len(made.requests) + 1):
        check(made, k, FAULTS[k % len(FAULTS)])


@pytest.mark.parametrize(
    ("offers", "stores"), [(SETS, MANY), (SINGLES, FEW)], ids=["sets", "singles"]
)
def test_the_bundled_server_survives_the_same(
    for_real: Scenes, offers: tuple[str, ...], stores: int
) -> None:
    made = for_real(offers, stores)
    for k, path in enumerate(made.requests, 1):
        for fault in FAULTS if path.endswith("/changes") else (FAULTS[k % len(FAULTS)],):
            check(made, k, fault)


@pytest.mark.parametrize("offers", [SETS, SINGLES, BARE], ids=["sets", "singles", "bare"])
@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.DROP])
def test_an_outage_that_begins_at_any_request_is_made_good_by_the_next_run(
    in_memory: Scenes, offers: tuple[str, ...], fault: Fault
) -> None:
    made = in_memory(offers, FEW)
    for k in range(1, len(made.requests) + 1):
        check_outage(made, k, fault)


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.RESET_BEFORE])
def test_eight_threads_that_lose_replies_together_lose_nothing_else(
    in_memory: Scenes, fault: Fault
) -> None:
    alone = in_memory(SINGLES, MANY)
    limits = replace(alone.task.target.limits, concurrency=8)
    task = replace(alone.task, target=replace(alone.task.target, limits=limits))
    together = replace(alone, task=task)
    for k in range(1, len(alone.requests), 7):
        check_outage(together, k, fault, 8)
