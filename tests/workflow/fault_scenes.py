"""An apply whose k-th request goes wrong, and the apply after it.

What one fault comes to:

- every fault but a 500 is survived: the run ends as if nothing had happened;
- a code that says "nothing was written" is true, and so is 0;
- the next run finishes what is left, and then there is nothing to plan;
- each object was written exactly once: versions and invitations tell.

What comes before the k-th request is replayed: the client asks it again, word for word, and the
server is restored to where it then was.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest

from reconciler.cli.exits import Exit, Interruption, of_receipt, of_remote_failure
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.ports import RemoteFailure
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.workflow.task import Task
from tests.faults import ARRIVES, Fault, FaultyTransport, Recorder, Replay, Take
from tests.workflow.stages import Stage, State
from tests.world.server import EVERYTHING
from tests.world.world import declared

SETS = EVERYTHING
SINGLES = tuple(one for one in EVERYTHING if one != "changes")
BARE = ()
"""Not even entity tags."""
MANY, FEW = 6, 1
"""Stores of which a third comes, changes and goes: 60 objects, and 10."""
LEASE_SECONDS = 61
OPTIONS = PlanOptions(acks={"deletes.PortalUser": 9})
NOTHING_WRITTEN = frozenset({Exit.FAILED, Exit.UNREACHABLE})


def rows(numbers: Sequence[int], text: str) -> Iterator[Desired]:
    """A store each: its site, bootstrap and token; a user with every third."""
    for n in numbers:
        yield declared("Site", f"s{n:02d}", {"proServerName": f"dev-{text}"})
        yield declared("Bootstrap", f"b{n:02d}", {"site": f"s{n:02d}", "text": text})
        token: dict[str, JsonValue] = {"appId": "WFC_PRO_ANDROID", "description": text}
        yield declared("Token", f"t{n:02d}", {**token, "bootstrap": f"b{n:02d}"})
        if n % 3 == 0:
            user: dict[str, JsonValue] = {"userName": text, "role": "Admin"}
            yield declared("PortalUser", f"u{n:02d}", {**user, "email": f"u{n:02d}@acme.example"})


@dataclass(frozen=True, slots=True)
class Scene:
    """A server that an earlier revision was applied to, and the plan of the next one."""

    stage: Stage
    task: Task
    plan: Plan
    before: State
    after: State
    """As an apply without any fault leaves it."""
    takes: tuple[Take, ...]
    """That apply's requests."""

    @property
    def numbers(self) -> range:
        """The numbers of that apply's requests, from 1."""
        return range(1, len(self.takes) + 1)

    def wire(self, k: int, fault: Fault, times: int = 1) -> FaultyTransport:
        """The k-th request and so many in all meet the fault; what was before it is replayed."""
        self.takes[0].restore()
        return FaultyTransport(Replay(self.stage.wire(), self.takes[:k]), k, fault, times)

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


Scenes = Callable[[tuple[str, ...], int], Scene]


@contextmanager
def scenes(stage: Stage) -> Iterator[Scenes]:
    """Scenes by what the server offers and how many stores there are, each made once."""
    with pytest.MonkeyPatch.context() as patch:
        # Read back whole lists: sixty reads by name are one case sixty times.
        patch.setattr("reconciler.workflow.readback.FEW", 3)
        yield cache(lambda offers, stores: _scene(stage, offers, stores))


def _scene(stage: Stage, offers: tuple[str, ...], stores: int) -> Scene:
    """Of three times `stores`: a third goes, a third changes, a third comes."""
    stage.begin_anew(offers)
    old, kept, new = (range(third * stores, (third + 1) * stores) for third in range(3))
    first = stage.task([*rows(old, "a"), *rows(kept, "a")])
    stage.apply(first, stage.plan(first, OPTIONS), stage.wire())
    stage.let_pass(LEASE_SECONDS)
    task = stage.task([*rows(kept, "b"), *rows(new, "b")])
    plan, before = stage.plan(task, OPTIONS), stage.state()
    recorder = Recorder(stage.wire(), stage.keep)
    receipt = stage.apply(task, plan, recorder)
    assert of_receipt(receipt, Interruption.INTERRUPT) is Exit.OK
    return Scene(stage, task, plan, before, stage.state(), tuple(recorder.takes))


def check_every_request(scene: Scene, fault: Fault) -> None:
    """Each request of an apply meets the fault, in an apply of its own."""
    for k in scene.numbers:
        _check(scene, k, fault)


def _check(scene: Scene, k: int, fault: Fault) -> None:
    wire = scene.wire(k, fault)
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
    _nothing_is_left(scene, where)


def check_outage(scene: Scene, wire: FaultyTransport) -> None:
    """Many requests of an apply meet a fault."""
    code = scene.run(wire)
    where = f"from request {wire.k} on, {wire.met[0]}, they meet {wire.fault}: {code!r}"
    found = scene.stage.state()
    if code is Exit.OK:
        assert found == scene.after, where
    elif code is Exit.FAILED or (code is Exit.UNREACHABLE and wire.fault not in ARRIVES):
        assert found == scene.before, where
    elif code is Exit.PARTLY_APPLIED:
        assert found != scene.before, where
    else:
        assert code is Exit.UNREACHABLE, where
    assert scene.run_again() is Exit.OK, where
    assert scene.stage.state() == scene.after, where
    _nothing_is_left(scene, where)


def _nothing_is_left(scene: Scene, where: str) -> None:
    left = scene.stage.plan(scene.task, OPTIONS)
    assert (left.steps, left.records, left.stops) == ((), (), ()), where
