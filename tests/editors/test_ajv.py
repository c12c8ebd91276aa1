"""ajv reads our schemas without a complaint, and judges every document as we do."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import pytest
import yaml

from reconciler.sources.draft_07 import draft_07
from reconciler.sources.schema import accepts, load_schema, schema_names
from tests.architecture.tree import ROOT
from tests.node_tools import FOLDER, run_node
from tests.sources.mutants import SAMPLES, paths

Json: TypeAlias = Any

_PROJECT: Final = "project"
_BLOWS: Final[tuple[Json, ...]] = (None, True, 7, -1, "", "a b\n", "é" * 300, [], {}, ["/a"])


def _examples() -> Iterator[tuple[str, Json]]:
    for project in sorted((ROOT / "specs" / "examples").glob("*/pvm.yaml")):
        for path in sorted(project.parent.rglob("*.yaml")):
            schema = _PROJECT if path == project else "document"
            for value in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                yield schema, value


def _damaged() -> Iterator[tuple[str, Json]]:
    """Each field of each sample missing, and as what it mostly can not be."""
    for name, sample in SAMPLES.items():
        yield name, sample | {"extra": 1}
        for path in paths(sample)[1:]:
            for blow in (..., *_BLOWS):
                value = copy.deepcopy(sample)
                box: Json = value
                for key in path[:-1]:
                    box = box[key]
                if blow is ...:
                    del box[path[-1]]
                else:
                    box[path[-1]] = blow
                yield name, value


@pytest.fixture(scope="module")
def documents() -> list[tuple[str, Json]]:
    return [*_examples(), *_damaged()]


@pytest.fixture(scope="module")
def judged(documents: list[tuple[str, Json]]) -> Mapping[str, Json]:
    drafts = {
        "2020-12": {name: load_schema(name) for name in schema_names()},
        "draft-07": {name: draft_07(name, load_schema) for name in schema_names()},
    }
    asked = [{"schema": name, "value": value} for name, value in documents]
    found: Mapping[str, Json] = run_node(
        FOLDER / "check_schemas.cjs", given={"drafts": drafts, "documents": asked}
    )
    return found


def test_ajv_has_nothing_to_say_about_our_schemas(judged: Mapping[str, Json]) -> None:
    assert judged["complaints"] == []


@pytest.mark.parametrize("draft", ["2020-12", "draft-07"])
def test_ajv_accepts_every_example(
    judged: Mapping[str, Json], documents: list[tuple[str, Json]], draft: str
) -> None:
    count = len(list(_examples()))
    verdicts = judged["verdicts"][draft][:count]
    refused = [value for (_, value), fits in zip(documents, verdicts, strict=False) if not fits]
    assert count > 100
    assert refused == []


@pytest.mark.parametrize("draft", ["2020-12", "draft-07"])
def test_ajv_judges_damaged_documents_as_we_do(
    judged: Mapping[str, Json], documents: list[tuple[str, Json]], draft: str
) -> None:
    ours = [accepts(name)(value) for name, value in documents if name != "document"]
    theirs = [
        verdict
        for verdict, (name, _) in zip(judged["verdicts"][draft], documents, strict=True)
        if name != "document"
    ]
    assert theirs == ours
    assert 100 < ours.count(True) < ours.count(False)
