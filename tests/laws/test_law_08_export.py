"""Law 8: what is exported reads back as what the server has, given the file of secret values.

Planted and caught: an export that forgets the last object, references that read back as plain
text, a field with its default that is written as another. The other half of this law, drift that
is written into the files, is in `test_law_08_adoption.py`.
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given

from reconciler.core.extraction import extract_secrets
from reconciler.core.inventory import Key, is_reserved
from reconciler.core.project import Project, Selection
from reconciler.core.resource import NO_REFERENCES, Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.kinds.lints import LINTS
from reconciler.sources import writer
from reconciler.sources.repository import read_repository
from reconciler.sources.secret_values import SecretValues
from reconciler.sources.writer import export_files
from reconciler.workflow import export, reading
from reconciler.workflow.difference import masking_of
from reconciler.workflow.secrets import resolve
from tests.laws.bugs import Bug, assert_caught
from tests.sources.projects import write_project
from tests.world.strategies import objects
from tests.world.world import World, project


def hold(world: World, given_objects: tuple[Desired, ...]) -> None:
    world.begin_anew()
    rules = project()
    task = world.task(given_objects, rules)
    world.apply(task)
    with world.reading() as reader:
        listed = export.export_objects(rules, reader, Selection())
    assert not any(is_reserved(one.id.kind, one.id.name) for one in listed)
    found = extract_secrets(listed, KINDS, masking_of(rules, ()))
    files = export_files(found.objects, KINDS)
    assert not any(secret in text for secret in found.variables.values() for text in files.values())
    with TemporaryDirectory() as folder:
        below = {f"objects/{path}": text for path, text in files.items()}
        root = write_project(Path(folder), below)
        read = read_repository(root)
        assert [problem.message for problem in read.problems if problem.code not in LINTS] == []
        source = SecretValues(root, found.variables)
        again = {_key(one): resolve(one, source).value for one in read.declared}
    assert again == {key: value for key, value in world.objects().items() if _is_ours(key, rules)}


def _key(one: Desired) -> Key:
    return one.id.kind, KINDS[one.id.kind].key(one.id.name)


def _is_ours(key: Key, rules: Project) -> bool:
    return not is_reserved(*key) and rules.scope.covers(KINDS[key[0]], key[1])


@given(objects())
def test_what_is_exported_reads_back(world: World, given_objects: tuple[Desired, ...]) -> None:
    hold(world, given_objects)


def _forgetful(patch: pytest.MonkeyPatch) -> None:
    whole = reading.read_lists
    patch.setattr(
        export,
        "read_lists",
        lambda *a: {kind: rows[:-1] for kind, rows in whole(*a).items()},
    )


def _as_text(patch: pytest.MonkeyPatch) -> None:
    whole = writer._with_references  # noqa: SLF001 -- what is broken
    patch.setattr(
        writer,
        "_with_references",
        lambda item: whole(
            replace(item, references=NO_REFERENCES) if isinstance(item, Desired) else item
        ),
    )


def _other_default(patch: pytest.MonkeyPatch) -> None:
    whole = writer._document  # noqa: SLF001 -- as above
    patch.setattr(
        writer, "_document", lambda item, kind: {**_described(kind.name), **whole(item, kind)}
    )


def _described(kind: str) -> dict[str, JsonValue]:
    return {"description": "none"} if kind == "Token" else {}


BUGS = (
    Bug("the last object of each list is forgotten", _forgetful),
    Bug("a reference is written as plain text", _as_text),
    Bug("an empty description is written as another", _other_default),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda drawn: hold(world, drawn), objects())
