"""Laws of apply: random states, random failures at random requests, and another apply."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.outcome import Failed, Skipped, Why
from reconciler.core.plan import Plan
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.workflow.apply import Progress, Run
from tests.remote.fake_server import EVERYTHING, FakeServer, Fault, fails, html, problem
from tests.workflow.tasks import NOON, apply, desired, drift, plan, task

VALUES: Sequence[JsonValue] = (0, 1, True, False, None, "", "1", Decimal("1.5"), [1], {"a": 1})
NUMBERS: st.SearchStrategy[set[int]] = st.sets(st.integers(0, 3))

REPLIES = (
    fails(httpx.ConnectError),
    fails(httpx.ReadError),
    html(502),
    html(500),
    lambda _: problem(409, "BUSY"),
    lambda _: problem(429, "RATE_LIMITED"),
)


@st.composite
def declarations(draw: st.DrawFn) -> tuple[Desired, ...]:
    """A few sites, bootstraps that name them, and tokens that refer to declared bootstraps."""
    sites = draw(NUMBERS)
    bootstraps = draw(NUMBERS)
    found = [_site(number, draw(st.sampled_from(("", "dev03b")))) for number in sorted(sites)]
    for number in sorted(bootstraps):
        value: dict[str, JsonValue] = {"v": draw(st.sampled_from(VALUES))}
        named = draw(st.sampled_from((None, *sorted(sites))))
        if named is not None:
            value["site"] = f"site-{named}"
        found.append(desired("Bootstrap", f"store-{number}", value))
    if bootstraps:
        for number in sorted(draw(NUMBERS)):
            bootstrap = draw(st.sampled_from(sorted(bootstraps)))
            found.append(_token(number, f"store-{bootstrap}"))
    return tuple(draw(st.permutations(found)))


def _site(number: int, server: str) -> Desired:
    return desired("Site", f"site-{number}", {"proServerName": server})


def _token(number: int, bootstrap: str) -> Desired:
    value: dict[str, JsonValue] = {"appId": "X", "bootstrap": bootstrap, "description": ""}
    return desired("Token", f"STORE-{number}", value)


@st.composite
def faults(draw: st.DrawFn) -> list[Fault]:
    """Failures of single requests, before or after the server did its work."""
    one = st.builds(
        Fault,
        st.sampled_from(("POST", "DELETE")),
        st.sampled_from(("site", "bootstrap", "token")),
        st.sampled_from(REPLIES),
        st.booleans(),
    )
    return draw(st.lists(one, max_size=6))


@dataclass(slots=True)
class StopAfter:
    """Asks to stop once so many steps ended."""

    steps: int
    event: threading.Event = field(default_factory=threading.Event)

    def tell(self, progress: Progress) -> None:
        if progress.done >= self.steps:
            self.event.set()

    @property
    def run(self) -> Run:
        return Run(self.event, lambda: NOON, self.tell)


def left_undone(made: Plan) -> set[str]:
    return {str(one.id) for one in made.blocked}


@settings(deadline=None)
@given(
    before=declarations(),
    after=declarations(),
    failures=faults(),
    steps=st.integers(1, 12),
    offers=st.sampled_from((EVERYTHING, ())),
)
def test_whatever_happened_to_an_apply_another_one_finishes_it(
    before: tuple[Desired, ...],
    after: tuple[Desired, ...],
    failures: list[Fault],
    steps: int,
    offers: tuple[str, ...],
) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(before))
    wanted = task(after, prune=True)
    server.faults += failures
    interrupted = apply(server, wanted, run=StopAfter(steps).run)
    assert len(interrupted.outcomes) == len(interrupted.plan.steps)
    server.faults.clear()
    apply(server, wanted)
    made = plan(server, wanted)
    assert made.steps == ()
    found = drift(server, wanted)
    assert (found.objects, found.missing) == ((), ())
    assert {str(one) for one in found.unmanaged} <= left_undone(made)


@settings(deadline=None)
@given(before=declarations(), after=declarations(), failures=faults())
def test_a_failure_neither_breaks_the_order_nor_looks_like_somebody_elses_change(
    before: tuple[Desired, ...], after: tuple[Desired, ...], failures: list[Fault]
) -> None:
    """The server refuses a token without its bootstrap, and nobody else writes.

    Planted, and caught: a schedule that starts dependants of a failed step; a writer that takes
    its own write, whose reply was lost, for somebody else's.
    """
    server = FakeServer()
    apply(server, task(before))
    wanted = task(after, prune=True)
    made = plan(server, wanted)
    server.faults += failures
    receipt = apply(server, wanted, made)
    server.faults.clear()
    assert receipt.discrepancies == ()
    for outcome in receipt.outcomes:
        if isinstance(outcome, Failed):
            assert outcome.why is not Why.STALE
            assert "UNKNOWN_BOOTSTRAP" not in outcome.reason
            assert "IN_USE" not in outcome.reason
        elif isinstance(outcome, Skipped):
            assert outcome.because is not None
