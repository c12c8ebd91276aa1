"""Law 9: an undo restores what was before the apply, and leaves alone what was edited since.

Planted and caught: an undo that writes over later edits, one that restores names alone, one that
does nothing at all, or nothing else, because of one object that can't come back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.core import graph, planning
from reconciler.core.candidate import Candidate
from reconciler.core.graph import Surface
from reconciler.core.guards import Refusal
from reconciler.core.inventory import Key
from reconciler.core.plan import PlanOptions
from reconciler.core.project import Prune
from reconciler.core.references import Reference
from reconciler.core.resource import Desired, Live
from reconciler.core.sealing import Sealer
from reconciler.core.secret_source import SecretSource
from reconciler.core.undo import Earlier
from reconciler.core.undo import restore as restore_honestly
from reconciler.core.undo_json import decode_undo
from reconciler.core.values import JsonValue, json_equal
from reconciler.kinds import KINDS
from reconciler.workflow import undo as module
from reconciler.workflow.apply import apply_plan
from reconciler.workflow.undo import plan_undo, undo_task
from tests.laws.bugs import Bug, assert_caught
from tests.world.strategies import APPS, BOOTSTRAPS, OFFERS, Chapter, chapters, edits
from tests.world.world import KEY, Edit, World, declared, project

OPTIONS = PlanOptions()
Objects: TypeAlias = Mapping[Key, Mapping[str, JsonValue]]


def examples() -> st.SearchStrategy[tuple[Chapter, tuple[Edit, ...]]]:
    """A chapter, and what people do between its second apply and the undo."""
    return st.one_of(st.tuples(chapters(), st.one_of(st.just(()), edits(2))), moves())


@st.composite
def moves(draw: st.DrawFn) -> tuple[Chapter, tuple[Edit, ...]]:
    """Tokens change their bootstraps, some of which go: with the apply, or by hand after it."""
    secret: tuple[dict[str, JsonValue], ...] = ({}, {"psk": "canary-7c41"})
    bootstraps = [declared("Bootstrap", one, draw(st.sampled_from(secret))) for one in BOOTSTRAPS]
    tokens = draw(st.lists(st.sampled_from(("t-1", "t-2", "tb1")), unique=True, min_size=1))

    def bound() -> list[Desired]:
        value: dict[str, JsonValue] = {"appId": APPS[0], "description": ""}
        names = [draw(st.sampled_from(BOOTSTRAPS)) for _ in tokens]
        pairs = zip(tokens, names, strict=True)
        return [declared("Token", token, {**value, "bootstrap": name}) for token, name in pairs]

    first, later = bound(), bound()
    used = {one.value["bootstrap"] for one in later}
    told = Chapter(
        rules=replace(project(), prune=draw(st.sampled_from((Prune.NEVER, Prune.OWNED)))),
        found=(),
        first=(*bootstraps, *first),
        edits=(),
        second=(*(one for one in bootstraps if one.id.name in used), *later),
        offers=draw(st.sampled_from(OFFERS)),
    )
    gone = draw(st.lists(st.sampled_from(BOOTSTRAPS), unique=True))
    return told, tuple(Edit("Bootstrap", name, None) for name in gone)


def hold(world: World, chapter: Chapter, later: tuple[Edit, ...]) -> None:
    chapter.tell(world)
    before = world.objects()
    task = world.task(chapter.second, chapter.rules)
    receipt = world.apply(task)
    if not world.journal.undo or not receipt.outcomes:
        return
    undo = decode_undo(world.journal.undo[-1], KEY)
    applied = world.objects()
    world.meddle(later)
    edited = _differing(applied, world.objects())
    touched = {_key(one.id.kind, one.id.name) for one in undo.objects}
    with world.reading() as reader:
        plan = plan_undo(undo, task, reader, OPTIONS)
        undoing = undo_task(undo, task, reader)
    blocked = {_key(one.id.kind, one.id.name) for one in plan.blocked}
    at_risk = world.objects()
    with world.writing() as writer:
        apply_plan(plan, undoing.task, writer, replace(world.run(), undo=undo))
    after = world.objects()
    event(f"{len(plan.steps)} undone, {len(blocked)} blocked")
    for key in edited:
        assert _same(after, at_risk, key), f"{key} was edited since, and undone"
    for key in touched - edited - blocked:
        assert _same(after, before, key), f"{key} is not as it was"
    for key in (before.keys() | after.keys()) - touched - edited:
        assert _same(after, at_risk, key), f"{key} was not part of the apply"
    for one in plan.blocked:
        if one.guard == "needs-blocked" and one.id.kind == "Token" and one.action != "delete":
            event("a token left out")
            name = str(before[_key("Token", one.id.name)]["bootstrap"])
            assert ("Bootstrap", name) not in after, f"{one.id} could have come back"


def _key(kind: str, name: str) -> Key:
    return kind, KINDS[kind].key(name)


def _differing(one: Objects, other: Objects) -> set[Key]:
    return {key for key in one.keys() | other.keys() if not _same(one, other, key)}


def _same(one: Objects, other: Objects, key: Key) -> bool:
    if key not in one or key not in other:
        return key not in one and key not in other
    return json_equal(one[key], other[key])


@given(examples())
def test_an_undo_restores_what_nobody_touched_since(
    world: World, drawn: tuple[Chapter, tuple[Edit, ...]]
) -> None:
    hold(world, *drawn)


def _careless(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(module, "is_as_left", lambda *_: True)


def _hollow(patch: pytest.MonkeyPatch) -> None:
    honest = restore_honestly

    def restore(
        earlier: Earlier, live: Live | None, secrets: SecretSource, sealer: Sealer
    ) -> Desired | Sequence[str]:
        found = honest(earlier, live, secrets, sealer)
        hollow = isinstance(found, Desired) and found.id.kind == "Bootstrap"
        return replace(found, value={}) if hollow and isinstance(found, Desired) else found

    patch.setattr(module, "restore", restore)


def _strict(patch: pytest.MonkeyPatch) -> None:
    """As where a name in somebody's files leads nowhere."""

    def dangling(
        candidates: Iterable[Candidate], surface: Surface
    ) -> Iterator[tuple[Candidate, Reference]]:
        return graph.dangling(candidates, replace(surface, restores=False))

    patch.setattr(planning, "dangling", dangling)


def _discouraged(patch: pytest.MonkeyPatch) -> None:
    def unmet_refusals(
        candidates: Sequence[Candidate], refused: Mapping[Key, Refusal], surface: Surface
    ) -> Mapping[Key, Refusal]:
        found = graph.unmet_refusals(candidates, refused, surface)
        added = [found[key] for key in found if key not in refused]
        return {one.key: added[0] for one in candidates} if added else found

    patch.setattr(planning, "unmet_refusals", unmet_refusals)


BUGS = (
    Bug("an undo writes over later edits", _careless),
    Bug("an undo restores the names alone", _hollow),
)
LEFT_OUT = (
    Bug("what can't come back keeps everything from being planned", _strict),
    Bug("what can't come back takes the rest with it", _discouraged),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    eventful = st.tuples(chapters(), edits(4).filter(bool))
    assert_caught(bug, lambda drawn: hold(world, *drawn), eventful)


@pytest.mark.parametrize("bug", LEFT_OUT, ids=str)
def test_the_law_catches_who_leaves_out_too_much(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda drawn: hold(world, *drawn), moves())
