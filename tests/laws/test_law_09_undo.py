"""Law 9: an undo restores what was before the apply, and leaves alone what was edited since.

Planted and caught: an undo that writes over later edits, one that restores names alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.core.inventory import Key
from reconciler.core.plan import PlanOptions
from reconciler.core.problem import InvalidInput
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
from tests.world.strategies import Chapter, chapters, edits
from tests.world.world import KEY, Edit, World

OPTIONS = PlanOptions()
Objects: TypeAlias = Mapping[Key, Mapping[str, JsonValue]]


def examples() -> st.SearchStrategy[tuple[Chapter, tuple[Edit, ...]]]:
    """A chapter, and what people do between its second apply and the undo."""
    return st.tuples(chapters(), st.one_of(st.just(()), edits(2)))


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
        try:
            plan = plan_undo(undo, task, reader, OPTIONS)
        except InvalidInput as refused:
            # A token that it would restore names a bootstrap that cannot come back: nothing is.
            if {one.code for one in refused.problems} != {"token-unknown-bootstrap"}:
                raise
            event("refused")
            return
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


BUGS = (
    Bug("an undo writes over later edits", _careless),
    Bug("an undo restores the names alone", _hollow),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    eventful = st.tuples(chapters(), edits(4).filter(bool))
    assert_caught(bug, lambda drawn: hold(world, *drawn), eventful)
