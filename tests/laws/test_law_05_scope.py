"""Law 5: nothing outside the declared scope receives a write.

pvm's own bootstraps are the one exception: they are in nobody's scope. Planted and caught: a scope
that covers everything, and one that tells bootstraps apart as if they were tokens.
"""

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.inventory import is_reserved
from reconciler.core.kind import Kind
from reconciler.core.project import Prune, Scope
from reconciler.core.resource import Desired
from tests.laws.bugs import Bug, assert_caught
from tests.world.strategies import Chapter, chapters, consistent
from tests.world.watch import attempts
from tests.world.world import World

GLOBS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Site": (("*",), ("s1",), ()),
    "Bootstrap": (("b*",), ("b1", "B2"), ("b[1B]",)),
    "Token": (("*",), ("T-*",), ("t-1",), ()),
    "PortalUser": (("u*",), ("U.ANN",), ()),
}


@st.composite
def scoped(draw: st.DrawFn) -> Chapter:
    """A chapter whose project owns less than it could; what it declares lies inside."""
    chapter = draw(chapters())
    scope = Scope({kind: draw(st.sampled_from(globs)) for kind, globs in GLOBS.items()})
    prune = draw(st.sampled_from((Prune.SCOPE, Prune.OWNED)))
    return replace(
        chapter,
        rules=replace(chapter.rules, scope=scope, prune=prune),
        first=_inside(scope, chapter.first),
        second=_inside(scope, chapter.second),
    )


def _inside(scope: Scope, objects: tuple[Desired, ...]) -> tuple[Desired, ...]:
    return consistent(one for one in objects if _covers(scope, one.id.kind, one.id.name))


def _covers(scope: Scope, kind: str, name: str) -> bool:
    """The law's own idea of a scope: tokens and login names fold, others do not."""
    folds = kind in ("Token", "PortalUser")
    globs = scope.globs.get(kind, ())
    if folds:
        return any(fnmatchcase(name.lower(), glob.lower()) for glob in globs)
    return any(fnmatchcase(name, glob) for glob in globs)


def hold(world: World, chapter: Chapter) -> None:
    world.begin_anew()
    world.server.offer(*chapter.offers)
    scope = chapter.rules.scope
    world.meddle(chapter.found)
    for objects, edits in ((chapter.first, chapter.edits), (chapter.second, ())):
        outside = _outside(world, scope)
        world.apply(world.task(objects, chapter.rules))
        assert _outside(world, scope) == outside
        world.meddle(edits)
    for seen in world.wire.seen:
        for one in attempts(seen):
            covered = _covers(scope, one.kind, one.name)
            assert covered or is_reserved(one.kind, one.name), f"{one} is out of scope"


def _outside(world: World, scope: Scope) -> dict[tuple[str, str], object]:
    """What the project must leave alone, with its versions."""
    return {
        key: stored
        for key, stored in world.server.objects().items()
        if not is_reserved(key[0], stored.name) and not _covers(scope, key[0], stored.name)
    }


@given(scoped())
def test_nothing_out_of_scope_is_written(world: World, chapter: Chapter) -> None:
    hold(world, chapter)


def _everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Scope, "matcher", lambda _self, _kind: lambda _key: True)


def _folding(patch: pytest.MonkeyPatch) -> None:
    honest = Scope.matcher

    def matcher(self: Scope, kind: Kind) -> object:
        globs = tuple(glob.lower() for glob in self.globs.get(kind.name, ()))
        folded = honest(Scope({kind.name: globs}), kind)
        return lambda key: folded(key.lower())

    patch.setattr(Scope, "matcher", matcher)


BUGS = (
    Bug("everything counts as in scope", _everything),
    Bug("bootstraps are told apart as tokens are", _folding),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda chapter: hold(world, chapter), scoped())
