"""Law 8, second half: after `drift --adopt` there is no drift, and no other object changed.

Planted and caught: a fleet's template that changes for one line, exceptions that set nothing,
documents written anew without their comments.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given

from reconciler.core.adoption import Adoption, Wish, Wishes
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.project import Selection
from reconciler.core.resource import Desired
from reconciler.core.values import ABSENT, JsonValue, json_equal
from reconciler.sources import adopting, edit_steps
from reconciler.sources.adopting import Adopter
from reconciler.sources.authored import key_of
from reconciler.sources.edit_places import Places
from reconciler.sources.edit_steps import Reason
from reconciler.sources.edit_yaml import _verbatim
from reconciler.sources.repository import read_repository
from reconciler.sources.secret_values import SecretValues
from reconciler.sources.yaml_output import document_text
from reconciler.sources.yaml_text import read_documents
from reconciler.workflow.adopt import find_wishes
from reconciler.workflow.drift import find_drift, inspect_drift
from reconciler.workflow.secrets import resolve
from reconciler.workflow.task import Task
from tests.laws.adoption import Story, stories
from tests.laws.bugs import Bug, assert_caught
from tests.sources.projects import write_project
from tests.world.world import World, project

NOWHERE = Origin("", 0, 1)
REASON = Reason("drift of 2026-11-23", date(2027, 2, 21))


def hold(world: World, story: Story) -> None:
    world.begin_anew()
    with TemporaryDirectory() as folder:
        root = write_project(Path(folder), story.files)
        before = _task(world, root, {})
        world.apply(before)
        world.meddle(story.edits(world))
        with world.reading() as reader:
            drift, prepared = inspect_drift(before, reader, Selection())
        wishes = find_wishes(before, drift, prepared)
        adoption = Adopter(root, read_repository(root), wishes, REASON).adopt()
        after = _task(world, root, wishes.variables)
        _assert_no_drift(world, after, adoption)
        _assert_nothing_else(before, after, wishes)
        _assert_minimal(root, before, story.files, wishes)
        text = "".join(path.read_text() for path in (root / "objects").iterdir())
        assert not any(secret in text for secret in wishes.variables.values())


def _task(world: World, root: Path, variables: Mapping[str, str]) -> Task:
    repository = read_repository(root)
    assert [one.message for one in repository.problems if one.severity == "error"] == []
    given = world.task(repository.declared, project())
    return replace(given, secrets=SecretValues(root, variables))


def _assert_no_drift(world: World, after: Task, adoption: Adoption) -> None:
    assert adoption.left == ()
    with world.reading() as reader:
        drift = find_drift(after, reader, Selection())
    assert not drift.found
    now = world.objects()
    for one in after.declared:
        live = now[one.id.kind, one.id.name.lower() if one.id.kind == "Token" else one.id.name]
        assert json_equal(resolve(one, after.secrets).value, live), one.id


def _assert_nothing_else(before: Task, after: Task, wishes: Wishes) -> None:
    drifted = {wish.id for wish in wishes.values}
    assert _rest(before, drifted) == _rest(after, drifted)
    assert [one.id for one in before.declared] == [one.id for one in after.declared]


def _rest(task: Task, drifted: set[ResourceId]) -> list[Desired]:
    return [
        replace(one, origin=NOWHERE, inherited={}, row={})
        for one in task.declared
        if one.id not in drifted
    ]


def _assert_minimal(root: Path, before: Task, files: Mapping[str, str], wishes: Wishes) -> None:
    """At most the lines of each value: a count that knows nothing of how edits are made."""
    lost = added = 0
    for path, text in files.items():
        new = (root / path).read_bytes().decode() if (root / path).exists() else ""
        for lines, more in _changes(text.splitlines(), new.splitlines()):
            lost, added = lost + lines, added + more
    whole = {one.id: _size(one.value) for one in before.declared}
    most = sum(
        whole[wish.id] if wish.value is ABSENT else _size(wish.value) for wish in wishes.values
    )
    # What goes may stand in the object and be inherited: a line here, and one of `remove`.
    assert lost <= sum(
        9 if wish.pointer in ("/wifi", "/k") else 1 + (wish.value is ABSENT)
        for wish in wishes.values
    )
    assert added <= most + 9 * len({wish.id for wish in wishes.values})


def _changes(old: list[str], new: list[str]) -> Iterator[tuple[int, int]]:
    for sort, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if sort != "equal":
            yield b - a, d - c


def _size(value: object) -> int:
    if isinstance(value, Mapping):
        return 1 + sum(map(_size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(_size, value))
    return 1 + str(value).count("\n")


@given(stories())
def test_after_adopting_there_is_no_drift(world: World, story: Story) -> None:
    hold(world, story)


def _careless_template(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks which other lines a template is for."""
    whole = Places._of_template  # noqa: SLF001 -- what is broken

    def for_one(places: Places, wish: Wish) -> Iterator[object]:
        for _, steps in whole(places, wish):
            yield [(key_of(wish.id), wish.pointer)], steps

    patch.setattr(Places, "_of_template", for_one)
    patch.setattr(Places, "_alike", lambda *_: True)
    patch.setattr(adopting, "_equal", lambda *_: True)


def _blind(patch: pytest.MonkeyPatch) -> None:
    """Edits are never looked at again, and exceptions keep what they should remove."""
    patch.setattr(edit_steps, "_settings", lambda document, _: {"/name": document["name"]})
    patch.setattr(adopting, "_equal", lambda *_: True)


def _from_scratch(patch: pytest.MonkeyPatch) -> None:
    """A document that changes is written anew."""
    patch.setattr(
        edit_steps,
        "rewritten",
        lambda text, documents, **_: "---\n".join(
            document_text(_as_written(documents.get(number, one.value)))
            for number, one in enumerate(read_documents(text) or ())
        ),
    )


def _as_written(value: JsonValue) -> dict[str, JsonValue]:
    written = _verbatim(value)
    assert isinstance(written, dict)
    return written


BUGS = (
    Bug("a fleet's template changes for one line", _careless_template),
    Bug("an exception sets nothing", _blind),
    Bug("comments and quotes are lost", _from_scratch),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda drawn: hold(world, drawn), stories())
